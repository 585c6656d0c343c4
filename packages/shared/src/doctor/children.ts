/** Processes that end with us, and the temporary folder that goes with us: whatever ends the doctor, nothing stays behind. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Finished {
  /** `null` when the process was killed. */
  readonly exitCode: number | null
  readonly timedOut: boolean
  /** The end of what it printed, on both of its streams. */
  readonly output: string
  readonly seconds: number
}

export interface RunOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Milliseconds. */
  readonly timeout: number
}

const KEPT_OUTPUT = 20_000
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export class Children {
  /** Short: names of sockets have a limit, and tests may make some in the temporary folder that they see. */
  readonly folder = mkdtempSync(join(realpathSync(tmpdir()), 'fm-'))
  readonly #running = new Set<ChildProcess>()
  readonly #onExit = (): void => this.#clear()
  readonly #onSignal: (signal: NodeJS.Signals) => void

  /** @param exit ends the process, once nothing is left */
  constructor(exit: (code: number) => void = process.exit) {
    this.#onSignal = (signal) => void this.end().then(() => exit(128 + constants.signals[signal]))
    for (const signal of SIGNALS) process.once(signal, this.#onSignal)
    process.once('exit', this.#onExit)
  }

  /** Runs a script of Node's to its end. Whatever it started ends with it. */
  run(args: readonly string[], { cwd, env, timeout }: RunOptions): Promise<Finished> {
    return new Promise((resolve, reject) => {
      const start = performance.now()
      // Its own process group, so that workers which outlive their parent can be killed too.
      const child = spawn(process.execPath, args, {
        cwd,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      })
      this.#running.add(child)
      let output = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output = (output + text).slice(-KEPT_OUTPUT)
        })
      }
      let timedOut = false
      const timer = setTimeout(() => {
        timedOut = true
        killAll(child)
      }, timeout)
      child.once('error', reject)
      // A child that outlives its parent keeps the pipes open: end the group on `exit`, or `close` might never come.
      child.once('exit', () => killAll(child))
      child.once('close', (exitCode) => {
        clearTimeout(timer)
        this.#running.delete(child)
        resolve({ exitCode, timedOut, output, seconds: (performance.now() - start) / 1000 })
      })
    })
  }

  /** Kills what runs, waits until it is gone, and removes the folder. */
  async end(): Promise<void> {
    const gone = [...this.#running].map((child) => new Promise((resolve) => child.once('close', resolve)))
    for (const child of this.#running) killAll(child)
    await Promise.all(gone)
    this.#clear()
    for (const signal of SIGNALS) process.removeListener(signal, this.#onSignal)
    process.removeListener('exit', this.#onExit)
  }

  #clear(): void {
    for (const child of this.#running) killAll(child)
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

function killAll({ pid }: ChildProcess): void {
  if (pid === undefined) return
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' })
    return
  }
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The whole group has already ended.
  }
}
