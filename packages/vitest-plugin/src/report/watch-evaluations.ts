/** How long each module of the runner takes by itself, and what its exports are then. Over what the host watches. */
import { isFirstParty, type ModuleId, patch } from 'fresh-modules/internal'
import type { WorkerReport } from 'fresh-modules/internal/report'
import type { ModuleRunner } from '../vitest/runner-internals.ts'
import { idOfMod } from '../vitest/sources.ts'
import type { VitestHost } from '../worker/vitest-host.ts'

export function watchEvaluations({ runner: watched, resets }: VitestHost, report: WorkerReport): void {
  const { times } = report
  const runner = watched as ModuleRunner

  // What an importer waits for: its import is fetched from the server, then evaluated.
  const waiting = <T>(importer: string, request: () => Promise<T>): Promise<T> => {
    const id = idOfMod(importer)
    times.wait(id)
    const waited = request()
    const goOn = () => times.goOn(id)
    // Before the importer itself hears of it, since this is asked first.
    waited.then(goOn, goOn)
    return waited
  }

  const cachedModule = (original: ModuleRunner['cachedModule']): typeof original =>
    function (this: ModuleRunner, url, importer) {
      const request = () => original.call(this, url, importer)
      // What has been fetched is not waited for.
      const isFetched = runner.evaluatedModules.getModuleByUrl(url)?.meta !== undefined
      return importer === undefined || isFetched ? request() : waiting(importer, request)
    }
  patch(runner, 'cachedModule', cachedModule)

  const cachedRequest = (original: ModuleRunner['cachedRequest']): typeof original =>
    function (this: ModuleRunner, url, mod, callstack, metadata, ignoreMock) {
      const importer = callstack?.at(-1)
      const request = () => original.call(this, url, mod, callstack, metadata, ignoreMock)
      return importer === undefined || mod.evaluated ? request() : waiting(importer, request)
    }
  patch(runner, 'cachedRequest', cachedRequest)

  const directRequest = (original: ModuleRunner['directRequest']): typeof original =>
    async function (this: ModuleRunner, url, mod, callstack) {
      const id = idOfMod(mod.id)
      times.begin(id)
      let exports: unknown
      try {
        exports = await original.call(this, url, mod, callstack)
      } finally {
        times.end(id)
      }
      noteExports(id, exports)
      return exports
    }
  patch(runner, 'directRequest', directRequest)

  function noteExports(id: ModuleId, exports: unknown): void {
    // Looking at them is no use of the module.
    if (isFirstParty(id)) resets.reads.quietly(() => report.noteEvaluated(id, exports))
  }
}
