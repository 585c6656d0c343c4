/**
 * Finds the runtime that will run a test file. Jest constructs the environment first, then the runtime around it,
 * and tells neither of the other. What holds for 29.7 to 30.5: the class comes from `jest-runtime` (or, by the
 * option `runtime`, extends it), which Node has loaded by the time the environment is constructed; a runtime keeps
 * its environment in `_environment`; its constructor ends in `this.resetModules()`, before the environment's `setup`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { patch } from 'fresh-modules/internal/core'

/** Called once with the runtime that was constructed around the environment, and the version of its package. */
type Met = (runtime: object, version: string) => void

type Method = (this: { _environment?: object }, ...args: unknown[]) => unknown

interface RuntimeClass {
  readonly prototype: Record<string, Method | undefined>
}

interface KnownClass {
  readonly RuntimeClass: RuntimeClass
  readonly file: string
  readonly version: string
}

/** The first methods of a runtime that are called. The others are for a class that has its own `resetModules`. */
const FIRST_CALLS = ['resetModules', 'requireInternalModule', 'requireModule', 'unstable_importModule']

interface Waiting {
  readonly project: string
  readonly met: Met
}

// Environment -> who waits for its runtime. An entry goes when the two have met, or the environment is torn down.
const waiting = new Map<object, Waiting>()
// Project -> the class that runs its files, once one of them has met its runtime: it is that of all.
const classes = new Map<string, KnownClass>()
// Prototype of a class -> puts its methods back. Emptied when no environment waits.
const patched = new Map<object, () => void>()

/**
 * Calls `met` as soon as a runtime has been constructed around the environment; returns how to stop waiting.
 *
 * @param project names the project and the class of runtimes that it asks for
 */
export function meetRuntime(environment: object, project: string, met: Met): () => void {
  waiting.set(environment, { project, met })
  const known = classes.get(project)
  for (const one of known ? [known] : runtimeClasses()) watch(one)
  return () => stopWaiting(environment)
}

function stopWaiting(environment: object): void {
  const unmet = waiting.get(environment)
  if (unmet) classes.delete(unmet.project)
  forgetWaiting(environment)
}

function forgetWaiting(environment: object): void {
  waiting.delete(environment)
  if (waiting.size > 0) return
  for (const undo of patched.values()) undo()
  patched.clear()
}

function watch(known: KnownClass): void {
  const { prototype } = known.RuntimeClass
  if (patched.has(prototype)) return
  const wrap = (original: Method | undefined): Method =>
    function (...args) {
      const found = this._environment && waiting.get(this._environment)
      if (found) {
        classes.set(found.project, known)
        forgetWaiting(this._environment as object)
        found.met(this, known.version)
      }
      return original?.apply(this, args)
    }
  const undos = FIRST_CALLS.map((name) => patch(prototype, name, wrap, `Runtime.prototype.${name}`))
  patched.set(prototype, () => {
    for (const undo of undos) undo()
  })
}

const BUILT = /[\\/]jest-runtime[\\/]build[\\/]index\.js$/

/** Every copy of the class that this process has loaded. One of them runs the file. */
function runtimeClasses(): KnownClass[] {
  const found: KnownClass[] = []
  for (const [file, module] of Object.entries(require.cache)) {
    if (!BUILT.test(file)) continue
    const RuntimeClass = (module?.exports as { default?: RuntimeClass } | undefined)?.default
    if (typeof RuntimeClass?.prototype?.['resetModules'] === 'function') {
      found.push({ RuntimeClass, file, version: versionOf(file) })
    }
  }
  return found
}

/** The version of the `jest-runtime` that this process has loaded, for messages. */
export function runtimeVersion(): string {
  return runtimeClasses()[0]?.version ?? 'of unknown version'
}

function versionOf(file: string): string {
  const manifest = path.join(path.dirname(file), '../package.json')
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : 'of unknown version'
}

/**
 * Requires a package as Jest's own packages would, so that the environment is of the version that runs: one that is
 * installed next to this package may be another. Falls back to that one.
 */
export function requireFromJest(name: string): unknown {
  const runners = Object.keys(require.cache).filter((file) => /[\\/]jest-runner[\\/]build[\\/]/.test(file))
  for (const from of [...runners.slice(0, 1), ...runtimeClasses().map(({ file }) => file)]) {
    try {
      return createRequire(from)(name)
    } catch (error) {
      if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return require(name)
}
