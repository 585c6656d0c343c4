import { beforeEach, describe, expect, test } from 'vitest'
import { type FakeInstalled, fakeInstalled, type Graph, idsOf } from '../../test-host/fake-host.ts'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { addDisposer } from '../host/lifecycle.ts'
import type { ModuleHost, ResetSupport } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import type { SpecRule } from '../host/module-spec.ts'
import { runSync } from '../host/steps.ts'
import { planReset, type ResetLevel, type ResetPlan } from './plan.ts'
import { staysBetweenFiles } from './stays.ts'

const TEST = '/app/a.test.ts'

type World = Partial<ModuleHost> & { specs?: readonly SpecRule[] }

/** What the plan does with each module. */
function plan(installed: FakeInstalled, level: ResetLevel = 'tests') {
  const { reload, drop, kept } = runSync(planReset(installed, level), () => new Error('it had to wait'))
  return {
    reload: idsOf(reload).sort(),
    drop: idsOf(drop).sort(),
    kept: Object.fromEntries(kept.map(({ id, reason }) => [id, reason])),
  }
}

const planFor = (graph: Graph, world: World = {}, level: ResetLevel = 'tests') =>
  plan(fakeInstalled(graph, world), level)

function resets(more: Partial<ResetSupport> & { statics?: Graph }): { resets: ResetSupport } {
  return {
    resets: {
      staticImports: (id) => (more.statics?.[id] ?? []) as never[],
      keptBetweenTests: more.keptBetweenTests ?? (() => undefined),
    },
  }
}

describe('between tests', () => {
  test('what the test file imports is reloaded, with all beneath it', () => {
    const graph = { [TEST]: ['/app/a.js'], '/app/a.js': ['/app/b.js'], '/app/b.js': [] }
    expect(planFor(graph)).toEqual({ reload: ['/app/a.js', '/app/b.js'], drop: [], kept: {} })
  })

  test('what nobody holds is dropped', () => {
    expect(planFor({ [TEST]: [], '/app/a.js': ['/app/b.js'], '/app/b.js': [] })).toEqual({
      reload: [],
      drop: ['/app/a.js', '/app/b.js'],
      kept: {},
    })
  })

  test('what is only imported dynamically is dropped, where the host can tell', () => {
    const graph = { [TEST]: ['/app/a.js', '/app/late.js'], '/app/a.js': ['/app/late.js'], '/app/late.js': [] }
    const statics = { [TEST]: ['/app/a.js'], '/app/a.js': [] }
    expect(planFor(graph, resets({ statics }))).toEqual({
      reload: ['/app/a.js'],
      drop: ['/app/late.js'],
      kept: {},
    })
  })

  test('the test file, builtins, packages and the framework are out of reach', () => {
    const graph = { [TEST]: [], 'node:fs': [], '/app/node_modules/pkg/index.js': [], '/app/framework.js': [] }
    const isProtected = (id: string) => id === '/app/framework.js'
    expect(planFor(graph, { isProtected })).toEqual({ reload: [], drop: [], kept: {} })
  })

  test('what the host cannot evaluate again is out of reach', () => {
    const installed = fakeInstalled({ '/app/a.js': [], '/app/b.node': [] })
    installed.host.known.set('/app/a.js', { kind: 'source', notFresh: { why: '', remedy: '' } })
    installed.host.known.set('/app/b.node', { kind: 'addon' })
    expect(plan(installed)).toEqual({ reload: [], drop: [], kept: {} })
  })

  test("what the host keeps is kept, with the host's reason", () => {
    const keptBetweenTests = (id: string) => (id === '/app/setup.js' ? 'a setup file loaded it' : undefined)
    const graph = { '/app/setup.js': [], '/app/a.js': [] }
    const { kept, drop } = planFor(graph, resets({ keptBetweenTests }))
    expect({ kept, drop }).toEqual({
      kept: { '/app/setup.js': 'a setup file loaded it' },
      drop: ['/app/a.js'],
    })
  })

  test('what is still being evaluated is left alone', () => {
    const installed = fakeInstalled({ '/app/a.js': [] })
    const { record } = installed.host
    Object.assign(installed.host, {
      records: () => [{ ...record('/app/a.js' as never), state: 'evaluating' }],
    })
    expect(plan(installed).kept).toEqual({ '/app/a.js': 'it is still being evaluated' })
  })
})

