/**
 * Packages that keep what a test file tells them, and whose own functions can have them forget it. They stay evaluated
 * from file to file; what they knew before a file told them anything is put back for the next one.
 */

type Exports = Readonly<Record<string, unknown>>

/** Part of a file's path -> what looks at the package's exports, right after its evaluation; returns how to put back. */
const KNOWN: readonly (readonly [RegExp, (exports: Exports) => (() => void) | undefined])[] = [
  [/[\\/]node_modules[\\/]@vue[\\/]test-utils[\\/]/, rememberVueTestUtils],
  [/[\\/]node_modules[\\/]@angular[\\/]core[\\/]/, rememberAngularTestBed],
]

/** Whether a file is of a package that forgets between files what it has been told: it has to be told again. */
export function forgetsBetweenFiles(file: string): boolean {
  return KNOWN.some(([path]) => path.test(file))
}

export class PackageStates {
  /** Exports of packages that have been loaded -> how to put their state back. */
  readonly #undos = new Map<object, () => void>()

  /** A package has been loaded, by whoever asked first: nobody has told it anything yet. */
  note(file: string, exports: unknown): void {
    const remember = KNOWN.find(([path]) => path.test(file))?.[1]
    if (!remember || typeof exports !== 'object' || exports === null || this.#undos.has(exports)) return
    const undo = remember(exports as Exports)
    if (undo) this.#undos.set(exports, undo)
  }

  putBack(): void {
    for (const undo of this.#undos.values()) undo()
  }
}

/**
 * The environment of Angular's TestBed may be set up once. The set-up of Angular's own test builder notes that on the
 * global object, where a file's traces are removed (@angular/core 9 to 22).
 */
function rememberAngularTestBed({ getTestBed }: Exports): (() => void) | undefined {
  if (typeof getTestBed !== 'function') return undefined
  return () => {
    const testBed: unknown = getTestBed()
    if (isObject(testBed) && typeof testBed['resetTestEnvironment'] === 'function') {
      testBed['resetTestEnvironment']()
    }
  }
}

interface VueConfig {
  global: Record<string, unknown>
  plugins?: Record<string, unknown>
}

/** `enableAutoUnmount` may be called once; `config` is what all mounts have in common (@vue/test-utils 2.0 to 2.6). */
function rememberVueTestUtils({ config, disableAutoUnmount }: Exports): (() => void) | undefined {
  if (!isObject(config) || !isObject(config['global'])) return undefined
  const { global, plugins = {} } = config as unknown as VueConfig
  const before = contentsOf(global)
  const pluginsBefore = { ...plugins }
  return () => {
    if (typeof disableAutoUnmount === 'function') disableAutoUnmount()
    replaceContents(global, contentsOf(before))
    replaceContents(plugins, pluginsBefore)
    Object.assign(config, { global, plugins })
    for (const plugin of Object.values(plugins)) {
      if (isObject(plugin) && typeof plugin['reset'] === 'function') plugin['reset']()
    }
  }
}

/** What an object holds, with lists and objects in it copied, since their contents are changed as well. */
function contentsOf(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy = (value: unknown) =>
    Array.isArray(value) ? [...value] : isObject(value) ? { ...value } : value
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, copy(value)]))
}

/** The object stays the same: somebody may hold it. */
function replaceContents(object: Record<string, unknown>, contents: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(object)) if (!(key in contents)) delete object[key]
  Object.assign(object, contents)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
