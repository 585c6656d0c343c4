/** For unit tests: a small project in a temporary folder, with the in-memory host in charge until the test ends. */
import { onTestFinished } from 'vitest'
import { compileRules } from '../src/flags/config.ts'
import { type CoreState, createCoreState } from '../src/host/core-state.ts'
import { installHost } from '../src/host/host-slot.ts'
import { fileEnded } from '../src/host/lifecycle.ts'
import type { ModuleId } from '../src/host/module-id.ts'
import type { SpecRule } from '../src/host/module-spec.ts'
import * as freshModules from '../src/index.ts'
import { MemoryHost } from './memory-host.ts'
import { writeTree } from './tree.ts'

// biome-ignore lint/suspicious/noExplicitAny: what the modules of a test's own tree export
type Exports = any

export interface Project {
  readonly root: string
  readonly host: MemoryHost
  readonly state: CoreState
  /** For the helpers' `from`: specifiers are relative to the root. */
  readonly from: { readonly from: string }
  at(file: string): string
  id(file: string): ModuleId
  write(files: Record<string, string | object>): void
  /** What a plain import by the test file gives. */
  load(file: string): Promise<Exports>
}

export interface ProjectOptions {
  readonly specs?: readonly SpecRule[]
  readonly knownSingletons?: boolean
}

/** Files are ES modules unless they end in `.cjs`; they may import `fresh-modules`. */
export function openProject(files: Record<string, string | object>, options: ProjectOptions = {}): Project {
  const tree = writeTree({ 'package.json': { name: 'app', type: 'module' }, ...files })
  const { root } = tree
  const testFile = tree.at('test.js')
  const state = createCoreState(compileRules(options.specs ?? [], root), options.knownSingletons)
  const host = new MemoryHost({ root, testFile, state, externals: { 'fresh-modules': freshModules } })
  const uninstall = installHost(globalThis, { host, state })
  onTestFinished(async () => {
    uninstall()
    await fileEnded(state)
  })
  const id = (file: string) => tree.at(file) as ModuleId
  return {
    root,
    host,
    state,
    from: { from: testFile },
    at: tree.at,
    id,
    write: tree.write,
    load: async (file) => (await host.load(id(file), testFile)).exports,
  }
}
