import { parse } from 'acorn'
import { describe, expect, test } from 'vitest'
import { judge, type Verdict } from './judge.ts'

function judged(code: string, sourceType: 'module' | 'script' = 'module'): Verdict {
  const options = { ecmaVersion: 'latest', sourceType, allowReturnOutsideFunction: true } as const
  return judge(parse(code, options), code)
}

const holdsState = (code: string, type?: 'script') => judged(code, type).state !== undefined

describe('no state', () => {
  test.each([
    [
      'functions and classes',
      'export const add = (a, b) => a + b; export class A { x = 1; m() { return this.x } }',
    ],
    ['a table that is only read', "const T = new Map([['a', 1]]); export const get = (k) => T.get(k)"],
    ['plain data that is exported: it is compared', 'export const config = { a: 1, b: [1, 2] }'],
    [
      'plain data of which only values are handed out',
      'const config = { a: 1 }; export const getA = () => config.a',
    ],
    ['what only hands others on', "import { b } from './b'; export { b }; export * from './c'"],
    ['an enum of TypeScript', "export var E; (function (E) { E[E['A'] = 0] = 'A' })(E || (E = {}))"],
    ['an element', "import { jsx } from 'react/jsx-runtime'; export const icon = jsx('svg', { a: 1 })"],
    ['a static field that nobody assigns', "export class A { static kind = 'a' }"],
    [
      'a global pattern that only text methods use',
      "const RE = /x/g; export const f = (s) => s.replace(RE, '')",
    ],
    [
      'values made of data',
      "const items = ['a', 'b']; export const upper = items.map((x) => x.toUpperCase())",
    ],
    ['options of a component', "export default { name: 'x', setup() { let n = 0; return n } }"],
    [
      'symbols and frozen data',
      "export const s = Symbol('x'); const o = Object.freeze({ a: 1 }); export const f = () => o",
    ],
    ['a list that is filled while it is evaluated', 'export const steps = []; steps.push(() => 1)'],
    ['a function with properties', 'export const f = Object.assign(() => 1, { a: 1 })'],
    ['an import that comes later', "export const lazy = () => import('./x')"],
    ['typeof a global', "export const isBrowser = typeof window !== 'undefined'"],
    ['a module that shadows a name of the world', 'const f = (process) => process.env; f({ env: 1 })'],
  ])('%s', (_, code) => {
    expect(judged(code).state).toBeUndefined()
  })
})

describe('state', () => {
  test.each([
    ['a variable that a function assigns', 'let n = 0; export const inc = () => ++n', 'n'],
    [
      'a cache',
      'const cache = new Map(); export const get = (k) => cache.get(k) ?? cache.set(k, 1)',
      'cache',
    ],
    [
      'data that is handed out and not exported',
      'const config = { a: 1 }; export const get = () => config',
      'config',
    ],
    ['data that the module changes', 'const seen = {}; export const see = (k) => { seen[k] = 1 }', 'seen'],
    [
      'a list that a function fills',
      'const listeners = []; export const on = (l) => listeners.push(l)',
      'listeners',
    ],
    ['an instance', "import { A } from 'a'; export const a = new A()", 'a = new A()'],
    [
      'the result of a call',
      "import { create } from 'zustand'; export const useStore = create(() => ({ n: 0 }))",
      'useStore',
    ],
    [
      'the result of a function of its own',
      'const app = createApp(); function createApp() { return {} } export { app }',
      'app',
    ],
    ['a closure', 'const inc = (() => { let n = 0; return () => ++n })(); export { inc }', 'n'],
    [
      'a static field that is assigned',
      'export class A { static count = 0; static make() { A.count++ } }',
      'static count',
    ],
    ['a global pattern whose position counts', 'const RE = /x/g; export const f = (s) => RE.test(s)', 'RE'],
    ['what is remembered', 'let memo; export function get() { memo ??= {}; return memo }', 'memo'],
    ['the environment', 'export const env = process.env.NODE_ENV', 'process.env.NODE_ENV'],
    ["Vite's environment", 'export const mode = import.meta.env.MODE', 'import.meta.env'],
    ['what somebody has put on the realm', 'export const made = globalThis.settings', 'globalThis.settings'],
    ["a global that is not the language's", 'export const v = __VERSION__', '__VERSION__'],
    ['the clock', 'export const now = Date.now()', 'Date.now'],
    ['a file', "import fs from 'node:fs'; export const text = fs.readFileSync('x', 'utf8')", 'text'],
    ['eval', 'export const f = (s) => eval(s)', 'eval'],
    ['a default export that is an instance', "import { A } from 'a'; export default new A()", 'new A()'],
  ])('%s', (_, code, text) => {
    expect(judged(code).state?.text).toContain(text)
  })

  test('is told with its line', () => {
    expect(judged('export const a = 1\n\nlet n = 0\nexport const inc = () => ++n').state?.line).toBe(4)
  })
})

