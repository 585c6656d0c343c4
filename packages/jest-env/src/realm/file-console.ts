/**
 * The console of a realm. Jest makes one for each file, and fails what is written to one whose file has ended; packages that stay may hold
 * the console, or a method of it, from the time at which they were evaluated. So the realm has one console that stays, and stands for that of
 * the file that runs.
 */
export class FileConsole {
  /** What the global object has as `console`. */
  readonly object: Console
  #of: object
  readonly #isEvaluatingKept: () => boolean
  /** Name -> a method that may be taken off the console. */
  readonly #methods = new Map<PropertyKey, (...args: unknown[]) => unknown>()

  /** @param isEvaluatingKept whether what asks is a package that stays */
  constructor(first: object, isEvaluatingKept: () => boolean) {
    this.#of = first
    this.#isEvaluatingKept = isEvaluatingKept
    const onCurrent = (method: (...args: never[]) => unknown) =>
      ((_: object, ...args: unknown[]) => Reflect.apply(method, Reflect, [this.#of, ...args])) as never
    this.object = new Proxy({} as Console, {
      get: (_, key) => this.#get(key),
      set: (_, key, value) => Reflect.set(this.#of, key, value),
      has: onCurrent(Reflect.has),
      ownKeys: onCurrent(Reflect.ownKeys),
      deleteProperty: onCurrent(Reflect.deleteProperty),
      defineProperty: onCurrent(Reflect.defineProperty),
      getOwnPropertyDescriptor: onCurrent(Reflect.getOwnPropertyDescriptor),
      getPrototypeOf: onCurrent(Reflect.getPrototypeOf),
    })
  }

  /** A file begins, with its own console. */
  use(of: object): void {
    this.#of = of
  }

  #get(key: PropertyKey): unknown {
    const value: unknown = Reflect.get(this.#of, key)
    // Where a call stands in a file is read from its stack: none of our frames may be there, except for packages, which Jest passes over.
    if (typeof value !== 'function' || !this.#isEvaluatingKept()) return value
    const known =
      this.#methods.get(key) ??
      ((...args) => Reflect.apply(Reflect.get(this.#of, key) as never, this.#of, args))
    this.#methods.set(key, known)
    return known
  }
}
