import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FakeInstalled, fakeInstalled, type Graph } from '../../test-host/fake-host.ts'
import type { ModuleFacts, ModuleHost, ScopeRules } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import type { SpecRule } from '../host/module-spec.ts'
import { checkFreshOptions, type FreshOptions } from '../host/options.ts'
import { runSync, type Steps } from '../host/steps.ts'
import { Scope } from './scope.ts'

const id = (text: string) => text as ModuleId
const now = <T>(steps: Steps<T>): T => runSync(steps, () => new Error('it had to wait'))
const TARGET = '/app/a.js'
const REFUSED = expect.objectContaining({ code: 'ERR_REIMPORT_REFUSED' })

interface World extends FakeInstalled {
  readonly scope: Scope
}

function open(
  options: FreshOptions = {},
  { graph = {}, specs = [], ...host }: Partial<ModuleHost> & { graph?: Graph; specs?: SpecRule[] } = {},
): World {
  const installed = fakeInstalled(graph, {
    specs,
    openScope: () => ({ evaluate: () => ({}) as never }),
    ...host,
  })
  const checked = checkFreshOptions('importFresh', options)
  return { ...installed, scope: now(Scope.open(installed, '/app/a.test.ts', checked, 'import')) }
}

const admit = ({ scope }: World, target = TARGET) => now(scope.admit(target, id(target)))

describe('a module that is asked for by name', () => {
  test('is fresh in the scope, whatever it is reached by', () => {
    const world = open()
    expect(admit(world)).toBe('fresh')
    expect(world.scope.decide(id(TARGET))).toBe('fresh')
  })

  test('that refuses reimport and is loaded is refused, with who imports it', () => {
    const graph = { '/app/a.test.ts': [TARGET], [TARGET]: [] }
    const world = open({}, { graph, specs: [{ match: './a.js', allowReimport: false, reason: 'owns it' }] })
    expect(() => admit(world)).toThrow(REFUSED)
    expect(() => admit(world)).toThrow(/"owns it", imported by "\/app\/a\.test\.ts"/)
  })

  test('that refuses reimport and is not loaded is imported as usual', () => {
    const world = open({}, { specs: [{ match: './a.js', allowReimport: false }] })
    expect(admit(world)).toBe('plain')
    expect(world.scope.decide(id(TARGET))).toBe('shared')
  })

  test.each([[{ env: {} }], [{ blocked: ['pkg'] }]])(
    'that refuses reimport cannot have a special first import, with %j',
    (options) => {
      expect(() => admit(open(options, { specs: [{ match: './a.js', allowReimport: false }] }))).toThrow(
        /Its first import cannot be special/,
      )
    },
  )

  test.each([
    ['node:fs', { kind: 'builtin' }],
    ['/app/a.node', { kind: 'addon' }],
  ] as [string, ModuleFacts][])('%s has no first import to wait for: refused', (target, facts) => {
    const world = open()
    world.host.known.set(target, facts)
    expect(() => admit(world, target)).toThrow(REFUSED)
  })

  test('of the framework, or that the host cannot evaluate again, is told why', () => {
    expect(() => admit(open({}, { isProtected: () => true }))).toThrow(
      expect.objectContaining({
        code: 'ERR_NOT_FRESH',
        message: expect.stringContaining('it is part of the fake host'),
      }),
    )
    const world = open()
    world.host.known.set(TARGET, {
      kind: 'source',
      notFresh: { why: 'it is external', remedy: 'Inline it.' },
    })
    expect(() => admit(world)).toThrow(/it is external\. Inline it\./)
  })

  test('is looked at as it is on disk by now', () => {
    const refreshed: string[] = []
    admit(open({}, { refresh: (module) => void refreshed.push(module) }))
    expect(refreshed).toEqual([TARGET])
  })
})

