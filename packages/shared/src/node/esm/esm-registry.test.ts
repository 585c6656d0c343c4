import { expect, test } from 'vitest'
import { runProgram } from '../../../test-host/program.ts'

const head = `
  import { nodeWorld } from 'core:node/node-world.ts'
  import { installNodeHost } from 'core:node/install-node-host.ts'
  const names = (ids) => [...ids].map((id) => id.split('/').at(-1)).sort()
`
const files = {
  'a.mjs': "export { b } from './b.mjs'\n// import './never.mjs'",
  'b.mjs': 'export const b = {}',
  'never.mjs': '',
  'fails.mjs': "throw new Error('fails')",
  'waits.mjs': 'await 1\nexport const waits = true',
}

function run(text: string): readonly unknown[] {
  const { printed, status, stderr } = runProgram({ ...files, 'main.mjs': head + text })
  expect(status, stderr).toBe(0)
  return printed
}

const own = "names(esm.ids()).filter((name) => !name.endsWith('.ts'))"

test('modules that were loaded before the hooks are found by what the sources say, as far as they are loaded', () => {
  expect(
    run(`
      import './a.mjs'
      const { esm } = installNodeHost().host.world
      print(${own})
    `),
  ).toEqual([['a.mjs', 'b.mjs', 'main.mjs']])
})

test('what is loaded with the hooks there is known with its importer', () => {
  expect(
    run(`
      const { world } = installNodeHost().host
      world.useHooks()
      await import('./a.mjs')
      const { esm } = world
      const id = process.cwd() + '/b.mjs'
      print(esm.has(id))
      print(names(esm.importersOf(id)))
      print(names(esm.importsOf(process.cwd() + '/a.mjs')))
      print(esm.has(process.cwd() + '/never.mjs'))
    `),
  ).toEqual([true, ['a.mjs'], ['b.mjs'], false])
})

test('a namespace and its id lead to each other, and one that waits has none at hand', () => {
  expect(
    run(`
      const { esm } = installNodeHost().host.world
      const b = await import('./b.mjs')
      const id = process.cwd() + '/b.mjs'
      print(esm.namespaceOf(id) === b)
      print(esm.idOfNamespace(b) === id)
      await import('./waits.mjs')
      print(esm.has(process.cwd() + '/waits.mjs'))
      print(esm.namespaceOf(process.cwd() + '/waits.mjs') === undefined)
      print(esm.namespaceOf(process.cwd() + '/never.mjs') === undefined)
    `),
  ).toEqual([true, true, true, true, true])
})

test('one that failed is not there', () => {
  expect(
    run(`
      const { esm } = installNodeHost().host.world
      await import('./fails.mjs').catch(() => {})
      print(esm.has(process.cwd() + '/fails.mjs'))
    `),
  ).toEqual([false])
})
