/**
 * What the adapter assumes of Vitest and Vite beyond their documentation, without the adapter: when a test fails here,
 * the host has changed, and `runner-internals.ts` says what relied on it.
 */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { project } from '../harness/index.ts'

/** Hands the module runner to the tests, as the documentation of custom runners has it. */
const runner = `
  import { TestRunner } from 'vitest'
  export default class extends TestRunner {
    async importFile(path: string, source: never): Promise<unknown> {
      ;(globalThis as any).moduleRunner = (this as any).moduleRunner
      return super.importFile(path, source)
    }
  }
`
const plugin = `
  export const stamp = {
    name: 'stamp',
    enforce: 'post' as const,
    transform: (code: string) => ({ code: code + '\\n//# stamp={"a":1}\\n', map: null }),
  }
  export const resolver = {
    name: 'resolver',
    enforce: 'pre' as const,
    resolveId(id: string) {
      if (!id.startsWith('virtual:count')) return undefined
      ;(globalThis as any).asked = ((globalThis as any).asked ?? 0) + 1
      return id + '-' + (globalThis as any).asked
    },
  }
  export const perProject = {
    name: 'per-project',
    configureVitest({ vitest, project }: any) {
      if (typeof vitest.invalidateFile !== 'function') throw new Error('no invalidateFile')
      project.config.runner = new URL('./runner.ts', import.meta.url).pathname
      project.provide('from-plugin', { given: true })
    },
  }
`
const top = `
  import { expect, inject, test, vi } from 'vitest'
  const runner = (globalThis as any).moduleRunner
  const modules = runner.evaluatedModules
  const modOf = (name: string) => [...modules.idToModuleMap.values()].find((mod: any) => mod.id.endsWith(name)) as any
  const loose = (mod: any) => ({
    id: mod.id, url: mod.url, file: mod.file, importers: new Set(), imports: new Set(),
    evaluated: false, meta: mod.meta, promise: undefined, exports: undefined,
  }) as any
`

