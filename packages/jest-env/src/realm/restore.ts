/** What of a realm's globals is Jest's own: what it keeps there, and how its state starts over in each file. */
import { createRequire } from 'node:module'
import {
  type Change,
  createGlobals,
  type FrameworkRealm,
  type Globals,
  type GlobalsPart,
  type Realm,
} from '@fresh-modules/restore-globals'
import {
  type EnvironmentState,
  endFakeClock,
  isClockFaked,
  MATCHERS,
} from '../jest/runtime-internals/environment-state.ts'

export interface GlobalsOfRealm {
  /** The environment of the file that runs. */
  readonly environment: () => EnvironmentState
  readonly jsdom: Realm['jsdom']
  /** Whether a file's module stays evaluated. */
  readonly isKept: (file: string) => boolean
  /** The option `globals` of the config. */
  readonly configured: Readonly<Record<string, unknown>>
  readonly environmentFile: string | undefined
}

export function globalsOf(
  global: object,
  { environment, jsdom, isKept, configured, environmentFile }: GlobalsOfRealm,
): Globals {
  const realm: Realm = jsdom ? { global, jsdom } : { global }
  return createGlobals(realm, {
    isKept,
    isOwnGlobal,
    isClockFaked: () => isClockFaked(environment()),
    undoOfFramework: () => endFakeClock(environment()),
    // The jsdom that the environment has loaded.
    requireOfDom: (specifier) => createRequire(environmentFile ?? __filename)(specifier),
    parts: ({ adopt }) => [new ConfiguredPart(global, configured, adopt)],
  })
}

/** What Jest's own modules leave on the global object, and use again in the next file; it cannot be deleted. */
const OF_JEST: ReadonlySet<PropertyKey> = new Set([MATCHERS, Symbol.for('graceful-fs.queue')])

/** The console is each file's own. */
function isOwnGlobal(key: PropertyKey): boolean {
  if (typeof key !== 'symbol') return key === 'console'
  return OF_JEST.has(key) || (key.description ?? '').startsWith('fresh-modules')
}

/** Objects in the option `globals`, which each file is given as the config has them. */
class ConfiguredPart implements GlobalsPart {
  readonly #global: object
  /** Name -> its value as JSON. */
  readonly #values: ReadonlyMap<string, string>
  readonly #adopt: FrameworkRealm['adopt']

  constructor(global: object, configured: Readonly<Record<string, unknown>>, adopt: FrameworkRealm['adopt']) {
    this.#global = global
    this.#adopt = adopt
    this.#values = new Map(
      Object.entries(configured).flatMap(([name, value]) => {
        const json = typeof value === 'object' && value !== null ? asJson(value) : undefined
        return json === undefined ? [] : [[name, json] as const]
      }),
    )
  }

  capture(): void {}

  *changes(): Iterable<Change> {
    for (const [name, was] of this.#values) {
      const now = asJson(Reflect.get(this.#global, name))
      if (now === was) continue
      yield {
        what: `globals.${name}`,
        kind: 'framework',
        now,
        undo: () => {
          Reflect.set(this.#global, name, JSON.parse(was))
          this.#adopt(name)
        },
        keep: () => {},
      }
    }
  }
}

/** Undefined for what JSON cannot say. */
function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
