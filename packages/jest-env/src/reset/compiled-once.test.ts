import { expect, test } from 'vitest'
import { CompiledOnce } from './compiled-once.ts'

const SOURCE = 'exports.a = 1'
const compiled = {}

test('first-party code is compiled once for as long as its text is the same', () => {
  const code = new CompiledOnce('/app/a.test.js')
  code.set('/app/a.js', SOURCE, compiled)
  expect(code.get('/app/a.js', SOURCE)).toBe(compiled)
  expect(code.get('/app/a.js', `${SOURCE} + 1`)).toBeUndefined()
  expect(code.get('/app/b.js', SOURCE)).toBeUndefined()
})

test('what no reset evaluates again is not kept: packages, the test file', () => {
  const code = new CompiledOnce('/app/a.test.js')
  for (const file of ['/app/node_modules/lib/index.js', '/app/a.test.js']) {
    code.set(file, SOURCE, compiled)
    expect(code.get(file, SOURCE)).toBeUndefined()
  }
})
