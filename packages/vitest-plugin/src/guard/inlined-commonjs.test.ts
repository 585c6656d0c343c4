import { describe, expect, test } from 'vitest'
import { handsOutRequired, isInlinedCommonJs } from './inlined-commonjs.ts'

describe('inlined CommonJS', () => {
  test.each([
    ['module.exports = require("./main.js")', true],
    ['exports.a = 1', true],
    ['Object.defineProperty(exports, "a", { get: function () { return a.a; } })', true],
    ['__vite_ssr_exportName__("a", () => a)\nconst a = {}\nmodule.exports = a', false],
    ['const a = await __vite_ssr_import__("./a.js")\n__vite_ssr_exportAll__(a)', false],
    ['Object.defineProperty(__vite_ssr_exports__, "a", { get() { return a } })\nmodule.exports = {}', false],
    ['globalThis.patched = true', false],
  ])('is told by its exports: %s', (code, isCommonJs) => {
    expect(isInlinedCommonJs(code)).toBe(isCommonJs)
  })
})

describe('code that', () => {
  test.each([
    [
      'picks a build',
      "'use strict'; if (process.env.NODE_ENV === 'production') { module.exports = require('./p.js') } else { module.exports = require('./d.js') }",
    ],
    [
      'checks something before, as react-dom',
      "function check() { if (x) return; try { check2(y) } catch (e) {} }\ncheck();\nmodule.exports = require('./d.js')",
    ],
    [
      'names what it requires, as mongoose',
      "const lib = require('./lib/');\nmodule.exports = lib;\nmodule.exports.cast = lib.cast;",
    ],
    [
      'collects, as prom-client',
      "exports.register = require('./registry').register;\nexports.Counter =\n\trequire('./counter');\nexports.type = exports.register.type;",
    ],
    [
      'was compiled by TypeScript',
      'exports.a = void 0;\nvar a_1 = require("./a");\nObject.defineProperty(exports, "a", { enumerable: true, get: function () { return a_1.a; } });',
    ],
    ['has comments', "/* module.exports = 1 */ module.exports = require('./main.js') // entry"],
    [
      'chooses what to name, as react-dom/server',
      "var l, s;\nif (p) {\n  l = require('./a.js');\n  s = require('./b.js');\n} else {\n  l = require('./c.js');\n  s = require('./d.js');\n}\nexports.version = l.version;\nif (s.resume) {\n  exports.resume = s.resume;\n}",
    ],
    ['takes a part', "const { Db: Pool } = require('./db');\nmodule.exports = Pool"],
  ])('%s hands out what was required', (_, code) => {
    expect(handsOutRequired(code)).toBe(true)
  })

  test.each([
    ['module.exports = class Db {}'],
    ["const lib = require('./lib');\nclass Db extends lib.Db {}\nmodule.exports = Db"],
    ["exports.state = {};\nexports.lib = require('./lib')"],
    ["const lib = require('./lib');\nconst made = new lib.Db();\nmodule.exports = made"],
    ["require('./patch')"],
  ])('makes something is another copy: %s', (code) => {
    expect(handsOutRequired(code)).toBe(false)
  })
})
