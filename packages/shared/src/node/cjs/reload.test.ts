import { expect, test } from 'vitest'
import { runProgram } from '../../../test-host/program.ts'

const head =
  "import { createRequire } from 'node:module'\nimport { reloadInPlace, specOf } from 'core:index.ts'\nconst require = createRequire(import.meta.url)\n"

test('the body runs again on the registered exports; what others put there stays', () => {
  const { printed, stderr } = runProgram({
    'a.cjs':
      'globalThis.count = (globalThis.count ?? 0) + 1\nexports.count = globalThis.count\nif (globalThis.count === 1) exports.first = true',
    'main.mjs': `${head}
      // From the first helper on it is seen which exports a body defines.
      await specOf('./a.cjs')
      const a = require('./a.cjs')
      a.foreign = 'mine'
      await reloadInPlace('./a.cjs')
      print([a, require('./a.cjs') === a])
    `,
  })
  expect(stderr).toBe('')
  expect(printed).toEqual([[{ foreign: 'mine', count: 2 }, true]])
})

test('what a body hands out goes into the registered exports, and its own name for it stands for those', () => {
  const { printed, stderr } = runProgram({
    'a.cjs': 'const api = { count: 0, up() { api.count++ } }\nmodule.exports = api',
    'main.mjs': `${head}
      const a = require('./a.cjs')
      a.up()
      await reloadInPlace('./a.cjs')
      const before = a.count
      a.up()
      print([before, a.count])
    `,
  })
  expect(stderr).toBe('')
  expect(printed).toEqual([[0, 1]])
})

test('a failure leaves every export as it was, and so does a body that hands out what nothing can take', () => {
  const { printed, stderr } = runProgram({
    'a.cjs':
      'exports.value = 1\nif (globalThis.isBroken) throw new Error("broken")\nif (globalThis.isFunction) module.exports = () => {}',
    'main.mjs': `${head}
      const a = require('./a.cjs')
      globalThis.isBroken = true
      const broken = await reloadInPlace('./a.cjs').catch((error) => error.message)
      globalThis.isBroken = false
      globalThis.isFunction = true
      const refused = await reloadInPlace('./a.cjs').catch((error) => error.code)
      print([broken.includes('broken'), refused, a])
    `,
  })
  expect(stderr).toBe('')
  expect(printed).toEqual([[true, 'ERR_RELOAD_REFUSED', { value: 1 }]])
})

test('the exports of another module are left to that one', () => {
  const { printed, stderr } = runProgram({
    'lib.cjs': 'exports.value = 1',
    'a.cjs': "module.exports = globalThis.isOther ? { other: 1 } : require('./lib.cjs')",
    'main.mjs': `${head}
      const a = require('./a.cjs')
      await reloadInPlace('./a.cjs')
      const same = require('./a.cjs') === require('./lib.cjs')
      globalThis.isOther = true
      const message = await reloadInPlace('./a.cjs').catch((error) => error.message)
      print([same, message.includes('was the exports of another module'), a])
    `,
  })
  expect(stderr).toBe('')
  expect(printed).toEqual([[true, true, { value: 1 }]])
})
