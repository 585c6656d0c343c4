/** Resets by hand, in other pools and environments, and together with what else the framework does in a run. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { nodeBinary, project } from '../harness/index.ts'
import { configWith, vitestBin } from '../vitest/support.ts'
import { COUNTER, describeFacts, type Fact, statuses } from './support.ts'

interface Istanbul {
  readonly fnMap: Readonly<Record<string, { readonly name: string }>>
  readonly f: Readonly<Record<string, number>>
}
const NOTHING: Istanbul = { fnMap: {}, f: {} }

const fresh = `
  import { expect, test } from 'vitest'
  import { count, increase, shared } from '../../src/counter'
  test.each([1, 2, 3])('test %i', async () => {
    expect([count, shared.total]).toEqual([0, 0])
    increase()
    expect((await import('../../src/counter')).count).toBe(1)
  })
`
const sharing = `
  import { expect, test } from 'vitest'
  import { count, increase } from '../../src/counter'
  test.each([1, 2, 3])('test %i', (n) => { expect(count).toBe(n - 1); increase() })
`

const byHand: Readonly<Record<string, Fact>> = {
  'resetModules tells what it did': {
    files: {
      'lazy.ts': 'export const lazy = {}',
      'keeps.ts': '/** @fresh-modules no-reload: it said so */\nexport const kept = {}',
    },
    test: `
      import { resetModules } from 'fresh-modules'
      import { expect, test } from 'vitest'
      import { count, increase } from '../../src/counter'
      import { kept } from './keeps'
      test('by hand', async () => {
        const lazy = await import('./lazy')
        const held = kept
        increase()
        const summary = await resetModules()
        const names = (ids: readonly string[]) => ids.map((id) => id.split('/').at(-1)).sort()
        expect(names(summary.reloaded)).toEqual(['counter.ts', 'shared.ts'])
        expect(names(summary.dropped)).toEqual(['lazy.ts'])
        expect(summary.kept.map(({ id, reason }) => [id.split('/').at(-1), reason])).toEqual([
          ['keeps.ts', expect.stringContaining('it said so')],
        ])
        expect(summary.notes).toEqual([])
        expect(count).toBe(0)
        expect(kept).toBe(held)
        expect(await import('./lazy')).not.toBe(lazy)
      })
      test('as between files', async () => {
        increase()
        const { reloaded } = await resetModules({ between: 'files' })
        expect(reloaded.length).toBeGreaterThan(0)
        expect(count).toBe(0)
        expect((await import('../../src/counter')).increase).toBe(increase)
      })
      test('options are checked', async () => {
        for (const options of [{ betwen: 'tests' }, { between: 'suites' }, 5]) {
          await expect(resetModules(options as never)).rejects.toMatchObject({ code: 'ERR_BAD_OPTION' })
        }
      })
      test('two at once', async () => {
        increase()
        await Promise.all([resetModules(), resetModules()])
        expect(count).toBe(0)
      })
    `,
  },
  'a reset by hand keeps what tells something to what stays': {
    files: {
      'adds.ts': `
        import { EventEmitter } from 'node:events'
        ;(EventEmitter as any).factAdds.push('adds')
        let n = 0
        export const add = () => ++n
      `,
    },
    test: `
      import { EventEmitter } from 'node:events'
      import { resetModules } from 'fresh-modules'
      import { expect, test } from 'vitest'
      import { count, increase } from '../../src/counter'
      ;(EventEmitter as any).factAdds = []
      test('kept', async () => {
        const { add } = await import('./adds')
        add()
        increase()
        const { kept } = await resetModules()
        expect(count).toBe(0)
        expect(kept.filter(({ id }) => id.endsWith('adds.ts')).map(({ reason }) => reason)).toEqual([
          expect.stringContaining("adds.ts:3 changes"),
        ])
        expect((await import('./adds')).add()).toBe(2)
        expect((EventEmitter as any).factAdds).toEqual(['adds'])
      })
    `,
  },
  'while other tests run nothing is reset, and the summary says so': `
    import { resetModules } from 'fresh-modules'
    import { expect, test } from 'vitest'
    import { count, increase } from '../../src/counter'
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
    test.concurrent('one', async () => { increase(); await wait(60); expect(count).toBe(1) })
    test.concurrent('two', async () => {
      await wait(20)
      const { reloaded, notes } = await resetModules()
      expect(reloaded).toEqual([])
      expect(notes).toEqual(['other tests are running, so nothing was reset'])
    })
  `,
}

