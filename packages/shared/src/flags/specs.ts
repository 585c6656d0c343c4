/** Merges what every source says of a module into its spec, flag by flag; later sources win (docs/flags.md). */

import type { CoreState } from '../host/core-state.ts'
import type { Installed } from '../host/host-slot.ts'
import type { ModuleFacts } from '../host/module-host.ts'
import { fileOf, identityOf, isFileId, type ModuleId } from '../host/module-id.ts'
import {
  FLAGS,
  type Flag,
  type FlagDeclaration,
  type FlagSource,
  type Flags,
  type Provenance,
} from '../host/module-spec.ts'
import { type PackageInfo, packageOf } from '../host/packages.ts'
import type { FlagState, MergedFlags, ResolvedSpec } from '../host/resolved-spec.ts'
import { type Steps, wait } from '../host/steps.ts'
import { knownSingleton } from './known-singletons.ts'
import { loaderDeclarations } from './loader.ts'
import { declarationsFromPackage } from './package-key.ts'

export type { ResolvedSpec } from '../host/resolved-spec.ts'

/** Of a module of which nobody says anything, as of most. */
const DEFAULTS: Readonly<MergedFlags> = Object.fromEntries(
  FLAGS.map((flag) => [flag, { value: true, provenance: { source: 'default' } }]),
) as MergedFlags

export function* specSteps(installed: Installed, id: ModuleId): Steps<ResolvedSpec> {
  return resolveSpec(installed, id, yield* wait(installed.host.facts(id)))
}

/** The spec of a module whose facts are at hand. */
export function resolveSpec({ state }: Installed, id: ModuleId, facts: ModuleFacts): ResolvedSpec {
  const spec = writtenSpec(state, id, facts)
  if (state.runtimeFlags.size === 0 && state.stretches.size === 0) return spec
  const identity = identityOf(id)
  const flags = { ...spec.flags }
  for (const flag of FLAGS) flags[flag] = atRunTime(state, identity, flag) ?? flags[flag]
  return { ...spec, flags }
}

/** What is written down of a module, in files and options: all sources but those of run time. */
function writtenSpec(state: CoreState, id: ModuleId, facts: ModuleFacts): ResolvedSpec {
  const identity = identityOf(id)
  const declared = state.declared.get(identity)
  const known = state.writtenSpecs.get(id)
  const isKnown =
    known?.declared === declared &&
    known?.docblock === facts.docblock &&
    known?.kind === facts.kind &&
    known?.loader === facts.loader
  if (known && isKnown) return known.spec

  const pkg = isFileId(id) ? packageOf(fileOf(id)) : undefined
  let flags = DEFAULTS
  const set = (flag: Flag, state: FlagState) => {
    flags = { ...flags, [flag]: state }
  }
  const apply = (source: FlagSource, said: FlagDeclaration) => {
    for (const flag of FLAGS) {
      const value = said.flags[flag]
      if (value !== undefined) set(flag, { value, provenance: provenance(source, said) })
    }
  }

  for (const said of loaderDeclarations({ id, kind: facts.kind, pkg })) apply('loader', said)
  for (const said of facts.loader ?? []) apply('loader', said)
  applyKnownSingleton(state, pkg, apply)
  if (pkg) {
    const { declarations, problems } = declarationsFromPackage(pkg, fileOf(id))
    for (const said of declarations) apply('package.json', said)
    for (const problem of problems) warnOnce(state, problem)
  }
  const matching = state.rules.matching(identity, pkg)
  for (const { declaration } of matching) apply('config', declaration)
  for (const said of [facts.docblock, declared]) if (said) apply('module', said)
  // A rule that names exactly this module or package is the user's last word over what the module says of itself.
  for (const { exact, declaration } of matching) {
    if (!exact) continue
    for (const flag of FLAGS) {
      if (declaration.flags[flag] === true) {
        set(flag, { value: true, provenance: provenance('config', declaration) })
      }
    }
  }
  const spec = { id, package: pkg, flags }
  const { kind, docblock, loader } = facts
  state.writtenSpecs.set(id, { spec, declared, kind, docblock, loader })
  return spec
}

function applyKnownSingleton(
  state: CoreState,
  pkg: PackageInfo | undefined,
  apply: (source: FlagSource, said: FlagDeclaration) => void,
): void {
  if (!state.knownSingletons || !pkg?.dir.includes('node_modules')) return
  const row = knownSingleton(pkg.name)
  if (!row?.kind.includes('doubled')) return
  const seen = row.text ? ` (seen as: ${row.text})` : ''
  apply('known-singleton', { flags: { allowReimport: false }, reason: `${row.why}${seen}`, where: pkg.name })
}

function provenance(source: FlagSource, { where, reason }: FlagDeclaration): Provenance {
  return { source, ...(where === undefined ? {} : { where }), ...(reason === undefined ? {} : { reason }) }
}

/** Flags set while the process runs: those of `specOf`, and of stretches of `withFlags`, the strictest of which holds. */
function atRunTime(state: CoreState, identity: ModuleId, flag: Flag): FlagState | undefined {
  const set = state.runtimeFlags.get(identity)?.get(flag)?.at(-1)
  let stretch: boolean | undefined
  for (const { identity: of, flags } of state.stretches) {
    const value = of === identity ? flags[flag] : undefined
    if (value !== undefined) stretch = value && stretch !== false
  }
  if (stretch !== undefined) return { value: stretch, provenance: { source: 'runtime', where: 'withFlags' } }
  if (!set) return undefined
  return {
    value: set.value,
    provenance: { source: 'runtime', ...(set.reason === undefined ? {} : { reason: set.reason }) },
  }
}

export function refuses(spec: ResolvedSpec, flag: keyof Flags): boolean {
  return !spec.flags[flag].value
}

/** Warns once per test file. */
export function warnOnce(state: CoreState, warning: string): void {
  if (state.warned.has(warning)) return
  state.warned.add(warning)
  console.warn(`[fresh-modules] ${warning}`)
}
