/** One realm for the test files of a worker: the same results as with a realm for each. */
import { readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { project, type RunResult } from '../harness/index.ts'
import { realmSuite } from './realm-suite.ts'

/** What a run found out: of each test by file and name, in whatever order the files ran. */
function resultsOf({ tests }: RunResult): string[] {
  return tests
    .map(({ file, name, status }) => `${basename(dirname(file))}/${basename(file)} ${name}: ${status}`)
    .sort()
}

describeHosts('jest', (host) => {
  describe('a suite whose files dirty everything', () => {
    test('has the same results as with a realm for each file, in given and random order, with one and two workers', async () => {
      const suite = await project(host.name, realmSuite)
      // Intervals of files keep a process alive that nobody stops them in.
      const stock = await suite.run(['-c', 'jest.stock.cjs', '-i', '--forceExit'])
      expect(stock, stock.output).toMatchObject({ exitCode: 0, failed: 0 })
      expect(stock.passed).toBeGreaterThan(300)
      const evaluations = join(suite.dir, 'node_modules/lazy/evaluations')
      for (const [ORDER, workers] of [
        ['0', '-i'],
        ['11', '-w=2'],
      ] as const) {
        rmSync(evaluations)
        const shared = await suite.run(['-c', 'jest.shared.cjs', workers], { env: { ORDER } })
        expect(shared, shared.output).toMatchObject({ exitCode: 0, failed: 0 })
        const results = resultsOf(shared)
        expect(results.filter((result) => !result.startsWith('process/'))).toEqual(resultsOf(stock))
        expect(results.length).toBeGreaterThan(stock.tests.length)
        expect(shared.output).not.toContain('fresh-modules:')
        // A realm for each of three projects, in each worker.
        expect(readFileSync(evaluations, 'utf8').length).toBeLessThanOrEqual(workers === '-i' ? 3 : 6)
      }
    })
  })
})
