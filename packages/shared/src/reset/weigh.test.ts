import { describe, expect, test } from 'vitest'
import { type FakeInstalled, fakeInstalled, type Graph, idsOf } from '../../test-host/fake-host.ts'
import { takeExportsBaseline } from '../host/exports-baseline.ts'
import { addDisposer } from '../host/lifecycle.ts'
import type { Evidence, OutsideEffect } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import type { SpecRule } from '../host/module-spec.ts'
import { runSync } from '../host/steps.ts'
import { planReset } from './plan.ts'

const TEST = '/app/a.test.ts'
const PROGRAM = '/app/node_modules/commander/index.js'

interface Shown {
  readonly state?: boolean
  readonly reads?: readonly string[]
  readonly calls?: readonly string[]
  readonly effects?: readonly OutsideEffect[]
}

interface World {
  /** Id -> what its code shows; modules that are left out cannot be judged. */
  readonly shown: Readonly<Record<string, Shown>>
  /** Id -> where it was used while the file was collected. */
  readonly used?: Readonly<Record<string, string>>
  readonly specs?: readonly SpecRule[]
}

function evidenceOf({ state = false, reads = [], calls = [], effects = [] }: Shown): Evidence {
  return {
    state: state ? { line: 1, text: 'let n = 0' } : undefined,
    reads: [...reads, ...calls] as ModuleId[],
    calls: calls.map((id) => [id as ModuleId, ['*']] as const),
    effects,
  }
}

function worldOf(graph: Graph, { shown, used = {}, specs = [] }: World): FakeInstalled {
  const installed = fakeInstalled(graph, {
    specs,
    resets: {
      staticImports: (id) => (graph[id] ?? []) as ModuleId[],
      keptBetweenTests: () => undefined,
      evidence: (id) => (shown[id] ? evidenceOf(shown[id]) : undefined),
      usedWhileCollecting: (id) => {
        const where = used[id]
        return where === undefined ? undefined : () => where
      },
    },
  })
  const exports = new Map(Object.keys(graph).map((id) => [id, {}]))
  const { record } = installed.host
  const withExports = (id: string) => {
    const found = record(id as ModuleId)
    return found && { ...found, exports: exports.get(id) }
  }
  Object.assign(installed.host, {
    record: withExports,
    records: () => Object.keys(graph).map(withExports),
  })
  for (const object of exports.values()) {
    installed.state.baselines.set(object, { exports: takeExportsBaseline(object), held: undefined })
  }
  return installed
}

function plan(installed: FakeInstalled) {
  const { reload, drop, unchanged, kept } = runSync(
    planReset(installed, 'tests'),
    () => new Error('it waits'),
  )
  return {
    reload: idsOf(reload).sort(),
    drop: idsOf(drop).sort(),
    unchanged: [...unchanged].sort(),
    kept: Object.fromEntries(kept.map(({ id, reason }) => [id, reason])),
  }
}

const planFor = (graph: Graph, world: World) => plan(worldOf(graph, world))

const CHAIN = { [TEST]: ['/app/a.js'], '/app/a.js': ['/app/b.js'], '/app/b.js': [] }

