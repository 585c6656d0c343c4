/** What a reset evaluates again and what it keeps: a pure look at the host's records (docs/resets.md). */

import { type ResolvedSpec, refuses, resolveSpec } from '../flags/specs.ts'
import type { CoreState } from '../host/core-state.ts'
import type { Installed } from '../host/host-slot.ts'
import type { ModuleRecord } from '../host/module-host.ts'
import { fileOf, isBuiltinId, isFileId, isFirstParty, type ModuleId } from '../host/module-id.ts'
import { packageOf } from '../host/packages.ts'
import { isThenable, type Steps, wait } from '../host/steps.ts'
import type { EmptyRegistry } from './empty-registries.ts'
import { type Reason, textOf } from './reason.ts'
import { type EmptiedRegistries, Registries } from './registries.ts'
import { keepRegistering, refusal, refusalBetweenFiles, refusalOf, ruleFor } from './stays.ts'
import { type Candidate, unchangedForNextFile, type Weighed, weigh } from './weigh.ts'

/** Between two tests of a file, or between two files that share a worker. */
export type ResetLevel = 'tests' | 'files'

export interface KeptModule {
  readonly id: ModuleId
  readonly reason: string
}

export interface ResetPlan {
  /** To be evaluated again in place: somebody who stays holds them. */
  readonly reload: readonly ModuleRecord[]
  /** To be dropped: nobody who stays holds them. */
  readonly drop: readonly ModuleRecord[]
  /** Left as they are: another evaluation would give the same. */
  readonly unchanged: readonly ModuleId[]
  readonly kept: readonly KeptModule[]
  readonly notes: readonly string[]
  /** Whether the test file that held them has ended, and what stays waits for the next one. */
  readonly isForNextFile: boolean
  /** Has packages forget what was registered in them. */
  readonly empty: readonly EmptyRegistry[]
}

/**
 * @param testFileStays Whether the test file that runs holds what it imports statically. Between files it does not: the
 * next one has not been loaded yet. A copy of it is one that another test file has imported, a module like others.
 */
export function* planReset(
  installed: Installed,
  level: ResetLevel,
  testFileStays = level === 'tests',
): Steps<ResetPlan> {
  const { host } = installed
  const preparing = host.resets?.prepare?.()
  if (isThenable(preparing)) yield* wait(preparing)
  const candidates = new Map<ModuleId, Candidate>()
  const kept = new Map<ModuleId, Reason>()
  const records = new Map<ModuleId, ModuleRecord>()
  /** The test file, if it stays: by each of its ids, which differ in their query. */
  const testFiles = new Set<ModuleId>()
  for (const record of host.records()) {
    const { id } = record
    if (isBuiltinId(id) || host.isProtected(id)) continue
    records.set(id, record)
    if (testFileStays && isOf(id, host.testFile)) testFiles.add(id)
    if (testFiles.has(id) || !isInReach(installed, level, id)) continue
    const given = host.factsOfRegistered?.(id) ?? host.facts(id)
    const facts = isThenable(given) ? yield* wait(given) : given
    if (facts.notFresh || facts.kind === 'addon' || facts.kind === 'builtin') continue
    const spec = resolveSpec(installed, id, facts)
    const reason = keptBecause(installed, level, record, spec)
    if (reason) kept.set(id, reason)
    else candidates.set(id, { record, spec, rule: ruleFor(installed, spec) })
  }
  const isForNextFile = level === 'files' && !testFileStays
  const evidence = (id: ModuleId) => host.resets?.evidence?.(id)
  for (;;) {
    const loaded = new Registries(installed, staying(installed, records.keys(), candidates))
    const emptied: EmptiedRegistries = isForNextFile
      ? loaded.emptied(keptIn(kept, candidates), evidence)
      : { registries: loaded, empty: [], isEmptied: () => false }
    const { registries, empty } = emptied
    const before = kept.size
    if (level === 'files') keepRegistering(installed, emptied, evidence, candidates, kept)
    // A registry is emptied only where all who have registered there do so again.
    if (kept.size > before && emptied.empty.length > 0) continue
    const known = kept.size
    const { unchanged: weighed, kept: held } =
      level === 'tests' ? weigh(installed, candidates, kept.keys(), registries) : NOTHING_WEIGHED
    for (const [id, reason] of held) {
      candidates.delete(id)
      kept.set(id, reason)
    }
    const reload = heldByOthers(installed, { testFiles, records, candidates, unchanged: weighed, kept })
    // What cannot be reloaded is kept, and holds in turn.
    if (kept.size > known + held.size) continue
    const unchanged =
      isForNextFile && host.resets?.keepForNextFile
        ? unchangedForNextFile(installed, candidates, reload)
        : weighed
    return {
      reload: [...reload].map((id) => (candidates.get(id) as Candidate).record),
      drop: [...candidates]
        .filter(([id]) => !reload.has(id) && !unchanged.has(id))
        .map(([, { record }]) => record),
      unchanged: [...unchanged],
      get kept() {
        return reasonsOf(kept)
      },
      notes: notesOf(kept),
      isForNextFile,
      empty,
    }
  }
}

