/** `isolate: false`: one worker for many files, and no state from file to file. */
import { describe, expect, test } from 'vitest'
import { describeNewestHosts } from '../harness/describe-hosts.ts'
import { type FileTree, type Host, project, type RunResult } from '../harness/index.ts'
import { configWith } from '../vitest/support.ts'
import { generateSuite, type SuiteSize } from './generate-suite.ts'

const FULL: SuiteSize = { modules: 300, files: 120 }
const SMALL: SuiteSize = { modules: 60, files: 24, tests: 2 }
const TIMEOUT = 600_000
const RANDOM = ['--sequence.shuffle']

const isolateOff = 'isolate: false, fileParallelism: true'

async function runSuite(
  host: Host,
  size: SuiteSize,
  args: readonly string[],
  config: FileTree,
): Promise<RunResult> {
  const app = await project(host.name, { ...generateSuite(size), ...config })
  return app.run(args, { timeout: TIMEOUT })
}

const withPlugin: FileTree = { 'vitest.config.ts': configWith({ test: isolateOff }) }
const without: FileTree = { 'vitest.config.ts': `export default { test: { ${isolateOff} } }` }

describeNewestHosts('vitest', (host) => {
  describe('300 modules and 120 files that each find module state pristine and dirty it', () => {
    test('all pass with the plugin, in random order', { timeout: TIMEOUT }, async () => {
      const result = await runSuite(host, FULL, [...RANDOM, '--pool=forks', '--maxWorkers=2'], withPlugin)
      expect(result, result.output).toMatchObject({ exitCode: 0, failed: 0, passed: 120 })
    })

    test.each([1, 2])(
      'without it all fail but the first of each of %i workers',
      { timeout: TIMEOUT },
      async (workers) => {
        const size = workers === 2 ? FULL : SMALL
        const args = [...RANDOM, '--pool=forks', `--maxWorkers=${workers}`]
        const { tests, output } = await runSuite(host, { ...size, tests: 1 }, args, without)
        expect(tests, output).toHaveLength(size.files)
        expect(tests.filter(({ status }) => status === 'passed').length, output).toBe(workers)
      },
    )
  })

  describe.each(['forks', 'threads'])('in %s', (pool) => {
    test.each([1, 2])('a smaller suite passes with %i workers', { timeout: TIMEOUT }, async (workers) => {
      const result = await runSuite(
        host,
        SMALL,
        [...RANDOM, `--pool=${pool}`, `--maxWorkers=${workers}`],
        withPlugin,
      )
      expect(result, result.output).toMatchObject({ exitCode: 0, failed: 0, passed: 48 })
    })
  })

  test("resetBetween: 'files' resets between files alone", { timeout: TIMEOUT }, async () => {
    const config = {
      'vitest.config.ts': configWith({ test: isolateOff, options: "{ resetBetween: 'files' }" }),
    }
    const { tests, output } = await runSuite(host, SMALL, ['--pool=threads', '--maxWorkers=1'], config)
    expect(tests.filter(({ status }) => status === 'passed').length, output).toBe(24)
    expect(
      tests.filter(({ status, name }) => status === 'failed' && name.endsWith('(1)')).length,
      output,
    ).toBe(24)
  })

  test("resetBetween: 'never' resets nothing", { timeout: TIMEOUT }, async () => {
    const config = {
      'vitest.config.ts': configWith({ test: isolateOff, options: "{ resetBetween: 'never' }" }),
    }
    const { tests, output } = await runSuite(host, SMALL, ['--pool=forks', '--maxWorkers=1'], config)
    expect(tests.filter(({ status }) => status === 'passed').length, output).toBe(1)
  })
})
