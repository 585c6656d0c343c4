/** Requests that are targets of the function form, `importFresh(() => import('./config'))`. */
import {
  type FunctionTargets,
  fileOf,
  functionTargetsFor,
  isFileId,
  type ModuleId,
  packageOf,
  runAsync,
} from 'fresh-modules/internal'
import type { ModuleRunner, RunnerModule } from '../vitest/runner-internals.ts'
import type { VitestHost } from '../worker/vitest-host.ts'
import type { VitestScope } from './vitest-scope.ts'

/** The module of a target, if the request is one. */
export function targetMod(
  host: VitestHost,
  url: string,
  importer: string | undefined,
): Promise<RunnerModule> | undefined {
  if (host.state.pendingCalls === 0 || importer === undefined) return undefined
  const targets = functionTargetsFor(host.state, importer)
  return targets && admitTarget(host, targets, url, importer)
}

async function admitTarget(
  host: VitestHost,
  targets: FunctionTargets,
  url: string,
  importer: string,
): Promise<RunnerModule> {
  const { id } = await host.sourceByUrl(url, importer)
  const admission = await runAsync(targets.admit(await specifierOf(host, id, url, importer), id))
  if (admission === 'fresh') return (targets.scope as VitestScope).modFor(url, importer)
  const prototype = Object.getPrototypeOf(host.runner) as ModuleRunner
  return prototype.cachedModule.call(host.runner, url, importer)
}

/** Compiled code shows us urls. A package's entry was imported by the package's name, which has children. */
async function specifierOf(host: VitestHost, id: ModuleId, url: string, importer: string): Promise<string> {
  const pkg = isFileId(id) ? packageOf(fileOf(id)) : undefined
  if (!pkg || !fileOf(id).includes('/node_modules/')) return url
  try {
    return (await host.resolve(pkg.name, importer, 'import')) === id ? pkg.name : url
  } catch {
    return url
  }
}