describe('a module without state', () => {
  test('is unchanged, and what it imports is new beneath it', () => {
    expect(planFor(CHAIN, { shown: { '/app/a.js': {}, '/app/b.js': { state: true } } })).toEqual({
      reload: ['/app/b.js'],
      drop: [],
      unchanged: ['/app/a.js'],
      kept: {},
    })
  })

  test('is evaluated again where it has made something of one that is', () => {
    const shown = { '/app/a.js': { reads: ['/app/b.js'] }, '/app/b.js': { state: true } }
    expect(planFor(CHAIN, { shown }).reload).toEqual(['/app/a.js', '/app/b.js'])
  })

  test('is evaluated again where a test has changed what it exports', () => {
    const installed = worldOf(CHAIN, { shown: { '/app/a.js': {}, '/app/b.js': {} } })
    Object.assign(installed.host.record('/app/b.js' as ModuleId)?.exports as object, { spy: true })
    expect(plan(installed)).toMatchObject({ reload: ['/app/b.js'], unchanged: ['/app/a.js'] })
  })

  test('is reloaded in place, not dropped, where it is only beneath an unchanged one', () => {
    const graph = { [TEST]: [], '/app/late.js': ['/app/b.js'], '/app/b.js': [] }
    expect(planFor(graph, { shown: { '/app/late.js': {}, '/app/b.js': { state: true } } })).toMatchObject({
      reload: ['/app/b.js'],
      unchanged: ['/app/late.js'],
      drop: [],
    })
  })

  test('is one whose state is as evaluation left it, where that can be compared', () => {
    const held = { cache: new Map() }
    const installed = worldOf(CHAIN, {
      shown: { '/app/a.js': { reads: ['/app/b.js'] }, '/app/b.js': { state: true } },
    })
    const exports = installed.host.record('/app/b.js' as ModuleId)?.exports as object
    const read = () => Object.values(held)
    installed.state.baselines.set(exports, {
      exports: takeExportsBaseline(exports),
      held: { read, baseline: takeExportsBaseline(read()) },
    })
    expect(plan(installed)).toMatchObject({ reload: [], unchanged: ['/app/a.js', '/app/b.js'] })
    held.cache.set('a', 1)
    expect(plan(installed)).toMatchObject({ reload: ['/app/a.js', '/app/b.js'], unchanged: [] })
  })

  test('that cannot be judged is evaluated again', () => {
    expect(planFor(CHAIN, { shown: { '/app/b.js': {} } })).toMatchObject({
      reload: ['/app/a.js'],
      unchanged: ['/app/b.js'],
    })
  })
})

describe('what was used while the file was collected', () => {
  const shown = { '/app/a.js': { state: true, reads: ['/app/b.js'] }, '/app/b.js': { state: true } }

  test('is kept, with what its own body has used', () => {
    expect(planFor(CHAIN, { shown, used: { '/app/a.js': 'a.test.ts:3' } })).toEqual({
      reload: [],
      drop: [],
      unchanged: [],
      kept: {
        '/app/a.js': 'made while the file was collected (a.test.ts:3)',
        '/app/b.js': 'used by a.js, which stays',
      },
    })
  })

  test('does not hold what its body has only imported', () => {
    const loose = { '/app/a.js': { state: true }, '/app/b.js': { state: true } }
    expect(planFor(CHAIN, { shown: loose, used: { '/app/a.js': 'a.test.ts:3' } }).reload).toEqual([
      '/app/b.js',
    ])
  })

  test('holds all that a function could use which its body has called', () => {
    const graph = {
      [TEST]: ['/app/a.js'],
      '/app/a.js': ['/app/b.js'],
      '/app/b.js': ['/app/c.js'],
      '/app/c.js': [],
    }
    const called = {
      '/app/a.js': { state: true, calls: ['/app/b.js'] },
      '/app/b.js': {},
      '/app/c.js': { state: true },
    }
    expect(planFor(graph, { shown: called, used: { '/app/a.js': 'a.test.ts:3' } })).toMatchObject({
      reload: [],
      unchanged: ['/app/b.js'],
      kept: { '/app/c.js': 'used by a.js, which stays' },
    })
  })

  test('is unchanged where it has no state, and holds through it', () => {
    const through = { '/app/a.js': { reads: ['/app/b.js'] }, '/app/b.js': { state: true } }
    expect(planFor(CHAIN, { shown: through, used: { '/app/a.js': 'a.test.ts:3' } })).toMatchObject({
      unchanged: ['/app/a.js'],
      kept: { '/app/b.js': 'used by a.js, which stays' },
    })
  })
})

