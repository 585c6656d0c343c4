/** The objects whose own properties are put back: the global object, the language's builtins, Node's, `process`. */
import nodeProcess from 'node:process'
import { classObjects } from './class-objects.ts'
import { UNLISTED_CLASSES } from './dom/dom-objects.ts'
import { domOf } from './dom/window.ts'
import type { Watched } from './property-table.ts'
import { globalOf, processOf, type Realm, type RealmGlobal } from './realm.ts'

/** What Node's `fetch` leaves on the global object for good at its first use: it cannot be deleted. */
function isOfFetch(key: PropertyKey): boolean {
  return typeof key === 'symbol' && (key.description ?? '').startsWith('undici.global')
}

/** Internal state of Node, and what `process-part.ts` reads by value. */
const PROCESS_OWN = new Set([
  'channel',
  'connected',
  'debugPort',
  'domain',
  'exitCode',
  'mainModule',
  'title',
])

/** Node's internals on its own objects; symbols there are all internal. */
function isInternal(key: PropertyKey): boolean {
  return typeof key === 'symbol' || String(key).startsWith('_')
}

const NAMESPACES = ['Math', 'JSON', 'Reflect', 'Intl', 'Atomics', 'WebAssembly', 'console']

/** Modules of Node that tests patch. Those that the worker has not loaded by itself cost some milliseconds, once. */
const BUILTINS = [
  'child_process',
  'dns',
  'fs',
  'fs/promises',
  'http',
  'https',
  'net',
  'os',
  'path',
  'timers',
  'timers/promises',
  'util',
]

/** Those that are there from the start, and load nothing when they are looked at. */
const CHEAP_BUILTINS = ['fs', 'os', 'path', 'timers', 'util']

/**
 * Classes that Node makes when somebody first looks at them, even at their descriptors (Node 20 to 26): for those of `fetch` it loads
 * all of undici, for others streams and cryptography.
 */
const MADE_AT_FIRST_LOOK =
  /^(?:CloseEvent|EventSource|FormData|Headers|MessageEvent|Request|Response|WebSocket|Crypto(?:Key)?|SubtleCrypto|Navigator|(?:Readable|Writable|Transform|Compression|Decompression|TextEncoder|TextDecoder|ByteLength|Count|Performance).*)$/

/** Names of the language. The global object of a vm context may have them without listing them. */
const LANGUAGE_NAMES = Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Z]/.test(name))

/** What is watched in addition to what every realm has. */
interface WatchedOptions {
  /** Tells properties of the global object that the framework keeps there. */
  readonly isOwnGlobal: (key: PropertyKey) => boolean
  /** Whether modules of Node, and classes that it makes at first use, are left alone where they cost time to look at. */
  readonly loadsNothing: boolean
}

export function* watchedObjects(
  realm: Realm,
  { isOwnGlobal, loadsNothing }: WatchedOptions,
): Iterable<Watched> {
  const isOfDom = innerStateOfWindow(realm)
  const isLeft = loadsNothing ? (key: PropertyKey) => MADE_AT_FIRST_LOOK.test(String(key)) : () => false
  yield {
    name: 'globalThis',
    object: realm.global,
    ignores: (key) => isOfFetch(key) || isOwnGlobal(key) || isOfDom(key) || isLeft(key),
    unlisted: [...LANGUAGE_NAMES, ...UNLISTED_CLASSES],
  }
  yield* builtinsOfLanguage(globalOf(realm), isLeft)
  const process = processOf(realm)
  if (process) yield* processObjects(process)
  // One set for all realms of the process.
  const names = loadsNothing ? CHEAP_BUILTINS : BUILTINS
  for (const name of names) yield { name: `node:${name}`, object: builtin(name) }
  yield* moduleObjects(builtin('module'))
  const events = builtin<{ prototype: object }>('events')
  yield { name: 'EventEmitter', object: events }
  yield { name: 'EventEmitter.prototype', object: events.prototype }
}

function builtin<T extends object>(name: string): T {
  return nodeProcess.getBuiltinModule(`node:${name}`) as unknown as T
}

/** A window that is the global object itself has the inner state of its DOM among its properties. */
function innerStateOfWindow(realm: Realm): (key: PropertyKey) => boolean {
  if (domOf(realm)?.window !== realm.global) return () => false
  const inner = new Set<PropertyKey>(Reflect.ownKeys(realm.global).filter(isInternal))
  return (key) => inner.has(key)
}

/** Classes and namespaces among the globals. Lowercase functions (`expect`, `test`) have properties of their own kind. */
function* builtinsOfLanguage(global: RealmGlobal, isLeft: (name: PropertyKey) => boolean): Iterable<Watched> {
  for (const name of new Set([...Object.getOwnPropertyNames(global), ...LANGUAGE_NAMES])) {
    if (isLeft(name)) continue
    const value: unknown = Reflect.getOwnPropertyDescriptor(global, name)?.value
    if (typeof value === 'function' && /^[A-Z]/.test(name)) yield* classObjects(name, value)
    else if (NAMESPACES.includes(name) && value) yield { name, object: value }
  }
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(global.Intl ?? {}))) {
    if (typeof value === 'function') yield* classObjects(`Intl.${name}`, value)
  }
  const { getPrototypeOf } = Object
  yield* classObjects('TypedArray', getPrototypeOf(global.Int8Array))
  const ofIterators = getPrototypeOf(getPrototypeOf(new global.Array()[Symbol.iterator]()))
  yield { name: 'Iterator.prototype', object: ofIterators }
  const asyncFunction = asyncFunctionOf(global)
  if (asyncFunction) yield { name: 'AsyncFunction.prototype', object: getPrototypeOf(asyncFunction) }
}

/** The class of async functions is no global, and only the realm's own code makes one of its own. */
function asyncFunctionOf(global: RealmGlobal): object | undefined {
  if (global.Function === Function) return async () => {}
  try {
    return new global.Function('return async () => {}')() as object
  } catch {
    // A context may refuse code that is made of strings.
    return undefined
  }
}

function* processObjects(process: NodeJS.Process): Iterable<Watched> {
  yield {
    name: 'process',
    object: process,
    ignores: (key) => isInternal(key) || PROCESS_OWN.has(String(key)),
  }
  for (const name of ['versions', 'features', 'hrtime'] as const) {
    if (process[name]) yield { name: `process.${name}`, object: process[name] }
  }
  // Streams keep their own state in many properties: these are what tests replace.
  const replaced = new Set<PropertyKey>([
    'write',
    'end',
    'isTTY',
    'columns',
    'rows',
    'hasColors',
    'getColorDepth',
  ])
  for (const name of ['stdout', 'stderr'] as const) {
    const { [name]: stream } = process
    if (stream) yield { name: `process.${name}`, object: stream, ignores: (key) => !replaced.has(key) }
  }
}

function* moduleObjects(module: typeof import('node:module') & { _extensions?: object }): Iterable<Watched> {
  yield { name: 'node:module', object: module }
  yield* classObjects('Module', module.Module)
  if (module._extensions) yield { name: 'Module._extensions', object: module._extensions }
}
