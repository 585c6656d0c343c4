/** Makes a report of what the workers of one run have written down. */
import { fileOf, isInstalled } from '../host/module-id.ts'
import { packageOf } from '../host/packages.ts'
import { adviceFor } from './advice.ts'
import { PackageSums } from './package-sums.ts'
import type { FilePart, LeakPart, Part, RestoredPart, WaitPart } from './parts.ts'
import { RelativePaths } from './relative-paths.ts'
import {
  type DirtyModule,
  type Fate,
  type FileReport,
  type Leak,
  type ModuleReport,
  REPORT_NAME,
  REPORT_VERSION,
  type Report,
  type VerdictName,
  type WaitReport,
} from './schema.ts'

export interface BuildOptions {
  /** Tells the run from others. */
  readonly id: string
  /** At most how many workers there were at a time. */
  readonly parallel: number
}

/** Undefined where no worker has run a file to its end. */
export function buildReport(workers: readonly (readonly Part[])[], run: BuildOptions): Report | undefined {
  const builder = new Builder(run)
  for (const parts of workers) builder.addWorker(parts)
  return builder.report()
}

const VERDICTS: Readonly<Record<'s' | 'e' | 'n', VerdictName>> = { s: 'state', e: 'effects', n: 'none' }

/** What is known so far of one module. */
interface ModuleSum {
  readonly package: string | undefined
  evaluations: number
  us: number
  files: number
  verdict: VerdictName
  evidence: string | undefined
  readonly kept: Map<string, number>
  dirtyIn: number
  leaks: number
}

interface Wait extends WaitPart {
  readonly file: string
  readonly worker: string
}

class Builder {
  readonly #run: BuildOptions
  readonly #files: FileReport[] = []
  /** Path -> its sum. */
  readonly #modules = new Map<string, ModuleSum>()
  readonly #packages = new PackageSums()
  readonly #waits: Wait[] = []
  readonly #workers = new Set<string>()
  #host = ''
  #node = ''
  #startedAt = Number.POSITIVE_INFINITY
  #endedAt = 0
  #paths = new RelativePaths('/')

  constructor(run: BuildOptions) {
    this.#run = run
  }

