/** One test file in a realm that others have used: stands between the runtime and those who watch it, and takes over kept copies. */
import { isInstalled, type ModuleFacts, type ModuleId, packageOf, patch } from 'fresh-modules/internal/core'
import type { RegistryReset } from '../jest/hook-points.ts'
import { idOfFile } from '../jest/module-ids.ts'
import { isFrameworkModule } from '../jest/never-touch.ts'
import type { Requests } from '../jest/request-edges.ts'
import {
  type CjsLoad,
  type CjsModule,
  isCjsModule,
  type JestRequire,
  type LoadEnd,
  type RuntimeHooks,
  type SharingInternals,
  type VmModule,
} from '../jest/runtime-internals/detect.ts'
import type { Adoptions } from './adoptions.ts'
import type { RequiredExports } from './kept-exports.ts'
import type {
  FrameworkGlobals,
  KeptModule,
  KeptPackages,
  KeptRequest,
  Registration,
} from './kept-packages.ts'

/** Who watches what the runtime does, as far as kept copies have a part in it. */
export interface ObservedWorld extends RuntimeHooks {
  /** A kept copy was registered in place of an evaluation. */
  adopted(copy: KeptModule, importer: ModuleId): void
  /** A registered module asks for another one. */
  requested(module: CjsModule, specifier: string, original: JestRequire): unknown
  /** What was known of a module when its evaluation began. */
  factsOf(module: CjsModule): ModuleFacts | undefined
}

export interface FileInRealmOptions {
  readonly sharing: SharingInternals
  readonly packages: KeptPackages
  readonly adoptions: Adoptions
  /** Names of packages that are evaluated again in each file. */
  readonly resetPackages: readonly string[]
  /** Whether coverage counts what a file executes. */
  readonly isCounted: (file: string) => boolean
  /** Whether a module has to end with its test file, by its flags. */
  readonly endsWithFile: (id: ModuleId, facts: ModuleFacts) => boolean
  /** Whose requests are to be answered when a kept copy makes one. */
  readonly running: () => FileInRealm
  /** What is evaluated from here on becomes a part of the realm; returns what to call at its end. */
  readonly beginKept: () => () => void
}

/** Registers something with `expect`. */
type Registrar = (value: never) => void

/** An evaluation that has not ended. Others may run within it. */
interface Frame {
  readonly module: CjsModule
  /** What it registers with the framework; undefined for what no other file will use. */
  readonly registrations: Registration[] | undefined
  /** What it has got of others, in the meantime. */
  readonly required: RequiredExports[]
  readonly endKept: (() => void) | undefined
}

export class FileInRealm implements RuntimeHooks {
  readonly #given: FileInRealmOptions
  readonly #frames: Frame[] = []
  #world: ObservedWorld | undefined
  #requests: Requests | undefined
  #globals: FrameworkGlobals | undefined
  /** Modules are evaluated only to see what mocks of them have to look like. */
  #mocking = 0
  /** Hooks are a package's that are registered now, though nobody but the test file calls. */
  isRegisteringAgain = false

  constructor(given: FileInRealmOptions) {
    this.#given = given
  }

  /** @returns what the runtime has to tell in place of that world */
  over(world: ObservedWorld, requests: Requests): RuntimeHooks {
    this.#world = world
    this.#requests = requests
    return this
  }

