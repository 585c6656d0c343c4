import { expect, test } from 'vitest'
import { runProgram } from '../../../test-host/program.ts'

const head = `
  import { createRequire } from 'node:module'
  import { reloadInPlace, specOf, unload, withUnloaded } from 'core:index.ts'
  const require = createRequire(import.meta.url)
  const names = (ids) => ids.map((id) => id.split('/').at(-1))
`
const files = {
  'a.cjs':
    "exports.module = module\nexports.all = [require('./b.cjs'), require('./c.cjs'), require('./d.cjs')]",
  'b.cjs': 'exports.b = {}',
  'c.cjs': 'exports.c = {}',
  'd.cjs': 'exports.d = {}',
}

function run(text: string): readonly unknown[] {
  const { printed, status, stderr } = runProgram({ ...files, 'main.mjs': head + text })
  expect(status, stderr).toBe(0)
  return printed
}

test('a record that was set aside comes back to the place in which its parents had it', () => {
  const children = 'names(a.module.children.map(({ id }) => id))'
  expect(
    run(`
      const a = require('./a.cjs')
      print(${children})
      await withUnloaded(['./b.cjs', './c.cjs'], () => { print(${children}); require('./c.cjs') })
      print(${children})
      print(require('./c.cjs') === a.all[1])
    `),
  ).toEqual([['b.cjs', 'c.cjs', 'd.cjs'], ['d.cjs'], ['b.cjs', 'c.cjs', 'd.cjs'], true])
})

test('after an unload neither loader has the module any more, and both get the same new one', () => {
  expect(
    run(`
      const before = (await import('./b.cjs')).default
      print(names(await unload('./b.cjs')))
      print(require.cache[require.resolve('./b.cjs')] === undefined)
      const after = (await import('./b.cjs')).default
      print(after === before)
      print(after === require('./b.cjs'))
      print(names(await unload('./b.cjs')), names(await unload('./b.cjs')))
    `),
  ).toEqual([['b.cjs'], true, false, true, ['b.cjs']])
})

test('a reload in place runs the body on the same exports, for whoever holds them', () => {
  expect(
    run(`
      // What a module has defined itself is known of those that were loaded since the first call.
      await specOf('./a.cjs')
      const b = require('./b.cjs')
      const { b: before } = b
      b.added = true
      print((await reloadInPlace('./b.cjs')) === b || (await import('./b.cjs')).default === b)
      print(b.b === before)
      print(b.added)
      print(require('./b.cjs') === b)
    `),
  ).toEqual([true, false, true, true])
})
