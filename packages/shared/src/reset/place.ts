/** The place in a stack trace that tells a reader most: the test file's own line. */
import { relativeTo } from '../host/paths.ts'

/** @returns e.g. `tests/orders.test.ts:12`; the file alone where no frame of it is left in the trace */
export function placeOf(trace: Error, testFile: string | undefined, root: string): string {
  if (testFile === undefined) return 'the test file'
  const name = relativeTo(root, testFile)
  const line = (trace.stack ?? '').split('\n').find((frame) => frame.includes(testFile))
  const position = line && /:(\d+):\d+\)?$/.exec(line)?.[1]
  return position === undefined ? name : `${name}:${position}`
}
