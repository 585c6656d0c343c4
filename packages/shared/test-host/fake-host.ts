/** For unit tests of what only looks at records: a host that is nothing but a graph. */

import { compileRules } from '../src/flags/config.ts'
import { type CoreState, createCoreState } from '../src/host/core-state.ts'
import type { ModuleFacts, ModuleHost, ModuleRecord } from '../src/host/module-host.ts'
import type { ModuleId } from '../src/host/module-id.ts'
import type { SpecRule } from '../src/host/module-spec.ts'

/** Id -> what it imports. */
export type Graph = Readonly<Record<string, readonly string[]>>

export interface FakeHost extends ModuleHost {
  readonly graph: Map<string, readonly string[]>
  /** For modules that differ from a plain source. */
  readonly known: Map<string, ModuleFacts>
}

export function fakeHost(graph: Graph, overrides: Partial<ModuleHost> = {}): FakeHost {
  const modules = new Map(Object.entries(graph))
  const known = new Map<string, ModuleFacts>()
  const handles = new Map<string, object>()
  const handleOf = (id: string) => {
    const handle = handles.get(id) ?? {}
    handles.set(id, handle)
    return handle
  }
  const record = (id: string): ModuleRecord | undefined => {
    const imports = modules.get(id)
    if (!imports) return undefined
    return {
      id: id as ModuleId,
      exports: {},
      handle: handleOf(id),
      state: 'evaluated',
      imports: imports as ModuleId[],
      importers: [...modules]
        .filter(([, list]) => list.includes(id))
        .map(([importer]) => importer as ModuleId),
    }
  }
  const unexpected = (method: string) => (): never => {
    throw new Error(`the fake host was asked to ${method}`)
  }
  return {
    graph: modules,
    known,
    label: 'the fake host',
    root: '/app',
    testFile: '/app/a.test.ts',
    isProtected: () => false,
    resolve: (specifier) => specifier as ModuleId,
    facts: (id) => known.get(id) ?? { kind: 'source' },
    record,
    records: () => [...modules.keys()].flatMap((id) => record(id) ?? []),
    idOf: () => undefined,
    load: unexpected('load'),
    openScope: unexpected('open a scope'),
    take: unexpected('take'),
    drop: unexpected('drop'),
    reload: unexpected('reload'),
    ...overrides,
  }
}

export interface FakeInstalled {
  readonly host: FakeHost
  readonly state: CoreState
}

export function fakeInstalled(
  graph: Graph = {},
  { specs = [], ...overrides }: Partial<ModuleHost> & { specs?: readonly SpecRule[] } = {},
): FakeInstalled {
  const host = fakeHost(graph, overrides)
  return { host, state: createCoreState(compileRules(specs, host.root)) }
}

export function idsOf(records: Iterable<{ readonly id: ModuleId }>): string[] {
  return [...records].map(({ id }) => id)
}
