import { expect, test } from 'vitest'
import { CompiledCode } from './compiled-code.ts'

const PACKAGE = '/app/node_modules/pkg/index.js'

test('what was compiled is used again, for as long as the text is the same', () => {
  const code = new CompiledCode()
  const compiled = {}
  code.forFile('/app/a.test.js', false).set('/app/lib.js', 'text', compiled)
  expect(code.forFile('/app/b.test.js', false).get('/app/lib.js', 'text')).toBe(compiled)
  expect(code.forFile('/app/b.test.js', false).get('/app/lib.js', 'changed')).toBeUndefined()
  expect(code.forFile('/app/b.test.js', false).get('/app/other.js', 'text')).toBeUndefined()
})

test.each<[string, string, string, boolean, boolean]>([
  ['the test file itself', '/app/a.test.js', 'text', false, false],
  ['first-party code that imports dynamically', '/app/lib.js', 'import("./x")', false, false],
  ['a package that does', PACKAGE, 'import("./x")', false, true],
  ['first-party code whose functions the engine counts', '/app/lib.js', 'text', true, false],
  ['a package then', PACKAGE, 'text', true, true],
])('%s', (_, file, source, isCounted, isKept) => {
  const code = new CompiledCode().forFile('/app/a.test.js', isCounted)
  code.set(file, source, {})
  expect(code.get(file, source) !== undefined).toBe(isKept)
})