const snapshots: Readonly<Record<string, Fact>> = {
  'inline snapshots and snapshot files match in each test': {
    files: {
      '__snapshots__/case.test.ts.snap':
        '// Vitest Snapshot v1, https://vitest.dev/guide/snapshot.html\n\nexports[`test 1 1`] = `"state 0"`;\n\nexports[`test 2 1`] = `"state 0"`;\n',
    },
    test: `
      import { expect, test } from 'vitest'
      import { count, increase } from '../../src/counter'
      test.each([1, 2])('test %i', () => {
        expect('state ' + count).toMatchSnapshot()
        expect({ count }).toMatchInlineSnapshot(\`
          {
            "count": 0,
          }
        \`)
        increase()
      })
    `,
  },
}

describeHosts('vitest', (host) => {
  describeFacts(host, 'by hand', { facts: byHand, options: "{ resetBetween: 'never' }" })

  for (const between of ['files', 'never']) {
    describeFacts(host, `resetBetween: '${between}'`, {
      facts: {
        'tests of a file share its modules': {
          test: sharing,
          check: (result) => {
            expect(Object.values(statuses(result)), result.run.output).toEqual(['passed', 'passed', 'passed'])
            expect(result.summary).toBeUndefined()
          },
        },
      },
      options: `{ resetBetween: '${between}' }`,
    })
  }

  for (const pool of ['forks', 'threads', 'vmThreads', 'vmForks']) {
    for (const environment of ['node', 'jsdom']) {
      describeFacts(host, `${pool} with ${environment}`, {
        facts: { 'each test is fresh': fresh, 'in another file too': fresh },
        test: `pool: '${pool}', environment: '${environment}'`,
      })
    }
  }
  describeFacts(host, 'happy-dom', {
    facts: { 'each test is fresh': fresh },
    test: "environment: 'happy-dom'",
  })
  describeFacts(host, 'snapshots', { facts: snapshots, run: { env: { CI: '1' } } })

  test('coverage counts each evaluation and each call once', async () => {
    const app = await project(host.name, {
      'vitest.config.ts': configWith({
        test: "coverage: { provider: 'v8', reporter: ['json'], include: ['src/**'], enabled: true }",
      }),
      'src/covered.ts':
        'export let made = 0\nexport function used(): number {\n  return ++made\n}\nexport function unused(): number {\n  return 1\n}\n',
      'src/covered.test.ts': `
        import { expect, test } from 'vitest'
        import { used } from './covered'
        test.each([1, 2, 3])('test %i', () => { expect(used()).toBe(1) })
      `,
    })
    const result = await app.run()
    expect(result, result.output).toMatchObject({ exitCode: 0, failed: 0, passed: 3 })
    const report: Record<string, Istanbul> = JSON.parse(
      readFileSync(join(app.dir, 'coverage/coverage-final.json'), 'utf8'),
    )
    const { fnMap, f } = Object.entries(report).find(([path]) => path.endsWith('/covered.ts'))?.[1] ?? NOTHING
    const calls = Object.fromEntries(Object.entries(fnMap).map(([key, { name }]) => [name, f[key]]))
    expect(calls).toEqual({ used: 3, unused: 0 })
  })

  describe('watch mode', () => {
    test.each([true, false])(
      'a changed file is new in the next run, isolate: %s',
      async (isolate) => {
        const app = await project(host.name, {
          ...COUNTER,
          'vitest.config.ts': configWith({ test: `isolate: ${isolate}, maxWorkers: 1` }),
          'src/value.ts': "export const value = 'first'",
          'src/value.test.ts': `
          import { expect, test } from 'vitest'
          import { value } from './value'
          import { count, increase } from './counter'
          test.each([1, 2])('test %i', () => {
            console.log('VALUE ' + value)
            expect(count).toBe(0)
            increase()
          })
        `,
        })
        const node = await nodeBinary()
        const child = spawn(node, [await vitestBin(host), '--watch', '--reporter=default'], {
          cwd: app.dir,
          env: app.env(node, { CI: undefined }),
          stdio: ['pipe', 'pipe', 'pipe'],
        })
        let output = ''
        const told = (text: string) => {
          output += text
        }
        child.stdout.setEncoding('utf8').on('data', told)
        child.stderr.setEncoding('utf8').on('data', told)
        const until = async (pattern: RegExp) => {
          const end = Date.now() + 80_000
          while (!pattern.test(output)) {
            if (Date.now() > end || child.exitCode !== null)
              throw new Error(`${pattern} did not come:\n${output}`)
            await new Promise((resolve) => setTimeout(resolve, 100))
          }
        }
        try {
          await until(/Waiting for file changes/)
          expect(output.match(/VALUE first/g)).toHaveLength(2)
          for (const next of ['second', 'third']) {
            output = ''
            app.write({ 'src/value.ts': `export const value = '${next}'` })
            await until(/Waiting for file changes/)
            expect(output).toMatch(/2 passed/)
            expect(output.match(/VALUE \w+/g)).toEqual([`VALUE ${next}`, `VALUE ${next}`])
          }
        } finally {
          child.kill('SIGKILL')
        }
      },
      200_000,
    )
  })
})