describe('reads', () => {
  test.each<[string, string, Verdict['reads']]>([
    ['a value', "import { b } from './b'; export const x = b + 1", { './b': ['b'] }],
    ['a base class', "import { Base } from './b'; export class D extends Base {}", { './b': ['Base'] }],
    [
      'of a namespace the export',
      "import * as b from './b'; export const x = { ...b.data }",
      { './b': ['data'] },
    ],
    [
      'within a function that the body calls',
      "import { b } from './b'; const f = () => b; f()",
      { './b': ['b'] },
    ],
    ['within a callback', "import { b } from './b'; export const x = [1].map(() => b)", { './b': ['b'] }],
    ['a default that is another export', "import b from './b'; export default b", { './b': ['default'] }],
    ['a tag', "import { sql } from './sql'; export const q = sql`x`", { './sql': ['sql'] }],
  ])('%s', (_, code, reads) => {
    expect(judged(code).reads).toEqual(reads)
  })

  test.each([
    ['what runs later', "import { b } from './b'; export const f = () => b()"],
    ['what is handed on', "import { b } from './b'; export { b as c }"],
    [
      'a listener',
      "import { b } from './b'; import { bus } from 'bus'; export const off = bus.on('x', () => b())",
      'bus',
    ],
    ['a side effect alone', "import './b'"],
    ['a field of instances', "import { b } from './b'; export class A { x = b }"],
  ])('not %s', (_, code, other = '') => {
    const { [other]: ignored, ...reads } = judged(code).reads ?? {}
    expect(reads).toEqual({})
  })
})

describe('effects', () => {
  test.each([
    ["import { program } from 'commander'; program.command('build').action(() => {})", 'commander'],
    ["import axios from 'axios'; axios.interceptors.request.use((c) => c)", 'axios'],
    ["import axios from 'axios'; axios.defaults.baseURL = '/api'", 'axios'],
    ["import { registry } from './registry'; class Foo {}; registry.add(Foo)", './registry'],
    [
      "import { Entity } from 'typeorm'; let User = class {}; User = __decorate([Entity(), __metadata('x', String)], User)",
      'typeorm',
    ],
    ["const { mongoose } = require('./db'); mongoose.set('x', 1)", './db'],
    [
      "import express from 'express'; const app = express(); await import('./x').then((x) => x.run(app))",
      './x',
    ],
  ])('%s', (code, specifier) => {
    expect(judged(code).effects?.map(({ into }) => into)).toEqual([specifier])
  })

  test.each([
    ["process.on('exit', () => {})", 'process'],
    ['globalThis.x = 1', 'globalThis'],
    ["customElements.define('a-b', class {})", 'customElements'],
    ["window.addEventListener('x', () => {})", 'window'],
    ['Object.assign(globalThis, { a: 1 })', 'globalThis'],
    ["Object.defineProperty(Array.prototype, 'last', { value: 1 })", 'Array'],
    ['const p = process; p.env.TZ = "UTC"', 'process'],
    ['delete globalThis.x', 'globalThis'],
    ['const t = setInterval(() => {}, 1)', 'setInterval'],
    ["describe('a', () => {})", 'describe'],
    ["import http from 'node:http'; const s = http.createServer(); s.listen(0)", 'what listen() holds'],
    ['function setUp() { globalThis.x = 1 } setUp()', 'globalThis'],
  ])('%s', (code, name) => {
    expect(judged(code).effects).toEqual([expect.objectContaining({ name })])
    expect(judged(code).effects?.[0]).not.toHaveProperty('into')
  })

  test.each([
    ["import express from 'express'; const app = express(); app.use((x) => x); export default app"],
    ["console.log('x')"],
    ['export const setUp = () => { globalThis.x = 1 }'],
    ['exports.a = 1; module.exports.b = 2; this.c = 3'],
    ['const list = []; list.push(1); Object.freeze(list); Object.assign(list, { a: 1 })'],
    ['class A { timer = setInterval(() => {}, 1) }'],
    ['bus.value'],
  ])('none: %s', (code) => {
    expect(judged(code).effects).toBeUndefined()
  })

  test('are told with line and text', () => {
    const code = "import { program } from 'commander'\n\nprogram\n  .command('build')"
    expect(judged(code).effects).toEqual([
      { line: 3, text: "program .command('build')", into: 'commander', name: 'commander' },
    ])
  })
})

describe('calls', () => {
  test.each<[string, Verdict['calls']]>([
    [
      "import mongoose from 'mongoose'; export const User = mongoose.model('User')",
      { mongoose: ['default'] },
    ],
    [
      "import { Counter } from 'prom-client'; export const c = new Counter({})",
      { 'prom-client': ['Counter'] },
    ],
    ["const { mongoose } = require('./db'); exports.User = mongoose.model('User')", { './db': ['mongoose'] }],
    ["import { b } from './b'; export const x = b.y", undefined],
  ])('%s', (code, calls) => {
    expect(judged(code).calls).toEqual(calls)
  })
})

