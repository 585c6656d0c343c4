/** Who waits, for how long, and what becomes of it when there is nothing to wait for. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeNewestHosts } from '../harness/describe-hosts.ts'
import type { FileTree, Host } from '../harness/index.ts'
import { exclusive, expectClean, fakes, head, lockProject } from './support.ts'

/** One file holds the place until the other one has been refused. */
const refused = (host: Host): FileTree => ({
  'src/place.ts': exclusive(host, 'place'),
  'src/holder.test.ts': `
    ${head(host)}
    test('holds the place until the other one was refused', async () => {
      await import('./place')
      await until((text) => text.includes('refused'), 'the refusal')
    }, 70_000)
  `,
  'src/other.test.ts': `
    ${head(host)}
    test('is refused, and told by whom', async () => {
      await until((text) => text.includes('enter'), 'the holder')
      const [holder] = holders()
      const failure = await import('./place').catch((error) => error)
      note('refused')
      expect(failure).toMatchObject({ name: 'ParallelWorkerError', code: 'ERR_PARALLEL_WORKER' })
      expect(failure).toBeInstanceOf(Error)
      for (const part of ['place.ts', 'pid ' + holder.pid, holder.worker, 'holder.test.ts', holder.since]) {
        expect(failure.message).toContain(part)
      }
    }, 70_000)
  `,
})

/** Each holds one module and then wants that of the other. */
const circle = (host: Host, name: string, first: string, second: string): string => `
  ${head(host)}
  test('takes ${first} and then ${second}', async () => {
    await import('./${first}')
    await until((text) => text.includes('circle-${second === 'one' ? 'one' : 'two'}'), 'the other file')
    const failure = await import('./${second}').then(() => undefined, (error) => error)
    note('${name} ' + (failure ? failure.code + ' ' + failure.message : 'has both'))
  }, 70_000)
`

describeNewestHosts(['vitest', 'jest'], (host) => {
  for (const options of ["{ onParallelWorker: 'throw' }", '{ lockTimeout: 400 }']) {
    test(`the error names the holder: ${options}`, async () => {
      const project = await lockProject(host, { files: refused(host), options, config: 'maxWorkers: 2,' })
      expectClean(project, await project.run())
    })
  }

  test('a circle of two files is refused, waiting is shown, and faked time changes nothing', async () => {
    const project = await lockProject(host, {
      config: 'maxWorkers: 4,',
      files: {
        'src/one.ts': exclusive(host, 'circle-one'),
        'src/two.ts': exclusive(host, 'circle-two'),
        'src/first.test.ts': circle(host, 'first', 'one', 'two'),
        'src/second.test.ts': circle(host, 'second', 'two', 'one'),
        'src/place.ts': exclusive(host, 'place'),
        'src/fakes.test.ts': `
          ${head(host)}
          test('fake timers, another clock, folder and time zone, before and after', async () => {
            ${fakes(host)}.useFakeTimers({ now: 0 })
            process.env.TZ = 'Asia/Tokyo'
            process.chdir('/')
            await import('./place')
            ${fakes(host)}.useRealTimers()
            ${fakes(host)}.useFakeTimers({ now: 4e12 })
            process.env.TZ = 'America/New_York'
            note('holds')
            await until((text) => text.includes('waits'), 'the other file')
            // Longer than the few seconds after which waiting is shown, and than a busy machine takes to begin with it.
            await sleep(8_000)
            expect(file('fakes.test.ts')).toHaveLength(1)
          }, 70_000)
        `,
        'src/waits.test.ts': `
          ${head(host)}
          test('waits', async () => {
            await until((text) => text.includes('holds'), 'the holder')
            note('waits')
            await import('./place')
            expect(file('waits.test.ts')).toHaveLength(1)
          }, 70_000)
        `,
      },
    })
    const result = await project.run()
    expectClean(project, result)
    const line = result.output.split('\n').find((line) => /has waited [\d.]+ s for ".*place\.ts"/.test(line))
    expect(line, result.output).toMatch(
      /held by worker ".*" \(pid \d+, test file .*fakes\.test\.ts\) since \d{4}-/,
    )

    const ends = project.log().filter((line) => /^(first|second) /.test(line))
    expect(ends.filter((line) => line.endsWith('has both'))).toHaveLength(1)
    const [refusal] = ends.filter((line) => line.includes('ERR_PARALLEL_WORKER'))
    expect(refusal).toMatch(
      /would be to wait forever: .*first\.test\.ts.*; .*second\.test\.ts|second.*; .*first/,
    )
  })

  test('a folder that cannot be used is a clear error, and nothing runs unlocked', async () => {
    const project = await lockProject(host, {
      files: {
        'src/place.ts': exclusive(host, 'place'),
        'src/refused.test.ts': `
          ${head(host)}
          test('is refused', async () => {
            const failure = await import('./place').catch((error) => error)
            expect(failure).toMatchObject({ code: 'ERR_PARALLEL_WORKER' })
            expect(failure.message).toMatch(/the folder of locks .*\\.cache.* cannot be used \\(E[A-Z]+/)
            expect(failure.message).toContain('place.ts')
          })
        `,
      },
    })
    // As root, no folder is read-only: a file in its place is of no more use.
    writeFileSync(join(project.app.dir, 'node_modules/.cache'), '')
    const result = await project.run()
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 1 })
    expect(project.log()).toEqual([])
  })
})
