import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheDir } from './cache.ts'
import { type Host, hostNamed } from './hosts.ts'
import { hostDir, nodeBinary } from './install.ts'
import { cleanEnv, type Finished, runProcess } from './processes.ts'
import { type Report, readReport } from './reports.ts'

/** Path inside the project → contents. */
export type FileTree = Readonly<Record<string, string>>

export interface RunOptions {
  /** On top of a clean environment; `undefined` removes. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The Node to run on, if not the one that the run was asked for. */
  readonly nodeBin?: string
  /** Arguments of Node itself, before the framework's. */
  readonly nodeArgs?: readonly string[]
  /** A run that takes longer is killed, in milliseconds. */
  readonly timeout?: number
}

export interface RunResult extends Finished, Report {
  /** Everything it printed, for messages of failed expectations. */
  readonly output: string
}

export interface Project extends AsyncDisposable {
  readonly host: Host
  readonly dir: string
  /** Adds files, or replaces them. */
  write(files: FileTree): void
  /** Runs the framework's own command on the project: `vitest run`, `jest`, or plain `node` with `args`. */
  run(args?: readonly string[], options?: RunOptions): Promise<RunResult>
  /** Runs a script of the project on Node alone, whatever the framework. */
  node(args: readonly string[], options?: RunOptions): Promise<Finished>
  /** What its processes have as environment: for those that a suite starts by itself. */
  env(node: string, extra?: RunOptions['env']): NodeJS.ProcessEnv
  remove(): void
}

/** Folders of the projects that still exist: `<host dir>/project-x1y2z3`, and what stands in for the system's `/tmp`. */
const existing = new Set<string>()
process.once('exit', removeProjects)

/** Removes the projects of this process. Suites need not call it: the setup file does, at the end of each test file. */
export function removeProjects(): void {
  for (const folder of existing) removeFolder(folder)
}

function removeFolder(folder: string): void {
  if (process.env['FRESH_MODULES_KEEP']) return
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  existing.delete(folder)
}

/** A small project of its own inside a host, from an inline tree of files. `FRESH_MODULES_KEEP=1` leaves it on disk. */
export async function project(hostName: string, files: FileTree): Promise<Project> {
  const host = hostNamed(hostName)
  const root = mkdtempSync(join(await hostDir(hostName), 'project-'))
  // Vitest 5.0 leaves files there, and so does whatever is killed. Short: names of sockets have a limit.
  const temp = mkdtempSync(join(cacheDir, 'tmp-'))
  existing.add(root).add(temp)
  // Next to the project and not in it: a project sees nothing of the harness.
  const dir = join(root, 'app')
  let runs = 0

  const write = (files: FileTree): void => {
    for (const [path, contents] of Object.entries(files)) {
      const file = join(dir, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, contents)
    }
  }
  write({ 'package.json': '{ "name": "app", "private": true, "type": "module" }\n', ...files })

  // Jest keeps what it has transformed there, from project to project.
  const tempVariables = host.framework === 'jest' ? {} : { TMPDIR: temp, TMP: temp, TEMP: temp }
  const env: Project['env'] = (node, extra) => cleanEnv(node, { ...tempVariables, ...extra })
  const start = async (args: readonly string[], options: RunOptions): Promise<Finished> => {
    const node = options.nodeBin ?? (await nodeBinary())
    return runProcess(node, [...(options.nodeArgs ?? []), ...args], {
      cwd: dir,
      env: env(node, options.env),
      timeout: options.timeout ?? 90_000,
    })
  }

  const run = async (args: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> => {
    const report = join(root, `report-${++runs}.json`)
    const finished = await start(commandLine(host, dirname(root), args, report), options)
    return { ...finished, output: finished.stdout + finished.stderr, ...readReport(host.framework, report) }
  }

  const remove = (): void => {
    removeFolder(root)
    removeFolder(temp)
  }
  return {
    host,
    dir,
    write,
    run,
    node: (args, options = {}) => start(args, options),
    env,
    remove,
    [Symbol.asyncDispose]: async () => remove(),
  }
}

const nodeTestReporter = fileURLToPath(new URL('node-test-reporter.mjs', import.meta.url))

function commandLine(host: Host, from: string, args: readonly string[], report: string): readonly string[] {
  switch (host.framework) {
    case 'vitest':
      return [
        binOf('vitest', from),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...args,
      ]
    case 'jest':
      return [binOf('jest', from), '--ci', '--json', `--outputFile=${report}`, ...args]
    case 'node': {
      if (args[0] !== '--test') return args
      const reporters = [`--test-reporter=${nodeTestReporter}`, `--test-reporter-destination=${report}`]
      return [
        '--test',
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        ...reporters,
        ...args.slice(1),
      ]
    }
  }
}

/** The script behind a package's command, in the host's own `node_modules`. */
function binOf(name: string, from: string): string {
  const dir = join(dirname(from), 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
  return join(dir, typeof bin === 'string' ? bin : bin[name])
}
