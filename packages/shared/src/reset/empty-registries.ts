/**
 * How packages in which others register something are emptied between files, by functions of their own. The rows of
 * `known-singletons.ts` name the calls. A package that is not as it was known is left alone, and who registers there kept.
 */
import { emptiedBy } from '../flags/known-singletons.ts'
import type { MaybePromise } from '../host/steps.ts'

export type EmptyRegistry = () => MaybePromise<void>

type Exports = Readonly<Record<string, unknown>>

/** Package -> what empties it; undefined where its exports are not the known ones. */
const EMPTYING: Readonly<Record<string, (exports: Exports) => EmptyRegistry | undefined>> = {
  'prom-client': ({ register }) => calls(register, 'clear'),

  mongoose(exports) {
    const { connections, modelNames, deleteModel, disconnect } = exports
    if (!Array.isArray(connections) || !areFunctions(modelNames, deleteModel, disconnect)) return undefined
    return () => emptyMongoose(exports as unknown as Mongoose)
  },

  'inversify-express-utils': (exports) => calls(exports, 'cleanUpMetadata'),

  'routing-controllers'({ getMetadataArgsStorage }) {
    return areFunctions(getMetadataArgsStorage)
      ? calls((getMetadataArgsStorage as () => unknown)(), 'reset')
      : undefined
  },

  'type-graphql'({ getMetadataStorage }) {
    return areFunctions(getMetadataStorage)
      ? calls((getMetadataStorage as () => unknown)(), 'clear')
      : undefined
  },
}

/** What empties a package; undefined where that is not known of these exports. */
export function emptyingOf(packageName: string | undefined, exports: unknown): EmptyRegistry | undefined {
  if (packageName === undefined || emptiedBy(packageName) === undefined || !isObject(exports))
    return undefined
  const find = EMPTYING[packageName]
  const { default: inner } = exports as { default?: unknown }
  return find?.(exports as Exports) ?? (isObject(inner) ? find?.(inner as Exports) : undefined)
}

interface Connection {
  readonly readyState: number
  deleteModel(name: RegExp): unknown
}

interface Mongoose {
  readonly connections: readonly Connection[]
  /** Plugins of all schemas; those that mongoose brings along say `deduplicate`. */
  readonly plugins?: (readonly [unknown, { deduplicate?: boolean } | undefined])[]
  modelNames(): string[]
  deleteModel(name: string): unknown
  disconnect(): Promise<void>
}

/** Its models, global plugins and connections (mongoose 6 to 9). */
async function emptyMongoose(mongoose: Mongoose): Promise<void> {
  for (const name of mongoose.modelNames()) mongoose.deleteModel(name)
  for (const connection of mongoose.connections) connection.deleteModel(/(?:)/)
  const { plugins } = mongoose
  const own = plugins?.filter(([, options]) => options?.deduplicate) ?? []
  if (plugins && own.length < plugins.length) plugins.splice(0, plugins.length, ...own)
  if (mongoose.connections.some(({ readyState }) => readyState !== 0)) await mongoose.disconnect()
}

function calls(object: unknown, method: string): EmptyRegistry | undefined {
  if (!isObject(object) || !areFunctions((object as Exports)[method])) return undefined
  return () => {
    ;(object as Record<string, () => unknown>)[method]?.()
  }
}

function areFunctions(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'function')
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
