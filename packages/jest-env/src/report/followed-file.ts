/** Follows one test file for the report. */
import { createGlobals, type Globals } from '@fresh-modules/restore-globals'
import {
  type FileResets,
  importersChain,
  isBuiltinId,
  isInstalled,
  type ModuleId,
  type SingleWorker,
} from 'fresh-modules/internal/core'
import { type PartWriter, WorkerReport, watchWaits } from 'fresh-modules/internal/report'
import type { JestHost } from '../file/jest-host.ts'
import type { Evaluation, HookPoints } from '../jest/hook-points.ts'
import { Evaluations } from './evaluations.ts'

/** The environment of the file: as much of it as leaks are looked for in. */
export interface FollowedRealm {
  readonly global: object
  /** Of jsdom's environment. */
  readonly dom?: unknown
}

/** One test file, which tells when it has ended. */
interface EndingFile {
  readonly resets: FileResets
  fileEnded(): Promise<void>
}

export class FollowedFile {
  readonly #report: WorkerReport
  readonly #evaluations: Evaluations
  readonly #globals: Globals
  #host: JestHost | undefined
  #isCaptured = false
  /** Ends the stretch in which a package is evaluated, which may change globals for good; and its id. */
  #kept: { readonly id: ModuleId; readonly end: () => void } | undefined

  constructor(writer: PartWriter, { global, dom }: FollowedRealm, testFile: string) {
    this.#report = new WorkerReport(writer)
    this.#evaluations = new Evaluations(this.#report.times)
    this.#globals = createGlobals({ global, ...(dom ? { jsdom: dom as never } : {}) }, { isOwnGlobal })
    this.#report.startFile({ file: testFile, world: 'own' })
  }

  /** The same points, observed. */
  watch(points: HookPoints): HookPoints {
    return {
      ...points,
      testFile: () => {
        points.testFile()
        // What setup files do they do for each file.
        this.#capture()
      },
      beforeEvaluation: (evaluation) => {
        this.#begin(evaluation)
        points.beforeEvaluation(evaluation)
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

  #capture(): void {
    if (this.#isCaptured) return
    this.#isCaptured = true
    this.#globals.capture()
  }

  #begin({ id, importer, kind, fresh }: Evaluation): void {
    if (fresh) return
    this.#notePackage(id, importer, kind === 'import' ? 'esm' : 'cjs')
    // The engine links and evaluates ES modules by itself: they are counted, and not timed.
    if (kind === 'import') {
      this.#evaluations.begin(id, undefined)
      this.#evaluations.end(id)
      return
    }
    if (this.#isCaptured && !this.#kept && isInstalled(id)) {
      this.#kept = { id, end: this.#globals.startKept() }
    }
    this.#evaluations.begin(id, importer)
  }

  #end(id: ModuleId, exports: unknown): void {
    this.#evaluations.end(id)
    if (this.#kept?.id === id) {
      this.#kept.end()
      this.#kept = undefined
    }
    this.#note(id, exports)
  }

  #note(id: ModuleId, exports: unknown): void {
    // Looking at them is no use of the module.
    const ended = this.#host?.resets.reads.evaluating()
    this.#report.noteEvaluated(id, exports)
    ended?.()
  }

  #notePackage(id: ModuleId, importer: ModuleId | undefined, format: 'esm' | 'cjs'): void {
    const host = this.#host
    if (!host || isBuiltinId(id) || host.isProtected(id)) return
    const importedBy = () =>
      importer === undefined ? [] : [importer, ...importersChain(host.installed, importer)]
    this.#report.notePackage({ id, loader: 'Jest', format: () => format, importedBy })
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
    const leaks = this.#isCaptured ? this.#globals.look() : []
    this.#globals.release()
    this.#report.endFile(this.#host.installed, { leaks, resets })
  }
}

/** What Jest puts on the global of a test file, some of it while tests run. */
function isOwnGlobal(key: PropertyKey): boolean {
  return typeof key === 'symbol'
    ? /jest|^fresh-modules|TEST_TIMEOUT|RETRY|^WAIT_BEFORE|^LOG_ERRORS/i.test(key.description ?? '')
    : /^__(?:coverage|jest)/.test(String(key))
}
