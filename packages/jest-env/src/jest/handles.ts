/** From an object to its module: a `module`, an `import.meta` or exports. */
import { fileURLToPath } from 'node:url'
import type { ModuleId } from 'fresh-modules/internal/core'
import { idOfFile } from './module-ids.ts'
import type { Records } from './records.ts'

export class Handles {
  readonly #records: Records
  /** A module object or `import.meta` -> the id of its copy, fresh or registered. */
  readonly #ids = new WeakMap<object, ModuleId>()

  constructor(records: Records) {
    this.#records = records
  }

  note(handle: object, id: ModuleId): void {
    this.#ids.set(handle, id)
  }

  idOf(object: object): ModuleId | undefined {
    const known = this.#ids.get(object)
    if (known !== undefined) return known
    const { url } = object as { url?: unknown }
    if (typeof url === 'string' && url.startsWith('file:') && Object.getPrototypeOf(object) === null) {
      const id = idOfFile(fileURLToPath(url), /[?#].*$/.exec(url)?.[0] ?? '')
      this.#records.noteMeta(id, object)
      this.#ids.set(object, id)
      return id
    }
    return this.#records.idOfExports(object)
  }
}