describe('effects', () => {
  const graph = { [TEST]: ['/app/cli.js'], '/app/cli.js': [PROGRAM], [PROGRAM]: [] }
  const onProgram = {
    line: 4,
    text: "program.command('build')",
    into: PROGRAM as ModuleId,
    name: 'commander',
  }
  const onProcess = { line: 2, text: "process.on('exit', end)", into: undefined, name: 'process' }

  test.each([
    [onProgram, 'cli.js:4 changes "commander", which stays: program.command(\'build\')'],
    [onProcess, "cli.js:2 changes process, which stays: process.on('exit', end)"],
  ])('on a package or a global keep the module, with line and text', (effect, reason) => {
    expect(planFor(graph, { shown: { '/app/cli.js': { state: true, effects: [effect] } } }).kept).toEqual({
      '/app/cli.js': reason,
    })
  })

  test('do not where the module takes them back', () => {
    const installed = worldOf(graph, { shown: { '/app/cli.js': { state: true, effects: [onProcess] } } })
    addDisposer(installed.state, installed.host.record('/app/cli.js' as ModuleId)?.handle as object, () => {})
    expect(plan(installed).reload).toEqual(['/app/cli.js'])
  })

  const REGISTERING = {
    [TEST]: ['/app/foo.js', '/app/registry.js'],
    '/app/foo.js': ['/app/registry.js'],
    '/app/registry.js': [],
  }
  const add = {
    line: 1,
    text: 'registry.add(Foo)',
    into: '/app/registry.js' as ModuleId,
    name: './registry.js',
  }
  const shown = {
    '/app/foo.js': { state: true, calls: ['/app/registry.js'], effects: [add] },
    '/app/registry.js': { state: true },
  }

  test('on a first-party module follow it: both are evaluated again', () => {
    expect(planFor(REGISTERING, { shown }).reload).toEqual(['/app/foo.js', '/app/registry.js'])
  })

  test('on a first-party module that stays keep who made them', () => {
    expect(planFor(REGISTERING, { shown, used: { '/app/registry.js': 'a.test.ts:2' } }).kept).toEqual({
      '/app/registry.js': 'made while the file was collected (a.test.ts:2)',
      '/app/foo.js': 'foo.js:1 changes ./registry.js, which stays: registry.add(Foo)',
    })
  })

  test('of a module that stays keep the first-party module that has them', () => {
    expect(planFor(REGISTERING, { shown, used: { '/app/foo.js': 'a.test.ts:2' } }).kept).toMatchObject({
      '/app/registry.js': 'used by foo.js, which stays',
    })
  })
})

describe('rules', () => {
  const shown = { '/app/a.js': {}, '/app/b.js': { state: true } }

  test('reset: true evaluates again what the evidence would leave alone', () => {
    const specs = [{ match: './a.js', reset: true }]
    expect(planFor(CHAIN, { shown, specs, used: { '/app/a.js': 'a.test.ts:1' } }).reload).toContain(
      '/app/a.js',
    )
  })

  test('reset: false keeps', () => {
    const specs = [{ match: './b.js', reset: false }]
    expect(planFor(CHAIN, { shown, specs }).kept).toEqual({ '/app/b.js': 'a rule says reset: false' })
  })

  test('of two that speak of one module the later one holds', () => {
    const specs = [
      { match: './b.js', reset: false },
      { match: '**/*.js', reset: true },
    ]
    expect(planFor(CHAIN, { shown, specs }).reload).toContain('/app/b.js')
  })
})

test('a module that could not be evaluated again is kept, with what its body has used', () => {
  const shown = { '/app/a.js': { state: true, reads: ['/app/b.js'] }, '/app/b.js': { state: true } }
  const installed = worldOf(CHAIN, { shown })
  installed.state.notReevaluable.set('/app/a.js' as ModuleId, 'Error: taken')
  expect(plan(installed).kept).toEqual({
    '/app/a.js': 'it cannot be evaluated again: Error: taken',
    '/app/b.js': 'used by a.js, which stays',
  })
})
