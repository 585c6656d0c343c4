import { describe, expect, test } from 'vitest'
import { fakeHost, idsOf } from '../../test-host/fake-host.ts'
import { compileRules } from '../flags/config.ts'
import { createCoreState } from './core-state.ts'
import {
  addDisposer,
  dispose,
  fileEnded,
  hasDisposers,
  importersFirst,
  noteFormerCopy,
  ownUntilTestEnds,
  runImportHooks,
  testEnded,
  testStarted,
  throwTogether,
} from './lifecycle.ts'
import type { Copy } from './module-host.ts'
import type { ModuleId } from './module-id.ts'

const newState = () => createCoreState(compileRules([], '/app'))
const id = (text: string) => text as ModuleId

describe('what a test has made', () => {
  test('is undone when it ends, newest first', async () => {
    const state = newState()
    const undone: string[] = []
    testStarted(state, 'test 1')
    ownUntilTestEnds(state, () => undone.push('first'))
    ownUntilTestEnds(state, () => undone.push('second'))
    expect(undone).toEqual([])
    await testEnded(state, 'test 1')
    expect(undone).toEqual(['second', 'first'])
    await testEnded(state, 'test 1')
    await fileEnded(state)
    expect(undone).toEqual(['second', 'first'])
  })

  test('outside of tests lasts until the file ends', async () => {
    const state = newState()
    const undone: string[] = []
    ownUntilTestEnds(state, () => undone.push('of the file'))
    testStarted(state, 'test 1')
    await testEnded(state, 'test 1')
    expect(undone).toEqual([])
    await fileEnded(state)
    expect(undone).toEqual(['of the file'])
  })

  test('while several run lasts until the last of them is over', async () => {
    const state = newState()
    const undone: string[] = []
    testStarted(state, 'a')
    testStarted(state, 'b')
    ownUntilTestEnds(state, () => undone.push('x'))
    testStarted(state, 'c')
    await testEnded(state, 'a')
    await testEnded(state, 'c')
    expect(undone).toEqual([])
    await testEnded(state, 'b')
    expect(undone).toEqual(['x'])
  })

  test('is not undone if it was given up before', async () => {
    const state = newState()
    const undone: string[] = []
    testStarted(state, 'test 1')
    const disown = ownUntilTestEnds(state, () => undone.push('x'))
    disown()
    await testEnded(state, 'test 1')
    expect(undone).toEqual([])
    expect(state.undos.size).toBe(0)
  })

  test('is awaited, one after the other', async () => {
    const state = newState()
    const undone: string[] = []
    ownUntilTestEnds(state, () => undone.push('last'))
    ownUntilTestEnds(state, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      undone.push('slow')
    })
    await fileEnded(state)
    expect(undone).toEqual(['slow', 'last'])
  })

  test('is undone all the same where one of it throws', async () => {
    const state = newState()
    const undone: string[] = []
    const error = new Error('cannot undo')
    ownUntilTestEnds(state, () => undone.push('x'))
    ownUntilTestEnds(state, () => {
      throw error
    })
    await expect(fileEnded(state)).rejects.toMatchObject({ errors: [error] })
    expect(undone).toEqual(['x'])
    expect(state.undos.size).toBe(0)
  })

  test('fails with all that was thrown, as one error and no errors within it', async () => {
    const state = newState()
    const errors = [new Error('port taken'), new Error('file open'), new Error('plain')]
    ownUntilTestEnds(state, () => throwTogether(errors.slice(0, 2)))
    ownUntilTestEnds(state, () => {
      throw errors[2]
    })
    await expect(fileEnded(state)).rejects.toMatchObject({
      errors: [errors[2], errors[0], errors[1]],
      message: 'onUnload callbacks failed: Error: plain; Error: port taken; Error: file open',
    })
  })

  test('in a test that never ended goes with the file, and that test runs no longer', async () => {
    const state = newState()
    const undone: string[] = []
    testStarted(state, 'timed out')
    ownUntilTestEnds(state, () => undone.push('x'))
    await fileEnded(state)
    expect(undone).toEqual(['x'])
    expect(state.runningTests.size).toBe(0)
  })
})

test('a warning may be given again in the next file', async () => {
  const state = newState()
  state.warned.add('told')
  await fileEnded(state)
  expect(state.warned.size).toBe(0)
})

