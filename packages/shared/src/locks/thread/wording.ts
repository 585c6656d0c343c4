/** How waits and holders read to the user. Fragments: they stand after "Failed to load …: ". */
import type { CircleStep, Holder } from '../types.ts'

export function describeHolder(holder: Holder | undefined): string {
  if (!holder) return 'a worker whose note cannot be read'
  const file = holder.testFile === undefined ? '' : `, test file ${holder.testFile}`
  const waits = holder.waitsFor?.length ? `, which waits for ${quoteAll(holder.waitsFor)} itself` : ''
  return `worker "${holder.worker}" (pid ${holder.pid}${file}) since ${holder.since}${waits}`
}

export function describeCircle(circle: readonly CircleStep[]): string {
  const steps = circle.map(({ worker, pid, testFile, holds, waitsFor }) => {
    const file = testFile === undefined ? '' : `, test file ${testFile}`
    return `worker "${worker}" (pid ${pid}${file}) holds "${holds}" and waits for "${waitsFor}"`
  })
  return `to wait for it would be to wait forever: ${steps.join('; ')}`
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** `EACCES` is what people search for; Node's message has it, the call and the path. */
export function describeIo(dir: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error)
  return `the folder of locks ${dir} cannot be used (${why}), and without a lock it would run unguarded`
}

function quoteAll(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}