describe('a module that is only reached', () => {
  const decide = ({ scope }: World, module: string) => scope.decide(id(module))

  test('is shared', () => {
    const world = open()
    admit(world)
    expect(decide(world, '/app/b.js')).toBe('shared')
    expect(decide(world, 'node:fs')).toBe('shared')
  })

  test('is fresh where it belongs to the target by name', () => {
    const world = open()
    admit(world, '/app/store/index.js')
    expect(decide(world, '/app/store/deep/b.js')).toBe('fresh')
    expect(decide(world, '/app/stores.js')).toBe('shared')
  })

  test("is fresh with 'imports' if it is first-party", () => {
    const world = open({ fresh: 'imports' })
    admit(world)
    expect(decide(world, '/app/b.js')).toBe('fresh')
    expect(decide(world, 'virtual:env')).toBe('fresh')
    expect(decide(world, '/app/node_modules/pkg/index.js')).toBe('shared')
    expect(decide(world, 'node:fs')).toBe('shared')
    expect(decide(world, '/app/a.test.ts')).toBe('shared')
  })

  test('is shared where it refuses, or cannot be evaluated again, or is part of the framework', () => {
    const world = open(
      { fresh: 'imports' },
      { specs: [{ match: './b.js', allowReimport: false }], isProtected: (module) => module === '/app/c.js' },
    )
    world.host.known.set('/app/d.js', { kind: 'source', notFresh: { why: '', remedy: '' } })
    admit(world)
    for (const module of ['/app/b.js', '/app/c.js', '/app/d.js']) expect(decide(world, module)).toBe('shared')
  })

  test('gets the same answer for good: late imports are answered as early ones', () => {
    const world = open({ fresh: 'imports' })
    admit(world)
    expect(decide(world, '/app/b.js')).toBe('fresh')
    world.host.known.set('/app/b.js', { kind: 'source', docblock: { flags: { allowReimport: false } } })
    expect(decide(world, '/app/b.js')).toBe('fresh')
  })

  test('is decided once the host knows about it', async () => {
    const world = open({ fresh: 'imports' }, { facts: async () => ({ kind: 'source' }) })
    expect(await decide(world, '/app/b.js')).toBe('fresh')
  })
})

describe('a copy of the scope', () => {
  test('is known as a fresh one by its exports and its handle, and hooks are told', () => {
    const { scope, state } = open()
    const told: unknown[] = []
    state.importHooks.set(id(TARGET), new Set([(...args) => told.push(args)]))
    const copy = { id: id(TARGET), exports: {}, handle: {} }
    scope.onEvaluated(copy)
    expect(state.formerCopies.get(copy.exports)).toMatchObject({ id: TARGET, fresh: true })
    expect(state.freshHandles.has(copy.handle)).toBe(true)
    expect(told).toEqual([[copy.exports, { reloaded: false, fresh: true }]])
  })
})

test('the host is told who opened the scope', () => {
  let given: ScopeRules | undefined
  const openScope = (rules: ScopeRules) => {
    given = rules
    return { evaluate: () => ({}) as never }
  }
  const { scope } = open({}, { openScope })
  expect(given).toBe(scope)
  expect(given?.caller).toBe('/app/a.test.ts')
})

describe('names that are blocked in vain', () => {
  const warn = vi.fn()
  beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(warn.mockReset()))
  afterEach(() => vi.restoreAllMocks())

  const graph = { '/app/b.js': ['/app/c.js'], '/app/c.js': ['/app/blocked.js'], '/app/blocked.js': [] }
  function warned(prepare: (world: World) => void): string {
    const world = open({ blocked: ['/app/blocked.js'] }, { graph })
    admit(world)
    prepare(world)
    world.scope.warnOfUselessBlocks(id(TARGET))
    return String(warn.mock.calls.at(0)?.[0] ?? '')
  }

  test('are told where only a shared import reaches them, however deep', () => {
    expect(warned(({ scope }) => scope.decide(id('/app/b.js')))).toMatch(
      /nothing in its scope imports "\/app\/blocked\.js", but a shared module .* fresh: 'imports'/,
    )
  })

  test('are not told where something in the scope asked for them', () => {
    const asked = warned(({ scope }) => {
      scope.decide(id('/app/b.js'))
      expect(scope.blockedName({ id: id('/app/blocked.js') })).toBe('/app/blocked.js')
    })
    expect(asked).toBe('')
  })

  test('are not told where nothing reaches them', () => {
    expect(warned(() => {})).toBe('')
  })
})
