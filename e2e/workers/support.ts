/** A project whose modules may live in one worker at a time, in Vitest or Jest, and a log of who was in when. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type FileTree, type Host, type Project, project, type RunResult } from '../harness/index.ts'
import { configWith as jestConfig } from '../jest/support.ts'
import { configWith as vitestConfig } from '../vitest/support.ts'

export interface LockProject {
  readonly app: Project
  /** Runs it; the log of all its runs is one. */
  run(args?: readonly string[], timeout?: number): Promise<RunResult>
  env(): Record<string, string>
  /** The lines of the log, in the order in which they were written. */
  log(): string[]
  /** What lies in the folders of locks: nothing, once all runs have ended. */
  left(): string[]
}

interface LockProjectOptions {
  readonly files: FileTree
  /** Fields of Vitest's `test`, or of Jest's config, as source text. */
  readonly config?: string
  /** Options of the adapter, as source text. */
  readonly options?: string
  /** The project's folder, if not that of the app. */
  readonly folder?: string
}

const BABEL = `transform: { '\\\\.[jt]s$': ['babel-jest', {
  presets: [['@babel/preset-env', { targets: { node: 'current' } }], '@babel/preset-typescript'],
}] },`

export async function lockProject(host: Host, options: LockProjectOptions): Promise<LockProject> {
  const { files, config = '', options: adapter = '{}', folder = '.' } = options
  const isJest = host.framework === 'jest'
  const tree: FileTree = {
    // The cache of a project lies in its own node_modules.
    'node_modules/some-package/package.json': '{}',
    'package.json': `{ "name": "app", "private": true ${isJest ? '' : ', "type": "module"'} }\n`,
    [isJest ? 'jest.config.cjs' : 'vitest.config.ts']: isJest
      ? jestConfig(`${BABEL} ${config}`, adapter)
      : vitestConfig({ test: config, options: adapter }),
    'src/trace.ts': TRACE,
    'src/port.ts': portModule(host),
    ...files,
  }
  const app = await project(
    host.name,
    Object.fromEntries(Object.entries(tree).map(([path, text]) => [join(folder, path), text])),
  )
  const root = join(app.dir, folder)
  const log = join(app.dir, 'log.txt')
  const port = String(await freePort())
  const cache = join(root, 'node_modules/.cache/fresh-modules')
  const env = (): Record<string, string> => ({
    APP_LOG: log,
    APP_PORT: port,
    APP_LOCKS: join(cache, 'locks'),
  })
  const rootArgs =
    folder === '.' ? [] : isJest ? ['--config', join(root, 'jest.config.cjs')] : ['--root', root]
  return {
    app,
    env,
    run: (args = [], timeout = 110_000) => app.run([...rootArgs, ...args], { env: env(), timeout }),
    log: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    left: () => filesBelow(cache),
  }
}

function filesBelow(dir: string): string[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory() || entry.name.endsWith('.lock'))
    .map((entry) => entry.name)
}

/** All tests passed, no lock is left. */
export function expectClean(project: LockProject, result: RunResult): void {
  expect(result, result.output).toMatchObject({ exitCode: 0, failed: 0, timedOut: false })
  expect(result.passed, result.output).toBeGreaterThan(0)
  expect(project.left()).toEqual([])
}

/** A port that nobody listens to at the moment. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The test file's head: what most of them import. */
export function head(host: Host): string {
  return `
    ${host.framework === 'jest' ? '' : "import { afterAll, beforeAll, expect, test, vi } from 'vitest'"}
    import { importFresh, onUnload, specOf } from 'fresh-modules'
    import { file, holders, note, sleep, until } from './trace'
  `
}

/** What a module passes of itself. */
export function self(host: Host): string {
  return host.framework === 'jest' ? 'module' : 'import.meta'
}

/** The name of `vi` or `jest`. */
export function fakes(host: Host): string {
  return host.framework === 'jest' ? 'jest' : 'vi'
}

/** A module that takes an exclusive place: named in the log, from its evaluation to its disposal. */
export function exclusive(host: Host, name: string, words = `single-worker: there is one ${name}`): string {
  return `
    ${words ? `/** @fresh-modules ${words} */` : ''}
    import { onUnload } from 'fresh-modules'
    import { enter, holders, leave } from './trace'
    enter('${name}')
    onUnload(${self(host)}, () => leave('${name}'))
    export const heldWhile = holders()
  `
}

/** Binds the port of the project: an error if somebody else has it. */
function portModule(host: Host): string {
  return `
    /** @fresh-modules single-worker: owns a fixed port */
    import { createServer } from 'node:net'
    import { onUnload } from 'fresh-modules'
    import { enter, leave } from './trace'
    enter('port')
    const server = createServer()
    export const bound: Promise<void> = new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(Number(process.env.APP_PORT), '127.0.0.1', () => resolve())
    })
    bound.catch(() => {})
    onUnload(${self(host)}, async () => {
      await new Promise((resolve) => server.close(resolve))
      leave('port')
    })
  `
}

/** Clock and timers are taken when it is evaluated, before any test fakes them; it is never evaluated again. */
const TRACE = `
  /** @fresh-modules no-reload, no-unload, no-reimport: the log */
  import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
  import { basename, join } from 'node:path'
  import { setTimeout as realSleep } from 'node:timers/promises'
  import { threadId } from 'node:worker_threads'

  const { APP_LOG, APP_LOCKS } = process.env as { APP_LOG: string, APP_LOCKS: string }
  const who = process.pid + '.' + threadId
  export const sleep = realSleep
  /** One short write to a file opened for appending: the lines of all processes stand in the order of what happened. */
  export const note = (line: string) => appendFileSync(APP_LOG, line + '\\n')
  export const enter = (key: string) => note('enter ' + who + ' ' + key)
  export const leave = (key: string) => note('leave ' + who + ' ' + key)
  export const said = () => (existsSync(APP_LOG) ? readFileSync(APP_LOG, 'utf8') : '')

  export async function until(isSo: (text: string) => boolean, what: string): Promise<void> {
    const end = performance.now() + 60_000
    while (!isSo(said())) {
      if (performance.now() > end) throw new Error('Waited a minute for: ' + what + '\\n' + said())
      await sleep(20)
    }
  }

  export interface Holder { pid: number, worker: string, module: string, testFile: string, since: string }

  /** What \`read\` gives, or nothing if the file or folder was released since its name was read. */
  function unlessGone<T>(read: () => T[]): T[] {
    try {
      return read()
    } catch (error) {
      if (error.code === 'ENOENT') return []
      throw error
    }
  }

  /** What the notes next to the locks say; the locks themselves, which are folders, come and go and are not entered. */
  export function holders(): Holder[] {
    return unlessGone(() => readdirSync(APP_LOCKS))
      .flatMap((scope) => unlessGone(() => readdirSync(join(APP_LOCKS, scope))).map((name) => join(APP_LOCKS, scope, name)))
      .filter((path) => path.endsWith('.holder.json'))
      .flatMap((path) => unlessGone(() => [JSON.parse(readFileSync(path, 'utf8'))]))
  }

  /** The holders that name a test file. */
  export const file = (name: string) => holders().filter(({ testFile }) => basename(testFile) === name)
`
