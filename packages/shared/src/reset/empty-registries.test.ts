import { expect, test, vi } from 'vitest'
import { emptyingOf } from './empty-registries.ts'

test.each([
  ['prom-client', (clear: () => void) => ({ register: { clear } })],
  ['prom-client', (clear: () => void) => ({ default: { register: { clear } } })],
  ['inversify-express-utils', (cleanUpMetadata: () => void) => ({ cleanUpMetadata })],
  ['routing-controllers', (reset: () => void) => ({ getMetadataArgsStorage: () => ({ reset }) })],
  ['type-graphql', (clear: () => void) => ({ getMetadataStorage: () => ({ clear }) })],
])('%s is emptied by its own call', async (name, exportsWith) => {
  const call = vi.fn()
  await emptyingOf(name, exportsWith(call))?.()
  expect(call).toHaveBeenCalledOnce()
})

test('mongoose forgets models, plugins and connections', async () => {
  const deleted: unknown[] = []
  const builtin = [() => {}, { deduplicate: true }]
  const mongoose = {
    connections: [{ readyState: 1, deleteModel: (name: unknown) => deleted.push(name) }],
    plugins: [builtin, [() => {}, undefined]],
    modelNames: () => ['User'],
    deleteModel: (name: unknown) => deleted.push(name),
    disconnect: vi.fn(async () => {}),
  }
  await emptyingOf('mongoose', { default: mongoose })?.()
  expect(deleted).toEqual(['User', /(?:)/])
  expect(mongoose.plugins).toEqual([builtin])
  expect(mongoose.disconnect).toHaveBeenCalledOnce()
})

test.each([
  ['prom-client', { register: {} }],
  ['mongoose', {}],
  ['routing-controllers', { getMetadataArgsStorage: () => undefined }],
  ['lit', { register: { clear() {} } }],
  [undefined, { register: { clear() {} } }],
  ['prom-client', undefined],
])('%s with %j is left alone', (name, exports) => {
  expect(emptyingOf(name, exports)).toBeUndefined()
})
