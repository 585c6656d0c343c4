import { FreshModulesError } from '../host/errors.ts'

/** Our own errors say what to do, and need no stack. */
export function failureText(error: unknown): string {
  if (!(error instanceof FreshModulesError))
    return error instanceof Error ? (error.stack ?? '') : String(error)
  return `${error.code}: ${error.message}`
}
