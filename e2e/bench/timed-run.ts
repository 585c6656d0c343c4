/** A run of a project's framework, with what it has cost: wall-clock time, CPU time of all its processes, memory. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Project, RunOptions, RunResult } from '../harness/index.ts'
import { cpuSecondsIn, nodeBinary, TIMED } from '../harness/index.ts'

export interface Cost {
  /** Seconds. */
  readonly wall: number
  /** Seconds, user and system, children included. */
  readonly cpu: number
  /** MB, all processes together, at its highest; only where it was asked for and can be known. */
  readonly peak: number | undefined
}

export interface TimedOptions extends RunOptions {
  readonly watchMemory?: boolean
  /** Instead of the framework's own command. */
  readonly script?: boolean
}

/** In place of Node. */
const LAUNCHER = `#!/bin/sh
echo $$ > "$BENCH_PID"
set -- "$BENCH_NODE" "$@"
${TIMED}
`

/** Runs it and throws unless it has passed: a contender that fails is not fast. */
export async function timedRun(
  app: Project,
  args: readonly string[],
  options: TimedOptions = {},
): Promise<Cost> {
  const { watchMemory = false, script = false, ...runOptions } = options
  const outside = dirname(app.dir)
  const nodeBin = join(outside, 'node-launcher.sh')
  const [times, pid] = [join(outside, 'times'), join(outside, 'pid')]
  if (!existsSync(nodeBin)) {
    writeFileSync(nodeBin, LAUNCHER)
    chmodSync(nodeBin, 0o755)
  }
  rmSync(times, { force: true })
  rmSync(pid, { force: true })
  const env = { ...runOptions.env, BENCH_NODE: await nodeBinary(), CPU_TIMES: times, BENCH_PID: pid }
  const memory = watchMemory ? watchGroup(pid) : undefined
  const start = performance.now()
  const finished = await app[script ? 'node' : 'run'](args, {
    timeout: 400_000,
    ...runOptions,
    nodeBin,
    env,
  })
  const wall = (performance.now() - start) / 1000
  memory?.stop()
  if (finished.exitCode !== 0) throw new Error(`A contender has failed:\n${outputOf(finished)}`)
  return { wall, cpu: cpuSecondsIn(times), peak: memory?.peak() }
}

function outputOf(finished: Partial<RunResult>): string {
  return `${finished.stdout ?? ''}${finished.stderr ?? ''}`
}

/** Adds up what the processes of a group hold, ten times a second. Where there is no `/proc`, it is not known. */
function watchGroup(pidFile: string): { stop(): void; peak(): number | undefined } {
  let peak = 0
  let group: string | undefined
  const look = (): void => {
    group ??= existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim() : undefined
    if (group) peak = Math.max(peak, residentMegabytes(group))
  }
  const timer = existsSync('/proc/self/status') ? setInterval(look, 100) : undefined
  return { stop: () => clearInterval(timer), peak: () => peak || undefined }
}

function residentMegabytes(group: string): number {
  let kilobytes = 0
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      // "pid (command) state parent group ...": the command may hold blanks.
      const [, , groupOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (groupOf !== group) continue
      const status = readFileSync(`/proc/${entry}/status`, 'utf8')
      kilobytes += Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
    } catch {
      // It has ended meanwhile.
    }
  }
  return kilobytes / 1024
}
