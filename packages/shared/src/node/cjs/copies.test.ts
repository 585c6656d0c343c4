import { expect, test } from 'vitest'
import { runProgram } from '../../../test-host/program.ts'

const head =
  "import { createRequire } from 'node:module'\nimport { importFresh, requireFresh } from 'core:index.ts'\nconst require = createRequire(import.meta.url)\n"

function run(files: Record<string, string>, text: string): readonly unknown[] {
  const { printed, status, stderr } = runProgram({ ...files, 'main.mjs': head + text })
  expect(status, stderr).toBe(0)
  return printed
}

test('a copy lists the copies that it requires, and no registered module lists a copy', () => {
  const printed = run(
    {
      'a.cjs':
        "exports.b = require('./b.cjs')\nexports.shared = require('./shared.cjs')\nexports.module = module",
      'b.cjs': 'exports.module = module',
      'shared.cjs': '',
    },
    `
      const registered = require('./a.cjs')
      const count = registered.module.children.length
      for (let n = 0; n < 3; n++) {
        const copy = requireFresh('./a.cjs', { fresh: ['./b.cjs'] })
        print([copy.module.children.map(({ id }) => id.split('/').at(-1)), copy.b.module.parent === copy.module || copy.b.module.parent?.filename.endsWith('main.mjs')])
      }
      print(registered.module.children.length === count)
    `,
  )
  expect(printed).toEqual([[['shared.cjs'], true], [['shared.cjs'], true], [['shared.cjs'], true], true])
})

test('a circle of copies sees what there is so far, as with require', () => {
  const files = {
    'a.cjs': "exports.early = 1\nexports.b = require('./b.cjs')\nexports.late = 1",
    'b.cjs': "exports.seen = Object.keys(require('./a.cjs'))",
  }
  const text = `
    for (let n = 0; n < 3; n++) print(requireFresh('./a.cjs', { fresh: 'imports' }).b.seen)
    print(require('./a.cjs').b.seen)
  `
  expect(run(files, text)).toEqual([['early'], ['early'], ['early'], ['early']])
})

test('a copy that failed is forgotten: who asks again in the same scope evaluates it again', () => {
  const printed = run(
    {
      'a.cjs':
        "exports.ask = () => { try { return require('./b.cjs').ok } catch (error) { return error.message } }",
      'b.cjs':
        "globalThis.count = (globalThis.count ?? 0) + 1\nif (globalThis.count < 4) throw new Error('fails ' + globalThis.count)\nexports.ok = true",
    },
    `
      try { requireFresh('./a.cjs', { fresh: ['./b.cjs'] }) } catch (error) { print(error.message) }
      const { ask } = requireFresh('./a.cjs', { fresh: 'imports' })
      print(ask()); print(ask()); print(ask()); print(ask())
    `,
  )
  expect(printed).toEqual(['fails 1', 'fails 2', 'fails 3', true, true])
})

test('text with import() keeps its paths and its lines', () => {
  const printed = run(
    {
      'a.cjs':
        "#!/usr/bin/env node\nexports.names = [__filename, __dirname].map((name) => name.length)\nexports.line = new Error().stack.split('\\n')[1]\nexports.late = () => import('./b.mjs')",
      'b.mjs': 'export const state = {}',
    },
    `
      const copy = requireFresh('./a.cjs', { fresh: ['./b.mjs'] })
      const plain = require('./a.cjs')
      print(copy.names.join() === plain.names.join())
      print(/a\\.cjs\\S*:3:/.test(copy.line))
      print((await copy.late()).state === (await import('./b.mjs')).state)
      print((await copy.late()).state === (await copy.late()).state)
    `,
  )
  expect(printed).toEqual([true, true, false, true])
})

test('createRequire of a copy stays in its scope', () => {
  const printed = run(
    {
      'a.cjs':
        "const { createRequire } = require('module')\nconst other = createRequire(__filename)\nexports.b = () => other('./b.cjs')\nexports.find = (name) => other.resolve(name)",
      'b.cjs': 'exports.state = {}',
    },
    `
      const copy = requireFresh('./a.cjs', { fresh: ['./b.cjs'], blocked: ['./c.cjs', 'left-pad'] })
      print(copy.b() === copy.b())
      print(copy.b() === require('./b.cjs'))
      try { copy.find('left-pad') } catch ({ code }) { print(code) }
    `,
  )
  expect(printed).toEqual([true, false, 'MODULE_NOT_FOUND'])
})