describe('between files', () => {
  test('nothing holds but what is kept: the old test file is gone', () => {
    const graph = { '/app/old.test.ts': ['/app/a.js'], '/app/a.js': [], '/app/node_modules/pkg/index.js': [] }
    expect(planFor(graph, {}, 'files')).toEqual({
      reload: [],
      drop: ['/app/a.js', '/app/node_modules/pkg/index.js', '/app/old.test.ts'],
      kept: {},
    })
  })

  test('a copy of the next test file, which another has imported as a module, is dropped', () => {
    expect(planFor({ [TEST]: ['/app/a.js'], '/app/a.js': [] }, {}, 'files').drop).toEqual(['/app/a.js', TEST])
  })

  test('what setup files loaded is reset as well', () => {
    const keptBetweenTests = () => 'a setup file loaded it'
    expect(planFor({ '/app/setup.js': [] }, resets({ keptBetweenTests }), 'files').drop).toEqual([
      '/app/setup.js',
    ])
  })
})

describe('a module that refuses', () => {
  const graph = {
    [TEST]: ['/app/a.js'],
    '/app/a.js': ['/app/b.js'],
    '/app/b.js': [],
    '/app/c.js': ['/app/d.js'],
    '/app/d.js': [],
  }

  test.each(['allowUnload', 'allowReimport'] as const)('%s is kept, and says so', (flag) => {
    const { kept } = planFor(graph, { specs: [{ match: './c.js', [flag]: false, reason: 'owns it' }] })
    expect(kept).toEqual({ '/app/c.js': `${flag} is false, set by config (specs[0] "./c.js"): owns it` })
  })

  test('holds what it imports: that is reloaded, not dropped', () => {
    const { reload, drop } = planFor(graph, { specs: [{ match: './c.js', allowUnload: false }] })
    expect(reload).toEqual(['/app/a.js', '/app/b.js', '/app/d.js'])
    expect(drop).toEqual([])
  })

  test('a reload that is needed is kept as well, and holds what it imports', () => {
    const { kept, reload } = planFor(graph, { specs: [{ match: './a.js', allowReload: false }] })
    expect(Object.keys(kept)).toEqual(['/app/a.js'])
    expect(reload).toEqual(['/app/b.js'])
  })

  test('a reload that is not needed is dropped', () => {
    const { kept, drop } = planFor(graph, { specs: [{ match: './c.js', allowReload: false }] })
    expect(kept).toEqual({})
    expect(drop).toEqual(['/app/c.js', '/app/d.js'])
  })

  test('holds what it imports dynamically too: it may still use it', () => {
    const statics = { [TEST]: [], '/app/c.js': [] }
    const world = { ...resets({ statics }), specs: [{ match: './c.js', allowReimport: false }] }
    expect(planFor(graph, world).reload).toContain('/app/d.js')
  })
})

describe('a module that registers in a package that is kept', () => {
  let tree: Tree
  beforeEach(() => {
    tree = writeTree({
      'package.json': { name: 'app' },
      'node_modules/prom-client/package.json': { name: 'prom-client', version: '15.0.0' },
    })
  })

  const metrics = () => tree.at('metrics.js')
  const world = (specs: SpecRule[] = []) =>
    fakeInstalled(
      {
        [metrics()]: [tree.at('node_modules/prom-client/index.js')],
        [tree.at('user.js')]: [metrics()],
        [tree.at('node_modules/prom-client/index.js')]: [],
      },
      { specs, root: tree.root },
    )

  test('is kept, with where it registers; its importers are reset', () => {
    const { kept, drop } = plan(world())
    expect(kept).toEqual({ [metrics()]: expect.stringContaining('prom-client') })
    expect(drop).toEqual([tree.at('user.js')])
  })

  test('is reset where it cleans up by onUnload', () => {
    const installed = world()
    addDisposer(installed.state, installed.host.record(metrics() as never)?.handle as object, () => {})
    expect(plan(installed).kept).toEqual({})
  })

  test('is reset where a rule says so', () => {
    expect(plan(world([{ match: './metrics.js', reset: true }])).kept).toEqual({})
    expect(plan(world([{ match: './metrics.js', reset: false }])).kept).not.toEqual({})
  })

  test('is reset where the table of known packages is switched off', () => {
    const installed = world()
    installed.state.knownSingletons = false
    expect(plan(installed).kept).toEqual({})
  })
})

