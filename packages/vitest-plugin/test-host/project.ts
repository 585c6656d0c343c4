/**
 * For unit tests of what works on the module runner: a project in a temporary folder, run by Vitest's own module runner,
 * evaluator and mocker, with a server within this process. Nothing of it is the runner of the unit tests.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SpecRule } from 'fresh-modules'
import {
  type CoreState,
  compileRules,
  createCoreState,
  type Installed,
  installHost,
  type ModuleId,
  notFoundError,
  parseDocblock,
} from 'fresh-modules/internal'
import { moduleRunnerTransform } from 'vite'
import { createNodeImportMeta, EvaluatedModules } from 'vite/module-runner'
import { onTestFinished, vi } from 'vitest'
import * as runtime from 'vitest/runtime'
import type { Namespace } from '../src/engine/namespace.ts'
import type { FetchResult, ModuleRunner, RunnerModule, WorkerState } from '../src/vitest/runner-internals.ts'
import { appendStamp, type Stamp } from '../src/vitest/stamp.ts'
import { asModuleRunner } from '../src/vitest/supported-runner.ts'
import { VitestHost } from '../src/worker/vitest-host.ts'

/** Vitest 5.1 gives these to packages of its own. */
const { VitestModuleEvaluator, VitestModuleRunner } = (
  runtime as unknown as { __INTERNAL: Record<string, new (...args: object[]) => object> }
).__INTERNAL as {
  VitestModuleEvaluator: new (options: object) => object
  VitestModuleRunner: new (options: object) => object
}

export interface ProjectOptions {
  /** Names of packages that the module runner evaluates; all others are left to Node's loader. */
  readonly inline?: readonly string[]
  readonly specs?: readonly SpecRule[]
  /** More of what a worker knows. */
  readonly worker?: { readonly config?: object } & Omit<Partial<WorkerState>, 'config'>
}

/** What a worker has before the plugin's test runner comes. */
export interface Worker {
  readonly root: string
  readonly runner: ModuleRunner
  /** Urls that the server was asked for, but for those that the worker had already. */
  readonly fetched: string[]
  id(file: string): ModuleId
  mod(file: string): RunnerModule
  /** Imports a file as a test file is. */
  import(file: string): Promise<Namespace>
  write(file: string, text: string): void
  /** As `vi.mock` does when its file is about to be evaluated; without a factory as an automock. */
  mock(file: string, factory?: () => object): void
}

export interface Project extends Worker {
  readonly host: VitestHost
  readonly state: CoreState
  readonly installed: Installed
}

/** A worker of which the host of this adapter is in charge. */
export function openProject(files: Readonly<Record<string, string>>, options: ProjectOptions = {}): Project {
  const worker = openWorker(files, options)
  const state = createCoreState(compileRules([...(options.specs ?? [])], worker.root))
  const host = new VitestHost(worker.runner, state, 'of the unit tests')
  const { installed } = host
  onTestFinished(installHost(globalThis, installed))
  return { ...worker, host, state, installed }
}

/** @param files path within the project -> text. `a.test.ts` is the test file that runs. */
export function openWorker(files: Readonly<Record<string, string>>, options: ProjectOptions = {}): Worker {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'fresh-modules-unit-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    writeFileSync(path.join(root, file), text)
  }
  for (const [file, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    write(file, text)
  }

  const server = new Server(root, options.inline ?? [])
  const { config, ...more } = options.worker ?? {}
  const worker = {
    filepath: path.join(root, 'a.test.ts'),
    config: { root, deps: {}, ...config },
    environment: { name: 'node' },
    ctx: { pool: 'forks' },
    providedContext: {},
    rpc: { resolve: async (specifier: string, importer?: string) => server.resolve(specifier, importer) },
    ...more,
  }
  const runner = openRunner(server, worker)
  return {
    root,
    runner,
    fetched: server.fetched,
    id: (file) => path.join(root, file) as ModuleId,
    mod: (file) => runner.evaluatedModules.getModuleById(path.join(root, file)) as RunnerModule,
    import: (file) => runner.import(path.join(root, file)) as Promise<Namespace>,
    write,
    mock(file, factory) {
      const mocker = runner.mocker as unknown as Mocker
      mocker.queueMock(path.join(root, file), worker.filepath, factory)
    },
  }
}

export interface Gate {
  /** Code that waits at the gate. */
  readonly code: string
  /** The code has come to it. */
  readonly reached: Promise<void>
  open(): void
}

