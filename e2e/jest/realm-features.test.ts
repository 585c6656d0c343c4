/** What Jest offers, in a realm that files share; and what cannot be shared. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { type FileTree, nodeBinary, type Project, project } from '../harness/index.ts'
import { compilers, nativeEsm } from './support.ts'

/** Files run in the order of their names; the environment is ours, shared, and may be a file of the project. */
function sharedProject(hostName: string, files: FileTree, fields = ''): Promise<Project> {
  return project(hostName, {
    'package.json': '{ "name": "app", "private": true }',
    'by-name.cjs': `
      const { createRequire } = require('node:module')
      const jest = Object.keys(require.cache).find((file) => /[\\\\/]@jest[\\\\/]core[\\\\/]build[\\\\/]/.test(file))
      const { default: Sequencer } = createRequire(jest)('@jest/test-sequencer')
      module.exports = class extends Sequencer {
        sort(tests) { return [...tests].sort((a, b) => (a.path < b.path ? -1 : 1)) }
      }
    `,
    'jest.config.cjs': `module.exports = {
      testEnvironment: '@fresh-modules/jest-env',
      testEnvironmentOptions: { freshModules: { resetBetween: 'never', isolate: false } },
      testSequencer: '<rootDir>/by-name.cjs',
      transform: {},
      ${fields}
    }`,
    'src/state.js': 'exports.count = 0; exports.increase = () => ++exports.count',
    ...files,
  })
}

const pkg = (name: string, source: string): FileTree => ({
  [`node_modules/${name}/package.json`]: `{ "name": "${name}", "version": "1.0.0" }`,
  [`node_modules/${name}/index.js`]: source,
})

const counted = (name: string, source = ''): FileTree =>
  pkg(name, `require('fs').appendFileSync(__dirname + '/evaluations', '.')\n${source}`)

const evaluationsOf = (app: Project, name: string): number => {
  const file = join(app.dir, `node_modules/${name}/evaluations`)
  return existsSync(file) ? readFileSync(file, 'utf8').length : 0
}

