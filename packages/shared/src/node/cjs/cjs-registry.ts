/** The registry of CommonJS, `require.cache`, and what has to change together with it. */
import type { ModuleRecord, TakenRecords } from '../../host/module-host.ts'
import { fileOf, isFileId, type ModuleId, moduleId } from '../../host/module-id.ts'
import { formatOf } from '../format.ts'
import { type CommonJsModule, cachedModule, cachedModules, holdsEsm, Loader } from '../node-internals.ts'
import type { World } from '../world.ts'

/** A registered CommonJS module. `require` of an ES module leaves an entry as well: that one is none. */
export function commonJsModuleOf(id: ModuleId): CommonJsModule | undefined {
  const module = isFileId(id) ? cachedModule(fileOf(id)) : undefined
  return module && !isOfEsm(fileOf(id), module) ? module : undefined
}

export function* commonJsIds(): Generator<ModuleId> {
  for (const [file, module] of cachedModules()) if (!isOfEsm(file, module)) yield moduleId(file)
}

function isOfEsm(file: string, module: CommonJsModule): boolean {
  return holdsEsm(module) || (!module.filename?.endsWith('.js') && formatOf(moduleId(file)) === 'module')
}

export class CommonJsRecord implements ModuleRecord {
  readonly id: ModuleId
  readonly #module: CommonJsModule
  readonly #world: World

  constructor(world: World, id: ModuleId, module: CommonJsModule) {
    this.id = id
    this.#world = world
    this.#module = module
  }

  get exports(): unknown {
    return this.#module.exports
  }

  get handle(): object {
    return this.#module
  }

  get state(): 'evaluating' | 'evaluated' {
    return this.#module.loaded ? 'evaluated' : 'evaluating'
  }

  get imports(): Iterable<ModuleId> {
    // What an import of JSON registers is no module, and has no children.
    const listed: readonly NodeJS.Module[] | undefined = this.#module.children
    const children = (listed ?? []).flatMap(({ filename }) => (filename ? [moduleId(filename)] : []))
    return new Set([...children, ...this.#world.esm.importsOf(this.id)])
  }

  get importers(): Iterable<ModuleId> {
    const importers = new Set(this.#world.esm.importersOf(this.id))
    for (const [file, { children }] of cachedModules()) {
      if ((children as unknown[] | undefined)?.includes(this.#module)) importers.add(moduleId(file))
    }
    return importers
  }
}

/** Where a module stood: in which lists of children, and at which place. */
interface Taken {
  readonly file: string
  readonly module: CommonJsModule
  readonly places: readonly { readonly children: unknown[]; readonly index: number }[]
}

function takeModule(file: string): Taken | undefined {
  const module = cachedModule(file)
  if (!module) return undefined
  const places: { children: unknown[]; index: number }[] = []
  for (const [, { children }] of cachedModules()) {
    const list = children as unknown[] | undefined
    const index = list?.indexOf(module) ?? -1
    if (list === undefined || index === -1) continue
    list.splice(index, 1)
    places.push({ children: list, index })
  }
  delete Loader._cache[file]
  return { file, module, places }
}

function putModuleBack({ file, module, places }: Taken): void {
  if (cachedModule(file) !== module) takeModule(file)
  Loader._cache[file] = module
  // In reverse, so that each index counts in the list that it was taken from.
  for (const { children, index } of [...places].reverse()) {
    if (!children.includes(module)) children.splice(index, 0, module)
  }
}

/**
 * Takes modules out of both registries: `require.cache` and what the ESM loader has of the same files. That one can
 * not forget; imports are led to another URL instead.
 */
export function takeRecords(
  world: World,
  ids: readonly ModuleId[],
  recordOf: (id: ModuleId) => ModuleRecord | undefined,
): TakenRecords {
  // Imports have to be led elsewhere from now on.
  world.useHooks()
  const found = ids.flatMap((id) => {
    const record = recordOf(id)
    return record ? [frozen(record)] : []
  })
  const generations = ids.map((id) => [id, world.generations.get(id), world.movedEsm.get(id)] as const)
  const modules = ids.flatMap((id) => (isFileId(id) ? (takeModule(fileOf(id)) ?? []) : []))
  for (const id of ids) {
    world.generations.set(id, world.nextNumber())
    if (isFileId(id) && formatOf(id) === 'module') world.movedEsm.set(id, {})
  }
  return {
    records: found,
    putBack() {
      for (const [id, generation, moved] of generations) {
        if (isFileId(id)) takeModule(fileOf(id))
        if (generation === undefined) world.generations.delete(id)
        else world.generations.set(id, generation)
        if (moved === undefined) world.movedEsm.delete(id)
        else world.movedEsm.set(id, moved)
      }
      for (const taken of [...modules].reverse()) putModuleBack(taken)
    },
  }
}

/** The record as it is now: it does not ask the registry, which will have another copy. */
function frozen({ id, exports, handle, state, imports, importers }: ModuleRecord): ModuleRecord {
  return { id, exports, handle, state, imports: [...imports], importers: [...importers] }
}
