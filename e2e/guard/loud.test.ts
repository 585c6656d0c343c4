/** Who catches the error does not get rid of it, who did nothing wrong is not blamed, and options say how loud it is. */
import { beforeAll, describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import type { FileTree, Host, RunResult } from '../harness/index.ts'
import { type AppOptions, fileOf, guardedApp, testFor } from './support.ts'

const DB: FileTree = {
  'db.js': `
    /** @fresh-modules no-reimport: owns the pool */
    globalThis.evaluated = (globalThis.evaluated ?? 0) + 1
    export const pool = {}
  `,
  'plain.js': 'export const made = {}',
}

/** Imports it again after a reset, and swallows whatever comes of that. */
const SWALLOW = `
  const swallow = async () => { RESET; try { await import('./db') } catch {} }
  const nap = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
`
const SECOND_COPY = 'Failed to evaluate a second copy of'

async function runFiles(
  host: Host,
  tests: FileTree,
  { files, ...app }: Partial<AppOptions> = {},
): Promise<RunResult> {
  const written = Object.entries(tests).map(([name, body]) => [name, testFor(host, body)])
  return (
    await guardedApp(host, { files: { ...DB, ...files, ...Object.fromEntries(written) }, ...app })
  ).run()
}

describeHosts(['vitest', 'jest'], (host) => {
  describe('an error that is swallowed', () => {
    let result: RunResult
    const files: FileTree = {
      'in-test.test.js': `
        import { pool } from './db'
        ${SWALLOW}
        test('innocent before', () => { expect(pool).toBeDefined() })
        test('guilty', async () => { await swallow(); expect(globalThis.evaluated).toBe(1) })
        test('innocent after', async () => { expect((await import('./db')).pool).toBe(pool) })
      `,
      'again.test.js': `
        import './db'
        ${SWALLOW}
        const again = async () => ${host.framework === 'jest' ? 'swallow()' : "import('./db?again').catch(() => {})"}
        test('guilty', again)
        test('guilty too', again)
        test('innocent after', async () => { await import('./db') })
      `,
      'thrown.test.js': `
        import { pool } from './db'
        test('guilty', async () => { RESET; await import('./db') })
        test('innocent after', () => { expect(pool).toBeDefined() })
      `,
      'rejects.test.js': `
        import { pool } from './db'
        test('guilty', async () => {
          RESET
          await expect(import('./db')).rejects.toMatchObject({ code: 'ERR_DUPLICATE_MODULE' })
          expect(pool).toBeDefined()
        })
      `,
      'before-each.test.js': `
        import './db'
        ${SWALLOW}
        describe('with a hook', () => {
          beforeEach(swallow)
          test('guilty', () => {})
        })
        test('innocent after', () => {})
      `,
      'after-each.test.js': `
        import './db'
        ${SWALLOW}
        test('innocent before', () => {})
        describe('with a hook', () => {
          afterEach(swallow)
          test('guilty', () => {})
        })
        test('innocent after', () => {})
      `,
      'before-all.test.js': `
        import './db'
        ${SWALLOW}
        beforeAll(swallow)
        test('innocent', () => {})
        test('innocent too', () => {})
      `,
      'after-all.test.js': `
        import './db'
        ${SWALLOW}
        afterAll(swallow)
        test('innocent', () => {})
        test('innocent too', () => {})
      `,
      'top-level.test.js': `
        import './db'
        ${SWALLOW}
        const done = swallow()
        test('innocent', async () => { await done })
      `,
      'concurrent.test.js': `
        import './db'
        ${SWALLOW}
        test.concurrent('innocent, quick', async () => { await nap(150) })
        test.concurrent('guilty', async () => { await nap(50); await swallow(); await nap(250) })
        test.concurrent('innocent, slow', async () => { await nap(500) })
        test('innocent after', () => {})
      `,
      'retried.test.js': `
        import './db'
        ${SWALLOW}
        ${host.framework === 'jest' ? 'jest.retryTimes(2)' : ''}
        let times = 0
        test('guilty once', ${host.framework === 'jest' ? '' : '{ retry: 2 },'} async () => { if (times++ === 0) await swallow() })
        test('innocent after', () => {})
      `,
    }
    beforeAll(async () => {
      result = await runFiles(host, files)
    }, 240_000)

    const statuses = (name: string) =>
      Object.fromEntries(fileOf(result, name).tests.map(({ name, status }) => [name, status]))

    test('fails the test that did it, and no other', () => {
      expect(statuses('in-test.test.js')).toEqual({
        'innocent before': 'passed',
        guilty: 'failed',
        'innocent after': 'passed',
      })
      expect(fileOf(result, 'in-test.test.js').text).toContain(SECOND_COPY)
    })

    test('fails each test that does it again', () => {
      expect(statuses('again.test.js')).toEqual({
        guilty: 'failed',
        'guilty too': 'failed',
        'innocent after': 'passed',
      })
    })

    test('is told once where it was not swallowed', () => {
      expect(statuses('thrown.test.js')).toEqual({ guilty: 'failed', 'innocent after': 'passed' })
      const [guilty] = fileOf(result, 'thrown.test.js').tests
      expect(guilty?.messages.join('\n').split(`${SECOND_COPY} "`)).toHaveLength(2)
    })

    test('fails the test that expected it, too', () => {
      expect(statuses('rejects.test.js')).toEqual({ guilty: 'failed' })
    })

    test.each(['before-each.test.js', 'after-each.test.js'])('fails the test of the hook: %s', (name) => {
      const { 'with a hook guilty': guilty, ...others } = statuses(name)
      expect(guilty).toBe('failed')
      expect(new Set(Object.values(others))).toEqual(new Set(['passed']))
    })

    test.each(['before-all.test.js', 'after-all.test.js', 'top-level.test.js'])(
      'fails the file where no test ran: %s',
      (name) => {
        expect(fileOf(result, name).status).toBe('failed')
        expect(result.output).toContain(SECOND_COPY)
        expect(new Set(Object.values(statuses(name)))).toEqual(new Set(['passed']))
      },
    )

    test('fails the one of several concurrent tests that did it', () => {
      expect(statuses('concurrent.test.js')).toEqual({
        'innocent, quick': 'passed',
        guilty: 'failed',
        'innocent, slow': 'passed',
        'innocent after': 'passed',
      })
    })

    test('is forgiven where a retry of the test does no wrong', () => {
      expect(statuses('retried.test.js')).toEqual({ 'guilty once': 'passed', 'innocent after': 'passed' })
    })
  })

  describe('onDuplicate', () => {
    const twice = `
      import './db'
      test.each([1, 2, 3])('again %i', async () => { RESET; await import('./db'); await import('./db') })
    `

    test('warn: the second copy is made, which is told once', async () => {
      const result = await runFiles(host, { 'one.test.js': twice }, { options: "{ onDuplicate: 'warn' }" })
      expect(result, result.output).toMatchObject({ exitCode: 0, passed: 3 })
      expect(
        result.output.match(/^.*\[fresh-modules\] A second copy of ".*db\.js" is evaluated: .*$/gm),
      ).toHaveLength(1)
      expect(result.output).not.toContain(SECOND_COPY)
      expect(result.output).toContain('owns the pool')
    })

    test('off: nothing is said', async () => {
      const result = await runFiles(host, { 'one.test.js': twice }, { options: "{ onDuplicate: 'off' }" })
      expect(result, result.output).toMatchObject({ exitCode: 0, passed: 3 })
      expect(result.output).not.toContain(SECOND_COPY)
    })

    test("a rule's holds for its modules alone", async () => {
      const options = `{ specs: [
        { match: './plain.js', allowReimport: false, onDuplicate: 'warn' },
        { match: './quiet.js', allowReimport: false, onDuplicate: 'off' },
      ] }`
      const again = (name: string) => `test('${name}', async () => { RESET; await import('./${name}') })`
      const result = await runFiles(
        host,
        {
          'one.test.js': `
            import './db'; import './plain'; import './quiet'
            ${again('db')}
            ${again('plain')}
            ${again('quiet')}
          `,
        },
        { files: { 'quiet.js': 'export {}' }, options },
      )
      expect(result.tests.map(({ name, status }) => [name, status])).toEqual([
        ['db', 'failed'],
        ['plain', 'passed'],
        ['quiet', 'passed'],
      ])
      expect(result.output).toMatch(/\[fresh-modules\] A second copy of ".*plain\.js" is evaluated/)
      expect(result.output).not.toMatch(/second copy of ".*quiet\.js"/)
    })

    test('knownSingletons: false leaves packages to what others say of them', async () => {
      const body = `
        import { GraphQLString } from 'graphql'
        test('doubled', async () => {
          RESET
          expect((await import('graphql')).GraphQLString).not.toBe(GraphQLString)
        })
      `
      const config = host.framework === 'vitest' ? "server: { deps: { inline: ['graphql'] } }" : ''
      const on = await runFiles(host, { 'one.test.js': body }, { config })
      expect(on.output).toContain(`${SECOND_COPY} "graphql"`)
      const off = await runFiles(
        host,
        { 'one.test.js': body },
        { config, options: '{ knownSingletons: false }' },
      )
      expect(off, off.output).toMatchObject({ exitCode: 0, passed: 1 })
      const ruled = await runFiles(
        host,
        { 'one.test.js': body },
        { config, options: "{ specs: [{ match: 'graphql', allowReimport: true }] }" },
      )
      expect(ruled, ruled.output).toMatchObject({ exitCode: 0, passed: 1 })
    })
  })
})
