/**
 * Which modules are used while the test file is collected: by its body, by `describe` callbacks, and by all that they
 * call. What is made of them then stays for all tests, so they must stay as well (docs/resets.md).
 *
 * Exports of the module runner are getters, so a use can be seen. While a file is collected the getters of modules that
 * it has loaded are ours; when it has been collected they are the module's own again.
 */
import type { Namespace } from '../engine/namespace.ts'

interface Watched {
  readonly namespace: Namespace
  readonly key: string
  readonly own: PropertyDescriptor
  readonly get: () => unknown
}

export class CollectionReads {
  #isOn = false
  /** How many modules are being evaluated: what is read meanwhile, they read, and their code shows it. */
  #evaluating = 0
  #watched: Watched[] = []
  /** Id as Vite has it -> where its first use was. From one test file to the next. */
  readonly #uses = new Map<string, Error>()

  /** The test file is about to be imported. */
  start(): void {
    this.#uses.clear()
    this.#watched = []
    this.#evaluating = 0
    this.#isOn = true
  }

  /**
   * The test file has been collected.
   *
   * @param lookAround names further modules that have been used, by other signs
   */
  stop(lookAround: (note: (id: string) => void) => void = () => {}): void {
    if (!this.#isOn) return
    this.#isOn = false
    lookAround((id) => {
      if (!this.#uses.has(id)) this.#uses.set(id, new Error('changed while the test file was collected'))
    })
    for (const { namespace, key, own, get } of this.#watched) {
      // A spy has its own by now.
      if (Object.getOwnPropertyDescriptor(namespace, key)?.get === get)
        Object.defineProperty(namespace, key, own)
    }
    this.#watched = []
  }

  /** Where something of the module was used first; undefined where nothing was. */
  firstUse(id: string): Error | undefined {
    return this.#uses.get(id)
  }

  /** Counts a module as being evaluated until the evaluation has settled. */
  whileEvaluating<T>(evaluation: Promise<T>): Promise<T> {
    if (!this.#isOn) return evaluation
    this.#evaluating++
    const ended = () => {
      this.#evaluating--
    }
    evaluation.then(ended, ended)
    return evaluation
  }

  /** Reads exports without taking part. */
  quietly(read: () => void): void {
    const wasOn = this.#isOn
    this.#isOn = false
    try {
      read()
    } finally {
      this.#isOn = wasOn
    }
  }

  /** A module has been evaluated: from now on its exports tell when they are read. */
  watch(id: string, namespace: Namespace): void {
    if (!this.#isOn) return
    for (const key of Object.keys(namespace)) {
      const own = Object.getOwnPropertyDescriptor(namespace, key)
      if (!own?.configurable) continue
      const read = own.get ?? (() => own.value)
      const get = () => {
        this.note(id)
        return read()
      }
      this.#watched.push({ namespace, key, own, get })
      Object.defineProperty(namespace, key, { ...shapeOf(own), get })
    }
  }

  /** Something of the module is used right now. */
  note(id: string): void {
    if (!this.#isOn || this.#evaluating > 0 || this.#uses.has(id)) return
    this.#uses.set(id, new Error('used while the test file was collected'))
  }
}

/** A value that may be assigned to stays so: what is assigned is a value again. */
function shapeOf(own: PropertyDescriptor): PropertyDescriptor {
  const { enumerable = false } = own
  if (own.get || !own.writable) return { enumerable, configurable: true }
  return {
    enumerable,
    configurable: true,
    set(this: object, value: unknown) {
      own.value = value
    },
  }
}
