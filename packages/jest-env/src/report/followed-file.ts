/** Follows one test file for the report. */
import { type FileResets, isInstalled, type ModuleId, type SingleWorker } from 'fresh-modules/internal/core'
import {
  type PartWriter,
  type RestoredPart,
  WorkerReport,
  type World,
  watchWaits,
} from 'fresh-modules/internal/report'
import type { JestHost } from '../file/jest-host.ts'
import type { Evaluation, HookPoints } from '../jest/hook-points.ts'
import { Evaluations } from './evaluations.ts'
import type { Leaks } from './leaks.ts'
import { notePackage } from './note-package.ts'

/** One test file, which tells when it has ended. */
interface EndingFile {
  readonly resets: FileResets
  fileEnded(): Promise<void>
}

export interface FollowedFileOptions {
  readonly writer: PartWriter
  readonly leaks: Leaks
  readonly testFile: string
  readonly world: World
}

export class FollowedFile {
  readonly #report: WorkerReport
  readonly #evaluations: Evaluations
  readonly #leaks: Leaks
  readonly #testFile: string
  #host: JestHost | undefined
  #hasBegun = false
  /** The package that is being evaluated, which may change globals for good, with all that it loads. */
  #package: { readonly id: ModuleId; readonly end: () => void } | undefined

  constructor({ writer, leaks, testFile, world }: FollowedFileOptions) {
    this.#report = new WorkerReport(writer)
    this.#evaluations = new Evaluations(this.#report.times)
    this.#leaks = leaks
    this.#testFile = testFile
    this.#report.startFile({ file: testFile, world })
  }

  /** The same points, observed. */
  watch(points: HookPoints): HookPoints {
    return {
      ...points,
      testFile: () => {
        points.testFile()
        if (this.#hasBegun) return
        this.#hasBegun = true
        this.#leaks.begin()
      },
      beforeEvaluation: (evaluation) => {
        this.#begin(evaluation)
        return points.beforeEvaluation(evaluation)
      },
      afterEvaluation: (copy) => {
        this.#end(copy.id, copy.exports)
        points.afterEvaluation(copy)
      },
    }
  }

  /** Host and locks have been made. */
  attach(host: JestHost, singleWorker: SingleWorker): void {
    this.#host = host
    watchWaits(singleWorker, this.#report)
    const { reload } = host
    host.reload = (id) => {
      this.#evaluations.begin(id, undefined)
      try {
        const copy = reload.call(host, id)
        this.#note(id, copy.exports)
        return copy
      } finally {
        this.#evaluations.end(id)
      }
    }
  }

  #begin({ id, importer, kind, fresh, facts }: Evaluation): void {
    if (fresh) return
    notePackage(this.#report, this.#host, { id, importer, kind })
    // A copy that was kept from an earlier file is not evaluated.
    if (facts) return
    // The engine links and evaluates ES modules by itself: they are counted, and not timed.
    if (kind === 'import') {
      this.#evaluations.begin(id, undefined)
      this.#evaluations.end(id)
      return
    }
    if (!this.#package && isInstalled(id)) this.#package = { id, end: this.#leaks.beginPackage() }
    this.#evaluations.begin(id, importer)
  }

  #end(id: ModuleId, exports: unknown): void {
    this.#evaluations.end(id)
    if (this.#package?.id === id) {
      this.#package.end()
      this.#package = undefined
    }
    this.#note(id, exports)
  }

  #note(id: ModuleId, exports: unknown): void {
    // Looking at them is no use of the module.
    const ended = this.#host?.resets.reads.evaluating()
    this.#report.noteEvaluated(id, exports)
    ended?.()
  }

  /** The file ends before its runtime, which empties its registries, is torn down. */
  follow(file: EndingFile): void {
    const { fileEnded } = file
    file.fileEnded = async () => {
      try {
        await fileEnded.call(file)
      } finally {
        this.#ended(file.resets)
      }
    }
  }

  #ended(resets: FileResets): void {
    if (!this.#host) return
    const leaks = this.#leaks.found()
    this.#leaks.end()
    this.#report.endFile(this.#host.installed, { leaks, resets })
  }

  /** Other files will find the realm as it is now: modules are not there any more. */
  noteRestored(outcomes: RestoredPart['outcomes']): void {
    this.#report.noteRestored(() => undefined, { file: this.#testFile, outcomes })
  }
}