describeHosts('jest', (host) => {
  test('hooks of a kept package do not make a suite of any file one that shares its state', async () => {
    const file = `
      require('hooked')
      const state = require('../src/state')
      test.each([1, 2])('is fresh in each test, %i', () => { expect(state.increase()).toBe(1) })
      test('has the hook of the package', () => { expect(globalThis.prepared).toBe(true) })
    `
    const app = await sharedProject(host.name, {
      ...pkg(
        'hooked',
        'beforeAll(() => { globalThis.prepared = true })\nafterAll(() => { delete globalThis.prepared })',
      ),
      'test/a.test.js': file,
      'test/b.test.js': file,
      'jest.config.cjs': `module.exports = {
        testEnvironment: '@fresh-modules/jest-env',
        testEnvironmentOptions: { freshModules: { isolate: false } },
        transform: {},
      }`,
    })
    const { output, passed, failed } = await app.run(['--runInBand'])
    expect({ passed, failed }, output).toEqual({ passed: 6, failed: 0 })
  })

  test('mocks, late requests, resets of the registry, snapshots and retries are as with a realm for each file', async () => {
    const app = await sharedProject(host.name, {
      ...counted(
        'kept',
        `
        exports.late = () => require('lazy')
        exports.later = () => require('later').later
        exports.mock = () => jest.fn()
        exports.actual = () => jest.requireActual('lazy')
        exports.load = (name) => import(name)
        exports.create = () => require('module').createRequire(__filename)('lazy')
        try { exports.optional = require('optional') } catch {}
      `,
      ),
      ...counted('over', "exports.kept = require('kept')"),
      ...pkg('lazy', "exports.lazy = 'lazy'"),
      ...pkg('later', "exports.later = 'later'"),
      'src/late.js': 'exports.late = { count: 0 }',
      'a.test.js': `
        const { kept } = require('over')
        const { lazy } = kept.late()
        const state = require('./src/state')
        test('begins', () => {
          expect([lazy, kept.optional, state.increase()]).toEqual(['lazy', undefined, 1])
          // Goes on while later files run.
          const fs = require('fs')
          // Nobody waits for it, and no timer keeps it.
          const goOn = async () => {
            while (!fs.existsSync(__dirname + '/b-runs')) await fs.promises.stat(__filename)
            state.count = 99
            fs.writeFileSync(__dirname + '/answer', kept.late().lazy)
          }
          void goOn()
        })
      `,
      'b.test.js': `
        jest.mock('lazy', () => ({ lazy: 'mocked' }))
        const { kept } = require('over')
        test('what an earlier file does late changes no first-party module here, and packages answer it', async () => {
          const fs = require('fs')
          fs.writeFileSync(__dirname + '/b-runs', '')
          while (!fs.existsSync(__dirname + '/answer')) await fs.promises.stat(__filename)
          expect(fs.readFileSync(__dirname + '/answer', 'utf8')).toBe('mocked')
          expect(require('./src/state').count).toBe(0)
        })
        test('what a kept copy does late is answered here', async () => {
          expect(require('./src/state').count).toBe(0)
          expect(kept.late().lazy).toBe('mocked')
          expect(kept.create().lazy).toBe('mocked')
          expect(kept.actual().lazy).toBe('lazy')
          expect(jest.isMockFunction(kept.mock())).toBe(true)
          expect((await kept.load(require.resolve('./src/late'))).late).toBe(require('./src/late').late)
          require('./src/late').late.count++
        })
      `,
      'c.test.js': `
        jest.mock('optional', () => 'virtual', { virtual: true })
        const { kept } = require('over')
        test('a virtual mock answers what could not be found before', async () => {
          expect(kept.optional).toBe('virtual')
          expect(require('./src/late').late.count).toBe(0)
          expect((await kept.load(require.resolve('./src/late'))).late.count).toBe(0)
        })
      `,
      'd.test.js': `
        test('and is gone', () => expect(require('over').kept.optional).toBe(undefined))
        test('resetModules and isolateModules make other copies', () => {
          const { kept } = require('over')
          jest.isolateModules(() => expect(require('kept')).not.toBe(kept))
          expect(require('kept')).toBe(kept)
          require('./src/state').increase()
          jest.resetModules()
          expect(require('kept')).not.toBe(kept)
          expect(require('over').kept).toBe(require('kept'))
          expect(require('./src/state').count).toBe(0)
        })
        let tries = 0
        jest.retryTimes(1)
        test('a retry', () => expect(++tries).toBe(2))
      `,
      'e.test.js': `
        jest.mock('kept')
        test('automatic mocks', () => {
          expect(jest.isMockFunction(require('over').kept.late)).toBe(true)
          expect(require('over').kept.late()).toBe(undefined)
        })
      `,
      'f.test.js': `
        const { kept } = require('over')
        test('are gone as well, and snapshots are stored ones', () => {
          expect(kept.late().lazy).toBe('lazy')
          expect({ late: typeof kept.late }).toMatchSnapshot()
        })
        test('a mock by doMock, and one that is taken back', () => {
          jest.doMock('kept', () => 'mocked')
          expect(require('kept')).toBe('mocked')
          jest.dontMock('kept')
          expect(require('kept')).toBe(kept)
        })
      `,
      'g.test.js': `
        jest.mock('later', () => ({ later: 'mocked' }))
        test('what a kept copy asks for the first time is answered here', () => {
          expect(require('over').kept.later()).toBe('mocked')
        })
      `,
      'h.test.js': "test('and here', () => expect(require('over').kept.later()).toBe('later'))",
      '__snapshots__/f.test.js.snap':
        '// Jest Snapshot v1, https://jestjs.io/docs/snapshot-testing\n\nexports[`are gone as well, and snapshots are stored ones 1`] = `\n{\n  "late": "function",\n}\n`;\n',
    })
    // Jest 29 names another page in the first line of a snapshot file.
    const snapshots = join(app.dir, '__snapshots__/f.test.js.snap')
    if (host.name === 'jest29')
      writeFileSync(
        snapshots,
        readFileSync(snapshots, 'utf8').replace(
          'https://jestjs.io/docs/snapshot-testing',
          'https://goo.gl/fbAQLP',
        ),
      )
    const result = await app.run(['-i'], nativeEsm)
    expect(result, result.output).toMatchObject({ exitCode: 0, failed: 0, passed: 12 })
    // Once for all; in b and c, which mock what it asks for; apart and after the reset in d; for the automatic mock in e; in h, since the
    // copy may hold what it got in g.
    expect(evaluationsOf(app, 'kept'), result.output).toBe(7)
    expect(result.output).toMatch(/1 passed, 1 total\nTime/)
  })

  test('resets between tests, fresh copies and the summary of a file go on', async () => {
    const file = `
      const { importFresh, requireFresh } = require('fresh-modules')
      const state = require('./src/state')
      test.each([1, 2])('each test starts over %i', async () => {
        expect(state.increase()).toBe(1)
        expect(requireFresh('./src/state').increase()).toBe(1)
        expect(requireFresh('kept').uses++).toBe(0)
        expect(require('kept').uses).toBe(0)
      })
    `
    const app = await sharedProject(
      host.name,
      {
        ...counted(
          'kept',
          "exports.uses = 0; exports.evaluation = require('fs').statSync(__dirname + '/evaluations').size",
        ),
        'a.test.js': file,
        'b.test.js': file,
        'c.test.js': `
          const { reloadInPlace } = require('fresh-modules')
          test('a package that is evaluated again in place', async () => {
            const kept = require('kept')
            const { evaluation } = kept
            expect((await reloadInPlace('kept')).evaluation).toBeGreaterThan(evaluation)
            kept.uses = 1
          })
        `,
        'd.test.js': "test('is not the next file’s', () => expect(require('kept').uses).toBe(0))",
        'reporter.cjs': `module.exports = class {
          onTestResult(_, { freshModules }) { console.log('RESETS ' + freshModules?.resets) }
        }`,
      },
      "testEnvironmentOptions: { freshModules: { isolate: false } }, reporters: ['default', '<rootDir>/reporter.cjs'],",
    )
    const result = await app.run(['-i'])
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 6 })
    expect(result.output.match(/RESETS \d+/g)).toEqual(['RESETS 1', 'RESETS 1'])
    // A registered copy for both, and a fresh one in each test; in c, once more; in d, a new one.
    expect(evaluationsOf(app, 'kept')).toBe(7)
  })

  test('a file that wants a realm of its own has it, and one that leaves what cannot be put back costs the next a new one', async () => {
    const app = await sharedProject(host.name, {
      ...counted('kept'),
      'a.test.js': "test('a', () => { require('kept'); globalThis.first = 1 })",
      'b.test.js':
        "/** @fresh-modules own-realm */\ntest('b', () => { require('kept'); Object.defineProperty(globalThis, 'own', { value: 1 }) })",
      'c.test.js': `test('c', () => {
        require('kept')
        Object.defineProperty(globalThis, 'frozen', { value: 1 })
        expect([globalThis.own, globalThis.first]).toEqual([undefined, undefined])
      })`,
      'd.test.js': "test('d', () => { require('kept'); expect(globalThis.frozen).toBe(undefined) })",
      'e.test.js': "test('e', () => { require('kept') })",
    })
    const result = await app.run(['-i'])
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 5 })
    expect(evaluationsOf(app, 'kept')).toBe(3)
    expect(result.output.match(/fresh-modules: .*/g)).toEqual([
      expect.stringMatching(/c\.test\.js has left what cannot be put back.*: globalThis\.frozen \(/),
    ])
    expect(result.output).toContain('/** @fresh-modules own-realm */')
  })

  test('a window that was closed is replaced, and what packages go on doing in one keeps no process', async () => {
    const files = {
      ...pkg('ticking', 'setInterval(() => {}, 1000)'),
      'a.test.js': "test('a', () => { require('ticking'); window.close() })",
      'b.test.js':
        "test('b', () => { document.body.innerHTML = '<p>'; require('ticking'); expect(document.querySelector('p')).not.toBe(null) })",
    }
    const stock = await sharedProject(host.name, files, "testEnvironment: 'jest-environment-jsdom',")
    const app = await sharedProject(host.name, files, "testEnvironment: '@fresh-modules/jest-env/jsdom',")
    // Jest 29.7 itself fails a file that closes its window, on Node 20: it looks at every property of the window at the end.
    const { exitCode, passed } = await stock.run(['-i'])
    const result = await app.run(['-i'])
    expect(result, result.output).toMatchObject({ exitCode, passed, timedOut: false })
    const named = exitCode === 0 ? /a\.test\.js has left what cannot be put back/ : /PASS .*b\.test\.js/
    expect(result.output).toMatch(named)
    expect(result.output).not.toContain('did not exit')
  })

  test('a waitFor that nobody awaits ends with its file, as it ends with its window by default', async () => {
    const waitFor = `exports.waitFor = () => new Promise((_, fail) => {
      setTimeout(() => fail(new Error('late')), 100)
      new MutationObserver(() => fail(new Error('changed'))).observe(document, { childList: true, subtree: true })
    })`
    const app = await sharedProject(
      host.name,
      {
        ...pkg('@testing-library/dom', waitFor),
        'a.test.js': "test('a', () => { require('@testing-library/dom').waitFor() })",
        'b.test.js':
          "test('b', () => { document.body.innerHTML = '<p>'; return new Promise((done) => { setTimeout(done, 300) }) })",
      },
      "testEnvironment: '@fresh-modules/jest-env/jsdom',",
    )
    const result = await app.run(['-i'])
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 2 })
  })

  describe('what cannot be combined is said before any test', () => {
    const files = { 'a.test.js': "test('a', () => {})", 'b.test.js': "test('b', () => {})" }

    test('--detectLeaks', async () => {
      const result = await (await sharedProject(host.name, files)).run(['-i', '--detectLeaks'])
      expect(result, result.output).toMatchObject({ exitCode: 1, passed: 0 })
      expect(result.output).toMatch(/Failed to share a realm between test files: detectLeaks/)
    })

    test('an environment whose global becomes another object', async () => {
      const app = await sharedProject(
        host.name,
        {
          ...files,
          'environment.cjs': `
            const { withFreshModules } = require('@fresh-modules/jest-env')
            const { TestEnvironment } = require('@fresh-modules/jest-env')
            module.exports = class extends TestEnvironment {
              async setup() { this.global = Object.create(this.global); await super.setup() }
            }
          `,
        },
        "testEnvironment: '<rootDir>/environment.cjs',",
      )
      const result = await app.run(['-i'])
      expect(result, result.output).toMatchObject({ exitCode: 1, passed: 0 })
      expect(result.output).toMatch(/its global is another object/)
    })
  })

  test('bail ends a run where it does by default, and runs the rest of it as if nothing had failed before', async () => {
    const app = await sharedProject(host.name, {
      'a.test.js': "test('a', () => { throw new Error('failed') })",
      'b.test.js': "test('b', () => {})",
    })
    const bailed = await app.run(['-i', '--bail'])
    expect(bailed, bailed.output).toMatchObject({ exitCode: 1, passed: 0 })
    expect(bailed.output).toContain('1 failed, 1 of 2 total')
    const all = await app.run(['-i'])
    expect(all, all.output).toMatchObject({ exitCode: 1, passed: 1, failed: 1 })
  })

  test.each(['babel', 'v8'])('coverage by %s counts what it counts by default', async (provider) => {
    const isolated = "testEnvironmentOptions: { freshModules: { resetBetween: 'never', isolate: true } }"
    const babel = compilers[0]?.fields ?? ''
    const files: FileTree = {
      'src/lib.ts': `
        export const both = (yes: boolean): string => (yes ? 'yes' : 'no')
        export const never = (): number => { return 1 }
        export function often(): number { let n = 0; for (let i = 0; i < 3; i++) n += i; return n }
        export const inner = (): (() => number) => () => 7
      `,
      ...Object.fromEntries(
        ['a', 'b', 'c', 'd'].map((name, index) => [
          `${name}.test.ts`,
          `import { both, inner, often } from './src/lib'
          test('${name}', () => { both(${index % 2 === 0}); ${index < 2 ? 'often()' : 'inner()()'} })`,
        ]),
      ),
    }
    const counts: unknown[] = []
    for (const fields of [babel, `${babel}, ${isolated}`]) {
      const app = await sharedProject(host.name, files, `${fields},`)
      const result = await app.run([
        '-i',
        '--coverage',
        `--coverageProvider=${provider}`,
        '--coverageReporters=json',
      ])
      expect(result, result.output).toMatchObject({ exitCode: 0, passed: 4 })
      const coverage = JSON.parse(readFileSync(join(app.dir, 'coverage/coverage-final.json'), 'utf8'))
      counts.push(
        Object.values(coverage).map((file) => {
          const { s, f, b } = file as Record<'s' | 'f' | 'b', object>
          return { s, f, b }
        }),
      )
    }
    expect(counts[0]).toEqual(counts[1])
  })

  test('what a file has used is collected when it has ended', async () => {
    const names = Array.from({ length: 24 }, (_, index) => `f${String(index).padStart(2, '0')}.test.js`)
    const app = await sharedProject(
      host.name,
      {
        ...pkg('kept', 'exports.kept = 1'),
        'environment.cjs': `
          const { TestEnvironment } = require('@fresh-modules/jest-env')
          const { appendFileSync } = require('node:fs')
          const environments = []
          module.exports = class extends TestEnvironment {
            async teardown() {
              await super.teardown()
              environments.push(new WeakRef(this))
              await new Promise((done) => setTimeout(done, 1))
              gc()
              appendFileSync(__dirname + '/alive', environments.filter((one) => one.deref()).length + ' ')
            }
          }
        `,
        ...Object.fromEntries(
          names.map((name) => [
            name,
            "const state = require('./src/state'); require('kept'); test('one', () => { expect(state.increase()).toBe(1); globalThis.left = state })",
          ]),
        ),
      },
      "testEnvironment: '<rootDir>/environment.cjs',",
    )
    const result = await app.run(['-i'], { nodeArgs: ['--expose-gc'] })
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: names.length })
    const alive = readFileSync(join(app.dir, 'alive'), 'utf8').trim().split(' ').map(Number)
    expect(alive).toHaveLength(names.length)
    // The first one, whose runtime kept copies were loaded by; and what has only just ended.
    expect(Math.max(...alive.slice(8)), alive.join(' ')).toBeLessThanOrEqual(6)
  })

  test('in watch mode the next run sees what has changed, in packages too', async () => {
    const app = await sharedProject(host.name, {
      ...pkg('kept', "exports.kept = 'first'"),
      'src/own.js': "exports.own = 'first'",
      'a.test.js':
        "test('a', () => { console.log('SEEN ' + require('kept').kept + ' ' + require('./src/own').own + '.') })",
      'b.test.js':
        "test('b', () => { console.log('SEEN ' + require('kept').kept + ' ' + require('./src/own').own + '.') })",
    })
    const seen = await watch(app, async (sees) => {
      await sees(2)
      app.write({ 'node_modules/kept/index.js': "exports.kept = 'second one'" })
      app.write({ 'src/own.js': "exports.own = 'second'" })
      await sees(4)
    })
    expect(seen).toEqual(['first first', 'first first', 'second one second', 'second one second'])
  })
})

/** Runs `jest --watchAll -i` while `steps` go on; returns what the tests have printed. */
async function watch(
  app: Project,
  steps: (sees: (count: number) => Promise<void>) => Promise<void>,
): Promise<string[]> {
  const node = await nodeBinary()
  const jest = join(
    dirname(createRequire(join(app.dir, 'package.json')).resolve('jest/package.json')),
    'bin/jest.js',
  )
  const child = spawn(node, [jest, '--watchAll', '-i'], {
    cwd: app.dir,
    env: app.env(node, { CI: undefined }),
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const seen = (): string[] => [...output.matchAll(/SEEN (.*)\./g)].map(([, what]) => what ?? '')
  try {
    await steps(async (count) => {
      for (let turns = 0; seen().length < count && turns < 600; turns++)
        await new Promise((done) => setTimeout(done, 50))
      expect(seen().length, output).toBeGreaterThanOrEqual(count)
    })
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  }
  return seen()
}
