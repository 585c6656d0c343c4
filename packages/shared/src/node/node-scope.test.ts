import { expect, test } from 'vitest'
import { runProgram } from '../../test-host/program.ts'

const head =
  "import { createRequire } from 'node:module'\nimport { importFresh, onImport, requireFresh, specOf } from 'core:index.ts'\nconst require = createRequire(import.meta.url)\n"

function run(files: Record<string, string>, text: string): readonly unknown[] {
  const { printed, status, stderr } = runProgram({ ...files, 'main.mjs': head + text })
  expect(status, stderr).toBe(0)
  return printed
}

test('an ES module that failed is loaded again by the next call, with all that had not finished', () => {
  const printed = run(
    {
      'a.mjs': "import './b.mjs'\nexport const ok = true",
      'b.mjs':
        "globalThis.count = (globalThis.count ?? 0) + 1\nif (globalThis.count < 3) throw new Error('fails ' + globalThis.count)",
    },
    `
      for (let n = 0; n < 3; n++) {
        print(await importFresh('./a.mjs', { fresh: 'imports' }).then(({ ok }) => ok, ({ message }) => message))
      }
    `,
  )
  expect(printed).toEqual(['fails 1', 'fails 2', true])
})

test('copies are told of in the order of their evaluation', () => {
  const printed = run(
    {
      'a.mjs': "import './b.mjs'\nimport './c.cjs'",
      'b.mjs': '',
      'c.cjs': "require('./d.cjs')",
      'd.cjs': '',
    },
    `
      for (const name of ['a.mjs', 'b.mjs', 'c.cjs', 'd.cjs']) await onImport('./' + name, (_, { fresh }) => fresh && print(name))
      await importFresh('./a.mjs', { fresh: 'imports' })
    `,
  )
  expect(printed).toEqual(['d.cjs', 'c.cjs', 'b.mjs', 'a.mjs'])
})

test('an ES module is required fresh where nothing in it waits', () => {
  const printed = run(
    { 'a.mjs': 'export default 1\nexport const state = {}', 'waits.mjs': 'await 1' },
    `
      const registered = require('./a.mjs')
      const copies = [requireFresh('./a.mjs'), requireFresh('./a.mjs')]
      print([copies[0].state === registered.state, copies[0].state === copies[1].state, copies[0].default, copies[0].__esModule])
      try { requireFresh('./waits.mjs') } catch ({ code }) { print(code) }
    `,
  )
  expect(printed).toEqual([[false, false, 1, true], 'ERR_REQUIRE_ASYNC_MODULE'])
})

test('a caller that was compiled from an ES module gets what was compiled so as it is', () => {
  const { printed, stderr } = runProgram({
    'package.json': '{"type":"commonjs"}',
    'a.js':
      "Object.defineProperty(exports, '__esModule', { value: true })\nexports.default = 5\nexports.module = module",
    'main.mjs': `
      import { createRequire } from 'node:module'
      import { importFresh } from 'core:index.ts'
      globalThis.importFresh = importFresh
      const namespace = await importFresh('./a.js')
      print([typeof namespace.default, namespace.default.default])
      const require = createRequire(import.meta.url)
      const asked = require('./by-commonjs.js')
      const exports = await asked()
      print([exports.default, exports === exports.module.exports])
    `,
    'by-commonjs.js': "module.exports = () => globalThis.importFresh('./a.js')",
  })
  expect(printed, stderr).toEqual([
    ['object', 5],
    [5, true],
  ])
})
