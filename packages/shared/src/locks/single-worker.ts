/**
 * Modules that may live in one worker at a time: their lock is taken before their first evaluation in a test file, and
 * given up when that file has ended and the module has been unloaded.
 */
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { lockGroupOf } from '../flags/config.ts'
import { refuses, resolveSpec, specSteps } from '../flags/specs.ts'
import { mustFail } from '../guard/guard.ts'
import { ParallelWorkerError } from '../host/errors.ts'
import type { Installed } from '../host/host-slot.ts'
import { dispose, throwTogether } from '../host/lifecycle.ts'
import { realIdentityOf } from '../host/loaded.ts'
import type { ModuleFacts, ModuleRecord } from '../host/module-host.ts'
import { isBuiltinId, type ModuleId } from '../host/module-id.ts'
import { runAsync } from '../host/steps.ts'
import { isTracing, trace } from '../host/trace.ts'
import { unloadRecords } from '../reset/unload-records.ts'
import { createWorkerLocks, type LockOutcome, type LostLock, type WorkerLocks } from './index.ts'

export interface SingleWorkerOptions {
  readonly mode: 'wait' | 'throw'
  readonly lockTimeout?: number | undefined
  /** Names this worker in messages. */
  readonly worker: string
  /** Shows a line to the user. */
  report(line: string): void
}

interface Wait {
  readonly id: ModuleId
  readonly since: number
  until: number | undefined
}

/** Waits that are shorter explain nothing, in milliseconds. */
const NOTICEABLE = 1000
/** What Vitest and Jest say. */
const TIMEOUT = /timed out in \d+ ?ms|Exceeded timeout of/

// Taken when loaded: tests fake clocks.
const now = performance.now.bind(performance)

export class SingleWorker {
  readonly #installed: Installed
  readonly #options: SingleWorkerOptions
  /** Made for the first module that needs one: nothing of it is touched before. */
  #locks: WorkerLocks | undefined
  /** For locks that were asked for since the last test ended, and those that are waited for still. */
  readonly #waits = new Set<Wait>()
  /** Lock's key -> the modules of this file that rely on it. */
  readonly #users = new Map<string, Set<ModuleId>>()

  constructor(installed: Installed, options: SingleWorkerOptions) {
    this.#installed = installed
    this.#options = options
  }