/** Has the evaluation of a module wait until the test lets it go on. */
export function gate(): Gate {
  const key = `freshModulesGate${++gates}`
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const reached = new Promise<void>((resolve) => {
    const wait = (): Promise<void> => {
      resolve()
      return opened
    }
    Object.assign(globalThis, { [key]: wait })
  })
  onTestFinished(() => void Reflect.deleteProperty(globalThis, key))
  return { code: `await globalThis.${key}();`, reached, open }
}

let gates = 0

/** Vitest's mocker, by what the worker's half of the transport asks it. */
interface Mocker {
  resolveMocks(): Promise<void>
  getDependencyMockByUrl(url: string): Record<'type' | 'id' | 'url', string> | undefined
  queueMock(id: string, importer: string, factory?: () => object): void
}

function openRunner(server: Server, worker: object): ModuleRunner {
  const own = Reflect.getOwnPropertyDescriptor(globalThis, '__vitest_mocker__') as PropertyDescriptor
  const evaluatedModules = new EvaluatedModules()
  const runner = new VitestModuleRunner({
    evaluatedModules,
    evaluator: new VitestModuleEvaluator({ evaluatedModules }),
    transport: {
      fetchModule: async (url: string, importer: string | undefined, options: { cached?: boolean }) => {
        const mocker = module.mocker as unknown as Mocker
        await mocker.resolveMocks()
        const mock = mocker.getDependencyMockByUrl(url)
        if (mock?.type === 'manual')
          return { id: mock.id, url: mock.url, code: '', file: null, mockedModule: true }
        return options?.cached ? { cache: true } : server.fetch(url, importer)
      },
      resolveId: async (specifier: string, importer?: string) => server.resolve(specifier, importer),
    },
    getWorkerState: () => worker,
    createImportMeta: createNodeImportMeta,
    spyModule: { createMockInstance: () => vi.fn() },
  })
  // It makes its mocker that of the realm, which is that of the unit tests.
  Object.defineProperty(globalThis, '__vitest_mocker__', own)
  const module = asModuleRunner(runner, 'of the unit tests')
  onTestFinished(() => (runner as { close(): Promise<void> }).close())
  return module
}

/** What Vite's server and Vitest's do for the worker, as far as plain JavaScript goes. */
class Server {
  readonly fetched: string[] = []
  readonly #root: string
  readonly #inline: readonly string[]

  constructor(root: string, inline: readonly string[]) {
    this.#root = root
    this.#inline = inline
  }

  resolve(specifier: string, importer = `${this.#root}/`): { id: string; url: string; file: string } | null {
    if (isBuiltin(specifier)) {
      const id = specifier.replace(/^node:/, '')
      return { id, url: id, file: id }
    }
    const [, name = '', query = ''] = /^([^?]*)(\?.*)?$/.exec(specifier) ?? []
    try {
      const file = createRequire(importer).resolve(name)
      return { id: file + query, url: file + query, file }
    } catch {
      return null
    }
  }

  async fetch(url: string, importer?: string): Promise<Omit<FetchResult, 'id' | 'url'>> {
    this.fetched.push(url)
    if (isBuiltin(url)) return { externalize: url.replace(/^node:/, ''), type: 'builtin' }
    const resolved = this.resolve(url, importer)
    if (!resolved) throw notFoundError('import', url, importer ?? 'the test')
    const { file } = resolved
    const [, name] = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file) ?? []
    if (name !== undefined && !this.#inline.includes(name)) {
      return { externalize: String(pathToFileURL(file)), type: 'module' }
    }
    return { ...resolved, code: await this.#transform(file) } as FetchResult
  }

  async #transform(file: string): Promise<string> {
    const { mtimeMs, size } = statSync(file)
    const text = readFileSync(file, 'utf8')
    const { code = '' } = (await moduleRunnerTransform(text, null, file, text)) ?? {}
    // As in Vite, compiled code names what it imports by url.
    const linked = code.replace(
      /(__vite_ssr_(?:dynamic_)?import__\()["'](\.[^"']+)["']/g,
      (whole, call, specifier) => {
        const resolved = this.resolve(specifier, file)
        return resolved ? `${call}${JSON.stringify(resolved.url)}` : whole
      },
    )
    return appendStamp(linked, { read: [mtimeMs, size], ...flagsOf(text, file) })
  }
}

/** What the plugin finds in a source before other transforms. */
function flagsOf(text: string, file: string): Stamp {
  try {
    const docblock = parseDocblock(text, file)
    return docblock ? { docblock } : {}
  } catch (error) {
    return { problem: (error as Error).message }
  }
}
