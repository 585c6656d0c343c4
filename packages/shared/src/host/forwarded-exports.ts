/** What a CommonJS body has handed out, once its importers hold another object for it: another name for that one. */

type Key = string | symbol

/** An object that a body has handed out -> the registered exports that it is another name for since. */
const forwarded = new WeakMap<object, object>()

/** The registered exports that the object stands for, if it is the own name that a body has for them; else itself. */
export function exportsBehind(object: unknown): unknown {
  return forwarded.get(object as object) ?? object
}

/**
 * A body that has assigned `module.exports` goes on using that object by its own name (`api.count++`), while its
 * importers hold the registered one. So the object becomes another name for the registered exports: what the body
 * assigns is seen by importers, and the body sees the spies that they have set.
 */
export function forwardTo(exports: object, result: object): void {
  const target = exports as Record<Key, unknown>
  for (const key of Reflect.ownKeys(result)) {
    const descriptor = Object.getOwnPropertyDescriptor(result, key) as PropertyDescriptor
    if (descriptor.configurable) forwardKey(target, result, key, descriptor)
  }
  const prototype = Object.getPrototypeOf(result) ?? Object.create(null)
  // Only a prototype can see properties that are not there yet.
  const later = new Proxy(prototype, {
    has: (_, key) => Object.hasOwn(target, key) || Reflect.has(prototype, key),
    get: (_, key, receiver) =>
      Object.hasOwn(target, key) ? target[key] : Reflect.get(prototype, key, receiver),
    set: (_, key, value, receiver) => {
      if (receiver !== result || key === '__proto__') return Reflect.set(prototype, key, value, receiver)
      forwardKey(target, result, key, { writable: true, enumerable: true })
      return Reflect.set(target, key, value)
    },
  })
  Object.setPrototypeOf(result, later)
  forwarded.set(result, exports)
}

function forwardKey(
  target: Record<Key, unknown>,
  result: object,
  key: Key,
  { enumerable = false, writable, set }: PropertyDescriptor,
): void {
  const assign = (value: unknown) => {
    target[key] = value
  }
  Object.defineProperty(result, key, {
    configurable: true,
    enumerable,
    get: () => target[key],
    ...((writable || set) && { set: assign }),
  })
}