describe('callbacks of onUnload', () => {
  test('run copy by copy in the given order, those of one copy in reverse', async () => {
    const state = newState()
    const [a, b] = [{}, {}]
    const ran: string[] = []
    for (const name of ['a1', 'a2']) addDisposer(state, a, () => ran.push(name))
    for (const name of ['b1', 'b2']) addDisposer(state, b, () => ran.push(name))
    expect(await dispose(state, [{ handle: b }, { handle: undefined }, { handle: a }])).toEqual({
      ran: 4,
      errors: [],
    })
    expect(ran).toEqual(['b2', 'b1', 'a2', 'a1'])
  })

  test('run once', async () => {
    const state = newState()
    const handle = {}
    addDisposer(state, handle, () => {})
    expect(hasDisposers(state, [{ handle: undefined }, { handle: {} }])).toBe(false)
    expect(hasDisposers(state, [{ handle: undefined }, { handle }])).toBe(true)
    await dispose(state, [{ handle }])
    expect(hasDisposers(state, [{ handle }])).toBe(false)
    expect(await dispose(state, [{ handle }])).toEqual({ ran: 0, errors: [] })
  })

  test('are awaited, and one that fails stops nothing', async () => {
    const state = newState()
    const handle = {}
    const ran: string[] = []
    addDisposer(state, handle, () => ran.push('first'))
    addDisposer(state, handle, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      ran.push('slow')
      throw undefined
    })
    addDisposer(state, handle, () => {
      throw 'text'
    })
    expect(await dispose(state, [{ handle }])).toEqual({ ran: 3, errors: ['text', undefined] })
    expect(ran).toEqual(['slow', 'first'])
  })
})

test('several failures are thrown as one that names each; none is none', () => {
  expect(() => throwTogether([])).not.toThrow()
  const errors = [new Error('port taken'), 'text']
  expect(() => throwTogether(errors)).toThrow(
    expect.objectContaining({ errors, message: 'onUnload callbacks failed: Error: port taken; text' }),
  )
})

describe('importers first', () => {
  const order = (graph: Record<string, string[]>, ids = Object.keys(graph)) => {
    const host = fakeHost(graph)
    return idsOf(importersFirst(ids.flatMap((each) => host.record(id(each)) ?? [])))
  }

  test('puts each module before what it imports, whatever the order given', () => {
    const graph = { '/a': ['/b', '/c'], '/b': ['/c'], '/c': [] }
    expect(order(graph)).toEqual(['/a', '/b', '/c'])
    expect(order(graph, ['/c', '/b', '/a'])).toEqual(['/a', '/b', '/c'])
  })

  test('names each member of a cycle once', () => {
    expect(order({ '/a': ['/b'], '/b': ['/a'] }).sort()).toEqual(['/a', '/b'])
  })

  test('leaves out what was not given', () => {
    expect(order({ '/a': ['/b'], '/b': ['/c'], '/c': [] }, ['/c', '/a'])).toHaveLength(2)
  })

  test('copes with thousands of modules in a row', () => {
    const graph = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`/${at}`, [`/${at + 1}`]]))
    expect(order(graph)[0]).toBe('/0')
  })
})

describe('former copies', () => {
  const copy = (exports: unknown): Copy => ({ id: id('/a'), exports, handle: undefined })

  test('are known by the object that they export', () => {
    const state = newState()
    const fn = () => {}
    const namespace = {}
    noteFormerCopy(state, copy(fn), true)
    noteFormerCopy(state, copy(namespace), false)
    expect(state.formerCopies.get(fn)).toMatchObject({ id: '/a', fresh: true })
    expect(state.formerCopies.get(namespace)).toMatchObject({ id: '/a', fresh: false })
  })

  test.each([undefined, null, 'text', 1, true])('that export %j are passed over', (exports) => {
    expect(() => noteFormerCopy(newState(), copy(exports), true)).not.toThrow()
  })
})

test('hooks of a module are told of its evaluations, those of others are not', () => {
  const state = newState()
  const told: unknown[] = []
  state.importHooks.set(id('/a'), new Set([(...args) => told.push(args)]))
  const info = { reloaded: false, fresh: true }
  runImportHooks(state, { id: id('/a'), exports: 1, handle: undefined }, info)
  runImportHooks(state, { id: id('/b'), exports: 2, handle: undefined }, info)
  expect(told).toEqual([[1, info]])
})

test('a hook that takes itself off does not keep the others from being told', () => {
  const state = newState()
  const told: string[] = []
  const hooks = new Set([
    () => {
      told.push('first')
      hooks.clear()
    },
    () => void told.push('second'),
  ])
  state.importHooks.set(id('/a'), hooks)
  runImportHooks(state, { id: id('/a'), exports: 1, handle: undefined }, { reloaded: false, fresh: false })
  expect(told).toEqual(['first', 'second'])
})
