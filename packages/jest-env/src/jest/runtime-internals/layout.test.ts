import { describe, expect, test, vi } from 'vitest'
import { type EsmMethods, Layout, type LoadModule, letAnythingBeThrown, type Runtime } from './layout.ts'
import { type CjsModule, createModule, type RuntimeHooks, type VmModule } from './types.ts'

class TestLayout extends Layout {
  readonly registry = new Map()
  readonly transformed = new Map<string, unknown>()
  protected readonly resolver = { constructor: { clearDefaultResolverCache: vi.fn() } } as never
  protected readonly transformer = { _cache: { transformedFiles: this.transformed } } as never
  protected readonly cjsOptions = {}
  protected readonly esmOptions = {}
  readonly sources = new Map([['/app/a.js', 'text']])
  protected readonly buffers = new Map()
  protected readonly namesOfCjs = new Map()
  cjs() {
    return this.registry
  }
  override hookResets(hooks: RuntimeHooks) {
    super.hookResets(hooks)
  }
  override watchLoads(...args: Parameters<Layout['watchLoads']>) {
    return super.watchLoads(...args)
  }
  override hookImports(...args: Parameters<Layout['hookImports']>) {
    return super.hookImports(...args)
  }
}

const layout = (runtime: Partial<Runtime> = {}) => new TestLayout(runtime as Runtime, '30.5.2')

describe('bodies of CommonJS modules', () => {
  const module = createModule('/app/a.js')
  const load = (method: LoadModule, registry: Map<string, CjsModule>, isInternalModule = false) =>
    method(module, '/app/main.js', './a', '/app/a.js', { isInternalModule }, registry)

  test('are told of before and after, and whether they are mocks or have failed', () => {
    const end = vi.fn()
    const loading = vi.fn((_load: object) => end)
    const own = layout()
    const running: number[] = []
    const method = own.watchLoads({ loading } as unknown as RuntimeHooks, () => {
      running.push(end.mock.calls.length)
    })
    load(method, own.registry)
    expect(loading).toHaveBeenCalledExactlyOnceWith({ module, importer: '/app/main.js', isMock: false })
    expect(end).toHaveBeenCalledExactlyOnceWith(false)
    load(method, new Map())
    expect(loading.mock.lastCall).toMatchObject([{ isMock: true }])
    expect(running).toEqual([0, 1])
    const failing = own.watchLoads({ loading } as unknown as RuntimeHooks, () => {
      throw new Error('failed')
    })
    expect(() => load(failing, own.registry)).toThrow('failed')
    expect(end).toHaveBeenLastCalledWith(true)
  })

  test("of the framework's own are nobody's business, but are settled all the same", () => {
    const loading = vi.fn()
    const settle = vi.fn()
    const own = layout()
    load(
      own.watchLoads(
        { loading } as unknown as RuntimeHooks,
        () => {},
        () => settle,
      ),
      own.registry,
      true,
    )
    expect(loading).not.toHaveBeenCalled()
    expect(settle).toHaveBeenCalledOnce()
  })
})

test('ES imports go by the hooks; the method as it was does not', async () => {
  const resolved = {} as VmModule
  const loader: EsmMethods = {
    async resolveModule() {
      return resolved
    },
    async linkAndEvaluateModule(module) {
      return module
    },
  }
  const hooks = { import: vi.fn((_request: object, proceed: () => unknown) => proceed()), imported: vi.fn() }
  const { resolveModule } = loader
  layout().hookImports(loader, hooks as unknown as RuntimeHooks)
  expect(await resolveModule('./a.mjs', '/app/main.mjs', {})).toBe(resolved)
  expect(hooks.import).not.toHaveBeenCalled()
  expect(await loader.resolveModule('./a.mjs', '/app/main.mjs', {})).toBe(resolved)
  expect(hooks.import.mock.lastCall?.[0]).toEqual({ specifier: './a.mjs', importer: '/app/main.mjs' })
  expect(await loader.linkAndEvaluateModule(resolved)).toBe(resolved)
  expect(hooks.imported).toHaveBeenCalledOnce()
})

test('a reset is told of before the registries are dropped, an isolation before they are covered and once they are', () => {
  const log: string[] = []
  const runtime = {
    resetModules: () => void log.push('dropped'),
    isolateModules(run: () => void) {
      log.push('covered')
      run()
    },
  } as unknown as Runtime
  layout(runtime).hookResets({
    reset: (by) => void log.push(by),
    isolating: () => void log.push('isolating'),
  } as RuntimeHooks)
  runtime.resetModules()
  runtime.isolateModules(() => log.push('run'))
  expect(log).toEqual(['resetModules', 'dropped', 'isolating', 'covered', 'isolateModules', 'run'])
})

test('a file is forgotten: its text always, what was made of it if it has changed', () => {
  const own = layout()
  own.transformed.set('/app/a.js_123_{}', {}).set('/app/a.jsx_123_{}', {})
  expect(own.textOf('/app/a.js')).toBe('text')
  own.forget('/app/a.js', false)
  expect([own.textOf('/app/a.js'), own.transformed.size]).toEqual([undefined, 2])
  own.forget('/app/a.js', true)
  expect([...own.transformed.keys()]).toEqual(['/app/a.jsx_123_{}'])
})

test('a body may throw nothing at all', () => {
  const executor = {
    handleExecutionError(error: { code?: string }): never {
      throw error.code === undefined ? new Error('handled') : error
    },
  }
  letAnythingBeThrown(executor as never)
  const handle = executor.handleExecutionError as (error: unknown) => never
  let thrown: unknown = 'nothing yet'
  try {
    handle(undefined)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeUndefined()
  expect(() => handle({})).toThrow('handled')
})

test('the query of an ES module is read from its key, a URL or a path', () => {
  const module = { identifier: '/app/a.mjs' } as VmModule
  const keys = ['/app/a.mjs', '/app/a.mjsv=1', 'file:///app/a.mjs', 'file:///app/a.mjs?v=1']
  expect(keys.map((key) => layout().esmQuery(key, module))).toEqual(['', '?v=1', '', '?v=1'])
})
