import { expect, test } from 'vitest'
import { CompiledCode } from './compiled-code.ts'

const PACKAGE = '/app/node_modules/pkg/index.js'

test('what was compiled is used again, for as long as the text is the same', () => {
  const code = new CompiledCode()
  const compiled = {}
  code.forSharedRealm('/app/a.test.js', false).set('/app/lib.js', 'text', compiled)
  expect(code.forSharedRealm('/app/b.test.js', false).get('/app/lib.js', 'text')).toBe(compiled)
  expect(code.forSharedRealm('/app/b.test.js', false).get('/app/lib.js', 'changed')).toBeUndefined()
  expect(code.forSharedRealm('/app/b.test.js', false).get('/app/other.js', 'text')).toBeUndefined()
})

test.each<[string, string, string, boolean, boolean]>([
  ['the test file itself', '/app/a.test.js', 'text', false, false],
  ['first-party code that imports dynamically', '/app/lib.js', 'import("./x")', false, false],
  ['a package that does', PACKAGE, 'import("./x")', false, true],
  ['first-party code whose functions the engine counts', '/app/lib.js', 'text', true, false],
  ['a package then', PACKAGE, 'text', true, true],
])('%s', (_, file, source, isCounted, isKept) => {
  const code = new CompiledCode().forSharedRealm('/app/a.test.js', isCounted)
  code.set(file, source, {})
  expect(code.get(file, source) !== undefined).toBe(isKept)
})

test('in a realm that a file has to itself, what resets evaluate again is kept: neither packages nor the test file', () => {
  const code = new CompiledCode().forOwnRealm('/app/a.test.js')
  for (const file of ['/app/lib.js', PACKAGE, '/app/a.test.js']) code.set(file, 'import("./x")', {})
  expect(code.get('/app/lib.js', 'import("./x")')).toBeDefined()
  expect([code.get(PACKAGE, 'import("./x")'), code.get('/app/a.test.js', 'import("./x")')]).toEqual([
    undefined,
    undefined,
  ])
})
