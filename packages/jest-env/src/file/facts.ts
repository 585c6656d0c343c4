/** What the host knows of a module, loaded or not. */
import {
  BadOptionError,
  DocblockProblem,
  type FlagDeclaration,
  fileOf,
  type ModuleFacts,
  type ModuleId,
  moduleKindOf,
  parseDocblock,
} from 'fresh-modules/internal/core'
import { FileSignatures } from '../jest/file-signatures.ts'
import type { Records } from '../jest/records.ts'
import type { RuntimeInternals } from '../jest/runtime-internals/detect.ts'
import { inSandbox } from '../jest/sandbox-errors.ts'
import { whyNotReplaceable } from '../reset/exports-definitions.ts'

// The same lists each time: a spec that was made of one is kept for as long as it is the same.
const NOTHING: readonly FlagDeclaration[] = []
const lists = new Map<string, readonly FlagDeclaration[]>()

function refusesReload(reason: string): readonly FlagDeclaration[] {
  const list = lists.get(reason) ?? [{ flags: { allowReload: false }, reason }]
  lists.set(reason, list)
  return list
}

const ENGINE_OWNS = refusesReload(
  'it is a native ES module: the engine owns its namespace, and live bindings cannot be redirected',
)

export class Facts {
  readonly #internals: RuntimeInternals
  readonly #records: Records
  readonly #realm: typeof globalThis
  readonly #signatures = new FileSignatures()
  // Exports of a CommonJS module -> the flags that follow from them. A test that freezes them later makes the reload fail.
  readonly #loaders = new WeakMap<object, readonly FlagDeclaration[]>()
  // File -> what its docblock says, by the text that the runtime has of it.
  readonly #docblocks = new Map<string, FlagDeclaration | undefined>()

  constructor(internals: RuntimeInternals, records: Records, realm: typeof globalThis) {
    this.#internals = internals
    this.#records = records
    this.#realm = realm
  }

  of(id: ModuleId): ModuleFacts {
    return this.#of(id, (file) => this.#docblock(file), this.#loader(id))
  }

  /** A reset asks about all there are: a look at each file would cost more than the reset. */
  ofRegistered(id: ModuleId): ModuleFacts {
    const docblockOf = (file: string) =>
      this.#docblocks.has(file) ? this.#docblocks.get(file) : this.#read(file)
    return this.#of(id, docblockOf, this.#knownLoader(id))
  }

  #of(
    id: ModuleId,
    docblockOf: (file: string) => FlagDeclaration | undefined,
    loader: readonly FlagDeclaration[],
  ): ModuleFacts {
    const kind = moduleKindOf(id)
    switch (kind) {
      case 'builtin':
      case 'addon':
        return { kind }
      case 'virtual':
        return { kind, loader: ENGINE_OWNS }
      case 'json':
        return { kind, loader }
      case 'source': {
        const file = fileOf(id)
        if (file.endsWith('.wasm')) return { kind, notFresh: NO_WASM, loader: ENGINE_OWNS }
        return { kind, docblock: docblockOf(file), loader }
      }
    }
  }

  /** Flags that follow from how the runtime holds the module. */
  #loader(id: ModuleId): readonly FlagDeclaration[] {
    const cjs = this.#records.cjs(id)
    if (!cjs) return this.#internals.isEsm(fileOf(id)) || this.#records.esm(id) ? ENGINE_OWNS : NOTHING
    const reason = cjs.loaded ? whyNotReplaceable(this.#realm, cjs.exports) : undefined
    return reason === undefined ? NOTHING : refusesReload(reason)
  }

  #knownLoader(id: ModuleId): readonly FlagDeclaration[] {
    const cjs = this.#records.cjs(id)
    const exports: unknown = cjs?.loaded ? cjs.exports : undefined
    if (typeof exports !== 'object' || exports === null) return this.#loader(id)
    let loader = this.#loaders.get(exports)
    if (!loader) {
      loader = this.#loader(id)
      this.#loaders.set(exports, loader)
    }
    return loader
  }

  #docblock(file: string): FlagDeclaration | undefined {
    // Most files are asked about once, before they are evaluated: that costs no look at the disk.
    if (!this.#docblocks.has(file)) return this.#read(file)
    const state = this.#signatures.compare(file, this.#internals.textOf(file))
    if (state === 'same') return this.#docblocks.get(file)
    this.#internals.forget(file, state === 'changed')
    return this.#read(file)
  }

  #read(file: string): FlagDeclaration | undefined {
    this.#docblocks.delete(file)
    let source: string
    try {
      source = this.#internals.sourceOf(file)
    } catch {
      // The import will say so.
      return undefined
    }
    try {
      const said = parseDocblock(source, file)
      this.#docblocks.set(file, said)
      return said
    } catch (error) {
      // The next call is to see the file as it is then.
      this.#internals.forget(file, false)
      if (!(error instanceof DocblockProblem)) throw error
      throw inSandbox(
        this.#realm,
        new BadOptionError('read the flags of a module', error.message, 'Correct the comment.'),
      )
    }
  }
}

const NO_WASM = {
  why: 'Jest compiles WebAssembly modules itself and keeps them',
  remedy: 'Instantiate it in a module of your own, and import that one fresh.',
}
