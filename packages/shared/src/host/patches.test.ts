import v8 from 'node:v8'
import vm from 'node:vm'
import { describe, expect, test, vi } from 'vitest'
import { patch, patches, patchGetter } from './patches.ts'
import { trace } from './trace.ts'

vi.mock('./trace.ts', () => ({ isTracing: true, trace: vi.fn() }))

const patchedOf = (owner: object) =>
  patches()
    .filter((one) => one.owner === owner)
    .map(({ name }) => name)

describe('a patch', () => {
  test('wraps what was there, and its undo puts exactly that back', () => {
    const own = Object.defineProperty({}, 'load', {
      value: () => 'own',
      writable: true,
      configurable: true,
      enumerable: false,
    }) as { load: () => string }
    const before = Object.getOwnPropertyDescriptor(own, 'load')
    const undo = patch(own, 'load', (load) => () => `wrapped ${load()}`)
    expect(own.load()).toBe('wrapped own')
    expect(Object.keys(own)).toEqual([])
    undo()
    expect(Object.getOwnPropertyDescriptor(own, 'load')).toEqual(before)
  })

  test('of what is inherited is gone afterwards', () => {
    class Base {
      load() {
        return 'base'
      }
    }
    const one = new Base()
    const undo = patch(one, 'load', (load) => () => `wrapped ${load()}`)
    expect(one.load()).toBe('wrapped base')
    undo()
    expect(Object.hasOwn(one, 'load')).toBe(false)
  })

  test('may be undone twice: what was put there after the first time stays', () => {
    const own = { load: () => 'own' }
    const undo = patch(own, 'load', (load) => () => `wrapped ${load()}`)
    undo()
    const again = patch(own, 'load', (load) => () => `again ${load()}`)
    undo()
    expect(own.load()).toBe('again own')
    again()
    expect(own.load()).toBe('own')
  })

  test.each([
    ['in reverse', [1, 0]],
    ['in the order in which they were made', [0, 1]],
  ])('of several of one property: undone %s, all is as before', (_, order) => {
    const load = () => 'own'
    const own = { load }
    const undos = ['first', 'second'].map((name) => patch(own, 'load', (next) => () => `${name} ${next()}`))
    expect(own.load()).toBe('second first own')
    for (const index of order) undos[index]?.()
    expect(own.load).toBe(load)
    expect(patchedOf(own)).toEqual([])
  })

  test('leaves alone what somebody else has put on top', () => {
    const own = { load: () => 'own' }
    const undo = patch(own, 'load', (load) => () => `wrapped ${load()}`)
    const theirs = vi.fn(own.load)
    own.load = theirs
    undo()
    expect(own.load).toBe(theirs)
    expect(own.load()).toBe('wrapped own')
    expect(patchedOf(own)).toEqual([])
  })
})

test('a getter sees that something is asked for', () => {
  const own = { load: () => 'own' }
  const { load } = own
  const asked = vi.fn()
  const undo = patchGetter(own, 'load', (original) => () => {
    asked()
    return original
  })
  expect(own.load).toBe(load)
  expect(asked).toHaveBeenCalledOnce()
  undo()
  expect(own.load).toBe(load)
  expect(asked).toHaveBeenCalledOnce()
})

test('what is patched is listed by name, for this copy of the core and for others', async () => {
  const own = { load: () => 'own', other: 1 }
  const undos = [patch(own, 'load', (load) => load, 'Loader.load'), patch(own, 'other', () => 2)]
  expect(patchedOf(own)).toEqual(['Loader.load', 'other'])
  vi.resetModules()
  const copy = await import('./patches.ts')
  expect(copy.patches).not.toBe(patches)
  expect(copy.patches().filter(({ owner }) => owner === own)).toHaveLength(2)
  for (const undo of undos) undo()
  expect(patchedOf(own)).toEqual([])
})

test('owners that are gone leave the list by themselves', async () => {
  v8.setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = vm.runInNewContext('gc')
  const listed = (): number =>
    (globalThis as unknown as Record<symbol, { owners: Set<object> }>)[Symbol.for('fresh-modules.patches')]
      ?.owners.size ?? 0
  const before = listed()
  const patchMany = () => {
    for (let count = 0; count < 100; count++) patch({ load: () => 'own' }, 'load', (load) => load)
  }
  patchMany()
  expect(listed()).toBe(before + 100)
  await vi.waitFor(() => {
    collectGarbage()
    expect(listed()).toBeLessThan(before + 10)
  })
})

test('what is wrapped for each module is traced once', () => {
  const own = { load: () => 'own' }
  vi.mocked(trace).mockClear()
  for (let count = 0; count < 3; count++) patch(own, 'load', (load) => load, 'Loader.load')()
  const undos = ['below', 'above'].map((name) => patch(own, 'load', (load) => load, name))
  for (const undo of undos) undo()
  const lines = vi.mocked(trace).mock.calls.map(([, line]) => line)
  expect(lines).toEqual(['Loader.load', 'Loader.load is undone', 'above', 'above is undone'])
})
