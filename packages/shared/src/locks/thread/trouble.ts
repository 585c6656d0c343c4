import process from 'node:process'

const PASSING = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EINTR', 'EBUSY', 'ENOENT'])

/** Windows says so of a file that another process has open, or has removed but not yet closed. */
const PASSING_ON_WINDOWS = new Set(['EPERM', 'EACCES', 'ENOTEMPTY'])

/** Errors to try again after: no file handles left for now, or the whole folder removed by a clean-up that runs at the same time. */
export function isPassing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return PASSING.has(code) || (process.platform === 'win32' && PASSING_ON_WINDOWS.has(code))
}
