import { EventEmitter } from 'node:events'
import { createGlobals } from '@fresh-modules/restore-globals'
import { afterEach, describe, expect, test } from 'vitest'
import { OWN_LISTENER, vitestGlobals } from './vitest-globals.ts'

const originals = { setTimeout, setInterval, setImmediate }
afterEach(() => void Object.assign(globalThis, originals))

/** What is put back after these changes. */
async function restoredAfter(change: () => void): Promise<readonly string[]> {
  const globals = createGlobals({ global: globalThis }, vitestGlobals)
  globals.capture()
  change()
  return (await globals.restore()).map(({ what, restored }) => (restored ? what : `not ${what}`))
}

describe('is not put back', () => {
  test.each<[string, PropertyKey]>([
    ['Vitest', '__vitest_ofTest__'],
    ['Vite', '__vite_ofTest__'],
    ['coverage', '__coverage__'],
    ['Vitest, by a symbol', Symbol.for('vitest:ofTest')],
    ['expect', Symbol.for('$$jest-ofTest')],
    ['fresh-modules', Symbol.for('fresh-modules.ofTest')],
  ])('what %s keeps on the global object', async (_, key) => {
    expect(await restoredAfter(() => Reflect.set(globalThis, key, 1))).toEqual([])
    expect(Reflect.get(globalThis, key)).toBe(1)
    Reflect.deleteProperty(globalThis, key)
  })

  test.each(['VITEST_POOL_ID', 'VITEST_WORKER_ID'])('%s, which Vitest sets for each file', async (name) => {
    const { [name]: before } = process.env
    expect(await restoredAfter(() => void Object.assign(process.env, { [name]: '99' }))).toEqual([])
    expect(process.env[name]).toBe('99')
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })

  test('a listener of fresh-modules', async () => {
    const own = Object.assign(() => {}, { [OWN_LISTENER]: true })
    expect(await restoredAfter(() => void process.once('SIGUSR2', own))).toEqual([])
    expect(EventEmitter.prototype.listeners.call(process, 'SIGUSR2')).toContain(own)
    process.removeListener('SIGUSR2', own)
  })
})

test('what a file adds to expect is taken back', async () => {
  const restored = await restoredAfter(() => {
    expect.addEqualityTesters([() => undefined])
    expect.addSnapshotSerializer({ test: () => false, serialize: () => '' })
  })
  expect(restored).toEqual([
    'elements of the equality testers of expect',
    expect.stringMatching(/^serializer of snapshots \d+$/),
  ])
})
