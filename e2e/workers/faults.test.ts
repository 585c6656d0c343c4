/** Holders that are killed, blocked or interrupted. */
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { describeNewestHosts } from '../harness/describe-hosts.ts'
import { type Host, nodeBinary } from '../harness/index.ts'
// @ts-expect-error: a script, which older versions of Node run too
import { findOverlap } from '../locks-stress/interval-log.mjs'
import { vitestBin } from '../vitest/support.ts'
import { exclusive, expectClean, head, type LockProject, lockProject } from './support.ts'

/** How long a holder may give no sign of life. */
const STALE_SECONDS = 10

/** Enters once somebody else has noted something, whatever became of that one. */
const next = (host: Host, name: string, after: string): string => `
  ${head(host)}
  test('comes next', async () => {
    await until((text) => text.includes('${after}'), '${after}')
    await import('./${name}')
    expect(file('after-${name}.test.ts')).toHaveLength(1)
  }, 100_000)
`

describeNewestHosts(['vitest', 'jest'], (host) => {
  test('a killed holder is taken over; one whose event loop is blocked for longer is not', async () => {
    const project = await lockProject(host, {
      config: 'maxWorkers: 4,',
      files: {
        'src/killed.ts': exclusive(host, 'killed'),
        'src/killed.test.ts': `
          ${head(host)}
          import './killed'
          import { threadId } from 'node:worker_threads'
          test('is killed', () => {
            note('kill ' + process.pid + '.' + threadId + ' -')
            process.kill(process.pid, 'SIGKILL')
          })
        `,
        'src/after-killed.test.ts': next(host, 'killed', 'kill '),
        'src/blocked.ts': exclusive(host, 'blocked'),
        'src/blocked.test.ts': `
          ${head(host)}
          import './blocked'
          test('blocks', () => {
            note('blocks')
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${(STALE_SECONDS + 3) * 1000})
            note('is free again')
            expect(file('blocked.test.ts')).toHaveLength(1)
          }, 100_000)
        `,
        'src/after-blocked.test.ts': next(host, 'blocked', 'blocks'),
      },
    })
    const result = await project.run()
    expect(result, result.output).toMatchObject({ exitCode: 1, timedOut: false, passed: 3 })
    const log = project.log()
    expect(findOverlap(log)).toEqual([])
    for (const name of ['killed', 'blocked']) {
      expect(log.filter((line) => line.startsWith('enter') && line.endsWith(` ${name}`))).toHaveLength(2)
    }
    const second = log
      .filter((line) => line.startsWith('enter') && line.endsWith(' blocked'))
      .at(-1) as string
    expect(log.indexOf('is free again')).toBeLessThan(log.lastIndexOf(second))
    expect(project.left()).toEqual([])
  })

  if (host.framework !== 'vitest') return

  test('after a first Ctrl-C no lock is left', async () => {
    const project = await lockProject(host, {
      config: 'maxWorkers: 2,',
      files: {
        'src/place.ts': exclusive(host, 'place'),
        'src/long.test.ts': `
          ${head(host)}
          import './place'
          test('runs for a while', async () => {
            note('runs')
            await sleep(2_000)
          }, 60_000)
        `,
      },
    })
    await interrupt(host, project)
    expect(project.left()).toEqual([])
    expectClean(project, await project.run())
    expect(project.log().filter((line) => line.startsWith('enter'))).toHaveLength(2)
  })
})

/** Starts a run, and sends the signal of Ctrl-C to all its processes while a test runs; until all of them have ended. */
async function interrupt(host: Host, project: LockProject): Promise<void> {
  const node = await nodeBinary()
  const child = spawn(node, [await vitestBin(host), 'run'], {
    cwd: project.app.dir,
    env: project.app.env(node, project.env()),
    stdio: 'ignore',
    detached: true,
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const pid = child.pid as number
  try {
    for (const end = Date.now() + 60_000; !project.log().includes('runs') && Date.now() < end; )
      await sleep(50)
    expect(project.log()).toContain('runs')
    process.kill(-pid, 'SIGINT')
    await Promise.race([ended, sleep(30_000)])
    expect(child.exitCode ?? child.signalCode).not.toBeNull()
    for (const end = Date.now() + 20_000; isAlive(-pid) && Date.now() < end; ) await sleep(50)
    expect(isAlive(-pid)).toBe(false)
  } finally {
    if (isAlive(-pid)) process.kill(-pid, 'SIGKILL')
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
