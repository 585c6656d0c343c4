import { expect, test } from 'vitest'
import { runProgram } from '../../../test-host/program.ts'

const head =
  "import { importFresh, requireFresh, specOf } from 'core:index.ts'\nimport { nodeWorld } from 'core:node/node-world.ts'\n"

function run(files: Record<string, string>, text: string): readonly unknown[] {
  const { printed, status, stderr } = runProgram({ ...files, 'main.mjs': head + text })
  expect(status, stderr).toBe(0)
  return printed
}

test('the hooks come with the first call that concerns ES modules, and not before', () => {
  const printed = run(
    { 'a.cjs': '', 'b.mjs': '' },
    `
      import Module from 'node:module'
      const { registerHooks } = Module
      let count = 0
      requireFresh('./a.cjs')
      const ours = Module.registerHooks
      Module.registerHooks = (hooks) => { if (hooks.resolve) count++; return ours(hooks) }
      requireFresh('./a.cjs')
      print(count)
      await importFresh('./b.mjs')
      await importFresh('./b.mjs')
      print(count)
    `,
  )
  expect(printed).toEqual([0, 1])
})

test('what a copy imports later is answered in its scope, and outside nobody sees the mark', () => {
  const printed = run(
    {
      'a.mjs':
        "export const late = () => import('./b.mjs')\nexport const where = () => import.meta.resolve('./b.mjs')\nexport const { url } = import.meta",
      'b.mjs': 'export const state = {}',
    },
    `
      const copy = await importFresh('./a.mjs', { fresh: ['./b.mjs'], blocked: ['node:os'] })
      const b = await copy.late()
      print([b === await copy.late(), b === await import('./b.mjs'), b.state === (await import('./b.mjs')).state])
      print([/fresh-modules=s\\d+$/.test(copy.url), /fresh-modules=/.test((await import('./a.mjs')).url)])
    `,
  )
  expect(printed).toEqual([
    [true, false, false],
    [true, false],
  ])
})

test('a scope is kept only for copies that can ask for more', () => {
  const printed = run(
    { 'a.mjs': 'export const a = 1', 'asks.mjs': "export const late = () => import('./a.mjs')" },
    `
      const { scopes } = nodeWorld()
      for (let n = 0; n < 5; n++) await importFresh('./a.mjs')
      print(scopes.size)
      for (let n = 0; n < 5; n++) await importFresh('./asks.mjs')
      print(scopes.size)
    `,
  )
  expect(printed).toEqual([0, 5])
})

test('a relative path that Node has answered is not asked again, and a file that has changed is read again', () => {
  const printed = run(
    { 'a.mjs': "export { b } from './b.mjs'", 'b.mjs': 'export const b = 1' },
    `
      import fs from 'node:fs'
      await new Promise((resolve) => setTimeout(resolve, 2100))
      const b = async () => (await importFresh('./a.mjs', { fresh: 'imports' })).b
      print([await b(), await b(), await b()])
      print([...nodeWorld().resolutions.values()].flatMap((answers) => [...answers.keys()]))
      fs.writeFileSync('b.mjs', 'export const b = 2')
      print([await b(), await b()])
    `,
  )
  expect(printed).toEqual([[1, 1, 1], ['./b.mjs'], [2, 2]])
})

test('JSON needs its attribute in a scope as well', () => {
  const printed = run(
    {
      'with.mjs': "import data from './data.json' with { type: 'json' }\nexport { data }",
      'without.mjs': "import data from './data.json'",
      'data.json': '{"a":1}',
    },
    `
      const copies = [await importFresh('./with.mjs', { fresh: ['./data.json'] }), await import('./with.mjs')]
      print([copies[0].data, copies[0].data === copies[1].data])
      try { await importFresh('./without.mjs', { fresh: ['./data.json'] }) } catch ({ code }) { print(code) }
    `,
  )
  expect(printed).toEqual([[{ a: 1 }, false], 'ERR_IMPORT_ATTRIBUTE_MISSING'])
})
