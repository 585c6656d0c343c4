/** What calls cost, and what they leave behind. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, jestProject } from './support.ts'

/**
 * A tree of loaded modules next to the target, with `m0` at its root; and a test that counts what a call makes the engine run,
 * in functions and blocks. Unlike time, that is the same on any machine.
 */
function graphOf(size: number): Record<string, string> {
  const files: Record<string, string> = {}
  for (let number = 0; number < size; number++) {
    const children = [2 * number + 1, 2 * number + 2].filter((child) => child < size)
    files[`m${number}.js`] = children.map((child) => `require('./m${child}')`).join('\n')
  }
  return {
    ...files,
    'target.js': "exports.dep = require('./m0')\nexports.state = {}",
    'cost.test.js': `
      const { Session } = require('node:inspector')
      const { requireFresh } = require('fresh-modules')
      test('cost', () => {
        require('./target')
        const run = (calls) => { for (let call = 0; call < calls; call++) requireFresh('./target') }
        const session = new Session()
        session.connect()
        const ask = (method, options) => {
          let answer
          session.post(method, options, (error, result) => { answer = { error, result } })
          if (answer.error) throw new Error(answer.error.message)
          return answer.result
        }
        ask('Profiler.enable')
        ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
        run(50)
        ask('Profiler.takePreciseCoverage')
        run(40)
        const { result } = ask('Profiler.takePreciseCoverage')
        const ranges = result.flatMap(({ functions }) => functions).flatMap(({ ranges }) => ranges)
        require('node:fs').writeFileSync('cost.json', String(ranges.reduce((sum, { count }) => sum + count, 0) / 40))
      })
    `,
  }
}

describeHosts('jest', (host) => {
  test('importFresh in a graph of 1000 loaded modules costs what it costs in a graph of 10', async () => {
    const cost = async (size: number): Promise<number> => {
      const app = await jestProject(host, {
        'jest.config.cjs': configWith('transform: {}'),
        ...graphOf(size),
      })
      // From the start: only what is compiled meanwhile has its blocks counted, the bodies of loops among them.
      const result = await app.run(['-i'], { env: { NODE_V8_COVERAGE: `${app.dir}/coverage` } })
      expect(result, result.output).toMatchObject({ exitCode: 0, passed: 1 })
      return Number(readFileSync(`${app.dir}/cost.json`, 'utf8'))
    }
    const [small, large] = [await cost(10), await cost(1000)]
    console.log(`${host.name}: ${small} functions and blocks run among 10 modules, ${large} among 1000`)
    expect(small).toBeGreaterThan(100)
    // One look at each of the modules would be 990 more.
    expect(large).toBeLessThan(small + 100)
  })

  test('10000 calls leave the registries as they were', async () => {
    const app = await jestProject(host, {
      'jest.config.cjs': configWith('transform: {}'),
      'dep.js': 'exports.state = {}',
      'target.js': "exports.dep = require('./dep')\nexports.state = new Array(100).fill('own')",
      'heap.test.js': `
        const v8 = require('node:v8')
        const vm = require('node:vm')
        const { requireFresh } = require('fresh-modules')
        test('10000', async () => {
          v8.setFlagsFromString('--expose-gc')
          const gc = vm.runInNewContext('gc')
          const heap = async () => {
            for (let round = 0; round < 3; round++) {
              await new Promise((resolve) => setTimeout(resolve, 20))
              gc()
            }
            return process.memoryUsage().heapUsed
          }
          const run = (calls) => { for (let call = 0; call < calls; call++) requireFresh('./target', { fresh: ['./dep'] }) }
          require('./target')
          const { host } = globalThis[Symbol.for('fresh-modules.host')]
          const ids = [...host.records()].map(({ id }) => id)
          // The engine resizes tables of its own at moments of its own: what calls leave, they leave in each half.
          const batch = async (calls) => { run(calls); return heap() }
          const [before, middle, after] = [await batch(3000), await batch(5000), await batch(5000)]
          expect(2 * Math.min(middle - before, after - middle)).toBeLessThan(1024 * 1024)
          expect([...host.records()].map(({ id }) => id)).toEqual(ids)
          expect(Object.keys(require.cache).sort()).toEqual([...ids].sort())
        }, 60_000)
      `,
    })
    const result = await app.run()
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 1 })
  })
})
