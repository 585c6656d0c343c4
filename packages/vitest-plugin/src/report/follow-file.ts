/** Follows a test file for report and census, where there is to be one. Only then their part of the core is loaded. */
import { threadId } from 'node:worker_threads'
import type { FileResets } from 'fresh-modules/internal'
import type * as core from 'fresh-modules/internal/report'
import type { FilePart, Suite, Task } from '../vitest/compose.ts'
import type { Followed } from '../vitest/provided.ts'
import { sharesWorker, workerState } from '../vitest/runner-internals.ts'
import type { InstalledVitest } from '../worker/install.ts'
import { WorkerGlobals } from '../worker/worker-globals.ts'
import { watchEvaluations } from './watch-evaluations.ts'
import { watchPackages } from './watch-packages.ts'

/** The run of a test file, of which nothing has begun. */
export interface FollowedRun extends FilePart {
  readonly installed: InstalledVitest
  readonly summary: FileResets
  /** What is to happen before setup files and test file are imported: resets. */
  begin(): Promise<void>
}

type Outcomes = Awaited<ReturnType<WorkerGlobals['beforeFile']>>

/** For the report. */
class Reported {
  readonly report: core.WorkerReport
  readonly #installed: InstalledVitest
  readonly #world = sharesWorker() ? 'shared' : 'own'
  /** What sees changes of globals, though nothing is put back by it. */
  readonly #onlyLooks: boolean
  /** What is no leak of the file that runs: setup files do it for each file, or an earlier one has left it for good. */
  #before = new Set<string>()
  #outcomes: Outcomes = []

  constructor(
    installed: InstalledVitest,
    writer: core.PartWriter,
    { WorkerReport, watchWaits }: Pick<typeof core, 'WorkerReport' | 'watchWaits'>,
  ) {
    const { vitest, singleWorker } = installed
    this.#installed = installed
    this.report = new WorkerReport(writer)
    this.#onlyLooks = vitest !== undefined && vitest.globals === undefined
    watchWaits(singleWorker, this.report)
    if (!vitest) return
    vitest.globals ??= new WorkerGlobals(vitest.runner.evaluatedModules, true)
    this.#catchOutcomes(vitest.globals)
    watchEvaluations(vitest, this.report)
    watchPackages(vitest, this.report)
  }

  #catchOutcomes(globals: WorkerGlobals): void {
    const { beforeFile } = globals
    globals.beforeFile = async (file) => {
      this.#outcomes = await beforeFile.call(globals, file)
      return this.#outcomes
    }
  }

  async startFile(begin: () => Promise<void>): Promise<void> {
    const { vitest, host } = this.#installed
    const { file: before } = this.report
    this.#outcomes = []
    await begin()
    if (before !== undefined && !this.#onlyLooks) {
      this.report.noteRestored((id) => host.record(id)?.exports, { file: before, outcomes: this.#outcomes })
    }
    if (this.#onlyLooks && before === undefined) await vitest?.globals?.beforeFile(host.testFile)
    this.report.startFile({ file: host.testFile ?? '', world: this.#world })
  }

  endFile(resets: FileResets): void {
    this.report.endFile(this.#installed, { leaks: this.#leaks(), resets })
  }

  /** Setup files have been imported. */
  startCollecting(): void {
    const hasSetup = (workerState()?.config.setupFiles?.length ?? 0) > 0
    // A world that has just begun is as it was captured.
    if (hasSetup || (this.#onlyLooks && this.#world === 'shared'))
      this.#before = new Set(this.#look().map(({ what }) => what))
  }

  #leaks(): core.LeakPart[] {
    return this.#look().filter(({ what }) => !this.#before.has(what))
  }

  #look(): readonly core.LeakPart[] {
    return this.#installed.vitest?.globals?.look() ?? []
  }
}

/** What outlives a test file: Vitest makes a runner for each, though files may share a worker. */
interface Followers {
  readonly reported: Reported | undefined
  readonly census: core.WorkerCensus | undefined
}

const followers = new WeakMap<InstalledVitest, Followers>()

/** Begins the run of a file, and follows it. */
export async function followFile(run: FollowedRun, followed: Followed): Promise<FilePart> {
  const { installed } = run
  let known = followers.get(installed)
  if (!known) {
    known = follow(installed, followed, await import('fresh-modules/internal/report'))
    followers.set(installed, known)
  }
  const begin = () => run.begin()
  await (known.reported ? known.reported.startFile(begin) : begin())
  return new FollowedFile(run, known)
}

function follow(
  installed: InstalledVitest,
  { parts, report, census: isCounted }: Followed,
  { PartWriter, WorkerCensus, ...others }: typeof core,
): Followers {
  const { host, vitest } = installed
  const { config, ctx } = workerState() ?? {}
  const writer = new PartWriter(parts, `${process.pid}-${threadId}-${process.hrtime.bigint()}`)
  writer.write({
    type: 'worker',
    worker: `${ctx?.pool ?? ''} ${process.env['VITEST_POOL_ID'] ?? ''}`.trim(),
    host: host.label,
    node: process.version,
    root: config?.root ?? host.root,
  })
  const census = isCounted ? new WorkerCensus(writer) : undefined
  if (census && vitest) watchPackages(vitest, census)
  return { census, reported: report ? new Reported(installed, writer, others) : undefined }
}

class FollowedFile implements FilePart {
  readonly #run: FollowedRun
  readonly #followers: Followers

  constructor(run: FollowedRun, known: Followers) {
    this.#run = run
    this.#followers = known
  }

  beforeTestFile(): void {
    this.#followers.reported?.startCollecting()
    this.#run.beforeTestFile()
  }

  beforeSuite(suite: Suite): Promise<void> {
    return this.#run.beforeSuite(suite)
  }

  enterTest(test: Task): void {
    this.#run.enterTest(test)
  }

  beforeTry(test: Task, retry: number): Promise<void> {
    return this.#run.beforeTry(test, retry)
  }

  afterTry(test: Task): Promise<void> {
    return this.#run.afterTry(test)
  }

  afterFile(file: Suite): Promise<void> {
    return this.#run.afterFile(file)
  }

  async afterFiles(): Promise<void> {
    await this.#run.afterFiles()
    const { installed, summary } = this.#run
    this.#followers.reported?.endFile(summary)
    this.#followers.census?.endFile(installed, installed.host.testFile ?? '')
  }
}
