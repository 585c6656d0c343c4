/** Files that load a single-worker module run one after the other, whatever runs them; all others stay parallel. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import type { FileTree, Host } from '../harness/index.ts'
// @ts-expect-error: a script, which older versions of Node run too
import { findOverlap } from '../locks-stress/interval-log.mjs'
import { expectClean, head, type LockProject, lockProject } from './support.ts'

interface Way {
  readonly name: string
  readonly config: string
  /** Runs of the same project at the same time. */
  readonly runs: number
}

const ways: Readonly<Record<'vitest' | 'jest', readonly Way[]>> = {
  vitest: [
    { name: 'forks, two runs at once', config: "pool: 'forks', maxWorkers: 4,", runs: 2 },
    { name: 'threads', config: "pool: 'threads', maxWorkers: 4,", runs: 1 },
    { name: 'vmThreads', config: "pool: 'vmThreads', maxWorkers: 4,", runs: 1 },
  ],
  jest: [
    { name: 'processes, two runs at once', config: 'maxWorkers: 4,', runs: 2 },
    { name: 'workerThreads', config: 'maxWorkers: 4, workerThreads: true,', runs: 1 },
  ],
}

const MARKED = 8

/** The unmarked files are the larger ones, which both frameworks start first: two workers are left for the others. */
function files(host: Host): FileTree {
  const tree: Record<string, string> = {}
  for (let index = 0; index < MARKED; index++) {
    tree[`src/marked-${index}.test.ts`] = `
      ${head(host)}
      import { bound } from './port'
      test('has the port to itself', async () => {
        await bound
        await sleep(30)
        expect(file('marked-${index}.test.ts')).toHaveLength(1)
      })
    `
  }
  for (const name of ['one', 'other']) {
    tree[`src/free-${name}.test.ts`] = `
      ${head(host)}
      test('runs while another file has the port', async () => {
        await until((text) => text.split('enter').length > text.split('leave').length, 'a holder')
        note('free')
      }, 70_000)
      /* ${'.'.repeat(4000)} */
    `
  }
  return tree
}

describeHosts(['vitest', 'jest'], (host) => {
  for (const { name, config, runs } of ways[host.framework as 'vitest' | 'jest']) {
    test(`${MARKED} files that bind one port, in 4 workers: ${name}`, async () => {
      const project = await lockProject(host, { files: files(host), config })
      const results = await Promise.all(Array.from({ length: runs }, () => project.run()))
      for (const result of results) {
        expectClean(project, result)
        expect(result.passed).toBe(MARKED + 2)
      }
      assertOneAtATime(project, MARKED * runs)
      expect(project.log().filter((line) => line === 'free')).toHaveLength(2 * runs)
      expect(freeWhileHeld(project.log())).toBe(true)
    })
  }
})

function assertOneAtATime(project: LockProject, times: number): void {
  expect(findOverlap(project.log())).toEqual([])
  expect(project.log().filter((line) => line.startsWith('enter'))).toHaveLength(times)
  expect(project.log().filter((line) => line.startsWith('leave'))).toHaveLength(times)
}

/** Whether an unmarked file noted itself between the entry and the exit of a holder. */
function freeWhileHeld(log: readonly string[]): boolean {
  let inside = 0
  for (const line of log) {
    if (line.startsWith('enter')) inside++
    if (line.startsWith('leave')) inside--
    if (line === 'free' && inside > 0) return true
  }
  return false
}
