/** Follows one test file for the census of packages that nobody has marked. */
import { type PartWriter, WorkerCensus } from 'fresh-modules/internal/report'
import type { JestHost } from '../file/jest-host.ts'
import type { HookPoints } from '../jest/hook-points.ts'
import { notePackage } from './note-package.ts'

export class CountedFile {
  readonly #census: WorkerCensus
  readonly #testFile: string
  #host: JestHost | undefined

  constructor(writer: PartWriter, testFile: string) {
    this.#census = new WorkerCensus(writer)
    this.#testFile = testFile
  }

  /** The same points, observed. */
  watch(points: HookPoints): HookPoints {
    return {
      ...points,
      beforeEvaluation: (evaluation) => {
        if (!evaluation.fresh) notePackage(this.#census, this.#host, evaluation)
        return points.beforeEvaluation(evaluation)
      },
    }
  }

  attach(host: JestHost): void {
    this.#host = host
  }

  /** The file ends before its runtime, which empties its registries, is torn down. */
  follow(file: { fileEnded(): Promise<void> }): void {
    const { fileEnded } = file
    file.fileEnded = async () => {
      try {
        await fileEnded.call(file)
      } finally {
        if (this.#host) this.#census.endFile(this.#host.installed, this.#testFile)
      }
    }
  }
}
