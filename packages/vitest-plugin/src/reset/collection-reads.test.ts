import { beforeEach, describe, expect, test } from 'vitest'
import { newNamespace } from '../engine/namespace.ts'
import { CollectionReads } from './collection-reads.ts'

let reads: CollectionReads
beforeEach(() => {
  reads = new CollectionReads()
})

const used = (id: string) => reads.firstUse(id) !== undefined

/** A namespace as Vite makes it. */
function namespaceWith(name: string, get: () => unknown) {
  return Object.defineProperty(newNamespace(), name, { enumerable: true, configurable: true, get })
}

describe('while a file is collected', () => {
  beforeEach(() => reads.start())

  test('a module is used when an export of it is read', () => {
    const namespace = namespaceWith('a', () => 1)
    reads.watch('/app/a.ts', namespace)
    expect(used('/app/a.ts')).toBe(false)
    expect(namespace['a']).toBe(1)
    expect(used('/app/a.ts')).toBe(true)
  })

  test('what is read while a module is evaluated, that module reads', async () => {
    const namespace = namespaceWith('a', () => 1)
    reads.watch('/app/a.ts', namespace)
    let end = () => {}
    const evaluation = reads.whileEvaluating(new Promise<void>((resolve) => (end = resolve)))
    expect(namespace['a']).toBe(1)
    expect(used('/app/a.ts')).toBe(false)
    end()
    await evaluation
    expect(namespace['a']).toBe(1)
    expect(used('/app/a.ts')).toBe(true)
  })

  test('an evaluation that fails ends as well', async () => {
    const namespace = namespaceWith('a', () => 1)
    reads.watch('/app/a.ts', namespace)
    await reads.whileEvaluating(Promise.reject(new Error('on purpose'))).catch(() => {})
    expect(namespace['a']).toBe(1)
    expect(used('/app/a.ts')).toBe(true)
  })

  test('our own looks count for nothing', () => {
    const namespace = namespaceWith('a', () => 1)
    reads.watch('/app/a.ts', namespace)
    reads.quietly(() => expect(namespace['a']).toBe(1))
    expect(used('/app/a.ts')).toBe(false)
  })

  test('the default export of inlined CommonJS is a value, and stays one', () => {
    const namespace = Object.assign(newNamespace(), { default: 1 })
    reads.watch('/app/a.cjs', namespace)
    expect(namespace.default).toBe(1)
    namespace.default = 2
    reads.stop()
    expect(Object.getOwnPropertyDescriptor(namespace, 'default')).toMatchObject({ value: 2, writable: true })
    expect(used('/app/a.cjs')).toBe(true)
  })
})

test('when it has been collected, exports are the module’s own getters again, but for what has replaced them', () => {
  const get = () => 1
  const namespace = namespaceWith('a', get)
  const spied = namespaceWith('a', get)
  reads.start()
  reads.watch('/app/a.ts', namespace)
  reads.watch('/app/b.ts', spied)
  Object.defineProperty(spied, 'a', { configurable: true, value: 'spy' })
  reads.stop((note) => note('/app/patched.ts'))
  expect(Object.getOwnPropertyDescriptor(namespace, 'a')?.get).toBe(get)
  expect(spied['a']).toBe('spy')
  expect(namespace['a']).toBe(1)
  expect([used('/app/a.ts'), used('/app/patched.ts')]).toEqual([false, true])
})

test('the next file begins with nothing used', () => {
  const namespace = namespaceWith('a', () => 1)
  reads.start()
  reads.watch('/app/a.ts', namespace)
  expect(namespace['a']).toBe(1)
  reads.stop()
  reads.start()
  expect(used('/app/a.ts')).toBe(false)
})