  get #observed(): ObservedWorld {
    return this.#world as ObservedWorld
  }

  /** Whether a package that stays is being evaluated. */
  get isEvaluatingKept(): boolean {
    return this.#frames.at(-1)?.registrations !== undefined
  }

  adopt({ module, importer, isMock }: CjsLoad): CjsModule | undefined {
    if (isMock || this.#mocking > 0) return undefined
    const { adoptions, sharing } = this.#given
    const { filename: file } = module
    const copies = adoptions.of(file)
    if (!copies) return undefined
    const registry = sharing.internals.cjs()
    const missing = copies.filter((copy) => copy.file === file || !registry.has(copy.file))
    for (const copy of missing) this.#observed.adopted(copy, idOfFile(importer))
    for (const copy of missing) {
      registry.set(copy.file, copy.module)
      adoptions.noteAdopted(copy.file)
    }
    for (const copy of missing) this.#registerAgain(copy)
    const kept = copies.at(-1)?.module as CjsModule
    replaceChild(registry.get(importer), module, kept)
    return kept
  }

  #registerAgain({ registrations }: KeptModule): void {
    const globals = this.#globals
    if (!globals) return
    this.isRegisteringAgain = true
    for (const register of registrations) register(globals)
    this.isRegisteringAgain = false
  }

  loading(load: CjsLoad): LoadEnd | undefined {
    const end = this.#observed.loading(load)
    const frame = this.#begin(load)
    this.#frames.push(frame)
    return (hasFailed) => {
      this.#frames.pop()
      frame.endKept?.()
      end?.(hasFailed)
      if (!hasFailed && frame.registrations) this.#keep(frame, frame.registrations)
    }
  }

  #begin({ module, isMock }: CjsLoad): Frame {
    const { adoptions, packages, beginKept } = this.#given
    const none: Frame = { module, registrations: undefined, required: [], endKept: undefined }
    // Evaluated again in place: what is behind its exports from here on is this file's.
    const kept = packages.get(module.filename)?.module
    if (kept && (kept === module || kept.exports === module.exports)) {
      packages.forget(module.filename)
      return none
    }
    if (isMock || this.#mocking > 0 || !this.#mayStay(module.filename) || !adoptions.mayKeep()) return none
    const isOwn = adoptions.noteEvaluated(module.filename)
    const isInner = this.#frames.some(({ endKept }) => endKept !== undefined)
    return { module, registrations: [], required: [], endKept: isOwn || isInner ? undefined : beginKept() }
  }

  #mayStay(file: string): boolean {
    const { resetPackages, isCounted } = this.#given
    if (!isInstalled(file) || isFrameworkModule(file as ModuleId) || isCounted(file)) return false
    return resetPackages.length === 0 || !resetPackages.includes(packageOf(file)?.name ?? '')
  }

  #keep({ module, required }: Frame, registrations: readonly Registration[]): void {
    const { packages, endsWithFile } = this.#given
    const { filename: file } = module
    const facts = this.#observed.factsOf(module)
    if (packages.hasWhole(file) || !facts || endsWithFile(idOfFile(file), facts)) return
    const requests = new Map<string, KeptRequest>()
    for (const [specifier, isStatic] of this.#requests?.requiredBy(module) ?? []) {
      const request = this.#resolve(file, specifier, isStatic)
      if (!request) return
      requests.set(specifier, request)
    }
    packages.keep({ file, module, facts, requests, registrations }, required)
  }

  /** Undefined where the answer belongs to this test file: then so does the copy. */
  #resolve(file: string, specifier: string, isStatic: boolean): KeptRequest | undefined {
    const { internals } = this.#given.sharing
    if (specifier === '@jest/globals') return undefined
    if (internals.isCore(specifier)) return { isStatic, target: undefined, copy: undefined }
    let target: string
    try {
      if (internals.isMockedCjs(file, specifier) || internals.rootMock(file, specifier) !== undefined)
        return undefined
      target = internals.resolveCjs(file, specifier)
    } catch {
      return { isStatic, target: undefined, copy: undefined }
    }
    if (!this.#mayStay(target) || internals.isEsm(target)) return undefined
    if (!isStatic) return { isStatic, target, copy: undefined }
    const copy = internals.cjs().get(target)
    if (!isCjsModule(copy)) return undefined
    // One that is being evaluated is kept later, or not: then this one is of no use.
    const isKept = this.#given.packages.get(target)?.module === copy
    return isKept || this.#frames.some(({ module }) => module === copy)
      ? { isStatic, target, copy }
      : undefined
  }

  require(module: CjsModule, original: JestRequire): JestRequire {
    if (!isInstalled(module.filename)) return this.#observed.require(module, original)
    const { running } = this.#given
    return new Proxy(original, {
      apply: (_, __, [specifier]: [string]) => running().#requested(module, specifier, original),
    })
  }

  #requested(module: CjsModule, specifier: string, original: JestRequire): unknown {
    const { packages } = this.#given
    const kept = packages.get(module.filename)
    if (kept?.module === module && !kept.requests.has(specifier)) {
      const request = this.#resolve(module.filename, specifier, false)
      if (request) packages.noteLate(kept, specifier, request)
      else packages.forget(module.filename)
    }
    const exports = this.#observed.requested(module, specifier, original)
    const frame = this.#frames.at(-1)
    // Within a cycle it gets what is not complete yet.
    const isComplete = this.#frames.every(({ module }) => module.exports !== exports)
    if (frame?.module === module && frame.registrations && isComplete)
      frame.required.push(packages.look(exports))
    return exports
  }

  /** An event of the test framework. */
  event(event: { readonly name: string }): void {
    if (event.name === 'setup') this.#begun(event as unknown as { runtimeGlobals: FrameworkGlobals })
    if (event.name === 'add_hook') {
      const { hookType, fn, timeout } = event as unknown as {
        hookType: string
        fn: unknown
        timeout: unknown
      }
      this.#note((globals) =>
        (globals[hookType] as ((...args: unknown[]) => void) | undefined)?.(fn, timeout),
      )
    }
  }

  /** The framework is there, before any setup file of its own. */
  #begun({ runtimeGlobals }: { readonly runtimeGlobals: FrameworkGlobals }): void {
    this.#globals = runtimeGlobals
    const { expect } = runtimeGlobals
    if (!expect) return
    for (const name of ['extend', 'addEqualityTesters', 'addSnapshotSerializer'] as const) {
      if (!expect[name]) continue
      const wrap = (method: unknown) => (value: never) => {
        this.#note(({ expect }) => (expect?.[name] as Registrar | undefined)?.(value))
        return (method as Registrar).call(expect, value)
      }
      patch(expect, name, wrap, `expect.${name}`)
    }
  }

  #note(registration: Registration): void {
    this.#frames.at(-1)?.registrations?.push(registration)
  }

  mocking<T>(run: () => T): T {
    this.#mocking++
    try {
      return this.#observed.mocking(run)
    } finally {
      this.#mocking--
    }
  }

  reset(by: RegistryReset): void {
    if (by === 'resetModules') this.#given.adoptions.isOver = true
    this.#observed.reset(by)
  }

  import(...request: Parameters<RuntimeHooks['import']>): Promise<VmModule> {
    return this.#observed.import(...request)
  }

  building(...request: Parameters<RuntimeHooks['building']>): void {
    this.#observed.building(...request)
  }

  importing(entry?: string): void {
    this.#observed.importing(entry)
  }

  imported(): void {
    this.#observed.imported()
  }

  isolating(): void {
    this.#observed.isolating()
  }
}

/** Jest 30.5 has listed the module object that it has made as a child of its requirer. */
function replaceChild(parent: unknown, before: CjsModule, kept: CjsModule): void {
  const { children } = (parent ?? {}) as Partial<CjsModule>
  const index = children?.indexOf(before) ?? -1
  if (index === -1) return
  if (children?.includes(kept)) children.splice(index, 1)
  else children?.splice(index, 1, kept)
}
