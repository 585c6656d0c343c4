/** What Jest offers goes on working, and holds for fresh copies too. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { compilers, configWith, jestProject, passes, run } from './support.ts'

const babel = compilers[0]?.fields ?? ''

const app = {
  'src/dep.ts': "export const dep = { real: true }\nexport const name = () => 'real'",
  'src/other.ts': "import { name } from './dep'\nexport const greet = () => 'hello ' + name()",
  'src/target.ts': `
    import { dep, name } from './dep'
    export const state = {}
    export const own = () => name()
    export { dep }
  `,
}

describeHosts('jest', (host) => {
  describe('mocks', () => {
    test('jest.mock, jest.doMock and requireActual', async () => {
      await passes(host, {
        ...app,
        'src/mock.test.ts': `
          import { importFresh, requireFresh } from 'fresh-modules'
          import * as target from './target'
          jest.mock('./dep', () => ({ dep: { mocked: true }, name: jest.fn(() => 'mocked') }))

          test('a mock answers fresh copies as it answers plain imports', async () => {
            const fresh = await importFresh<typeof target>('./target')
            expect(fresh.own()).toBe('mocked')
            expect(fresh.dep).toBe(target.dep)
            expect(fresh.state === target.state).toBe(false)
            expect((await importFresh<any>('./dep')).name()).toBe('mocked')
          })
          test('a mock that is named in fresh is still the mock', async () => {
            const fresh = await importFresh<typeof target>('./target', { fresh: ['./dep'] })
            expect(fresh.own()).toBe('mocked')
          })
          test('doMock and dontMock hold from then on', () => {
            jest.doMock('./dep', () => ({ dep: {}, name: () => 'again' }))
            jest.resetModules()
            expect(requireFresh('./target').own()).toBe('again')
            jest.dontMock('./dep')
            expect(requireFresh('./target').own()).toBe('real')
          })
        `,
        'src/actual.ts': `
          jest.mock('./dep', () => ({ dep: {}, name: () => 'mocked' }))
          import { name } from './dep'
          export const names = [name(), jest.requireActual('./dep').name()]
          export const actual = jest.requireActual('./dep')
        `,
        'src/actual.test.ts': `
          import { requireFresh } from 'fresh-modules'
          test('requireActual of a fresh copy is answered in its scope', () => {
            const actual = jest.requireActual('./dep')
            const shared = requireFresh('./actual')
            expect(shared.names).toEqual(['mocked', 'real'])
            expect(shared.actual).toBe(actual)
            const own = requireFresh('./actual', { fresh: 'imports' })
            expect(own.names).toEqual(['mocked', 'real'])
            expect(own.actual === actual).toBe(false)
            let blocked: any
            try { requireFresh('./actual', { blocked: ['./dep'] }) } catch (error) { blocked = error }
            expect(blocked.code).toBe('MODULE_NOT_FOUND')
          })
        `,
      })
    })

    test('manual mocks, mocked packages and moduleNameMapper', async () => {
      await passes(host, {
        ...app,
        'jest.config.cjs': configWith(`${babel}, moduleNameMapper: { '^@app/(.*)$': '<rootDir>/src/$1' }`),
        'src/__mocks__/dep.ts': "export const dep = { manual: true }\nexport const name = () => 'manual'",
        '__mocks__/some-package.ts': "export const where = 'mock of the root'",
        'node_modules/some-package/index.js': "exports.where = 'package'",
        'src/uses-package.ts': "import { where } from 'some-package'\nexport { where }",
        'src/manual.test.ts': `
          import { importFresh, requireFresh, specOf } from 'fresh-modules'
          jest.mock('./dep')
          test('manual mocks', async () => {
            expect((await importFresh<any>('./target')).own()).toBe('manual')
            expect(requireFresh('./uses-package').where).toBe('mock of the root')
            expect(requireFresh('some-package').where).toBe('mock of the root')
          })
          test('mapped names', async () => {
            const plain = require('@app/target')
            const fresh = requireFresh('@app/target')
            expect(fresh.state === plain.state).toBe(false)
            expect((await specOf('@app/target')).id).toBe(require.resolve('./target'))
            expect(() => requireFresh('@app/target', { blocked: ['@app/dep'] })).toThrow()
          })
        `,
      })
    })

    test('automock', async () => {
      await passes(host, {
        ...app,
        'jest.config.cjs': configWith(`${babel}, automock: true`),
        'src/auto.test.ts': `
          jest.unmock('fresh-modules')
          jest.unmock('./target')
          import { importFresh } from 'fresh-modules'
          test('automocks answer fresh copies', async () => {
            const fresh = await importFresh<any>('./target')
            expect(fresh.own()).toBe(undefined)
            expect(jest.isMockFunction((await import('./dep')).name)).toBe(true)
          })
        `,
      })
    })
  })

  test('isolateModules around and inside of calls, and resetModules', async () => {
    await passes(host, {
      ...app,
      'src/isolate.test.ts': `
        import { importFresh, requireFresh, withUnloaded } from 'fresh-modules'
        import * as target from './target'

        test('around: what is shared is the isolated copy', () => {
          jest.isolateModules(() => {
            const inside = require('./dep')
            const fresh = requireFresh('./target')
            expect(fresh.dep).toBe(inside.dep)
            expect(fresh.dep === target.dep).toBe(false)
          })
          expect(requireFresh('./target').dep).toBe(target.dep)
        })
        test('inside: a function form', async () => {
          const fresh = await importFresh(async () => {
            let isolated: any
            jest.isolateModules(() => { isolated = require('./other') })
            expect(isolated.greet()).toBe('hello real')
            return import('./target')
          })
          expect(fresh.state === target.state).toBe(false)
          expect(fresh.dep).toBe(target.dep)
        })
        test('isolateModulesAsync', async () => {
          await jest.isolateModulesAsync(async () => {
            const fresh = await importFresh<any>('./target')
            expect(fresh.dep).toBe((await import('./dep')).dep)
          })
        })
        test('withUnloaded restores the very same after resetModules within', async () => {
          const before = require('./dep')
          await withUnloaded('./dep', async () => {
            jest.resetModules()
            expect(require('./dep') === before).toBe(false)
          })
          expect(require('./dep')).toBe(before)
        })
        test('helpers work after resetModules, from whichever copy of fresh-modules', async () => {
          jest.resetModules()
          const again = require('fresh-modules')
          const plain = require('./target')
          const fresh = await again.importFresh('./target')
          expect(fresh.dep).toBe(plain.dep)
          expect(requireFresh('./target').dep).toBe(plain.dep)
        })
      `,
    })
  })

  test('the option resetModules', async () => {
    await passes(host, {
      ...app,
      'jest.config.cjs': configWith(`${babel}, resetModules: true`),
      'src/reset.test.ts': `
        import { importFresh } from 'fresh-modules'
        let seen: unknown
        for (const name of ['first', 'second']) {
          test(name, async () => {
            const plain = require('./target')
            expect(plain.state === seen).toBe(false)
            seen = plain.state
            const fresh = await importFresh<any>('./target')
            expect(fresh.state === plain.state).toBe(false)
            expect(fresh.dep).toBe(plain.dep)
          })
        }
      `,
    })
  })

  test('fake timers, set for all tests or by a test', async () => {
    const source = {
      ...app,
      'src/timers.test.ts': `
        import { importFresh, reloadInPlace, withUnloaded } from 'fresh-modules'
        test('no helper waits for a timer of the sandbox', async () => {
          jest.useFakeTimers()
          const fresh = await importFresh<any>('./target', { env: { MODE: 'x' } })
          expect(fresh.own()).toBe('real')
          await reloadInPlace('./target')
          expect(await withUnloaded('./dep', async () => (await import('./dep')).name())).toBe('real')
          expect(jest.getTimerCount()).toBe(0)
        })
      `,
    }
    await passes(host, source)
    await passes(host, {
      ...source,
      'jest.config.cjs': configWith(`${babel}, fakeTimers: { enableGlobally: true }`),
    })
  })

  for (const provider of ['babel', 'v8']) {
    test(`coverage by ${provider} counts fresh copies`, async () => {
      const app = await jestProject(host, {
        'src/covered.ts': `
          export function used() {
            return 'used'
          }
          export function unused() {
            return 'unused'
          }
        `,
        'src/covered.test.ts': `
          import { importFresh } from 'fresh-modules'
          test('covers', async () => {
            expect((await importFresh<any>('./covered')).used()).toBe('used')
          })
        `,
      })
      const result = await app.run([
        '--coverage',
        `--coverageProvider=${provider}`,
        '--coverageReporters=json-summary',
      ])
      expect(result, result.output).toMatchObject({ exitCode: 0, passed: 1 })
      const summary = JSON.parse(readFileSync(join(app.dir, 'coverage/coverage-summary.json'), 'utf8'))
      expect(summary[join(app.dir, 'src/covered.ts')].functions).toMatchObject({ total: 2, covered: 1 })
    })
  }

  test('--detectLeaks finds no environment that we hold', async () => {
    const result = await run(
      host,
      {
        'jest.config.cjs': configWith('transform: {}'),
        'src/dep.js': 'exports.state = {}',
        'src/leak.test.js': `
          const { importFresh, onUnload, reloadInPlace, withUnloaded } = require('fresh-modules')
          test('every helper', async () => {
            await importFresh('./dep')
            await importFresh(() => Promise.resolve(require('./dep')), { env: { A: 'b' } })
            require('./dep')
            await reloadInPlace('./dep')
            await withUnloaded('./dep', () => require('./dep'))
          })
        `,
      },
      ['--detectLeaks'],
    )
    expect(result, result.output).toMatchObject({ exitCode: 0, failed: 0, passed: 1 })
  })

  test('concurrent tests may load what the framework lets them load', async () => {
    await passes(host, {
      ...app,
      'src/concurrent.test.ts': `
        import { importFresh } from 'fresh-modules'
        // Jest 30.0 refuses modules in concurrent tests altogether.
        const outcome = (run: () => unknown) => Promise.resolve().then(run).then(() => 'loaded', (error) => error.message)
        for (const name of ['first', 'second']) {
          test.concurrent(name, async () => {
            const plain = await outcome(() => require('./other'))
            expect(await outcome(() => importFresh('./target'))).toBe(plain)
          })
        }
      `,
    })
  })

  test('hooks, describe, each and retries', async () => {
    await passes(host, {
      ...app,
      'src/circus.test.ts': `
        import { importFresh, onUnload, requireFresh } from 'fresh-modules'
        import { log, disposing } from './disposing'

        describe('copies are disposed of when the test that made them ends', () => {
          beforeAll(() => { disposing('of beforeAll') })
          beforeEach(() => { disposing('of beforeEach') })
          test('first', () => { disposing('of first'); expect(log).toEqual([]) })
          test('second', () => { expect(log).toEqual(['of first', 'of beforeEach']) })
        })
        test.each([1, 2])('each %i', async () => {
          expect((await importFresh<any>('./target')).own()).toBe('real')
        })
        let tries = 0
        jest.retryTimes(2)
        test('retried', async () => {
          const fresh = await importFresh<any>('./target')
          expect(fresh.own()).toBe('real')
          expect(++tries).toBe(2)
        })
      `,
      'src/held.ts':
        "import { onUnload } from 'fresh-modules'\nexport const hold = (name: string, log: string[]) => onUnload(module, () => { log.push(name) })",
      'src/disposing.ts': `
        import { requireFresh } from 'fresh-modules'
        export const log: string[] = []
        export const disposing = (name: string) => requireFresh('./held').hold(name, log)
      `,
    })
  })
})
