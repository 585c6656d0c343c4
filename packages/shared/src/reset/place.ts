/** The place in a stack trace that tells a reader most: the test file's own line. */
import { relativeTo } from '../host/paths.ts'

/** @returns e.g. `tests/orders.test.ts:12`; the file alone where no frame of it is left in the trace */
export function placeOf(trace: Error, testFile: string | undefined, root: string): string {
  const line = (trace.stack ?? '')
    .split('\n')
    .find((frame) => testFile !== undefined && frame.includes(testFile))
  return placeAt(testFile, root, line && /:(\d+):\d+\)?$/.exec(line)?.[1])
}

/** The same where the line is known, or known to be lost. */
export function placeAt(
  testFile: string | undefined,
  root: string,
  line: string | number | undefined,
): string {
  if (testFile === undefined) return 'the test file'
  const name = relativeTo(root, testFile)
  return line === undefined ? name : `${name}:${line}`
}
