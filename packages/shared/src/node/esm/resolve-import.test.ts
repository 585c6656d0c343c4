import { expect, test } from 'vitest'
import { runProgram } from '../../../test-host/program.ts'

const head = `
  import { nodeWorld } from 'core:node/node-world.ts'
  import { canonical, isEsmPlain, resolveForCompiled, resolveImport, resolveOrThrow } from 'core:node/esm/resolve-import.ts'
  const world = nodeWorld()
  const here = process.cwd()
  const from = (specifier, importer = here + '/main.mjs') => {
    const id = resolveImport(world, specifier, importer)
    return typeof id === 'string' ? id.replace(here, '') : id
  }
`
const files = {
  'a.mjs': '',
  'b.cjs': '',
  'deep/c.mjs': '',
  'node_modules/pkg/package.json': '{"name":"pkg","exports":{"import":"./i.mjs","require":"./r.cjs"}}',
  'node_modules/pkg/i.mjs': '',
  'node_modules/pkg/r.cjs': '',
}

function run(text: string, nodeArgs: string[] = []): readonly unknown[] {
  const { printed, status, stderr } = runProgram({ ...files, 'main.mjs': head + text }, nodeArgs)
  expect(status, stderr).toBe(0)
  return printed
}

test('resolution is that of an import, and evaluates nothing', () => {
  expect(
    run(`
      for (const name of ['./a.mjs', './a.mjs?x=1', './b.cjs?x=1', 'pkg', 'fs', './absent.mjs', './b']) print(from(name) ?? null)
      print(from('../a.mjs', here + '/deep/c.mjs'))
      try { resolveOrThrow(world, 'nothing', here + '/main.mjs') } catch ({ code, message }) { print([code, message.includes('main.mjs')]) }
    `),
  ).toEqual([
    '/a.mjs',
    '/a.mjs?x=1',
    '/b.cjs',
    '/node_modules/pkg/i.mjs',
    'node:fs',
    null,
    null,
    '/a.mjs',
    ['ERR_MODULE_NOT_FOUND', true],
  ])
})

test('one file is one module, whatever marks and mocks its URL has', () => {
  expect(
    run(`
      const url = 'file://' + here + '/a.mjs'
      print([url, url + '?fresh-modules=s1', url + '?node-test-mock=0'].map((one) => canonical(one).replace(here, '')))
    `),
  ).toEqual([['/a.mjs', '/a.mjs', '/a.mjs']])
})

test('hooks in a thread of their own are found out, and hooks of `registerHooks` as well', () => {
  const look = 'world.useHooks(); print(isEsmPlain(world));'
  expect(run(look)).toEqual([true])
  const thread =
    "import Module from 'node:module'; Module.register('data:text/javascript,export const load = (a, b, next) => next(a, b)');"
  expect(run(thread + look)).toEqual([false])
  expect(
    run(`import Module from 'node:module'; ${look} Module.registerHooks({}); print(isEsmPlain(world))`),
  ).toEqual([true, false])
})

test('names without an ending are found for files that were compiled in `require`, and for no others', () => {
  expect(
    run(`
      import Module, { createRequire } from 'node:module'
      import fs from 'node:fs'
      const require = createRequire(import.meta.url)
      fs.writeFileSync('plain.js', '')
      fs.writeFileSync('typed.ts', 'let a: number')
      fs.writeFileSync('found.js', '')
      const before = Module._extensions['.ts']
      Module._extensions['.ts'] = (module, file) => module._compile('', file)
      require('./plain.js'); require('./typed.ts')
      const missing = { code: 'ERR_MODULE_NOT_FOUND' }
      print(resolveForCompiled('./found', here + '/typed.ts', missing)?.replace(here, ''))
      print(resolveForCompiled('./found', here + '/plain.js', missing) ?? null)
      print(resolveForCompiled('./absent', here + '/typed.ts', missing) ?? null)
      print(resolveForCompiled('./found', here + '/typed.ts', { code: 'ERR_INVALID_MODULE_SPECIFIER' }) ?? null)
      print(resolveForCompiled('./found', here + '/main.mjs', missing) ?? null)
    `),
  ).toEqual(['/found.js', null, null, null, null])
})
