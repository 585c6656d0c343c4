/** The objects whose own properties are put back: the global object, the language's builtins, Node's, `process`. */
import { createRequire } from 'node:module'
import type { Watched } from './property-table.ts'

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

/** @param isOwnGlobal tells properties of the global object that the framework keeps there */
export function* watchedObjects(
  realm: typeof globalThis,
  isOwnGlobal: (key: PropertyKey) => boolean,
): Iterable<Watched> {
  yield { name: 'globalThis', object: realm, ignores: (key) => isOfFetch(key) || isOwnGlobal(key) }
  yield* builtinsOfLanguage(realm)
  yield* processObjects(realm.process)
  const require = createRequire(import.meta.url)
  for (const name of BUILTINS) yield { name: `node:${name}`, object: require(`node:${name}`) as object }
  yield* moduleObjects(require('node:module'))
  const events = require('node:events') as { prototype: object }
  yield { name: 'EventEmitter', object: events }
  yield { name: 'EventEmitter.prototype', object: events.prototype }
}

/** Classes and namespaces among the globals. Lowercase functions (`expect`, `test`) have properties of their own kind. */
function* builtinsOfLanguage(realm: typeof globalThis): Iterable<Watched> {
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(realm))
  for (const [name, { value }] of descriptors as [string, PropertyDescriptor][]) {
    if (typeof value === 'function' && /^[A-Z]/.test(name)) yield* classObjects(name, value)
    else if (NAMESPACES.includes(name) && value) yield { name, object: value }
  }
  for (const [name, value] of Object.entries(Object.getOwnPropertyDescriptors(realm.Intl))) {
    if (typeof value.value === 'function') yield* classObjects(`Intl.${name}`, value.value)
  }
  const { getPrototypeOf } = realm.Object
  yield* classObjects('TypedArray', getPrototypeOf(realm.Int8Array))
  yield { name: 'Iterator.prototype', object: getPrototypeOf(getPrototypeOf([][realm.Symbol.iterator]())) }
  yield { name: 'AsyncFunction.prototype', object: getPrototypeOf(async () => {}) }
}

/** A class and its prototype. */
export function* classObjects(name: string, Class: object): Iterable<Watched> {
  yield { name, object: Class }
  const prototype: unknown = Reflect.getOwnPropertyDescriptor(Class, 'prototype')?.value
  if (typeof prototype === 'object' && prototype) yield { name: `${name}.prototype`, object: prototype }
}

function* processObjects(process: NodeJS.Process): Iterable<Watched> {
  yield {
    name: 'process',
    object: process,
    ignores: (key) => isInternal(key) || PROCESS_OWN.has(String(key)),
  }
  yield { name: 'process.versions', object: process.versions }
  yield { name: 'process.features', object: process.features }
  yield { name: 'process.hrtime', object: process.hrtime }
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
    yield { name: `process.${name}`, object: process[name], ignores: (key) => !replaced.has(key) }
  }
}

function* moduleObjects(module: typeof import('node:module') & { _extensions?: object }): Iterable<Watched> {
  yield { name: 'node:module', object: module }
  yield* classObjects('Module', module.Module)
  if (module._extensions) yield { name: 'Module._extensions', object: module._extensions }
}