const files = (pool: string, version: number) => ({
  'runner.ts': runner,
  'plugin.ts': plugin,
  'vitest.config.ts': `
    import { defineConfig } from 'vitest/config'
    import { perProject, resolver, stamp } from './plugin'
    export default defineConfig({ plugins: [stamp, resolver, perProject], test: { pool: '${pool}' } })
  `,
  'src/counter.ts': `
    import { shared } from './shared'
    export let count = 0
    export const increase = () => ++count
    export default { shared }
    export const later = () => import('./late')
  `,
  'src/shared.ts': 'export const shared = {}',
  'src/late.ts': 'export const late = {}',
  'src/broken.ts': "throw new Error('broken')",
  'src/changing.ts': 'export const value = 1',
  'src/parts.test.ts': `
    ${top}
    import fs from 'node:fs'
    import * as nodeTest from 'node:test'
    import React from 'react'
    import * as counter from './counter'

    test('the runner and the parts of it that are used', () => {
      for (const name of ['cachedModule', 'cachedRequest', '_cachedRequest', 'directRequest', 'import']) {
        expect([name, typeof runner[name]]).toEqual([name, 'function'])
        // Own properties can stand in front of them, and the prototype still has the originals.
        expect(Object.hasOwn(runner, name)).toBe(false)
      }
      for (const name of ['getModuleById', 'getModuleByUrl', 'ensureModule', 'getModuleSourceMapById']) {
        expect([name, typeof modules[name]]).toEqual([name, 'function'])
      }
      for (const name of ['runInlinedModule', 'runExternalModule', 'createRequire']) {
        expect([name, typeof runner.evaluator[name]]).toEqual([name, 'function'])
      }
      expect(new modules.constructor().idToModuleMap.size).toBe(0)
      expect(typeof runner.transport.invoke).toBe('function')
      expect(typeof runner.options.createImportMeta).toBe('function')
      expect(typeof runner.mocker.resolveMocks).toBe('function')
      expect(typeof runner.mocker.getDependencyMock).toBe('function')
      expect(Array.isArray(runner.mocker.constructor.pendingIds)).toBe(true)
      expect((globalThis as any).__vitest_mocker__.moduleRunner).toBe(runner)
    })

    test('the state of the worker', () => {
      const state = runner.vitestOptions.getWorkerState()
      expect((globalThis as any).__vitest_worker__).toBe(state)
      expect(state.filepath.endsWith('/src/parts.test.ts')).toBe(true)
      expect(typeof state.config.root).toBe('string')
      expect(typeof state.environment.name).toBe('string')
      expect(typeof state.rpc.resolve).toBe('function')
      expect(state.providedContext['from-plugin']).toEqual({ given: true })
      expect(inject('from-plugin' as never)).toEqual({ given: true })
    })

    test('the entry of a registered module', () => {
      const mod = modOf('/src/counter.ts')
      expect(mod.exports).toBe(counter)
      expect(mod.evaluated).toBe(true)
      expect(typeof mod.promise.then).toBe('function')
      expect([...mod.importers].some((id: any) => id.endsWith('/src/parts.test.ts'))).toBe(true)
      expect([...mod.imports]).toEqual([modOf('/src/shared.ts').id])
      expect(mod.meta).toMatchObject({ id: mod.id, url: mod.url, file: mod.id })
      expect(mod.meta.code).toContain('__vite_ssr_exportName__')
      expect(mod.meta.code).toContain('//# stamp={"a":1}')
    })

    test('exports are getters that can be replaced, on an object of its own', () => {
      const descriptor = Object.getOwnPropertyDescriptor(counter, 'count')
      expect(descriptor).toMatchObject({ configurable: true, enumerable: true, set: undefined })
      expect(typeof descriptor?.get).toBe('function')
      expect(Object.getPrototypeOf(counter)).toBe(null)
      expect(Object.isExtensible(counter)).toBe(true)
      expect(counter[Symbol.toStringTag as never]).toBe('Module')
    })

    test('static imports read the namespace each time', () => {
      const before = Object.getOwnPropertyDescriptor(counter, 'count') as PropertyDescriptor
      Object.defineProperty(counter, 'count', { ...before, get: () => 42 })
      expect(counter.count).toBe(42)
      Object.defineProperty(counter, 'count', before)
      expect(counter.count).toBe(0)
    })

    test('ids of builtins have no prefix but where they have no other name', () => {
      expect(fs && nodeTest && React).toBeTruthy()
      expect(modules.getModuleById('fs')).toBeDefined()
      expect(modules.getModuleById('node:fs')).toBeUndefined()
      expect(modules.getModuleById('node:test')).toBeDefined()
    })

    test('a package is left to Node, by its file', () => {
      const mod = [...modules.idToModuleMap.values()].find((mod: any) => /\\/react\\/index\\.js$/.test(mod.id)) as any
      expect(mod.meta.externalize).toBe(mod.id)
      expect(mod.meta.type).toMatch(/^(?:module|commonjs)$/)
      expect(mod.meta.code).toBeUndefined()
    })

    test('directRequest evaluates any entry into a new namespace, and leaves the registered one', async () => {
      const mod = modOf('/src/counter.ts')
      const fresh = loose(mod)
      const exports = await runner.directRequest(mod.url, fresh, [])
      expect(fresh.exports).toBe(exports)
      expect(exports).not.toBe(counter)
      expect(mod.exports).toBe(counter)
      exports.increase()
      expect([exports.count, counter.count]).toEqual([1, 0])
    })

    test('a runner that inherits from the real one answers what its copies ask, later too', async () => {
      const mod = modOf('/src/counter.ts')
      const asked: string[] = []
      const scope = Object.create(runner)
      scope.cachedModule = (url: string, importer: string) => {
        asked.push(url.replace(/.*\\//, ''))
        return runner.cachedModule(url, importer)
      }
      const exports = await scope.directRequest(mod.url, loose(mod), [])
      expect(asked).toEqual(['shared.ts'])
      await new Promise((resolve) => setTimeout(resolve, 5))
      await exports.later()
      expect(asked).toEqual(['shared.ts', 'late.ts'])
      await counter.later()
      expect(asked).toEqual(['shared.ts', 'late.ts'])
    })

    test('the evaluator is given the context by the names of Vite, and the entry', async () => {
      const mod = modOf('/src/counter.ts')
      const scope = Object.create(runner)
      let seen: any
      scope.evaluator = Object.create(runner.evaluator)
      scope.evaluator.runInlinedModule = function (context: any, code: string, at: any) {
        seen = { context, code, at }
        return runner.evaluator.runInlinedModule.call(this, context, code, at)
      }
      const fresh = loose(mod)
      await scope.directRequest(mod.url, fresh, [])
      expect(seen.at).toBe(fresh)
      expect(seen.code).toBe(mod.meta.code)
      expect(seen.context.__vite_ssr_exports__).toBe(fresh.exports)
      expect(seen.context.__vite_ssr_import_meta__.filename).toBe(mod.id)
      expect(Object.isExtensible(seen.context.__vite_ssr_import_meta__)).toBe(true)
    })

    test('a failed evaluation is kept, and answered with for good', async () => {
      const path = './broken'
      const errors = []
      for (let i = 0; i < 2; i++) errors.push(await import(/* @vite-ignore */ path).catch((error) => error))
      expect(errors[0].message).toBe('broken')
      expect(errors[1]).toBe(errors[0])
      const mod = modOf('/src/broken.ts')
      expect(typeof mod.promise.then).toBe('function')
      expect(mod.evaluated).toBe(true)
    })

    test('the server is asked by url; what it is told to be cached is not sent again', async () => {
      const mod = modOf('/src/counter.ts')
      const sent = await runner.transport.invoke('fetchModule', [mod.url, undefined, { cached: false }])
      expect(sent).toMatchObject({ id: mod.id, file: mod.id, code: mod.meta.code })
      expect(modules.getModuleByUrl(mod.url)).toBe(mod)
      const cached = await runner.transport.invoke('fetchModule', [mod.url, undefined, { cached: true }])
      expect(cached).toEqual({ cache: true })
      await expect(
        runner.transport.invoke('fetchModule', ['./nowhere', mod.id, { cached: false }]),
      ).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    })

    test('each request to resolve reaches the plugins, and leaves no entry', async () => {
      const { environment, rpc } = runner.vitestOptions.getWorkerState()
      const name = environment.viteEnvironment ?? environment.name
      const resolve = (id: string) => rpc.resolve(id, undefined, name)
      const first = await resolve('virtual:count')
      const second = await resolve('virtual:count')
      expect(first.id).not.toBe(second.id)
      expect(await rpc.resolve('./shared', modOf('/src/counter.ts').id, name)).toMatchObject({
        id: modOf('/src/shared.ts').id, url: '/src/shared.ts', file: modOf('/src/shared.ts').id,
      })
      expect(await resolve('./nowhere')).toBe(null)
      expect(modules.getModuleById(first.id)).toBeUndefined()
    })

    test('source maps are found by id, and kept on the entry', () => {
      const mod = modOf('/src/counter.ts')
      const map = modules.getModuleSourceMapById(mod.id)
      expect(map).toBeTruthy()
      expect(mod.map).toBe(map)
      const other = new modules.constructor()
      other.ensureModule(mod.id, mod.url).meta = mod.meta
      expect(other.getModuleSourceMapById(mod.id)).toBeTruthy()
    })

    test('compiled code is kept by id in the vm pools of Vitest 5, whatever the code', async () => {
      await import('./changing')
      const mod = modOf('/src/changing.ts')
      const changed = loose(mod)
      changed.meta = { ...mod.meta, code: mod.meta.code.replace('value = 1', 'value = 2') }
      const { value } = await runner.directRequest(mod.url, changed, [])
      expect(value).toBe(${pool.startsWith('vm') && version >= 5 ? 1 : 2})
      expect(runner.evaluator.vm === undefined).toBe(${!pool.startsWith('vm')})
    })
  `,
  'src/mocks.test.ts': `
    ${top}
    import * as counter from './counter'
    vi.mock('./shared', () => ({ shared: 'mocked' }))

    test('in a file with vi.mock, static imports are dynamic ones of the body', () => {
      const { code } = modOf('/src/mocks.test.ts').meta
      expect(code).toMatch(/await __vite_ssr_dynamic_import__\\("(?:\\.|\\/src)\\/counter/)
      expect(counter.default.shared).toBe('mocked')
    })

    test('a mocked module is told by the answer of the server, or by the id of the mock', async () => {
      const mod = modules.getModuleByUrl('/src/shared.ts')
      const mock = modules.getModuleById('mock:' + mod.id)
      expect(mod.meta.mockedModule !== undefined || mock !== undefined).toBe(true)
      expect(runner.mocker.getDependencyMock(mod.id)).toMatchObject({ type: 'manual' })
      const original = await runner.transport.invoke('fetchModule', [
        '/src/shared.ts?_vitest_original', undefined, { cached: false },
      ])
      expect(original.mockedModule).toBeUndefined()
      expect(original.code).toContain('shared')
    })
  `,
})

describeHosts('vitest', (host) => {
  const version = Number(/\d+/.exec(host.title)?.[0])
  for (const pool of ['forks', 'vmThreads']) {
    test(`what the adapter relies on holds in pool ${pool}`, async () => {
      const app = await project(host.name, files(pool, version))
      // One by one: in the vm pools of Vitest 4 files of one worker share its modules, mocked ones too.
      const parts = await app.run(['parts'])
      expect(parts, parts.output).toMatchObject({ exitCode: 0, failed: 0, passed: 15 })
      const mocks = await app.run(['mocks'])
      expect(mocks, mocks.output).toMatchObject({ exitCode: 0, failed: 0, passed: 2 })
    })
  }
})