  /** The lock that a module needs and that this worker does not hold yet. A look-up and no more for all others. */
  needs(id: ModuleId, facts: ModuleFacts): string | undefined {
    if (isBuiltinId(id)) return undefined
    const spec = resolveSpec(this.#installed, id, facts)
    if (!refuses(spec, 'allowParallelWorkers')) return undefined
    const key = lockGroupOf(this.#installed.state.rules, id, spec.package) ?? realIdentityOf(id)
    const users = this.#users.get(key)
    if (users?.has(id)) return undefined
    return key
  }

  /** Whether the module is unloaded when its test file ends, and so can be used by no other. */
  mustEnd(id: ModuleId, facts: ModuleFacts): boolean {
    return refuses(resolveSpec(this.#installed, id, facts), 'allowParallelWorkers')
  }

  /** Takes a lock for a module. @throws `ERR_PARALLEL_WORKER` */
  async acquire(id: ModuleId, key: string): Promise<void> {
    const ended = this.#noteWait(id)
    this.#assert(id, key, await this.#open().acquire(this.#request(id, key)).finally(ended))
  }

  /** The same, with this thread asleep meanwhile. */
  acquireSync(id: ModuleId, key: string): void {
    const ended = this.#noteWait(id)
    try {
      this.#assert(id, key, this.#open().acquireSync(this.#request(id, key)))
    } finally {
      ended()
    }
  }

  #noteWait(id: ModuleId): () => void {
    const wait: Wait = { id, since: now(), until: undefined }
    this.#waits.add(wait)
    if (isTracing) trace('lock', `${id} needs one`)
    return () => {
      wait.until = now()
      if (isTracing) trace('lock', `${id} waited ${Math.round(wait.until - wait.since)} ms`)
    }
  }

  /**
   * A test has ended. Frameworks count the time that it waited for a lock against its timeout, so a timeout error has to
   * say so.
   */
  explainTimeouts(errors: readonly unknown[]): void {
    if (this.#waits.size === 0) return
    const long = [...this.#waits].filter(({ since, until = now() }) => until - since > NOTICEABLE)
    for (const wait of this.#waits) if (wait.until !== undefined) this.#waits.delete(wait)
    if (long.length === 0) return
    const told = long.map(({ id, since, until = now() }) => `${Math.round(until - since)} ms for "${id}"`)
    const note = ` Of this time the test waited for modules that live in one worker at a time: ${told.join(', ')}.`
    // Jest has pairs of an error and the place that waited for it.
    for (const error of errors.flat()) {
      const { message, stack } = (error ?? {}) as Partial<Error>
      if (typeof message !== 'string' || !TIMEOUT.test(message)) continue
      ;(error as Error).message = message + note
      // Jest shows the stack, which begins with the message as it was.
      if (typeof stack === 'string') (error as Error).stack = stack.replace(message, message + note)
    }
  }

  #request(id: ModuleId, key: string) {
    return { key, module: id, testFile: this.#installed.host.testFile }
  }

  #assert(id: ModuleId, key: string, outcome: LockOutcome): void {
    if (!outcome.ok) throw new ParallelWorkerError(id, outcome.message)
    const users = this.#users.get(key) ?? new Set()
    users.add(id)
    this.#users.set(key, users)
    const { lockHolders } = this.#installed.state
    if (!lockHolders.has(id)) lockHolders.set(id, new Set())
  }

  #open(): WorkerLocks {
    if (!this.#locks) {
      const { root } = this.#installed.host
      this.#locks = createWorkerLocks({ ...this.#options, dir: lockFolder(root) })
      this.#locks.onLost((lost) => this.#noteLost(lost))
    }
    return this.#locks
  }

  /** A holder that finds its lock taken over fails, whatever its test makes of it. */
  #noteLost({ message, module }: LostLock): void {
    mustFail(this.#installed.state, new ParallelWorkerError(module as ModuleId, message))
  }

  /**
   * The test file has ended: modules that hold a lock are unloaded, with their `onUnload` callbacks, and the locks are
   * given up. A module that cannot be unloaded holds its lock until the worker ends.
   */
  async fileEnded(): Promise<void> {
    if (!this.#locks || this.#users.size === 0) return
    const released: string[] = []
    const records: ModuleRecord[] = []
    const handles: object[] = []
    for (const [key, ids] of this.#users) {
      const loaded = [...ids].flatMap((id) => this.#installed.host.record(id) ?? [])
      if (await this.#canUnload(loaded)) {
        released.push(key)
        records.push(...loaded)
        for (const id of ids) handles.push(...this.#takeHandles(id))
        this.#users.delete(key)
      }
    }
    try {
      await unloadRecords(this.#installed, records)
      // Copies that a raw reset, or the framework at the file's end, has taken out of the registry before us: what they
      // hold is still held.
      const { errors } = await dispose(
        this.#installed.state,
        handles.map((handle) => ({ handle })),
      )
      throwTogether(errors)
    } finally {
      await this.#locks.release(released)
      if (isTracing) for (const key of released) trace('lock', `${key} is released`)
    }
  }

  /**
   * The same for the last file of a process: what cannot be unloaded gives up what it holds as well, so that the process
   * can end, and its lock goes with the process.
   */
  async processEnds(): Promise<void> {
    await this.fileEnded()
    const handles = [...this.#users.values()].flatMap((ids) =>
      [...ids].flatMap((id) => this.#takeHandles(id)),
    )
    const { errors } = await dispose(
      this.#installed.state,
      handles.map((handle) => ({ handle })),
    )
    throwTogether(errors)
  }

  #takeHandles(id: ModuleId): object[] {
    const { lockHolders } = this.#installed.state
    const handles = [...(lockHolders.get(id) ?? [])]
    lockHolders.delete(id)
    return handles.reverse()
  }

  /** The realm of the file goes, and all modules with it: nothing is held any longer. */
  async dispose(): Promise<void> {
    this.#users.clear()
    await this.#locks?.dispose()
    this.#locks = undefined
  }

  async #canUnload(records: readonly ModuleRecord[]): Promise<boolean> {
    for (const { id } of records) {
      if (refuses(await runAsync(specSteps(this.#installed, id)), 'allowUnload')) return false
    }
    return true
  }
}

/**
 * Below the project's cache folder; another project or checkout has another one. Two runs of one project share it.
 */
function lockFolder(root: string): string {
  // Loading it takes longer than all else that a worker without locks does here.
  const { createHash } = process.getBuiltinModule('node:crypto')
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16)
  for (let folder = root; ; folder = path.dirname(folder)) {
    const modules = path.join(folder, 'node_modules')
    if (holdsPackages(modules)) return path.join(modules, '.cache', 'fresh-modules', 'locks', name)
    if (folder === path.dirname(folder)) return path.join(tmpdir(), 'fresh-modules', 'locks', name)
  }
}

/**
 * A folder with nothing but what tools keep there (`.vite`, `.cache`) may come into being while a run goes on: whoever
 * came later would look for the locks in another place.
 */
function holdsPackages(modules: string): boolean {
  return existsSync(modules) && readdirSync(modules).some((name) => !name.startsWith('.'))
}
