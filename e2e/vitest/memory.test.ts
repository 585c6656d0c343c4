/** Many calls in one worker leave nothing behind. */
import { test } from 'vitest'
import { describeNewestHosts } from '../harness/describe-hosts.ts'
import { configWith, passes } from './support.ts'

const calls = 10_000
/** Of the variants that share their code with another kind. */
const fewer = 2000

const files = {
  'src/target.ts': `
    import { shared } from './shared'
    export const own: number[] = Array.from({ length: 20 }, (_, index) => index)
    export { shared }
  `,
  'src/shared.ts': 'export const shared = {}',
  'src/failing.ts': "import './shared'\nthrow new Error('each time')",
  'src/unfound.ts': "export const load = () => import('./shared')",
  'src/heap.test.ts': `
    import { importFresh, reloadInPlace, unload, withUnloaded } from 'fresh-modules'
    import { expect, test } from 'vitest'
    import * as registered from './target'

    const limit = 1024 * 1024
    const runner = (globalThis as { __vitest_mocker__?: { moduleRunner: { evaluatedModules: { idToModuleMap: Map<string, unknown> } } } })
      .__vitest_mocker__?.moduleRunner
    const ids = () => [...(runner?.evaluatedModules.idToModuleMap.keys() ?? [])].sort()
    const heap = async (): Promise<number> => {
      for (let i = 0; i < 4; i++) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        ;(globalThis as { gc?: () => void }).gc?.()
      }
      return process.memoryUsage().heapUsed
    }
    /**
     * What calls leave, they leave in each batch. The engine resizes its own tables, compiles and frees when it likes, the
     * later the busier the machine: so batches go on until two of them have left next to nothing.
     */
    async function growthsOf(call: () => Promise<unknown>, times: number): Promise<number[]> {
      for (let i = 0; i < times / 10; i++) await call()
      const growths: number[] = []
      while (growths.length < 8 && growths.filter((growth) => growth < limit / 2).length < 2) {
        const before = await heap()
        for (let i = 0; i < times / 2; i++) await call()
        growths.push((await heap()) - before)
      }
      return growths
    }

    const many = [
      'importFresh', 'a failing importFresh', 'reloadInPlace',
    ]
    const cases: Record<string, () => Promise<unknown>> = {
      'importFresh': () => importFresh('./target'),
      'importFresh with fresh imports': () => importFresh('./target', { fresh: 'imports' }),
      'importFresh by function': () => importFresh(() => import('./target')),
      'importFresh with env and blocked': () => importFresh('./target', { env: { A: '1' }, blocked: ['nothing'] }),
      'a failing importFresh': () => importFresh('./failing').then(() => { throw new Error('must fail') }, () => {}),
      'an importFresh of what is not there': () => importFresh('./not-there').then(() => { throw new Error('must fail') }, () => {}),
      'reloadInPlace': () => reloadInPlace(registered),
      'unload and import': async () => { await unload('./unfound'); await import('./unfound') },
      'withUnloaded': () => withUnloaded('./unfound', () => import('./unfound')),
    }
    for (const [name, call] of Object.entries(cases)) {
      test(name, { timeout: 300_000 }, async () => {
        expect(typeof (globalThis as { gc?: unknown }).gc).toBe('function')
        await import('./unfound')
        await call()
        const before = ids()
        expect(before.some((id) => id.endsWith('/src/target.ts'))).toBe(true)
        const growths = await growthsOf(call, many.includes(name) ? ${calls} : ${fewer})
        expect(growths.sort((a, b) => a - b)[1], String(growths)).toBeLessThan(limit / 2)
        expect(ids()).toEqual(before)
      })
    }
  `,
}

const pools = { forks: "pool: 'forks', execArgv: ['--expose-gc']", threads: "pool: 'threads'" }

describeNewestHosts('vitest', (host) => {
  for (const [name, pool] of Object.entries(pools)) {
    test(`many calls of each kind leave the heap flat in pool ${name}`, { timeout: 900_000 }, async () => {
      await passes(host, { ...files, 'vitest.config.ts': configWith({ test: pool }) }, [], {
        // Threads take the engine's options of their process.
        nodeArgs: ['--expose-gc'],
        timeout: 880_000,
      })
    })
  }
})
