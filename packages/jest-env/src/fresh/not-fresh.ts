/** Why a module cannot be had in the way in which it was asked for, or not at all. */
import { existsSync } from 'node:fs'
import {
  fileOf,
  isThenable,
  type MaybePromise,
  type ModuleId,
  NotFreshError,
  notFoundError,
  type ResolveKind,
} from 'fresh-modules/internal/core'
import { supportsVmModules } from '../jest/capabilities.ts'
import { inSandbox } from '../jest/sandbox-errors.ts'

export function onlyAsync(realm: typeof globalThis, id: ModuleId): Error {
  const why = 'it is a native ES module, which is evaluated asynchronously'
  const remedy = 'Use await importFresh(...), or import() where a copy requires it.'
  return inSandbox(realm, new NotFreshError(fileOf(id), why, remedy))
}

/** The value, where waiting is impossible. */
export function atOnce<T>(realm: typeof globalThis, id: ModuleId, value: MaybePromise<T>): T {
  if (!isThenable(value)) return value as T
  ;(value as Promise<T>).catch(() => {})
  throw onlyAsync(realm, id)
}

export function assertVmModules(realm: typeof globalThis, id: ModuleId): void {
  if (supportsVmModules) return
  const why = 'it is a native ES module, and Jest runs without them'
  const remedy = 'Start Node with --experimental-vm-modules, or let a transform compile it to CommonJS.'
  throw inSandbox(realm, new NotFreshError(fileOf(id), why, remedy))
}

interface Wanted {
  readonly kind: ResolveKind
  readonly id: ModuleId
  readonly importer: string
}

/** The error of an evaluation whose file has gone: the runtime's own words for what is not there. Others are as they were. */
export function notFoundInstead(
  realm: typeof globalThis,
  error: unknown,
  { kind, id, importer }: Wanted,
): unknown {
  const file = fileOf(id)
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException
  if (code !== 'ENOENT' || path !== file || existsSync(file)) return error
  return inSandbox(realm, notFoundError(kind, file, importer))
}
