import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runProgram } from '../../test-host/program.ts'

const SINGLE = '/** @fresh-modules single-worker: why */\n'
const head = `
  import { existsSync, readdirSync } from 'node:fs'
  import { createRequire } from 'node:module'
  import { importFresh, onUnload, requireFresh, specOf } from 'core:index.ts'
  import { registerNode } from 'core:node/register-node.ts'
  const require = createRequire(import.meta.url)
  const folder = process.cwd() + '/node_modules/.cache/fresh-modules/locks/'
  // Not by a recursive look: it would enter locks, which are folders, while they are removed.
  globalThis.held = () => (existsSync(folder) ? readdirSync(folder) : []).flatMap((scope) => readdirSync(folder + scope)).filter((name) => name.endsWith('.holder.json')).length
`
const register = 'const hooks = registerNode({ root: process.cwd(), options: {} })\n'

function run(files: Record<string, string>, text: string): readonly unknown[] {
  const { printed, status, stderr } = runProgram({
    'node_modules/placeholder/package.json': '{}',
    ...files,
    'main.mjs': head + text,
  })
  expect(status, stderr).toBe(0)
  return printed
}

test('the lock is there when the body runs, of either loader, and nothing is made for other modules', () => {
  const printed = run(
    {
      'other.cjs': '',
      'a.cjs': `${SINGLE}print(held())`,
      'b.mjs': `${SINGLE}print(held())`,
      'c.cjs': `${SINGLE}print(held())`,
    },
    `${register}
      require('./other.cjs'); print(existsSync(folder))
      require('./a.cjs'); await import('./b.mjs'); requireFresh('./c.cjs')
    `,
  )
  expect(printed).toEqual([false, 1, 2, 3])
})

test('without register, copies alone are locked', () => {
  const printed = run(
    {
      'a.cjs': `${SINGLE}print(held())`,
      'b.mjs': `${SINGLE}print(held())`,
      'c.cjs': `${SINGLE}print(held())`,
    },
    "require('./c.cjs'); requireFresh('./a.cjs'); await importFresh('./b.mjs')",
  )
  expect(printed).toEqual([0, 1, 2])
})

test('a flag that is set at run time counts, for copies too', () => {
  const printed = run(
    { 'a.cjs': 'print(held())' },
    `requireFresh('./a.cjs'); (await specOf('./a.cjs')).allowParallelWorkers = false; requireFresh('./a.cjs')`,
  )
  expect(printed).toEqual([0, 1])
})

test('when the tests of the process have ended, what such modules hold is given up, and an ES module keeps its lock', () => {
  const printed = run(
    {
      'a.cjs': `${SINGLE}const { onUnload } = require('core:index.ts')\nonUnload(module, () => print('cjs'))`,
      'b.mjs': `${SINGLE}import { onUnload } from 'core:index.ts'\nonUnload(import.meta, () => print('esm'))`,
    },
    `${register}
      require('./a.cjs'); await import('./b.mjs')
      print(held())
      await hooks.afterAll()
      print(held())
    `,
  )
  expect(printed).toEqual([2, 'cjs', 'esm', 1])
})

test('a process that ends leaves no lock', () => {
  const { dir, status } = runProgram({
    'node_modules/placeholder/package.json': '{}',
    'a.cjs': SINGLE,
    'main.mjs': `${head}${register}require('./a.cjs')`,
  })
  expect(status).toBe(0)
  const left = readdirSync(`${dir}/node_modules/.cache/fresh-modules`, { recursive: true })
  expect(left.filter((name) => /lock$|json$/.test(String(name)))).toEqual([])
})
