import { describe, expect, test } from 'vitest'
import { type FakeInstalled, fakeInstalled, type Graph } from '../../test-host/fake-host.ts'
import type { GuardedCopy, ResetSupport } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import { isHeldStatically, noteHeldCopies, noteHolderOf } from './holders.ts'

const TEST = '/app/a.test.ts'
const DB = '/app/db.ts'

const copyOf = (id: string, more: Partial<GuardedCopy> = {}): GuardedCopy => ({
  id: id as ModuleId,
  importedBy: [],
  loader: 'the loader',
  format: 'esm',
  ...more,
})

/** A file that has been collected; by static imports alone unless it is said otherwise. */
function collected(graph: Graph, resets: Partial<Record<keyof ResetSupport, unknown>> = {}): FakeInstalled {
  const installed = fakeInstalled(graph, {
    resets: {
      staticImports: (id) => (graph[id] ?? []) as ModuleId[],
      keptBetweenTests: () => undefined,
      ...resets,
    } as ResetSupport,
  })
  installed.state.guard.isCollecting = false
  return installed
}

function isHeld(installed: FakeInstalled, copy: GuardedCopy): boolean {
  installed.state.guard.firstCopies.set(copy.id, copy)
  noteHeldCopies(installed)
  return installed.state.guard.held.has(copy)
}

describe('a copy is held', () => {
  test('by whoever was loading while it was evaluated: setup files and the test file', () => {
    const installed = fakeInstalled()
    const { guard } = installed.state
    const [collectedWith, later, apart] = [copyOf(DB), copyOf(DB), copyOf(DB, { isolation: 1 })]
    noteHolderOf(installed, collectedWith)
    noteHolderOf(installed, apart)
    guard.isCollecting = false
    noteHolderOf(installed, later)
    expect([collectedWith, later, apart].map((copy) => guard.held.has(copy))).toEqual([true, false, false])
  })

  test('by the test file, by static imports however deep', () => {
    const graph = { [TEST]: ['/app/a.ts'], '/app/a.ts': ['/app/b.ts'], '/app/b.ts': [DB], [DB]: [] }
    expect(isHeld(collected(graph), copyOf(DB))).toBe(true)
  })

  test('by the test file under an id with a query', () => {
    expect(isHeld(collected({ [`${TEST}?v=1`]: [DB], [DB]: [] }), copyOf(DB))).toBe(true)
  })

  test('by what the host keeps between tests, as what setup files have loaded', () => {
    const keptBetweenTests = (id: string) => (id === '/app/setup.ts' ? 'a setup file loaded it' : undefined)
    const graph = { '/app/setup.ts': ['/app/pkg.ts'], '/app/pkg.ts': [DB], [DB]: [] }
    expect(isHeld(collected(graph, { keptBetweenTests }), copyOf(DB))).toBe(true)
  })

  test('where something of it was used while the file was collected', () => {
    const usedWhileCollecting = (id: string) => (id === DB ? 'a.test.ts:3' : undefined)
    expect(isHeld(collected({ [DB]: [] }, { usedWhileCollecting }), copyOf(DB))).toBe(true)
  })

  test('by nobody where a test alone has imported it, be it by way of others', () => {
    const graph = { [TEST]: ['/app/a.ts'], '/app/a.ts': [], '/app/lazy.ts': [DB], [DB]: [] }
    expect(isHeld(collected(graph), copyOf(DB))).toBe(false)
  })

  test('not by dynamic imports of who stays', () => {
    const graph = { [TEST]: [DB], [DB]: [] }
    expect(isHeld(collected(graph, { staticImports: () => [] }), copyOf(DB))).toBe(false)
  })

  test('not in another registry than the main one', () => {
    const graph = { [TEST]: [DB], [DB]: [] }
    expect(isHeld(collected(graph), copyOf(DB, { isolation: 1 }))).toBe(false)
  })
})

describe('once all was dropped', () => {
  test('later copies are none that the test file has imported', () => {
    const installed = collected({ [TEST]: [DB], [DB]: [] })
    installed.state.guard.hasDroppedAll = true
    expect(isHeld(installed, copyOf(DB))).toBe(false)
    expect(isHeldStatically(installed, DB as ModuleId)).toBe(false)
  })

  test('what was held is held still', () => {
    const installed = collected({ [TEST]: [DB], [DB]: [] })
    const copy = copyOf(DB)
    expect(isHeld(installed, copy)).toBe(true)
    installed.state.guard.hasDroppedAll = true
    expect(isHeld(installed, copy)).toBe(true)
  })
})

test('the records are not looked at where all copies are known to be held', () => {
  const installed = collected({ [TEST]: [DB], [DB]: [] })
  const copy = copyOf(DB)
  installed.state.guard.held.add(copy)
  installed.host.records = () => {
    throw new Error('asked')
  }
  expect(isHeld(installed, copy)).toBe(true)
})

test('a host that tells nothing of resets is asked what modules import', () => {
  const installed = fakeInstalled({ [TEST]: ['/app/a.ts'], '/app/a.ts': [DB], [DB]: [] })
  expect(isHeldStatically(installed, DB as ModuleId)).toBe(true)
  expect(isHeldStatically(installed, '/app/other.ts' as ModuleId)).toBe(false)
})