// What compilers make of `import { x } from './b'; export const add = () => x()` and of `export * from './b'`.
describe('CommonJS', () => {
  const MARK = "'use strict';\nObject.defineProperty(exports, '__esModule', { value: true });\n"

  test.each([
    [
      'Babel 7',
      `${MARK}exports.add = void 0;\nvar _b = require('./b');\nvar _c = _interopRequireDefault(require('./c'));\nfunction _interopRequireDefault(e) { return e && e.__esModule ? e : { default: e }; }\nconst add = () => (0, _b.x)();\nexports.add = add;`,
    ],
    [
      'Babel 7, export *',
      `${MARK}var _b = require('./b');\nObject.keys(_b).forEach(function (key) {\n  if (key === "default" || key === "__esModule") return;\n  if (key in exports && exports[key] === _b[key]) return;\n  Object.defineProperty(exports, key, { enumerable: true, get: function () { return _b[key]; } });\n});`,
    ],
    [
      'Babel 7, lazy',
      `function _m() { const data = require('./m'); _m = function () { return data; }; return data; }\nexports.f = () => _m().x()`,
    ],
    [
      'TypeScript 5',
      `"use strict";\nvar __createBinding = (this && this.__createBinding) || (Object.create ? (function(o, m, k, k2) { o[k2] = m[k]; }) : (function(o, m, k, k2) { o[k2] = m[k]; }));\nvar __exportStar = (this && this.__exportStar) || function(m, exports) { for (var p in m) if (p !== "default" && !Object.prototype.hasOwnProperty.call(exports, p)) __createBinding(exports, m, p); };\nObject.defineProperty(exports, "__esModule", { value: true });\nexports.add = void 0;\nconst b_1 = require("./b");\nconst add = () => (0, b_1.x)();\nexports.add = add;\n__exportStar(require("./b"), exports);`,
    ],
    [
      'TypeScript 6, import *',
      `"use strict";\nvar __importStar = (this && this.__importStar) || (function () {\n    var ownKeys = function(o) {\n        ownKeys = Object.getOwnPropertyNames || function (o) { var ar = []; return ar; };\n        return ownKeys(o);\n    };\n    return function (mod) { if (mod && mod.__esModule) return mod; var result = {}; return result; };\n})();\nObject.defineProperty(exports, "__esModule", { value: true });\nexports.f = void 0;\nconst b = __importStar(require("./b"));\nconst f = () => b.x();\nexports.f = f;`,
    ],
    [
      'SWC 1',
      `"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\nObject.defineProperty(exports, "add", { enumerable: true, get: function() { return add; } });\nconst _b = require("./b");\nconst _c = /*#__PURE__*/ _interop_require_default(require("./c"));\nfunction _interop_require_default(obj) { return obj && obj.__esModule ? obj : { default: obj }; }\nconst add = ()=>(0, _b.x)();`,
    ],
    [
      'esbuild 0.25',
      `var __defProp = Object.defineProperty;\nvar __getOwnPropDesc = Object.getOwnPropertyDescriptor;\nvar __getOwnPropNames = Object.getOwnPropertyNames;\nvar __hasOwnProp = Object.prototype.hasOwnProperty;\nvar __export = (target, all) => { for (var name in all) __defProp(target, name, { get: all[name], enumerable: true }); };\nvar __copyProps = (to, from, except, desc) => { return to; };\nvar __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);\nvar src_exports = {};\n__export(src_exports, { add: () => add });\nmodule.exports = __toCommonJS(src_exports);\nvar import_b = require("./b");\nconst add = () => (0, import_b.x)();\n0 && (module.exports = { add });`,
    ],
    [
      'babel-plugin-istanbul',
      `function cov_1abc() { var path = 'x'; var g = new Function('return this')(); var c = g.__coverage__ || (g.__coverage__ = {}); cov_1abc = function () { return c }; return c }\ncov_1abc();\ncov_1abc().s[0]++;\nexports.f = () => { cov_1abc().f[0]++; return 1 }`,
    ],
    ['one that hands another on', "module.exports = require('./src')"],
  ])('of %s shows nothing that is not in its source', (_, code) => {
    expect(judged(code, 'script')).toEqual({})
  })

  test('a live binding that a function assigns is state', () => {
    const code = `${MARK}exports.inc = inc;\nexports.n = void 0;\nlet n = 0;\nexports.n = n;\nfunction inc() { exports.n = n = n + 1; }`
    expect(holdsState(code, 'script')).toBe(true)
  })

  test('what is taken out of a module is read, since it has the value of then', () => {
    expect(
      judged("const { a, b: c } = require('./x'); module.exports = { d: () => a(c) }", 'script').reads,
    ).toEqual({
      './x': ['a', 'b'],
    })
  })

  test('an object that is exported as it is holds no state, unless it does', () => {
    expect(holdsState('module.exports = { a: 1, f() {} }', 'script')).toBe(false)
    expect(holdsState('module.exports = { cache: new Map() }', 'script')).toBe(true)
    expect(holdsState('exports.cache = new Map()', 'script')).toBe(true)
  })
})
