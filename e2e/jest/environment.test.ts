/** One line of config is enough, in whatever place Jest reads it. */
import { describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { compilers, configWith, failsWith, passes, run } from './support.ts'

const babel = compilers[0]?.fields ?? ''

const app = {
  'src/counter.ts': 'export const state = { count: 0 }',
  'src/counter.test.ts': `
    import { importFresh } from 'fresh-modules'
    import { state } from './counter'
    test('a copy of its own', async () => {
      const fresh = await importFresh(() => import('./counter'))
      expect(fresh.state === state).toBe(false)
      expect((globalThis as any).freshModules).toBe(undefined)
    })
  `,
}

const plainTest = `
  const { requireFresh } = require('fresh-modules')
  test('a copy of its own', () => {
    expect(requireFresh('./counter') === require('./counter')).toBe(false)
  })
`

describeHosts('jest', (host) => {
  test('the environment alone, and the preset', async () => {
    await passes(host, {
      ...app,
      'jest.config.cjs': `module.exports = { testEnvironment: '@fresh-modules/jest-env', ${babel} }`,
    })
    await passes(host, {
      ...app,
      'jest.config.cjs': `module.exports = { preset: '@fresh-modules/jest-env', ${babel} }`,
    })
  })

  test('by docblock, with its options, and over jsdom', async () => {
    await passes(host, {
      'jest.config.cjs': "module.exports = { testEnvironment: 'node', transform: {} }",
      'counter.js': 'exports.state = {}',
      'node.test.js': `/** @jest-environment @fresh-modules/jest-env */\n${plainTest}`,
      'options.test.js': `
        /**
         * @jest-environment @fresh-modules/jest-env
         * @jest-environment-options {"freshModules": {"specs": [{"match": "./counter.js", "allowReimport": false}]}}
         */
        const { requireFresh } = require('fresh-modules')
        test('refuses', () => {
          require('./counter')
          expect(() => requireFresh('./counter')).toThrow(expect.objectContaining({ code: 'ERR_REIMPORT_REFUSED' }))
        })
      `,
      'jsdom.test.js': `
        /** @jest-environment @fresh-modules/jest-env/jsdom */
        const { importFresh, reloadInPlace } = require('fresh-modules')
        test('in a document', async () => {
          document.title = 'of the test'
          const plain = require('./counter')
          expect((await importFresh('./counter')) === plain).toBe(false)
          expect(await reloadInPlace('./counter')).toBe(plain)
          expect(window.document.title).toBe('of the test')
          await expect(importFresh('./absent')).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' })
          const error = await importFresh('./counter', { wrong: true }).catch((error) => error)
          expect(error).toBeInstanceOf(TypeError)
        })
      `,
      'without.test.js': `
        test('without the environment, the error says which line is missing', async () => {
          const error = await require('fresh-modules').importFresh('./counter').catch((error) => error)
          expect(error.code).toBe('ERR_NO_HOST')
          expect(error.message).toContain("testEnvironment: '@fresh-modules/jest-env'")
        })
      `,
    })
  })

  test('withFreshModules over an environment of the project, and classes over ours', async () => {
    const base = "const { TestEnvironment } = require('jest-environment-node')"
    await passes(host, {
      'jest.config.cjs': "module.exports = { testEnvironment: '<rootDir>/custom.cjs', transform: {} }",
      'custom.cjs': `
        ${base}
        const { withFreshModules } = require('@fresh-modules/jest-env')
        class Custom extends TestEnvironment {
          async setup() { await super.setup(); this.global.custom = 'set up'; this.global.seen = [] }
          handleTestEvent({ name }) { if (name === 'test_start') this.global.seen.push(name) }
        }
        module.exports = withFreshModules(Custom)
      `,
      'over.cjs': `
        const { TestEnvironment } = require('@fresh-modules/jest-env')
        module.exports = class extends TestEnvironment {
          constructor(...args) { super(...args); this.global.custom = 'over' }
          async handleTestEvent(event, state) { await super.handleTestEvent(event, state); this.global.last = event.name }
        }
      `,
      'counter.js': 'exports.state = {}',
      'custom.test.js': `${plainTest}
        test('its own setup and events', () => {
          expect(custom).toBe('set up')
          expect(seen).toEqual(['test_start', 'test_start'])
        })
      `,
      'over.test.js': `/** @jest-environment ./over.cjs */\n${plainTest}
        test('the class on top', () => {
          expect(custom).toBe('over')
          expect(last).toBe('test_fn_start')
        })
      `,
    })
  })

  test('several projects, setupFiles and setupFilesAfterEnv', async () => {
    await passes(host, {
      ...app,
      'src/setup.ts':
        "import { state } from './counter'\nstate.count = 7\n;(globalThis as any).setUp = ['files']",
      'src/after-env.ts': `
        import { importFresh } from 'fresh-modules'
        ;(globalThis as any).setUp.push('after env')
        beforeAll(async () => { (globalThis as any).fresh = await importFresh('./counter') })
      `,
      'src/setup.test.ts': `
        import { importFresh } from 'fresh-modules'
        import { state } from './counter'
        test('setup files share the registry with the test', async () => {
          expect((globalThis as any).setUp).toEqual(['files', 'after env'])
          expect(state.count).toBe(7)
          expect((globalThis as any).fresh.state.count).toBe(0)
          expect((await importFresh<any>('./counter')).state.count).toBe(0)
        })
      `,
      'jest.config.cjs': `
        const shared = { ${babel} }
        module.exports = { projects: [
          { ...shared, displayName: 'node', testEnvironment: '@fresh-modules/jest-env', testMatch: ['**/counter.test.ts'] },
          { ...shared, displayName: 'dom', testEnvironment: '@fresh-modules/jest-env/jsdom', testMatch: ['**/counter.test.ts'] },
          { ...shared, displayName: 'setup', testEnvironment: '@fresh-modules/jest-env', testMatch: ['**/setup.test.ts'],
            testEnvironmentOptions: { freshModules: { resetBetween: 'never' } },
            setupFiles: ['<rootDir>/src/setup.ts'], setupFilesAfterEnv: ['<rootDir>/src/after-env.ts'] },
        ] }
      `,
    })
  })

  test('workers, as processes and as threads, with patterns that JSON can hold', async () => {
    const files = {
      'jest.config.cjs': configWith(
        'transform: {}',
        "{ specs: [{ match: { source: 'SINGLE', flags: 'i' }, allowReimport: false }] }",
      ),
      'counter.js': 'exports.state = {}',
      'single.js': 'exports.state = {}',
      ...Object.fromEntries(
        [1, 2, 3].map((number) => [
          `worker${number}.test.js`,
          `${plainTest}
            test('a rule', () => {
              require('./single')
              expect(() => requireFresh('./single')).toThrow(expect.objectContaining({ code: 'ERR_REIMPORT_REFUSED' }))
            })
          `,
        ]),
      ),
    }
    await passes(host, files, ['--maxWorkers=2'])
    await passes(host, files, ['--maxWorkers=2', '--workerThreads'])
  })

  describe('what cannot work is said before any test', () => {
    test('options that are wrong', async () => {
      const { output, tests } = await failsWith(host, {
        ...app,
        'jest.config.cjs': configWith(babel, "{ resetBetwen: 'tests', lockTimeout: 'long' }"),
      })
      expect(output).toContain('Failed to configure @fresh-modules/jest-env')
      expect(output).toContain('there is no option "resetBetwen"')
      expect(output).toContain("lockTimeout is 'long' instead of a number")
      expect(tests).toEqual([])
    })

    test('a runtime whose internals are not the known ones, with both versions', async () => {
      const { output } = await failsWith(host, {
        ...app,
        'jest.config.cjs': configWith(`${babel}, runtime: '<rootDir>/runtime.cjs'`),
        'runtime.cjs': `
          const { default: Runtime } = require('jest-runtime')
          module.exports = class extends Runtime {
            resetModules() { delete this.cjsLoader; delete this._cacheFS; super.resetModules() }
          }
        `,
      })
      expect(output).toContain('Failed to use Jest (jest-runtime')
      expect(output).toMatch(/jest-runtime \d+\.\d+\.\d+\) with @fresh-modules\/jest-env \d+\.\d+\.\d+/)
      expect(output).toMatch(/it has no (?:cjsLoader|_cacheFS)/)
    })

    test('a runtime of the project that extends the known one works', async () => {
      await passes(host, {
        ...app,
        'jest.config.cjs': configWith(`${babel}, runtime: '<rootDir>/runtime.cjs'`),
        'runtime.cjs': `
          const { default: Runtime } = require('jest-runtime')
          module.exports = class extends Runtime {
            requireModuleOrMock(from, name) { return super.requireModuleOrMock(from, name) }
          }
        `,
      })
    })

    test('an environment that no runtime of Jest is built around', async () => {
      const result = await run(host, {
        ...app,
        'jest.config.cjs': configWith(`${babel}, runtime: '<rootDir>/runtime.cjs'`),
        'runtime.cjs': `
          const { default: Runtime } = require('jest-runtime')
          module.exports = class extends Runtime {
            constructor(config, environment, ...rest) {
              super(config, new Proxy(environment, {}), ...rest)
            }
          }
        `,
      })
      expect(result.exitCode, result.output).toBe(1)
      expect(result.output).toContain('it was not constructed as expected')
    })
  })
})