  addWorker(parts: readonly Part[]): void {
    const [worker] = parts
    if (worker?.type !== 'worker') return
    this.#host = worker.host
    this.#node = worker.node
    this.#paths = new RelativePaths(worker.root)
    /** Number -> module, as this worker has numbered them. */
    const modules: string[] = []
    const restored = restoredIn(parts)
    let count = 0
    for (const part of parts) {
      if (part.type === 'modules') for (const id of part.ids) modules.push(this.#paths.of(this.#known(id)))
      if (part.type === 'verdicts') this.#addVerdicts(part.verdicts, modules)
      if (part.type !== 'file') continue
      count++
      this.#addFile(part, modules, worker.worker, restored.get(part))
    }
    if (count > 0) this.#workers.add(worker.worker)
  }

  /** A module is named by its path; to which package it belongs only the disk knows. */
  #known(id: string): string {
    const path = this.#paths.of(id)
    if (this.#modules.has(path)) return id
    const pkg = isInstalled(id) ? packageOf(fileOf(id)) : undefined
    this.#modules.set(path, {
      package: pkg && `${pkg.name}${pkg.version === undefined ? '' : `@${pkg.version}`}`,
      evaluations: 0,
      us: 0,
      files: 0,
      verdict: 'unknown',
      evidence: undefined,
      kept: new Map(),
      dirtyIn: 0,
      leaks: 0,
    })
    return id
  }

  #sum(path: string | undefined): ModuleSum | undefined {
    return path === undefined ? undefined : this.#modules.get(path)
  }

  #addVerdicts(verdicts: Extract<Part, { type: 'verdicts' }>['verdicts'], modules: readonly string[]): void {
    for (const [number, letter, evidence] of verdicts) {
      const sum = this.#sum(modules[number])
      if (!sum) continue
      sum.verdict = VERDICTS[letter]
      sum.evidence = evidence
    }
  }

  #addFile(
    part: FilePart,
    modules: readonly string[],
    worker: string,
    restored: RestoredPart | undefined,
  ): void {
    const path = this.#paths.of(part.file)
    let [evaluations, us] = [0, 0]
    for (let at = 0; at < part.evaluated.length; at += 3) {
      const [number = 0, times = 0, own = 0] = part.evaluated.slice(at, at + 3)
      evaluations += times
      us += own
      const sum = this.#sum(modules[number])
      if (!sum) continue
      sum.evaluations += times
      sum.us += own
      sum.files++
    }
    for (const { module, reason } of part.kept) {
      const kept = this.#sum(modules[module])?.kept
      const text = this.#paths.inText(reason)
      kept?.set(text, (kept.get(text) ?? 0) + 1)
    }
    this.#startedAt = Math.min(this.#startedAt, part.startedAt)
    this.#endedAt = Math.max(this.#endedAt, part.endedAt)
    this.#files.push({
      path,
      run: 0,
      worker,
      world: part.world,
      ms: part.endedAt - part.startedAt,
      evaluations,
      evaluationMs: inMs(us),
      resets: part.resets,
      leaks: this.#leaks(part, restored),
      dirty: part.dirty.map(({ module, exports }): DirtyModule => {
        const sum = this.#sum(modules[module])
        if (sum) sum.dirtyIn++
        return { path: modules[module] ?? '', exports, fate: fateOfModule(module, restored) }
      }),
      notes: part.notes.map((note) => this.#paths.inText(note)),
    })
    for (const pkg of part.packages) this.#packages.add(pkg, path, this.#paths)
    for (const wait of part.waits) this.#waits.push({ ...wait, file: path, worker })
  }

  #leaks({ leaks }: FilePart, restored: RestoredPart | undefined): Leak[] {
    const outcomes = new Map(restored?.outcomes.map((outcome) => [outcome.what, outcome]))
    const found = new Map<string, LeakPart>()
    for (const leak of leaks) found.set(leak.what, leak)
    // What setup files do is put back as well, for they do it again: that is no leak of the file.
    for (const outcome of outcomes.values()) {
      if (!outcome.restored && !found.has(outcome.what)) found.set(outcome.what, outcome)
    }
    return Array.from(found.values(), ({ what, kind }): Leak => {
      const outcome = outcomes.get(what)
      const stayed = outcome !== undefined && !outcome.restored
      const fate: Fate = stayed ? 'stayed' : restored ? 'put back' : 'isolated'
      const by = / of (\/.+|[A-Za-z]:[\\/].+)$/.exec(what)?.[1]
      const byPath = by && this.#paths.of(by)
      const sum = this.#sum(byPath)
      if (sum) sum.leaks++
      return {
        what: this.#paths.inText(by ? what.slice(0, -` of ${by}`.length) : what),
        kind,
        fate,
        ...(stayed && outcome.why !== undefined ? { why: this.#paths.inText(outcome.why) } : {}),
        ...(byPath ? { by: byPath } : {}),
      }
    })
  }

  report(): Report | undefined {
    if (this.#files.length === 0) return undefined
    const plain: Omit<Report, 'advice'> = {
      name: REPORT_NAME,
      version: REPORT_VERSION,
      runs: [
        {
          id: this.#run.id,
          host: this.#host,
          node: this.#node,
          startedAt: new Date(this.#startedAt).toISOString(),
          endedAt: new Date(this.#endedAt).toISOString(),
          workers: this.#workers.size,
          parallel: this.#run.parallel,
        },
      ],
      files: this.#files.sort(byPath),
      modules: Array.from(this.#modules, moduleReport)
        .filter(({ evaluations }) => evaluations > 0)
        .sort(byPath),
      packages: this.#packages.reports(),
      waits: this.#waitReports(),
    }
    return { ...plain, advice: adviceFor(plain) }
  }

  #waitReports(): WaitReport[] {
    return this.#waits.flatMap((wait): WaitReport[] => {
      const { module, askedAt, gotAt = wait.endedAt, file, worker } = wait
      const ms = Math.round(gotAt - askedAt)
      const heldBy = this.#holderDuring(wait, gotAt)
      if (heldBy === undefined && ms < LONG) return []
      return [{ module: this.#paths.of(module), file, worker, ms, ...(heldBy ? { heldBy } : {}) }]
    })
  }

  /** Who held the lock for most of the time. */
  #holderDuring({ key, askedAt, worker }: Wait, until: number): string | undefined {
    let [holder, longest] = [undefined as string | undefined, 0]
    for (const other of this.#waits) {
      if (other.key !== key || other.worker === worker || other.gotAt === undefined) continue
      const overlap = Math.min(until, other.endedAt) - Math.max(askedAt, other.gotAt)
      if (overlap > longest) [holder, longest] = [other.file, overlap]
    }
    return holder
  }
}

/** Taking a lock that is free takes less, in milliseconds: who waits longer waits for somebody outside of this run. */
const LONG = 1000

/** The file whose world another one has found -> what became of what it had left. */
function restoredIn(parts: readonly Part[]): Map<FilePart, RestoredPart> {
  const restored = new Map<FilePart, RestoredPart>()
  let last: FilePart | undefined
  for (const part of parts) {
    if (part.type === 'file') last = part
    else if (part.type === 'restored' && last?.file === part.file) restored.set(last, part)
  }
  return restored
}

function fateOfModule(module: number, restored: RestoredPart | undefined): Fate {
  if (!restored) return 'isolated'
  return restored.reset.includes(module) ? 'put back' : 'stayed'
}

function moduleReport([path, sum]: readonly [string, ModuleSum]): ModuleReport {
  const { us, kept, evidence, package: pkg, ...same } = sum
  return {
    path,
    ...(pkg ? { package: pkg } : {}),
    evaluations: same.evaluations,
    selfMs: inMs(us),
    files: same.files,
    verdict: same.verdict,
    ...(evidence ? { evidence } : {}),
    kept: Array.from(kept, ([reason, files]) => ({ reason, files })),
    dirtyIn: same.dirtyIn,
    leaks: same.leaks,
  }
}

function inMs(us: number): number {
  return Math.round(us) / 1000
}

function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return one.path < other.path ? -1 : 1
}
