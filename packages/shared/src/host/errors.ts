/**
 * Every error that the core throws, one family. A message says what failed and why, names the module, who imported
 * it, which source set the flag and its reason, and ends with what to do. Compare by `code`: the error may come from
 * another realm or another copy of this package.
 */
import type { ModuleId } from './module-id.ts'
import type { Flag, Provenance } from './module-spec.ts'
import { isTracing, trace } from './trace.ts'

/** @internal Exported for the tests of the pages. */
export const ERROR_CODES = [
  'ERR_REIMPORT_REFUSED',
  'ERR_RELOAD_REFUSED',
  'ERR_UNLOAD_REFUSED',
  'ERR_DUPLICATE_MODULE',
  'ERR_PARALLEL_WORKER',
  'ERR_NOT_FRESH',
  'ERR_STALE_MODULE',
  'ERR_NO_HOST',
  'ERR_UNSUPPORTED_HOST',
  'ERR_RED_BASELINE',
  'ERR_BAD_OPTION',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** Base class of all errors of fresh-modules. */
export class FreshModulesError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** One module that refuses what was asked, with the source of the refusal. */
export interface Refusal {
  readonly id: ModuleId
  readonly flag: Flag
  readonly provenance: Provenance
  /** The modules that import it, nearest first. */
  readonly importedBy?: readonly ModuleId[]
}

const ASKED: Partial<Record<Flag, { code: ErrorCode; verb: string; remedy: string }>> = {
  allowReimport: {
    code: 'ERR_REIMPORT_REFUSED',
    verb: 'import a second copy of',
    remedy: 'Import it as usual to share the one copy, or fresh-import the module that uses it instead.',
  },
  allowReload: {
    code: 'ERR_RELOAD_REFUSED',
    verb: 'reload in place',
    remedy: 'Use importFresh for a separate copy, or reset what it holds through its own functions.',
  },
  allowUnload: {
    code: 'ERR_UNLOAD_REFUSED',
    verb: 'unload',
    remedy: 'Leave it loaded, or use withUnloaded, which brings the very same record back.',
  },
}

/** A helper was asked for what a flag forbids; nothing was evaluated and nothing changed. */
export class RefusedError extends FreshModulesError {
  readonly refusals: readonly Refusal[]

  constructor(
    flag: 'allowReimport' | 'allowReload' | 'allowUnload',
    refusals: readonly Refusal[],
    { detail = '', remedy }: { detail?: string; remedy?: string } = {},
  ) {
    const asked = ASKED[flag] as { code: ErrorCode; verb: string; remedy: string }
    const names = refusals.map(({ id }) => `"${id}"`).join(', ')
    const why = refusals.map((refusal) => describeRefusal(refusal)).join('; ')
    super(
      asked.code,
      `Failed to ${asked.verb} ${names}: ${why}.${detail && ` ${detail}`} ${remedy ?? asked.remedy}`,
    )
    this.refusals = refusals
  }
}

/** `"/app/db.ts" has allowReimport: false, set by package.json (app): "owns the pool", imported by "/app/a.ts"`. */
export function describeRefusal({ id, flag, provenance, importedBy }: Refusal): string {
  const where = provenance.where ? ` (${provenance.where})` : ''
  const reason = provenance.reason ? `: "${provenance.reason}"` : ''
  const importers = importedBy?.length
    ? `, imported by ${importedBy.map((by) => `"${by}"`).join(' <- ')}`
    : ''
  return `"${id}" has ${flag}: false, set by ${provenance.source}${where}${reason}${importers}`
}

/** The host would return the old copy, or cannot evaluate this module again. */
export class NotFreshError extends FreshModulesError {
  constructor(target: string, why: string, remedy: string) {
    super('ERR_NOT_FRESH', `Failed to evaluate "${target}" again: ${why}. ${remedy}`)
  }
}

/** A reset before a test has not ended in time. */
export class ResetTimeoutError extends FreshModulesError {
  private constructor(why: string, remedy: string) {
    super('ERR_NOT_FRESH', `Failed to reset modules: ${why}. ${remedy}`)
  }

  /** A module, or a callback, awaits a timer of a test. @param id Which module, where that is known. */
  static ofFakeTimer(id: ModuleId | undefined): ResetTimeoutError {
    return new ResetTimeoutError(
      `${id === undefined ? 'a module, or an onUnload callback,' : `"${id}"`} awaits a timer, and timers are fake`,
      'Use real timers while modules are reset, or advance the fake ones meanwhile.',
    )
  }

  /** An `onUnload` callback waits for what does not come. */
  static ofCallback(limit: number): ResetTimeoutError {
    const remedy = 'Let each callback settle by itself, whatever state its module is in.'
    return new ResetTimeoutError(`an onUnload callback has not settled within ${limit} ms`, remedy)
  }

  /** A module has not finished its evaluation. @param id Which one, where that is known. */
  static ofModule(id: ModuleId | undefined, limit: number): ResetTimeoutError {
    const awaits =
      'It awaits at its top level what does not come. If that is a timer, fake timers hold it up: restore the real ' +
      'ones when a test ends, as in afterEach.'
    const within = `has not finished evaluating within ${limit} ms`
    if (id === undefined) return new ResetTimeoutError(`a module ${within}`, awaits)
    const rule =
      ' To keep the module out of resets, add to the specs option:\n' +
      `  { match: '${id}', allowReload: false, reason: 'waits when it is evaluated' }`
    return new ResetTimeoutError(`"${id}" ${within}`, awaits + rule)
  }
}

/** The object given to `reloadInPlace` is not, or no longer, the registered copy. */
export class StaleModuleError extends FreshModulesError {
  constructor(what: string, why: string) {
    super(
      'ERR_STALE_MODULE',
      `Failed to reload in place ${what}: ${why}. Pass the specifier, or the namespace that a plain import gives now.`,
    )
  }
}

/** No adapter where one is needed. */
export class NoHostError extends FreshModulesError {
  constructor(running: string, remedy: string) {
    super('ERR_NO_HOST', `Failed to find the module system in charge: ${running}. ${remedy}`)
  }
}

/** A framework whose internals are not the known ones, or a mode in which the adapter cannot work. */
export class UnsupportedHostError extends FreshModulesError {
  constructor(host: string, why: string, remedy: string) {
    super('ERR_UNSUPPORTED_HOST', `Failed to use ${host}: ${why}. ${remedy}`)
    if (isTracing) trace('unsupported', `${host}: ${why}`)
  }
}

/** Another worker holds a module that may live in one worker at a time. */
export class ParallelWorkerError extends FreshModulesError {
  constructor(id: ModuleId, why: string) {
    super(
      'ERR_PARALLEL_WORKER',
      `Failed to load "${id}", which may live in one worker at a time: ${why}. ` +
        'Raise lockTimeout, or move the tests that need it into one file.',
    )
  }
}

/** A second copy of a module that refuses reimport was about to be evaluated. */
export class DuplicateModuleError extends FreshModulesError {
  constructor(message: string) {
    super('ERR_DUPLICATE_MODULE', message)
  }
}

/** A suite that is not green as it is: there is nothing to compare with. */
export class RedBaselineError extends FreshModulesError {
  /** @param details lines of their own, as of what is red */
  constructor(why: string, details = '') {
    const between = details === '' ? ' ' : `\n${details}\n`
    super(
      'ERR_RED_BASELINE',
      `Failed to examine the suite: ${why}.${between}` +
        'Mend that first, or choose tests that are green: `npx fresh-modules doctor src/some-folder`.',
    )
  }
}

/**
 * Wrong types, unknown option names, contradictory options; thrown before any side effect. It is a `TypeError`;
 * compare by `code`.
 */
export class BadOptionError extends TypeError {
  readonly code: ErrorCode = 'ERR_BAD_OPTION'

  constructor(what: string, why: string, remedy: string) {
    super(`Failed to ${what}: ${why}. ${remedy}`)
    this.name = 'BadOptionError'
  }
}

// One base class for the whole family, though a bad option has to be a TypeError as well: `instanceof
// FreshModulesError` holds for both.
Object.defineProperty(FreshModulesError, Symbol.hasInstance, {
  configurable: true,
  value(this: unknown, value: unknown): boolean {
    return (
      Function.prototype[Symbol.hasInstance].call(this, value) ||
      (this === FreshModulesError && value instanceof BadOptionError)
    )
  },
})

/** What a module that cannot be found fails with, by the kind of its import: blocked modules look just like it. */
export function notFoundError(kind: 'import' | 'require', specifier: string, importer: string): Error {
  const what = /^[./]/.test(specifier) ? 'module' : 'package'
  if (kind === 'import') {
    return Object.assign(new Error(`Cannot find ${what} '${specifier}' imported from ${importer}`), {
      code: 'ERR_MODULE_NOT_FOUND',
    })
  }
  return Object.assign(new Error(`Cannot find module '${specifier}'\nRequire stack:\n- ${importer}`), {
    code: 'MODULE_NOT_FOUND',
    requireStack: [importer],
  })
}
