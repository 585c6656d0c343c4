/** A lock is given up when its file ends, however that ends, after the module has been disposed of. */
import { describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import type { Host } from '../harness/index.ts'
// @ts-expect-error: a script, which older versions of Node run too
import { findOverlap } from '../locks-stress/interval-log.mjs'
import { exclusive, expectClean, head, lockProject, self } from './support.ts'

/** Notes whether its lock was still held when it was disposed of. */
const place = (host: Host): string => `
  /** @fresh-modules single-worker: there is one place */
  import { onUnload } from 'fresh-modules'
  import { enter, holders, leave, note, sleep } from './trace'
  enter('place')
  onUnload(${self(host)}, async () => {
    await sleep(20)
    note('disposed while ' + holders().length + ' held')
    leave('place')
  })
  export const heldWhile = holders()
`

describeHosts(['vitest', 'jest'], (host) => {
  test('whether tests fail or time out, or the file cannot be imported', async () => {
    const imports = `${head(host)}\nimport './place'`
    const project = await lockProject(host, {
      config: 'maxWorkers: 3,',
      files: {
        'src/place.ts': place(host),
        'src/throws.ts': "throw new Error('thrown on import')",
        'src/fails.test.ts': `${imports}\ntest('fails', () => { expect(1).toBe(2) })`,
        'src/late.test.ts': `${imports}\ntest('takes too long', () => new Promise(() => {}), 300)`,
        'src/import.test.ts': `${imports}\nimport './throws'\ntest('never runs', () => {})`,
        'src/collect.test.ts': `${imports}\nthrow new Error('thrown while collecting')`,
        'src/hook.test.ts': `${imports}\nbeforeAll(() => { throw new Error('thrown in a hook') })\ntest('never runs', () => {})`,
        'src/good-1.test.ts': `${imports}\ntest('passes', () => {})`,
        'src/good-2.test.ts': `${imports}\ntest('passes', () => {})`,
      },
    })
    const result = await project.run()
    expect(result, result.output).toMatchObject({ exitCode: 1, timedOut: false, passed: 2 })
    const log = project.log()
    expect(findOverlap(log)).toEqual([])
    expect(log.filter((line) => line.startsWith('enter'))).toHaveLength(7)
    expect(log.filter((line) => line === 'disposed while 1 held')).toHaveLength(7)
    expect(project.left()).toEqual([])
  })

  if (host.framework !== 'vitest') return

  describe.each(['forks', 'threads'])('files that share a worker in %s', (pool) => {
    test('the next one takes it again; what refuses unload holds it until the worker ends', async () => {
      const body = (name: string): string => `
        ${head(host)}
        import { heldWhile } from './place'
        import './stays'
        test('holds both', () => {
          expect(heldWhile.some(({ testFile }) => testFile.endsWith('${name}.test.ts'))).toBe(true)
          expect(holders()).toHaveLength(2)
        })
      `
      const project = await lockProject(host, {
        config: `pool: '${pool}', isolate: false, maxWorkers: 1`,
        files: {
          'src/place.ts': place(host),
          'src/stays.ts': exclusive(host, 'stays', 'single-worker, no-unload: its driver stays'),
          'src/one.test.ts': body('one'),
          'src/two.test.ts': body('two'),
        },
      })
      expectClean(project, await project.run())
      const log = project.log()
      expect(findOverlap(log)).toEqual([])
      expect(log.filter((line) => line.endsWith('place') && line.startsWith('enter'))).toHaveLength(2)
      expect(log.filter((line) => line === 'disposed while 2 held')).toHaveLength(2)
      expect(log.filter((line) => line.endsWith('stays'))).toHaveLength(1)
    })
  })
})
