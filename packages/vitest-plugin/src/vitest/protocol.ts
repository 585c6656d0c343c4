/**
 * What plugin (in the server) and host (in the worker) say to each other. Options travel by Vitest's documented
 * `provide`. For the way back there is no channel but asking for modules: a request to drop what the server caches of
 * a file is a specifier to resolve. Resolving leaves nothing behind in the server; fetching would, for each request.
 */
import {
  checkAdapterOptions,
  deserializeRules,
  type FreshModulesOptions,
  type SerializedRule,
  serializeRules,
} from 'fresh-modules/internal'

export function serializeOptions(options: FreshModulesOptions): string {
  return JSON.stringify({ ...options, specs: serializeRules(options.specs ?? []) })
}

export function deserializeOptions(text: string): FreshModulesOptions {
  const options = JSON.parse(text) as Omit<FreshModulesOptions, 'specs'> & { specs: SerializedRule[] }
  return checkAdapterOptions('@fresh-modules/vitest-plugin', {
    ...options,
    specs: deserializeRules(options.specs),
  })
}

const DROP = 'virtual:fresh-modules/drop?'

/** The specifier whose resolution drops what the server holds of a file. */
export function dropRequest(file: string): string {
  return `${DROP}${new URLSearchParams({ file })}`
}

export function fileToDrop(specifier: string): string | undefined {
  if (!specifier.startsWith(DROP)) return undefined
  return new URLSearchParams(specifier.slice(DROP.length)).get('file') ?? undefined
}