describe('a module that registers in a package that can be emptied', () => {
  let tree: Tree
  beforeEach(() => {
    tree = writeTree({
      'package.json': { name: 'app' },
      'node_modules/prom-client/package.json': { name: 'prom-client', version: '15.0.0' },
      'node_modules/other/package.json': { name: 'other', version: '1.0.0' },
    })
  })
  const pkg = () => tree.at('node_modules/prom-client/index.js')
  const other = () => tree.at('node_modules/other/index.js')
  const between = (specs: SpecRule[] = [], more: Record<string, string[]> = {}) => {
    const graph = {
      [tree.at('metrics.js')]: [pkg()],
      [tree.at('user.js')]: [tree.at('metrics.js')],
      [pkg()]: [],
      ...more,
    }
    const support = {
      staticImports: () => [],
      keptBetweenTests: () => undefined,
      isOutOfReach: (id: string) => id.includes('node_modules'),
    }
    const installed = fakeInstalled(graph, { specs, root: tree.root, resets: support })
    const { record } = installed.host
    installed.host.record = (id) => {
      const found = record(id)
      return found && id === pkg() ? { ...found, exports: { register: { clear: () => {} } } } : found
    }
    const { value } = planReset(installed, 'files').next()
    const { kept, drop, empty } = value as ResetPlan
    return { kept: kept.map(({ id }) => id), drop: drop.map(({ id }) => id), empties: empty.length }
  }

  test('is evaluated again, and the package is emptied', () => {
    expect(between()).toEqual({ kept: [], drop: [tree.at('metrics.js'), tree.at('user.js')], empties: 1 })
  })

  test('is kept with all of its kind where one of them is', () => {
    const more = { [tree.at('others.js')]: [pkg()], [tree.at('main.js')]: [tree.at('others.js')] }
    const { kept, empties } = between([{ match: './metrics.js', reset: false }], more)
    expect(kept.sort()).toEqual([tree.at('metrics.js'), tree.at('others.js')].sort())
    expect(empties).toBe(0)
  })

  test('is kept where another package imports the registry as well', () => {
    expect(between([], { [other()]: [pkg()] })).toMatchObject({ kept: [tree.at('metrics.js')], empties: 0 })
  })

  test('is kept where a rule says that it must not be reloaded', () => {
    const { kept } = between([{ match: './metrics.js', allowReload: false }])
    expect(kept).toEqual([tree.at('metrics.js')])
  })
})

test('a package that is named is evaluated again between tests, and what adds something to it as well', () => {
  const tree = writeTree({
    'package.json': { name: 'app' },
    'node_modules/commander/package.json': { name: 'commander', version: '12.0.0' },
  })
  const [cli, pkg] = [tree.at('cli.js'), tree.at('node_modules/commander/index.js')]
  const program = { line: 1, text: 'program.command()', name: 'commander', into: pkg as ModuleId }
  const resets: ResetSupport = {
    staticImports: () => [],
    keptBetweenTests: () => undefined,
    evidence: (id) =>
      id === cli ? { state: undefined, reads: [], calls: [], effects: [program] } : undefined,
  }
  const installed = fakeInstalled({ [cli]: [pkg], [pkg]: [] }, { root: tree.root, resets })
  const planned = () => planReset(installed, 'tests').next().value as ResetPlan
  expect(planned().kept.map(({ id }) => id)).toEqual([cli])
  installed.state.packagesPerTest = new Set(['commander'])
  expect(planned().kept).toEqual([])
  expect(planned().drop.map(({ id }) => id)).toEqual([cli, pkg])
})

