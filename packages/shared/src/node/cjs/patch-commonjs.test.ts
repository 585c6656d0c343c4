import { expect, test } from 'vitest'
import { runProgram } from '../../../test-host/program.ts'

const head = `
  import Module, { createRequire } from 'node:module'
  import { onImport, requireFresh, specOf } from 'core:index.ts'
  import { nodeWorld } from 'core:node/node-world.ts'
  const require = createRequire(import.meta.url)
`

test('a refused evaluation leaves no module behind, and one that fails is told of', () => {
  const { printed, stderr } = runProgram({
    'a.cjs': 'globalThis.ran = true',
    'fails.cjs': "throw new Error('fails')",
    'main.mjs': `${head}
      const world = nodeWorld()
      world.beforeEvaluation = (id) => { if (id.endsWith('a.cjs')) throw new Error('refused') }
      world.evaluationFailed = (id) => print(id.split('/').at(-1))
      try { require('./a.cjs') } catch ({ message }) { print(message) }
      print([globalThis.ran ?? null, require.resolve('./a.cjs') in require.cache])
      try { require('./fails.cjs') } catch ({ message }) { print(message) }
      world.beforeEvaluation = undefined
      require('./a.cjs')
      print(globalThis.ran)
    `,
  })
  expect(printed, stderr).toEqual(['refused', [null, false], 'fails.cjs', 'fails', true])
})

test('hooks of onImport hear of a registered evaluation, of a copy, and of nothing else', () => {
  const { printed, stderr } = runProgram({
    'a.cjs': 'exports.a = 1',
    'main.mjs': `${head}
      const undo = await onImport('./a.cjs', ({ a }, { fresh, reloaded }) => print([a, fresh, reloaded]))
      require('./a.cjs')
      require('./a.cjs')
      requireFresh('./a.cjs')
      undo()
      requireFresh('./a.cjs')
    `,
  })
  expect(printed, stderr).toEqual([
    [1, false, false],
    [1, true, false],
  ])
})

test('requires that a function makes are its targets, those of others are not', () => {
  const { printed, stderr } = runProgram({
    'a.cjs': "exports.b = require('./b.cjs')",
    'b.cjs': 'exports.state = {}',
    'main.cjs': `
      const { requireFresh } = require('core:index.ts')
      const a = require('./a.cjs')
      const [fresh, other] = requireFresh(() => [require('./a.cjs'), require('./b.cjs')])
      print([fresh === a, fresh.b === a.b, other === a.b, fresh.b === other])
      print(require('./a.cjs') === a)
    `,
    'main.mjs': "import './main.cjs'",
  })
  expect(printed, stderr).toEqual([[false, true, false, false], true])
})
