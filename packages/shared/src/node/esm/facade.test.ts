import { expect, test } from 'vitest'
import { runProgram } from '../../../test-host/program.ts'
import type { ModuleId } from '../../host/module-id.ts'
import { facadeOf } from './facade.ts'

const id = '/app/a.cjs' as ModuleId

test('an ES module needs no facade', () => {
  expect(facadeOf('s1', id, { format: 'module', source: 'export {}' })).toBeUndefined()
})

test('a facade exports what the text names, the exports as default, and JSON its value alone', () => {
  const text = facadeOf('s1', id, { format: 'commonjs', source: 'exports.a = 1; exports["b c"] = 2' })
  expect(text).toContain('("s1", "/app/a.cjs", ["a","b c"])')
  expect(text).toMatch(/export \{ e0 as "a", e1 as "b c", e2 as "default"/)
  expect(facadeOf('s1', id, { format: 'json', source: '{}' })).toMatch(/export \{ e0 as "default" \}$/)
})

test('an import of a CommonJS copy shows the same as a plain one', () => {
  const { printed, stderr } = runProgram({
    'a.cjs': "exports.a = {}\nexports['b c'] = 2\nmodule.exports.default = 'own'",
    'typed.cts': 'const n: number = 1\nexports.n = n',
    'm.mjs': "export * as cjs from './a.cjs'\nexport * as typed from './typed.cts'",
    'main.mjs': `
      import { importFresh } from 'core:index.ts'
      import * as plain from './m.mjs'
      const copy = await importFresh('./m.mjs', { fresh: ['./a.cjs', './typed.cts'] })
      for (const name of ['cjs', 'typed']) print(Object.keys(copy[name]).join() === Object.keys(plain[name]).join())
      print([copy.cjs.a === plain.cjs.a, copy.cjs['b c'], copy.cjs.default.default, copy.cjs.default.a === copy.cjs.a, copy.typed.n])
    `,
  })
  expect(printed, stderr).toEqual([true, true, [false, 2, 'own', true, 1]])
})
