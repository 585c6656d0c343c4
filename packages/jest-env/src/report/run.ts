/**
 * The run as its workers see it. Jest's main process loads nothing of an environment, so the last of its workers to
 * leave makes the report: Jest tells them to end, and waits for them before it prints its summary. Where tests run in
 * the main process, that is the only one to leave.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isMainThread, parentPort, threadId } from 'node:worker_threads'
import { finishRun, PartWriter } from 'fresh-modules/internal/report'

// Taken once: tests spy on fs.
const { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } = fs
const { kill } = process

interface JestRun {
  /** What tells this run from others. */
  readonly id: string
  /** Where the report is written. */
  readonly root: string
  /** How many workers there are at most. */
  readonly parallel: number
  /** Whether one run follows another, in the same process. */
  readonly isWatching: boolean
}

/** What jest-worker sends to a worker that is to end: 29.7 to 30.5. */
const END = 2
/** What it starts as a worker process. */
const CHILD = /[\\/]jest-worker[\\/]build[\\/](?:workers[\\/])?processChild\.js$/
const HERE = `${process.pid}-${threadId}`
const PRESENT = '.present'
const DAY = 24 * 60 * 60 * 1000

let joined: { readonly id: string; readonly writer: PartWriter } | undefined

/** This process or thread takes part in a run; its part is merged when all who do have left. */
export function joinRun(run: JestRun, host: string): PartWriter {
  if (joined?.id === run.id) return joined.writer
  const folder = folderOf(run)
  removeOld(path.dirname(folder))
  const writer = new PartWriter(folder, `${HERE}-${process.hrtime.bigint()}`)
  writeFileSync(path.join(folder, `${HERE}${PRESENT}`), '')
  writer.write({
    type: 'worker',
    worker: `worker ${process.env['JEST_WORKER_ID'] ?? ''}`.trim(),
    host,
    node: process.version,
    root: run.root,
  })
  joined = { id: run.id, writer }
  whenLeaving(() => leave(run, folder))
  return writer
}

function folderOf({ id, root }: JestRun): string {
  const name = createHash('sha256').update(`${id}\0${root}`).digest('hex').slice(0, 32)
  return path.join(tmpdir(), 'fresh-modules-report', name)
}

/** Once, as soon as this worker knows that it is to end: it may be killed half a second later. */
function whenLeaving(run: () => void): void {
  let hasLeft = false
  const leaveOnce = () => {
    if (hasLeft) return
    hasLeft = true
    joined = undefined
    run()
  }
  const isChild = CHILD.test(process.argv[1] ?? '')
  const port = isMainThread ? (isChild ? process : undefined) : (parentPort ?? undefined)
  if (port) {
    const emitter = port as NodeJS.EventEmitter
    const heard = (message: unknown) => {
      if (!Array.isArray(message) || message[0] !== END) return
      // It would keep the process alive.
      emitter.removeListener('message', heard)
      leaveOnce()
    }
    emitter.on('message', heard)
  }
  process.once('exit', leaveOnce)
}

function leave(run: JestRun, folder: string): void {
  rmSync(path.join(folder, `${HERE}${PRESENT}`), { force: true })
  if (isAnybodyThere(folder)) return
  const ended = `${folder}-${HERE}`
  try {
    // Two may leave at the same time: one of them succeeds.
    renameSync(folder, ended)
  } catch {
    return
  }
  const lines = finishRun(ended, { ...run, addsTo: !run.isWatching })
  if (lines.length > 0) process.stderr.write(`\n${lines.join('\n')}\n\n`)
}

function isAnybodyThere(folder: string): boolean {
  return readdirSync(folder).some((name) => name.endsWith(PRESENT) && isAlive(Number.parseInt(name, 10)))
}

/** A process that has crashed has not left. */
function isAlive(pid: number): boolean {
  try {
    return kill.call(process, pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** What runs that have crashed as a whole have left. */
function removeOld(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) {
    const old = path.join(folder, name)
    const stat = statSync(old, { throwIfNoEntry: false })
    if (stat && Date.now() - stat.mtimeMs > DAY) rmSync(old, { recursive: true, force: true })
  }
}
