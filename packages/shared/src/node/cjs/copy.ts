/** The class of copies of CommonJS files: ordinary modules whose requests and texts go by their scope. */

import { type CommonJsModule, Loader } from '../node-internals.ts'
import type { CopyClass, CopyOwner, FreshScope } from '../world.ts'

/** Folder -> where Node looks for packages from there. One entry per folder that has a file of which there are copies. */
const lookupPaths = new Map<string, readonly string[]>()

/** Not made when this file is loaded: it is in realms as well that have no such loader. */
export function createCopyClass(): CopyClass {
  class Copy extends Loader {
    readonly #owner: CopyOwner

    constructor(file: string, parent: CommonJsModule | undefined, owner: CopyOwner) {
      super(file, parent)
      this.#owner = owner
      this.filename = file
      this.paths = pathsOf(this.path)
    }

    static scopeOf(module: object): FreshScope | undefined {
      return #owner in module ? module.#owner.scope : undefined
    }

    override require(specifier: string): unknown {
      return this.#owner.require(this, specifier)
    }

    override _compile(content: string, filename: string, format?: string): unknown {
      return this.#owner.compile(this, content, filename, format)
    }
  }
  Object.defineProperty(Copy.prototype, 'constructor', {
    value: Loader,
    writable: true,
    configurable: true,
  })
  return Copy as unknown as CopyClass
}

function pathsOf(folder: string): string[] {
  let paths = lookupPaths.get(folder)
  if (!paths) {
    paths = Loader._nodeModulePaths(folder)
    lookupPaths.set(folder, paths)
  }
  return [...paths]
}
