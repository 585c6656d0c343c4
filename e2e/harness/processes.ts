import { spawn } from 'node:child_process'
import { delimiter, dirname } from 'node:path'

export interface Finished {
  /** `null` when the process was killed. */
  readonly exitCode: number | null
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string
}

export interface ProcessOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly timeout: number
}

/** Variables of the runner and the package manager around us, which would change how a project's own run behaves. */
const foreign =
  /^(npm_|vitest|vite_|jest_|turbo|fresh_modules_|node_env$|node_options$|node_v8_coverage$|force_color$|test$|prod$|dev$|mode$|ssr$|base_url$)/i

/** The environment of a project's run: ours without what tells a process that it runs inside a test runner or npm. */
export function cleanEnv(
  node: string,
  extra: Readonly<Record<string, string | undefined>> = {},
): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  const { PATH = '', ...rest } = Object.fromEntries(inherited)
  return { ...rest, CI: 'true', NO_COLOR: '1', PATH: `${dirname(node)}${delimiter}${PATH}`, ...extra }
}

/** Leaders of the process groups that are still running, to be killed if we are stopped. */
const running = new Set<number>()
process.once('exit', () => {
  for (const pid of running) killGroup(pid)
})

/** Runs a command to its end and returns what it printed. Whatever it started ends with it. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that workers which outlive their parent can be killed too.
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const { pid } = child
    if (pid !== undefined) running.add(pid)

    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })

    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      if (pid !== undefined) killGroup(pid)
    }, options.timeout)

    child.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    // A child that outlives its parent keeps the pipes open: end the group on `exit`, or `close` might never come.
    child.once('exit', () => {
      if (pid !== undefined) killGroup(pid)
    })
    child.once('close', (exitCode) => {
      clearTimeout(timer)
      if (pid !== undefined) running.delete(pid)
      resolve({ exitCode, timedOut, stdout, stderr })
    })
  })
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // The whole group has already ended.
  }
}
