// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are code to be looked at
import { expect, test } from 'vitest'
import { mayMention } from './mentions.ts'

const names = ['module', 'require']
const mentions = (code: string) => mayMention(code, names)

test.each([
  'const a = await imported("/src/module-1.ts", { names: ["require"] })',
  "const a = 'module' + \"it's a module\" // require('x')",
  '/* module\n require */ const a = 1',
  'const a = `module ${one + `require ${two} module`} module`',
  'const a = `${{ b: { c: 1 } }} module`',
  'const a = `\\`module \\${ module $ {module}`',
  "const a = 'it\\'s a module'",
  'a.module = b.require',
  'const modules = required',
  'const half = a / b\nconst c = "module"',
  'const found = /[a-z]+/.test(d)\nconst c = "module"',
  'const a = "module"\nconst quote = /"/',
])('is told to mention nothing: %s', (code) => {
  expect(mentions(code)).toBe(false)
})

test.each([
  'module.exports = 1',
  "const a = 'x' + require('y')",
  'const a = `${module.id}`',
  'const a = `${`${`${require}`}`}`',
  "if (typeof module === 'object') {}",
  "const a = 'x' /* y */ + module // z",
  'const a = `x`; const b = { c: `${1}` }; require(b)',
  '({ module })',
  'const copy = { ...module }',
  'call(...require)',
])('is told to mention: %s', (code) => {
  expect(mentions(code)).toBe(true)
})

test.each([
  'const quote = /"/; module.exports = "x"',
  "const quote = /'/.test(a); require('x')",
  'const comment = /a\\//; module.exports = 1',
  'const tick = /`/g; const a = module; const b = `x`',
  'if (a < b) c = /[/*"]/; d = module',
  'let a = b <!--c "\nmodule.exports = "',
])('counts everything as code where it cannot tell: %s', (code) => {
  expect(mentions(code)).toBe(true)
})

test('settles a large module quickly enough to be asked for each source', () => {
  const code = `${'function work() { return [1, "module"].map((one) => `${one} /`) }\n'.repeat(5000)}`
  expect(mentions(code)).toBe(false)
  expect(mentions(`${code}module.exports = 1`)).toBe(true)
})
