/**
 * Finds the runtime that will run a test file. Jest constructs the environment first, then the runtime around it,
 * and tells neither of the other. What holds for 29.7 to 30.5: the class comes from `jest-runtime` (or, by the
 * option `runtime`, extends it), which Node has loaded by the time the environment is constructed; a runtime keeps
 * its environment in `_environment`; its constructor ends in `this.resetModules()`, before the environment's `setup`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** Called once with the runtime that was constructed around the environment, and the version of its package. */
type Met = (runtime: object, version: string) => void

interface RuntimeClass {
  readonly prototype: Record<string, (...args: unknown[]) => unknown>
}

/** The first methods of a runtime that are called. The others are for a class that has a `resetModules` of its own. */
const FIRST_CALLS = ['resetModules', 'requireInternalModule', 'requireModule', 'unstable_importModule']

// Environment -> who waits for its runtime. An entry goes when the two have met, or the environment is torn down.
const waiting = new Map<object, Met>()
// Class -> puts its methods back. Emptied whenever nobody waits.
const patched = new Map<RuntimeClass, () => void>()

/** Calls `met` as soon as a runtime has been constructed around the environment; returns how to stop waiting. */
export function meetRuntime(environment: object, met: Met): () => void {
  waiting.set(environment, met)
  for (const [file, RuntimeClass] of runtimeClasses()) watch(RuntimeClass, versionOf(file))
  return () => stopWaiting(environment)
}

function stopWaiting(environment: object): void {
  waiting.delete(environment)
  if (waiting.size > 0) return
  for (const undo of patched.values()) undo()
  patched.clear()
}

function watch({ prototype }: RuntimeClass, version: string): void {
  const key = { prototype }
  for (const known of patched.keys()) if (known.prototype === prototype) return
  const originals = FIRST_CALLS.map((name) => [name, prototype[name]] as const)
  for (const [name, original] of originals) {
    prototype[name] = function (this: { _environment?: object }, ...args: unknown[]): unknown {
      const met = this._environment && waiting.get(this._environment)
      if (met) {
        stopWaiting(this._environment as object)
        met(this, version)
      }
      return original?.apply(this, args)
    }
  }
  patched.set(key, () => {
    for (const [name, original] of originals) if (original) prototype[name] = original
  })
}

const BUILT = /[\\/]jest-runtime[\\/]build[\\/]index\.js$/

/** Every copy of the class that this process has loaded. One of them runs the file. */
function runtimeClasses(): Map<string, RuntimeClass> {
  const classes = new Map<string, RuntimeClass>()
  for (const [file, module] of Object.entries(require.cache)) {
    if (!BUILT.test(file)) continue
    const RuntimeClass = (module?.exports as { default?: RuntimeClass } | undefined)?.default
    if (typeof RuntimeClass?.prototype?.['resetModules'] === 'function') classes.set(file, RuntimeClass)
  }
  return classes
}

/** The version of the `jest-runtime` that this process has loaded, for messages. */
export function runtimeVersion(): string {
  const [file] = runtimeClasses().keys()
  return file === undefined ? 'of unknown version' : versionOf(file)
}

function versionOf(file: string): string {
  const manifest = path.join(path.dirname(file), '../package.json')
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : 'of unknown version'
}

/**
 * Requires a package as Jest's own packages would, so that the environment is of the version that runs: one that is
 * installed beside us may be another. Falls back to what we can see ourselves.
 */
export function requireFromJest(name: string): unknown {
  const runners = Object.keys(require.cache).filter((file) => /[\\/]jest-runner[\\/]build[\\/]/.test(file))
  for (const from of [...runners.slice(0, 1), ...runtimeClasses().keys()]) {
    try {
      return createRequire(from)(name)
    } catch (error) {
      if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  return require(name)
}
