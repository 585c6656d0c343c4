import { expect, test } from 'vitest'
import { runProgram } from '../../test-host/program.ts'

const head = (onDuplicate: string) => `
  import { createRequire } from 'node:module'
  import { installNodeHost } from 'core:node/install-node-host.ts'
  import { guardNode } from 'core:node/guard-node.ts'
  import { unload } from 'core:index.ts'
  const require = createRequire(import.meta.url)
  const specs = [{ match: './*.{cjs,mjs}', allowReimport: false }]
  const installed = installNodeHost({ specs })
  guardNode(installed, '${onDuplicate}')
  const outcome = (load) => { try { load(); return 'loaded' } catch ({ code, message }) { return code ?? message } }
`
const files = {
  'a.cjs': 'globalThis.count = (globalThis.count ?? 0) + 1',
  'b.mjs': 'globalThis.count = (globalThis.count ?? 0) + 1',
  'fails.cjs': "throw new Error('fails')",
  'fails.mjs': "throw new Error('fails')",
}

function run(text: string, onDuplicate = 'throw') {
  const { printed, status, stderr } = runProgram({ ...files, 'main.mjs': head(onDuplicate) + text })
  expect(status, stderr).toBe(0)
  return { printed, stderr }
}

const twice = `
  print(outcome(() => require('./a.cjs')))
  delete require.cache[require.resolve('./a.cjs')]
  print(outcome(() => require('./a.cjs')))
  print(globalThis.count)
`

test('a second copy is refused before its body runs', () => {
  expect(run(twice).printed).toEqual(['loaded', 'ERR_DUPLICATE_MODULE', 1])
  const esm =
    "for (const name of ['./b.mjs', './b.mjs?x=1']) print(await import(name).then(() => 'loaded', ({ code }) => code)); print(globalThis.count)"
  expect(run(esm).printed).toEqual(['loaded', 'ERR_DUPLICATE_MODULE', 1])
})

test('it may only be warned of, or not be looked for', () => {
  const warned = run(twice, 'warn')
  expect(warned.printed).toEqual(['loaded', 'loaded', 2])
  expect(warned.stderr).toContain('a.cjs')
  const off = run(twice, 'off')
  expect(off.printed).toEqual(['loaded', 'loaded', 2])
  expect(off.stderr).not.toContain('a.cjs')
})

test('an evaluation that failed has left no copy, of either loader', () => {
  expect(run("for (let n = 0; n < 2; n++) print(outcome(() => require('./fails.cjs')))").printed).toEqual([
    'fails',
    'fails',
  ])
  const esm =
    "for (const name of ['./fails.mjs', './fails.mjs?x=1']) print(await import(name).catch(({ code, message }) => code ?? message))"
  expect(run(esm).printed).toEqual(['fails', 'fails'])
})

test('after an unload with permission there is room for another', () => {
  expect(
    run(
      "require('./a.cjs'); await unload('./a.cjs'); print(outcome(() => require('./a.cjs'))); print(globalThis.count)",
    ).printed,
  ).toEqual(['loaded', 2])
})