function reasonsOf(kept: ReadonlyMap<ModuleId, Reason>): KeptModule[] {
  return Array.from(kept, ([id, reason]) => ({ id, reason: textOf(reason) }))
}

const NOTHING_WEIGHED: Weighed = { unchanged: new Set(), kept: new Map() }

/** Where the loader itself cannot reload what is imported statically, no option helps: that is worth a note. */
function notesOf(kept: ReadonlyMap<ModuleId, Reason>): string[] {
  const reasons = [...kept.values()].filter(
    (reason) => typeof reason === 'string' && reason.startsWith('allowReload is false, set by loader'),
  )
  if (reasons.length === 0) return []
  return [`${reasons.length} modules that are imported statically were kept: ${reasons[0]}`]
}

function isOf(id: ModuleId, file: string | undefined): boolean {
  // All that are loaded are asked about: most differ from the start.
  return file !== undefined && id.startsWith(file) && fileOf(id) === file
}

/** First-party modules; between files what the framework inlines as well, between tests packages that are named. */
function isInReach({ host, state }: Installed, level: ResetLevel, id: ModuleId): boolean {
  if (host.resets?.isOutOfReach?.(id)) return false
  return level === 'files' || isFirstParty(id) || isPerTest(state, id)
}

function isPerTest({ packagesPerTest }: CoreState, id: ModuleId): boolean {
  if (packagesPerTest.size === 0 || !isFileId(id)) return false
  return packagesPerTest.has(packageOf(fileOf(id))?.name ?? '')
}

function keptBecause(
  installed: Installed,
  level: ResetLevel,
  record: ModuleRecord,
  spec: ResolvedSpec,
): string | undefined {
  const { host } = installed
  if (record.state === 'evaluating') return 'it is still being evaluated'
  const keptByHost = level === 'tests' ? host.resets?.keptBetweenTests(record.id) : undefined
  if (keptByHost) return keptByHost
  if (level === 'files') return refusalBetweenFiles(spec)
  return refusalOf(spec, ['allowUnload', 'allowReimport'])
}

/** A package that is evaluated again forgets what was registered in it: those who did follow it. */
function* staying(
  { host }: Installed,
  ids: Iterable<ModuleId>,
  candidates: ReadonlyMap<ModuleId, Candidate>,
): Generator<ModuleId> {
  for (const id of ids) if (!candidates.has(id) || host.resets?.isEntryOnly?.(id)) yield id
}

function* keptIn(
  kept: ReadonlyMap<ModuleId, Reason>,
  candidates: ReadonlyMap<ModuleId, Candidate>,
): Generator<ModuleId> {
  yield* kept.keys()
  for (const [id, { rule }] of candidates) if (rule === false) yield id
}

interface Standing {
  readonly testFiles: ReadonlySet<ModuleId>
  readonly records: ReadonlyMap<ModuleId, ModuleRecord>
  /** Modules that may be evaluated again, those that stay unchanged among them. */
  readonly candidates: Map<ModuleId, Candidate>
  readonly unchanged: ReadonlySet<ModuleId>
  readonly kept: Map<ModuleId, Reason>
}

/**
 * The candidates that somebody who stays imports: what the test file imports statically and all beneath it, and what
 * kept and unchanged modules import. They have to be reloaded in place; where that is refused they are moved to the
 * kept ones.
 */
function heldByOthers(
  { host }: Installed,
  { testFiles, records, candidates, unchanged, kept }: Standing,
): Set<ModuleId> {
  const reload = new Set<ModuleId>()
  // The imports of all that is loaded cost more to find out than the rest of the plan.
  if (candidates.size === unchanged.size) return reload
  const queue: ModuleId[] = []
  const hold = (ids: Iterable<ModuleId>) => {
    for (const id of ids) {
      const candidate = candidates.get(id)
      if (!candidate || unchanged.has(id) || reload.has(id)) continue
      if (refuses(candidate.spec, 'allowReload')) {
        candidates.delete(id)
        kept.set(id, refusal(candidate.spec, 'allowReload'))
      } else reload.add(id)
      queue.push(id)
    }
  }
  const staticImports = (id: ModuleId): Iterable<ModuleId> =>
    host.resets?.staticImports(id) ?? records.get(id)?.imports ?? []

  for (const id of testFiles) hold(staticImports(id))
  for (const [id, record] of records) {
    if (testFiles.has(id) || (candidates.has(id) && !unchanged.has(id))) continue
    hold(record.imports)
  }
  // The queue grows while it is gone through.
  for (const id of queue) hold(kept.has(id) ? (records.get(id)?.imports ?? []) : staticImports(id))
  return reload
}