test.each([
  ['stays, and what it sets on the global object as well', false],
  ['is evaluated again where the package is made to forget it, and sets that again', true],
])('between files, a module that tells a package something %s', (_, forgets) => {
  const tree = writeTree({
    'package.json': { name: 'app' },
    'node_modules/@angular/core/package.json': { name: '@angular/core', version: '22.0.0' },
  })
  const [setUp, user] = [tree.at('set-up.js'), tree.at('user.js')]
  const pkg = tree.at('node_modules/@angular/core/testing.js') as ModuleId
  const flag = { line: 1, text: 'globalThis.isSetUp = true', name: 'globalThis', into: undefined }
  const told = { line: 2, text: 'getTestBed().initTestEnvironment()', name: '@angular/core', into: pkg }
  const resets: ResetSupport = {
    staticImports: () => [],
    keptBetweenTests: () => undefined,
    isOutOfReach: (id) => id === pkg,
    evidence: (id) =>
      id === setUp ? { state: undefined, reads: [], calls: [], effects: [flag, told] } : undefined,
    forgetsBetweenFiles: (id) => forgets && id === pkg,
  }
  const installed = fakeInstalled({ [user]: [setUp], [setUp]: [pkg], [pkg]: [] }, { root: tree.root, resets })
  const { kept } = planReset(installed, 'files').next().value as ResetPlan
  expect(kept.map(({ id }) => id)).toEqual(forgets ? [] : [setUp])
  expect(staysBetweenFiles(installed, setUp as ModuleId, { kind: 'source' })).toBe(!forgets)
})

test('between files, what a module that stays has used while it was evaluated stays with it', () => {
  const tree = writeTree({
    'package.json': { name: 'app' },
    'node_modules/@nestjs/common/package.json': { name: '@nestjs/common', version: '11.0.0' },
  })
  const [service, tokens, cache, user] = ['service.js', 'tokens.js', 'cache.js', 'user.js'].map(tree.at) as [
    string,
    string,
    string,
    string,
  ]
  const pkg = tree.at('node_modules/@nestjs/common/index.js') as ModuleId
  const told = { line: 1, text: 'Injectable()', name: '@nestjs/common', into: pkg }
  const resets: ResetSupport = {
    staticImports: () => [],
    keptBetweenTests: () => undefined,
    isOutOfReach: (id) => id === pkg,
    evidence: (id) =>
      id === service
        ? { state: undefined, reads: [tokens as ModuleId], calls: [], effects: [told] }
        : undefined,
  }
  const graph = { [user]: [service], [service]: [pkg, tokens, cache], [tokens]: [], [cache]: [], [pkg]: [] }
  const installed = fakeInstalled(graph, { root: tree.root, resets })
  const { kept, reload } = planReset(installed, 'files').next().value as ResetPlan
  expect(kept.map(({ id }) => id)).toEqual([service, tokens])
  expect(kept[1]?.reason).toBe('used by service.js, which stays')
  expect(reload.map(({ id }) => id)).toEqual([cache])
})

describe('a module that registers in a package that is evaluated again between files', () => {
  let client: string
  let user: string
  let pkg: string
  let root: string
  beforeEach(() => {
    const tree = writeTree({
      'package.json': { name: 'app' },
      'node_modules/@prisma/client/package.json': { name: '@prisma/client', version: '6.0.0' },
    })
    root = tree.root
    client = tree.at('client.js')
    user = tree.at('user.js')
    pkg = tree.at('node_modules/@prisma/client/index.js')
  })
  const keptIn = (more: Partial<ResetSupport> = {}) => {
    const support = { staticImports: () => [], keptBetweenTests: () => undefined, ...more }
    const graph = { [user]: [client], [client]: [pkg], [pkg]: [] }
    return planFor(graph, { root, resets: support }, 'files')
  }

  test('follows it', () => {
    expect(keptIn()).toEqual({ reload: [], drop: [client, pkg, user].sort(), kept: {} })
  })

  test('is kept where another loader holds the package, or keeps what is behind its entry', () => {
    const kept = { [client]: 'it registers clients in @prisma/client, which is kept' }
    expect(keptIn({ isOutOfReach: (id) => id === pkg }).kept).toEqual(kept)
    expect(keptIn({ isEntryOnly: (id) => id === pkg }).kept).toEqual(kept)
  })
})
