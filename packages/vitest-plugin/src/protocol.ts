/**
 * What plugin (in the server) and host (in the worker) say to each other. Options travel by Vitest's documented
 * `provide`. For the way back there is no channel but fetching a module, so a request to drop what the server caches
 * of a file is a virtual module.
 */
import {
  checkAdapterOptions,
  deserializeRules,
  type FreshModulesOptions,
  type SerializedRule,
  serializeRules,
} from 'fresh-modules/internal'

export const PROVIDE_KEY = 'fresh-modules:options'

export interface Provided {
  readonly options: string
  /** The user's own `test.runner`, with which ours is composed. */
  readonly runner?: string
}

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

/** The id of a virtual module whose loading drops what the server holds of a file. Each request is a new id. */
export function dropRequest(file: string, count: number): string {
  return `${DROP}${new URLSearchParams({ file, count: `${process.pid}-${count}` })}`
}

export function fileToDrop(id: string): string | undefined {
  const start = id.indexOf(DROP)
  return start === -1
    ? undefined
    : (new URLSearchParams(id.slice(start + DROP.length)).get('file') ?? undefined)
}
