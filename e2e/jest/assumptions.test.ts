/**
 * What the adapter assumes of Jest, version by version: without the adapter, in an environment that looks at the runtime
 * as the adapter does. When a new version of Jest breaks one of these, runtime-internals has to follow.
 */
import { test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { nativeEsm, passes } from './support.ts'

/** Meets the runtime in the way of find-runtime.ts, and shows it to the tests. */
const spyingEnvironment = `
  const { TestEnvironment } = require('jest-environment-node')
  module.exports = class extends TestEnvironment {
    constructor(...args) {
      super(...args)
      const environment = this
      const calls = (this.global.calls = [])
      const files = Object.keys(require.cache).filter((file) => /jest-runtime[\\\\/]build[\\\\/]index\\.js$/.test(file))
      this.global.found = files.length
      for (const file of files) {
        const { prototype } = require.cache[file].exports.default
        for (const name of ['resetModules', 'requireInternalModule']) {
          const original = prototype[name]
          prototype[name] = function (...args) {
            if (this._environment === environment) {
              calls.push(name)
              environment.global.runtime ??= this
              environment.global.keysAtFirstCall ??= Object.keys(this)
            }
            return original.apply(this, args)
          }
        }
      }
    }
    async setup() {
      this.global.calls.push('setup')
      await super.setup()
    }
  }
`

const project = {
  'package.json': '{ "name": "app", "private": true }',
  'jest.config.cjs': "module.exports = { testEnvironment: '<rootDir>/spying.cjs', transform: {} }",
  'spying.cjs': spyingEnvironment,
  'dep.js': 'exports.value = 1',
  'target.js': "exports.dep = require('./dep')",
}

const layout = `
  const isNew = 'registries' in runtime
  const cjs = () => isNew ? runtime.registries.getActiveCjsRegistry() : (runtime._isolatedModuleRegistry ?? runtime._moduleRegistry)
  const esm = () => isNew ? runtime.registries.getActiveEsmRegistry() : (runtime._isolatedModuleRegistry ?? runtime._esmoduleRegistry)
`

describeHosts('jest', (host) => {
  test('the runtime is met in the resetModules of its constructor, complete, before setup', async () => {
    await passes(host, {
      ...project,
      'assumptions.test.js': `
        test('found', () => {
          expect(found).toBe(1)
          expect(calls[0]).toBe('resetModules')
          expect(calls.indexOf('resetModules')).toBeLessThan(calls.indexOf('setup'))
          const last = 'registries' in runtime ? ['cjsLoader', 'esmLoader', 'executor'] : ['_transitiveShouldMock', 'cjsConditions']
          for (const key of last) {
            expect(keysAtFirstCall).toContain(key)
            expect(runtime[key]).toBeDefined()
          }
        })
      `,
    })
  })

  test('CommonJS modules are loaded by one method, which is given the module, the registry and who asks', async () => {
    await passes(host, {
      ...project,
      'assumptions.test.js': `${layout}
        test('load', () => {
          const owner = isNew ? runtime.cjsLoader : runtime
          const name = isNew ? 'loadModule' : '_loadModule'
          const builder = isNew ? runtime.requireBuilder : runtime
          const build = isNew ? 'for' : '_createRequireImplementation'
          const [load, make] = [owner[name], builder[build]]
          const log = []
          owner[name] = (...args) => { log.push(['load', ...args]); return load.apply(owner, args) }
          builder[build] = (module, options) => { log.push(['build', module]); return make.call(builder, module, options) }
          const target = require('./target')
          owner[name] = load
          builder[build] = make
          expect(log.map(([what]) => what)).toEqual(['load', 'build', 'load', 'build'])
          const [, module, from, specifier, file, options, registry] = log[0]
          expect(from).toBe(__filename)
          expect(specifier).toBe('./target')
          expect(file).toBe(require.resolve('./target'))
          expect(options?.isInternalModule ?? false).toBe(false)
          expect(registry).toBe(cjs())
          expect(cjs().get(file)).toBe(module)
          expect(module.exports).toBe(target)
          expect(log[1][1]).toBe(module)
          expect(module.loaded).toBe(true)
        })
        test('registries: cleared in place by resetModules, laid over by isolateModules', () => {
          const registry = cjs()
          const file = require.resolve('./target')
          require('./target')
          delete require.cache[file]
          expect(cjs().has(file)).toBe(true)
          jest.isolateModules(() => {
            expect(cjs() === registry).toBe(false)
            expect(cjs().has(file)).toBe(false)
          })
          expect(cjs()).toBe(registry)
          jest.resetModules()
          expect(cjs()).toBe(registry)
          expect(registry.size).toBe(0)
        })
        test('caches by file', () => {
          const file = require.resolve('./target')
          require('./target')
          const sources = isNew ? runtime.fileCache.strings : runtime._cacheFS
          expect(sources.has(file)).toBe(true)
          const transformer = isNew ? runtime.transformCache.scriptTransformer : runtime._scriptTransformer
          expect([...transformer._cache.transformedFiles.keys()].some((key) => key.startsWith(file + '_'))).toBe(true)
        })
        test('spies: the newest is the last of the set', () => {
          const { _moduleMocker: mocker } = runtime
          const before = new Set(mocker._spyState)
          const target = { method: () => 1 }
          jest.spyOn(target, 'method').mockReturnValue(2)
          const restore = [...mocker._spyState].at(-1)
          expect(before.has(restore)).toBe(false)
          restore()
          expect(target.method()).toBe(1)
        })
      `,
    })
  })

  test('ES modules are resolved by one method, and registered by path or URL', async () => {
    await passes(
      host,
      {
        ...project,
        'esm.mjs': 'export const value = {}\nexport const { url } = import.meta',
        'jest.config.cjs':
          "module.exports = { testEnvironment: '<rootDir>/spying.cjs', transform: {}, testMatch: ['**/*.test.mjs'] }",
        'assumptions.test.mjs': `
          import { fileURLToPath } from 'node:url'
          ${layout}
          test('resolve, key and identifier', async () => {
            const owner = isNew ? runtime.esmLoader : runtime
            const { resolveModule } = owner
            const asked = []
            owner.resolveModule = (...args) => { asked.push(args); return resolveModule.apply(owner, args) }
            const loaded = await import('./esm.mjs?query')
            delete owner.resolveModule
            expect(asked[0].slice(0, 2)).toEqual(['./esm.mjs?query', fileURLToPath(import.meta.url)])
            const file = fileURLToPath(new URL('./esm.mjs', import.meta.url))
            const entries = [...esm()].filter(([, module]) => module.identifier === file)
            expect(entries.length).toBe(1)
            const [key, module] = entries[0]
            expect([file + 'query', file + '?query', new URL('./esm.mjs?query', import.meta.url).href]).toContain(key)
            expect(module.namespace).toBe(loaded)
            expect(Object.getPrototypeOf(import.meta)).toBe(null)
          })
        `,
      },
      [],
      nativeEsm,
    )
  })
})
