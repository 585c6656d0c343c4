/** What one worker notes of the files that it runs, for the report. Made only where there is to be one. */
import type { Installed } from '../host/host-slot.ts'
import type { Evidence, ModuleHost } from '../host/module-host.ts'
import { fileOf, isBuiltinId, isFileId, isFirstParty, isInstalled, type ModuleId } from '../host/module-id.ts'
import type { FileResets } from '../reset/schedule.ts'
import { type LoadedCopy, PackageCopies } from './doubled-packages.ts'
import { changedExports, type ExportsState, exportsState } from './exports-state.ts'
import type { LeakPart, PartWriter, RestoredPart, VerdictsPart, WaitPart } from './parts.ts'
import type { World } from './schema.ts'
import { SelfTimes } from './self-times.ts'

export interface StartedFile {
  readonly file: string
  readonly world: World
}

export interface EndedFile {
  readonly leaks: readonly LeakPart[]
  readonly resets: FileResets
}

interface DirtyModule {
  readonly id: ModuleId
  readonly exports: object
  /** Names of exports. */
  readonly changed: readonly string[]
}

// Taken once: tests fake clocks.
const { timeOrigin } = performance
const elapsed = performance.now.bind(performance)
const now = (): number => timeOrigin + elapsed()

export class WorkerReport {
  readonly times = new SelfTimes()
  readonly #writer: PartWriter
  readonly #packages = new PackageCopies()
  /** Exports of registered first-party modules -> what evaluation left of them. */
  readonly #states = new WeakMap<object, ExportsState>()
  /** Objects that exports lead to -> the exports that led to them first. */
  readonly #owners = new WeakMap<object, object>()
  /** What the file that ran last has left. */
  #dirty: readonly DirtyModule[] = []
  #file: StartedFile | undefined
  #startedAt = 0
  #waits: (WaitPart & { gotAt?: number | undefined })[] = []

  constructor(writer: PartWriter) {
    this.#writer = writer
  }

  startFile(file: StartedFile): void {
    this.#file = file
    this.#startedAt = now()
    // What was evaluated meanwhile belongs to no file: the framework's own.
    this.times.take()
  }

  /** The file that runs, or ran last. */
  get file(): string | undefined {
    return this.#file?.file
  }

  /** A registered copy of a module has been evaluated, and nobody else has had it yet. */
  noteEvaluated(id: ModuleId, exports: unknown): void {
    if (!isFirstParty(id) || typeof exports !== 'object' || exports === null) return
    this.#states.set(exports, exportsState(exports, this.#owners, this.#states.get(exports)))
  }

  notePackage(copy: LoadedCopy): void {
    this.#packages.note(copy)
  }

  /** A module asks for a lock. Returns what to call when it has it, or has been refused. */
  noteWait(module: ModuleId, key: string): (outcome: { readonly ok: boolean }) => void {
    const askedAt = now()
    this.times.wait(module)
    return ({ ok }) => {
      this.times.goOn(module)
      this.#waits.push({ module, key, askedAt, endedAt: 0, gotAt: ok ? now() : undefined })
    }
  }

  /** The file has ended, and what it held has been given up. */
  endFile({ host }: Installed, { leaks, resets }: EndedFile): void {
    if (!this.#file) return
    const endedAt = now()
    const { file, world } = this.#file
    const writer = this.#writer
    const evaluated: number[] = []
    const judged: ModuleId[] = []
    for (const [id, { count, self }] of this.times.take()) {
      if (!isOfInterest(host, id as ModuleId, file)) continue
      evaluated.push(writer.number(id), count, Math.round(self * 1000))
      if (!writer.judged.has(id)) judged.push(id as ModuleId)
    }
    this.#dirty = [...this.#dirtyModules(host, file)]
    writer.write(this.#verdicts(host, judged), {
      type: 'file',
      file,
      world,
      startedAt: Math.round(this.#startedAt),
      endedAt: Math.round(endedAt),
      evaluated,
      leaks,
      dirty: this.#dirty.map(({ id, changed }) => ({ module: writer.number(id), exports: changed })),
      resets: resets.resets,
      kept: resets.kept.map(({ id, reason }) => ({ module: writer.number(id), reason })),
      notes: resets.notes,
      packages: this.#packages.take(),
      waits: this.#waits.map((wait) => ({ ...wait, endedAt })),
    })
    this.#waits = []
  }

  /**
   * The world is ready for its next file: what became of what the one before has left.
   *
   * @param exportsOf what a module exports now, if it is still registered
   */
  noteRestored(
    exportsOf: (id: ModuleId) => unknown,
    { file, outcomes }: Pick<RestoredPart, 'file' | 'outcomes'>,
  ): void {
    const reset = this.#dirty.filter(
      ({ id, exports }) => exportsOf(id) !== exports || !this.#changed(exports),
    )
    this.#dirty = []
    const numbers = reset.map(({ id }) => this.#writer.number(id))
    this.#writer.write({ type: 'restored', file, outcomes, reset: numbers })
  }

  #verdicts(host: ModuleHost, ids: readonly ModuleId[]): VerdictsPart {
    const verdicts: VerdictsPart['verdicts'][number][] = []
    for (const id of ids) {
      const shown = isFirstParty(id) ? host.resets?.evidence?.(id) : undefined
      if (!shown) continue
      this.#writer.judged.add(id)
      verdicts.push([this.#writer.number(id), ...verdictOf(shown)])
    }
    return { type: 'verdicts', verdicts }
  }

  /** First-party modules whose exports are not what evaluation left, but for the test file itself. */
  *#dirtyModules(host: ModuleHost, testFile: string): Generator<DirtyModule> {
    for (const { id, exports } of host.records()) {
      if (!isFirstParty(id) || fileOf(id) === testFile) continue
      if (typeof exports !== 'object' || exports === null) continue
      const changed = this.#changed(exports)
      if (changed) yield { id, exports, changed }
    }
  }

  #changed(exports: object): readonly string[] | undefined {
    const state = this.#states.get(exports)
    return state && changedExports(exports, state)
  }
}

/** First-party files cannot be the framework's, which costs more to ask. */
function isOfInterest(host: ModuleHost, id: ModuleId, testFile: string): boolean {
  if (isFileId(id) && !isInstalled(id)) return fileOf(id) !== testFile
  return !isBuiltinId(id) && !host.isProtected(id)
}

function verdictOf({ state, effects }: Evidence): ['s' | 'e' | 'n', string?] {
  if (state) return ['s', `${state.line}: ${state.text}`]
  const [effect] = effects
  return effect ? ['e', `${effect.line}: ${effect.text}`] : ['n']
}
