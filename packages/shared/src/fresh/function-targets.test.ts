import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { writeTree } from '../../test-host/tree.ts'
import { compileRules } from '../flags/config.ts'
import { type CoreState, createCoreState, type FunctionTargets } from '../host/core-state.ts'
import { currentCall, runWithin, runWithinSync } from '../host/pending-calls.ts'
import { functionTargetsFor, targetBoundary } from './function-targets.ts'

const THIS_FILE = fileURLToPath(import.meta.url)
const newState = () => createCoreState(compileRules([], '/app'))

function targetsIn(file: string, source = "() => import('./config')"): FunctionTargets {
  return { file, source, count: 0 } as FunctionTargets
}

function within<T>(state: CoreState, targets: FunctionTargets, run: () => T): T {
  return runWithinSync(state, { kind: 'function', parent: currentCall(state), targets }, run)
}

test('the requests of the file in which the function stands are its targets', () => {
  const state = newState()
  const targets = targetsIn('/app/a.test.ts')
  within(state, targets, () => {
    expect(functionTargetsFor(state, '/app/a.test.ts')).toBe(targets)
    expect(functionTargetsFor(state, '/app/b.ts')).toBeUndefined()
  })
})

test('outside of the call nothing is a target', () => {
  const state = newState()
  const targets = targetsIn('/app/a.test.ts')
  within(state, targets, () => {})
  expect(functionTargetsFor(state, '/app/a.test.ts')).toBeUndefined()
})

test('of two functions in one file the inner one gets the requests', () => {
  const state = newState()
  const [outer, inner] = [targetsIn('/app/a.test.ts'), targetsIn('/app/a.test.ts')]
  within(state, outer, () => {
    within(state, inner, () => expect(functionTargetsFor(state, '/app/a.test.ts')).toBe(inner))
    expect(functionTargetsFor(state, '/app/a.test.ts')).toBe(outer)
  })
})

test('calls of other kinds around it do not get in the way', async () => {
  const state = newState()
  const targets = targetsIn('/app/a.test.ts')
  await runWithin(state, { kind: 'function', parent: undefined, targets }, async () => {
    await runWithin(state, { kind: 'surroundings', parent: currentCall(state) }, () => {
      expect(functionTargetsFor(state, '/app/a.test.ts')).toBe(targets)
    })
  })
})

test('a function that stands in another file than the call is told by its own frame', () => {
  const state = newState()
  const tree = writeTree({ 'helper.cjs': 'module.exports = (ask) => () => ask()' })
  const helper = tree.at('helper.cjs')
  const targets = targetsIn('/app/a.test.ts')
  const inHelper = createRequire(import.meta.url)(helper) as (ask: () => unknown) => () => unknown
  const run = targetBoundary(inHelper(() => functionTargetsFor(state, helper)))
  expect(within(state, targets, run)).toBe(targets)
  expect(targets.file).toBe(helper)
})

test('once it has a target, the file is settled', () => {
  const state = newState()
  const targets = Object.assign(targetsIn('/app/a.test.ts'), { count: 1 })
  const ask = () => functionTargetsFor(state, THIS_FILE, () => targets.source)
  expect(within(state, targets, targetBoundary(ask))).toBeUndefined()
  expect(targets.file).toBe('/app/a.test.ts')
})

test("where the frame is gone, the text of the importer that holds the function's tells", () => {
  const state = newState()
  const targets = targetsIn('/app/a.test.ts', '() => load()')
  within(state, targets, () => {
    expect(functionTargetsFor(state, '/app/b.ts', () => 'const other = 1')).toBeUndefined()
    expect(functionTargetsFor(state, '/app/b.ts', () => undefined)).toBeUndefined()
    expect(functionTargetsFor(state, '/app/b.ts', () => 'run(() => load())')).toBe(targets)
  })
  expect(targets.file).toBe('/app/b.ts')
})

test('the boundary hands on what the function returns, and what it throws', () => {
  expect(targetBoundary(() => 42)()).toBe(42)
  const error = new Error('x')
  const failing = targetBoundary(() => {
    throw error
  })
  expect(failing).toThrow(error)
})
