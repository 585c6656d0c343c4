import { expect, test } from 'vitest'
import { runProgram } from '../../test-host/program.ts'

const head = `
  import { createRequire } from 'node:module'
  import { importFresh, requireFresh, specOf } from 'core:index.ts'
  import { installNodeHost } from 'core:node/install-node-host.ts'
  const require = createRequire(import.meta.url)
  const { host, state } = installNodeHost()
  const at = (name) => process.cwd() + '/' + name
`

function run(files: Record<string, string>, text: string): readonly unknown[] {
  const { printed, status, stderr } = runProgram({ ...files, 'main.mjs': head + text })
  expect(status, stderr).toBe(0)
  return printed
}

test('facts are those of the file as it is now, and the same object for modules of the same kind', () => {
  const printed = run(
    {
      'a.cjs': '',
      'b.mjs': '',
      'data.json': '{}',
      'fn.cjs': 'module.exports = () => {}',
      'other.cjs': 'module.exports = () => {}',
    },
    `
      import fs from 'node:fs'
      const facts = (name) => host.facts(at(name))
      print(['a.cjs', 'b.mjs', 'data.json'].map((name) => facts(name).kind))
      print(facts('b.mjs').loader[0].flags)
      print(facts('a.cjs').docblock ?? null)
      fs.writeFileSync('a.cjs', '/** @fresh-modules no-reimport: why */')
      print([facts('a.cjs').docblock.flags, facts('a.cjs').docblock.reason])
      fs.writeFileSync('a.cjs', '/** @fresh-modules no-such-word */')
      try { facts('a.cjs') } catch ({ code }) { print(code) }
      require('./fn.cjs'); require('./other.cjs')
      print(facts('fn.cjs').loader[0].flags)
      print(facts('fn.cjs').loader === facts('other.cjs').loader)
      print(host.facts('node:fs'))
    `,
  )
  expect(printed).toEqual([
    ['source', 'source', 'json'],
    { allowReload: false, allowUnload: false },
    null,
    [{ allowReimport: false }, 'why'],
    'ERR_BAD_OPTION',
    { allowReload: false },
    true,
    { kind: 'builtin' },
  ])
})

test('copies, modules and namespaces tell their id', () => {
  const printed = run(
    {
      'a.cjs': 'exports.module = module',
      'b.mjs':
        "import { onUnload } from 'core:index.ts'\nonUnload(import.meta, () => {})\nexport const b = 1\nexport const { url } = import.meta",
    },
    `
      const id = (object) => host.idOf(object)?.replace(process.cwd(), '') ?? null
      const copy = requireFresh('./a.cjs')
      const registered = require('./a.cjs')
      print([id(copy), id(copy.module), id(registered), id(registered.module), id(await importFresh('./a.cjs'))])
      print([id(await importFresh('./b.mjs')), id(await import('./b.mjs')), id({}), id(() => {})])
    `,
  )
  expect(printed).toEqual([
    ['/a.cjs', '/a.cjs', '/a.cjs', '/a.cjs', '/a.cjs'],
    ['/b.mjs', '/b.mjs', null, null],
  ])
})

test('records show what is registered, with who imports what, and nothing of fresh-modules', () => {
  const printed = run(
    { 'a.cjs': "exports.b = require('./b.cjs')", 'b.cjs': '', 'c.mjs': "import './a.cjs'" },
    `
      await importFresh('./c.mjs')
      await import('./c.mjs')
      const short = (ids) => [...ids].map((id) => id.split('/').at(-1)).sort()
      print(short([...host.records()].map(({ id }) => id).filter((id) => id.startsWith(process.cwd()))).filter((name) => name !== 'print.cjs'))
      print(short(host.record(at('b.cjs')).importers))
      print(short(host.record(at('a.cjs')).importers))
      print(short(host.record(at('c.mjs')).imports))
      print([host.record(at('b.cjs')).state, host.record(at('absent.cjs')) ?? null])
    `,
  )
  expect(printed).toEqual([
    ['a.cjs', 'b.cjs', 'c.mjs', 'main.mjs'],
    ['a.cjs'],
    ['c.mjs'],
    ['a.cjs'],
    ['evaluated', null],
  ])
})

test('a target may be a file URL for require as well', () => {
  expect(run({ 'a.cjs': 'exports.a = 1' }, "print(requireFresh('file://' + at('a.cjs')).a)")).toEqual([1])
})
