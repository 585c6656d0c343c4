/** Namespace objects that can be filled, and filled again in place: what makes bindings live. */

/** Export name -> reads the binding. */
export type Bindings = Map<string, () => unknown>

export function createNamespace(): object {
  return Object.defineProperty(Object.create(null), Symbol.toStringTag, { value: 'Module' })
}

/** Defines an export unless there is one: a module's own exports win over those of `export *`. */
export function defineExport(namespace: object, bindings: Bindings, name: string, read: () => unknown): void {
  bindings.set(name, read)
  Object.defineProperty(namespace, name, { enumerable: true, configurable: true, get: read })
}

/** `export * from`: everything but the default, as it is whenever it is read. */
export function defineAll(namespace: object, bindings: Bindings, from: object): void {
  for (const name of Object.keys(from)) {
    if (name === 'default' || bindings.has(name)) continue
    defineExport(namespace, bindings, name, () => (from as Record<string, unknown>)[name])
  }
}

/** Replaces what a module exported by what it exports now. What others put on the object stays. */
export function replaceExports(exports: object, before: Bindings, now: Bindings): void {
  for (const name of before.keys()) if (!now.has(name)) Reflect.deleteProperty(exports, name)
  for (const [name, read] of now) {
    Object.defineProperty(exports, name, { enumerable: true, configurable: true, get: read })
  }
}

/** Takes what a CommonJS body defined off its exports object, and returns what puts it back exactly. */
export function emptyExports(exports: object, bindings: Bindings): () => void {
  const saved = Object.getOwnPropertyDescriptors(exports)
  for (const name of bindings.keys()) Reflect.deleteProperty(exports, name)
  return () => {
    for (const name of Object.keys(exports)) Reflect.deleteProperty(exports, name)
    Object.defineProperties(exports, saved)
  }
}

/** The bindings of an evaluated module; those of CommonJS and JSON are the properties of what it exports. */
export function bindingsOf(exports: unknown, bindings: Bindings): Bindings {
  if (bindings.size > 0 || exports === null || typeof exports !== 'object') return bindings
  return new Map(Object.keys(exports).map((name) => [name, () => (exports as Record<string, unknown>)[name]]))
}

/** What an ES module sees of a CommonJS or JSON module: `module.exports` as the default, and its properties. */
export function interopNamespace(exports: unknown): object {
  const namespace = createNamespace()
  const bindings: Bindings = new Map()
  defineExport(namespace, bindings, 'default', () => exports)
  if (exports !== null && (typeof exports === 'object' || typeof exports === 'function')) {
    defineAll(namespace, bindings, exports)
  }
  return namespace
}
