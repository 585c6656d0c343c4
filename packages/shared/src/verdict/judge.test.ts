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
    [
      'a table of what other modules export: they answer for it',
      "import * as F from './f'; import { g } from './g'; const T = { D: F.a, G: g }; export const get = (k, make) => make(T[k])",
    ],
    ['a list that is filled while it is evaluated', 'export const steps = []; steps.push(() => 1)'],
    ['a function with properties', 'export const f = Object.assign(() => 1, { a: 1 })'],
    ['an import that comes later', "export const lazy = () => import('./x')"],
    ['text as it is written', 'const RE = String.raw`a\\d`; export const f = () => RE'],
    [
      'a global pattern that is made of a text, and that only text methods use',
      "const RE = new RegExp('x', 'g'); export const f = (s) => s.replace(RE, '')",
    ],
    ['typeof a global', "export const isBrowser = typeof window !== 'undefined'"],
    ['a module that shadows a name of the world', 'const f = (process) => process.env; f({ env: 1 })'],
    [
      'static plain data: it is compared',
      "export class A { static list = ['a']; static { this.of = { a: 1 } } }",
    ],
    [
      'an element that others show',
      "import { jsx } from 'react/jsx-runtime'; import { Icon } from './icon'; const icon = jsx(Icon, { size: 1 }); export const B = () => jsx('b', { children: [icon] })",
    ],
    [
      'what functions of its own have made of nothing else',
      "const join = (a, b) => a + b; function all() { let text = ''; for (const k of ['a', 'b']) text += k; return text } export const x = join('a', 'b'); export const y = all()",
    ],
    [
      'objects of a list of which only values are handed out',
      'const A = [{ x: 1, y: 2 }]; export const get = (k) => A.find((i) => i.x === k)?.y; export const has = (k) => A.map((i) => i.x).includes(k)',
    ],
    [
      'a function of private data',
      'const helpers = { add(a, b) { return a + b } }; export const f = () => helpers.add(1, 2)',
    ],
    [
      'methods of components, whose this is another',
      'export default { data() { return { n: 0 } }, methods: { inc() { this.n++ } } }',
    ],
    [
      'a namespace of TypeScript without state',
      'export var N; (function (N) { N.a = 1; function f() { return N.a } N.f = f })(N || (N = {})); var Inner; (function (Inner) { Inner.x = 1 })(Inner || (Inner = {})); export const g = () => Inner.x',
    ],
    [
      'what the realm has by itself',
      'export const x = globalThis.Array.isArray([]); export const t = typeof globalThis.document',
    ],
  ])('%s', (_, code) => {
    expect(judged(code).state).toBeUndefined()
  })
})

test('lists that hold parts of each other are judged as others are', () => {
  const lists = 'var a = [b.slice()], b = [a.slice()]; export const first = () => '
  expect(holdsState(`${lists} a.slice()`)).toBe(true)
})

describe('state', () => {
  test.each([
    ['a variable that a function assigns', 'let n = 0; export const inc = () => ++n', 'n'],
    [
      'one that is declared within loops and branches',
      'export const inc = () => ++n; try { for (const one of [1]) { if (one) { var n = 0 } } } catch {}',
      'n',
    ],
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
      'the result of a function of its own, which remembers',
      'const app = createApp(); function createApp() { let n = 0; return { inc: () => ++n } } export { app }',
      'app',
    ],
    [
      'what a function of its own fills',
      'function make() { const m = {}; m.x = new Map(); return m } export const a = make()',
      'a = make()',
    ],
    [
      'a namespace of TypeScript that counts',
      'export var N; (function (N) { N.count = 0; function inc() { N.count++ } N.inc = inc })(N || (N = {}))',
      'N',
    ],
    [
      'a namespace of TypeScript with a cache',
      'export var N; (function (N) { N.cache = new Map(); N.get = (k) => N.cache.get(k) })(N || (N = {}))',
      'N',
    ],
    [
      'objects that a list hands out',
      'const A = [{ x: 1 }]; export const get = (k) => A.find((i) => i.x === k)',
      'A',
    ],
    [
      'objects that a table hands out',
      "const T = new Map([['a', { x: 1 }]]); export const get = (k) => T.get(k)",
      'T',
    ],
    [
      'objects of a list that others get one by one',
      'const A = [{ x: 1 }]; export const each = (f) => { for (const a of A) f(a) }',
      'A',
    ],
    [
      'an object of a list that is changed',
      'const A = [{ x: 1 }]; export const set = (k) => { const a = A[k]; a.x = 2 }',
      'A',
    ],
    [
      'a cache that a function carries',
      'export function f(k) { return f.cache.get(k) } f.cache = new Map()',
      'f',
    ],
    ['an exported object whose method counts', 'export const s = { n: 0, inc() { this.n++ } }', 'this'],
    [
      'a list that a method of an exported object fills',
      'export const s = { all: [], add(x) { this.all.push(x) } }',
      'this',
    ],
    [
      'a counter that a static method keeps',
      'export class A { static inc() { this.n = (this.n ?? 0) + 1 } }',
      'this',
    ],
    [
      'what somebody may have put on the realm',
      "let x; if (typeof globalThis.foo === 'string') x = 1; else x = 2; export { x }",
      'globalThis.foo',
    ],
    ['the realm by another name', 'const g = globalThis; export const v = g.settings', 'g.settings'],
    [
      'the realm by a parameter',
      '(function (root) { if (root.settings) setUp(); function setUp() {} })(globalThis)',
      'root.settings',
    ],
    ['what is taken from the realm', 'const { settings } = globalThis; export { settings }', 'settings'],
    ['whether the realm has it', "export const has = 'settings' in globalThis", 'in globalThis'],
    [
      'the environment by an import',
      "import { env } from 'node:process'; export const mode = env.MODE",
      'env.MODE',
    ],
    [
      'the environment by a default import',
      "import process from 'process'; export const { MODE } = process.env",
      'process.env',
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

describe('names that hold all the state there is', () => {
  test.each<[string, string, string[]]>([
    ['a variable', 'let n = 0; export const inc = () => ++n', ['n']],
    ['a table that is filled later', 'const c = new Map(); export const put = (k) => c.set(k, {})', ['c']],
    ['a table that is exported', "export const tags = new Set(['a'])", ['tags']],
    ['data that is handed out', 'const c = { a: [1] }; export const get = () => c', ['c']],
    [
      'a table that gives away what is put into it later',
      'const c = {}; export const get = (k) => { c[k] ??= { k }; return c[k] }',
      ['c'],
    ],
    ['a pattern', "const R = new RegExp('x', 'g'); export const f = (s) => R.test(s)", ['R']],
    ['a property of a function', 'export function f() { f.n = 1 }', ['f']],
    ['a static field', 'export class A { static n = 0; static inc() { A.n++ } }', ['A']],
    [
      'what a method changes',
      'const s = { n: 0, inc() { this.n++ } }; export const inc = () => s.inc()',
      ['s'],
    ],
    [
      'a table that a function of the module fills',
      'const c = new Set(); const put = (s, k) => s.add(k); export const f = (k) => put(c, k)',
      ['c'],
    ],
    [
      'several, changed in callbacks that run at once',
      'let n = 0; const seen = []; export const all = (l) => l.forEach((x) => { n++; seen.push(x) })',
      ['n', 'seen'],
    ],
  ])('%s', (_, code, holders) => {
    expect(judged(code).holders).toEqual(holders)
  })

  test.each([
    ['none where nothing is state', 'export const a = 1'],
    [
      'a closure',
      'const inc = (() => { let n = 0; return () => ++n })(); let m; export const f = () => { m = 1; inc() }',
    ],
    [
      'an instance',
      "import { A } from 'a'; const a = new A(); let n = 0; export const f = () => { n++; a.x() }",
    ],
    [
      'what a call has made, in a table',
      "import { make } from 'a'; const t = new Map(); t.set('a', make()); export const f = (k) => t.set(k, 1)",
    ],
    [
      'the same, put there by a callback',
      "import { make } from 'a'; const t = {}; ['a'].map((k) => { t[k] = make(k) }); export const f = (k) => { t[k] = 1 }",
    ],
    ['a WeakMap', 'const w = new WeakMap(); export const f = (k) => w.set(k, 1)'],
    [
      'a list that the module changes, where others have it',
      'export let all = []; export const forget = () => { all = [] }',
    ],
    [
      'a table that gives away what it has from the start',
      'const c = { a: { n: 1 } }; export const get = (k) => { c[k] ??= { n: 0 }; return c[k] }',
    ],
    ['a table of a class', 'export class A { static all = new Map() }'],
    ['an object with methods, where others have it', 'export const s = { n: 0, inc() { this.n++ } }'],
    ['a private static field', 'export class A { static #n = 0; static inc() { A.#n++ } }'],
    [
      'a private static field by the name of its class',
      'export class A { static #n = new Map(); add(k) { A.#n.set(k, 1) } }',
    ],
    ['a name of a block', '{ let n = 0; globalThis.f = () => ++n }; export {}'],
    [
      'a namespace of TypeScript',
      'export var N; (function (N) { N.n = 0; N.inc = () => N.n++ })(N || (N = {}))',
    ],
    ['what is read of the world', 'let n = process.env.N; export const f = () => ++n'],
    [
      'a table that is filled after an await, by another name',
      'const c = new Map(); export async function f(k) { const m = c; await k; m.set(k, 1) }',
    ],
    [
      'one that a promise fills, by another name',
      'const c = new Map(); export function f(p) { let m; m = c; p.then(() => m.set(1, 1)) }',
    ],
    [
      'one that a function of the module fills later',
      'const c = new Map(); async function fill(m, k) { await k; m.set(k, 1) } export const f = (k) => { fill(c, k) }',
    ],
    [
      'one that such a function hands on',
      'const c = new Map(); const keep = (m) => { globalThis.m = m }; export const f = () => { c.set(1, 1); keep(c) }',
    ],
    ['what is written after an await', 'let n; export const f = async () => { n = await 1 }'],
    ['what a promise writes', 'let n; export const f = (p) => { p.then(() => { n = 1 }) }'],
    [
      'what a listener fills',
      "const all = []; export const f = (bus) => { bus.on('x', (x) => all.push(x)) }",
    ],
    ['what a generator changes', 'let n = 0; export function* f() { n++; yield n }'],
    ['a function that is given back', 'let n = 0; export const make = () => () => ++n'],
  ])('not %s', (_, code) => {
    expect(judged(code).holders).toBeUndefined()
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
    [
      "import { Entity } from 'typeorm'; var _dec, _class; let User = (_dec = Entity(), _dec(_class = class User {}) || _class); export { User }",
      'typeorm',
    ],
    [
      "import { Entity } from 'typeorm'; import _decorate from '@oxc-project/runtime/helpers/decorate'; import _decorateMetadata from '@oxc-project/runtime/helpers/decorateMetadata'; let User = class {}; User = _decorate([Entity(), _decorateMetadata('design:type', String)], User)",
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
    ["import * as $ from 'svelte/internal/client'\n$.delegate(['click'])"],
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

  test('an assignment is told: doing it again changes nothing', () => {
    const code = "import axios from 'axios'; axios.defaults.baseURL = '/api'; axios.use(1); axios.count += 1"
    expect(judged(code).effects?.map(({ isAssignment }) => isAssignment)).toEqual([
      true,
      undefined,
      undefined,
    ])
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
    [
      'Babel 7, classes that extend others, for old engines',
      `${MARK}exports.A = void 0;\nfunction _setPrototypeOf(t, e) { return _setPrototypeOf = Object.setPrototypeOf ? Object.setPrototypeOf.bind() : function (t, e) { return t.__proto__ = e, t; }, _setPrototypeOf(t, e); }\nfunction _getPrototypeOf(t) { return _getPrototypeOf = Object.setPrototypeOf ? Object.getPrototypeOf.bind() : function (t) { return t.__proto__; }, _getPrototypeOf(t); }\nfunction _construct(t, e, r) { return Reflect.construct(t, e); }\nfunction _inherits(t, e) { t.prototype = Object.create(e.prototype); e && _setPrototypeOf(t, e); }\nvar A = exports.A = function () { function A() { return _construct(Object, [], _getPrototypeOf(A)); } return A; }();`,
    ],
    [
      'Babel 7, exported lists and tables that functions of the module hand on',
      `${MARK}exports.months = exports.list = exports.matrix = void 0;\nvar list = exports.list = ["a", "b"];\nvar matrix = exports.matrix = { weeks: { days: 7 } };\nvar months = function months() { return [].concat(list, use(matrix)); };\nexports.months = months;\nfunction use(m) { return m; }`,
    ],
    [
      'Babel 7, loops over lists',
      `${MARK}exports.f = void 0;\nfunction _createForOfIteratorHelperLoose(r) { return r[Symbol.iterator](); }\nfunction _slicedToArray(r, n) { return r.slice(0, n); }\nvar units = ["a", "b"];\nvar reversed = units.slice(0).reverse();\nvar ranges = { arab: [1, 2] };\nvar f = exports.f = function f(k, use) { for (var _iterator = _createForOfIteratorHelperLoose(reversed), _step; !(_step = _iterator()).done;) use(_step.value); var _r = _slicedToArray(ranges[k], 2), min = _r[0]; return use(min); };`,
    ],
    [
      'Babel 7, templates and patterns',
      `${MARK}exports.f = void 0;\nvar zone = "(?:".concat("Z", "|").concat("x", ")");\nvar pattern = RegExp("".concat(zone, "$"));\nvar f = exports.f = function f(s, use) { return use(pattern, zone) && pattern.test(s); };`,
    ],
    ['one that hands another on', "module.exports = require('./src')"],
  ])('of %s shows nothing that is not in its source', (_, code) => {
    expect(judged(code, 'script')).toEqual({})
  })

  const BABEL_DECORATORS = `var _typeorm = require("typeorm");
var _common = require("@nestjs/common");
var _dep = require("./dep");
var _dec, _dec2, _dec3, _class, _class2, _descriptor, _dec4, _dec5, _dec6, _dec7, _class3;
function _applyDecoratedDescriptor(i, e, r, n, l) { var a = {}; return Object.keys(n).forEach(function (i) { a[i] = n[i]; }), a.enumerable = !!a.enumerable, a.configurable = !!a.configurable, ("value" in a || a.initializer) && (a.writable = !0), a = r.slice().reverse().reduce(function (r, n) { return n(i, e, r) || r; }, a), l && void 0 !== a.initializer && (a.value = a.initializer ? a.initializer.call(l) : void 0, a.initializer = void 0), void 0 === a.initializer ? (Object.defineProperty(i, e, a), null) : a; }
function _initializerWarningHelper(r, e) { throw Error("Decorating class property failed."); }
let User = exports.User = (_dec = (0, _typeorm.Entity)(), _dec2 = (0, _typeorm.Column)(), _dec3 = Reflect.metadata("design:type", String), _dec(_class = (_class2 = class User {
  name = _initializerWarningHelper(_descriptor, this);
}, _descriptor = _applyDecoratedDescriptor(_class2.prototype, "name", [_dec2, _dec3], {
  configurable: true, enumerable: true, writable: true, initializer: function () { return 'x'; }
}), _class2)) || _class);
let Service = exports.Service = (_dec4 = (0, _common.Injectable)(), _dec5 = function (target, key) {
  return (0, _common.Inject)(_dep.Dep)(target, undefined, 0);
}, _dec6 = Reflect.metadata("design:type", Function), _dec7 = Reflect.metadata("design:paramtypes", [typeof _dep.Dep === "undefined" ? Object : _dep.Dep]), _dec4(_class3 = _dec5(_class3 = _dec6(_class3 = _dec7(_class3 = class Service {
  constructor(dep) { this.dep = dep; }
}) || _class3) || _class3) || _class3) || _class3);`
  const DECORATED = ['typeorm', 'typeorm', '@nestjs/common']

  test.each([
    ['Babel, legacy', BABEL_DECORATORS],
    [
      'Babel, 2023-11',
      `var _typeorm = require("typeorm");
var _common = require("@nestjs/common");
let _initClass, _init_name, _init_extra_name, _initProto, _initClass2;
let _User = exports.User = void 0;
class User {
  static { ({ e: [_init_name, _init_extra_name, _initProto], c: [_User, _initClass] } = _applyDecs(this, [(0, _typeorm.Entity)()], [[(0, _typeorm.Column)(), 0, "name"]])); exports.User = _User; }
  constructor() { _init_extra_name(this); }
  name = (_initProto(this), _init_name(this, 'x'));
  static { _initClass(); }
}
let _Service;
class Service { static { ({ c: [_Service, _initClass2] } = _applyDecs(this, [(0, _common.Injectable)()], [])); } static { _initClass2(); } }
function _applyDecs(e, t, n, r, o, i) { return {} }`,
    ],
    [
      'SWC, 2022-03',
      `const _typeorm = require("typeorm");
const _common = require("@nestjs/common");
function _apply_decs_2203_r(targetClass, memberDecs, classDecs, parentClass) { return {} }
var _dec, _initClass, _dec1, _init_name, _initProto, _dec2, _initClass1;
_dec = (0, _typeorm.Entity)(), _dec1 = (0, _typeorm.Column)();
let _User;
class User {
  static{ ({ e: [_init_name, _initProto], c: [_User, _initClass] } = _apply_decs_2203_r(this, [[_dec1, 0, "name"]], [_dec])); }
  name = (_initProto(this), _init_name(this, 'x'));
  static{ _initClass(); }
}
_dec2 = (0, _common.Injectable)();
let _Service;
class Service { static{ ({ c: [_Service, _initClass1] } = _apply_decs_2203_r(this, [], [_dec2])); } static{ _initClass1(); } }`,
    ],
    [
      'SWC, with @swc/helpers',
      `var _define_property = require("@swc/helpers/_/_define_property");
var _ts_decorate = require("@swc/helpers/_/_ts_decorate");
var _ts_metadata = require("@swc/helpers/_/_ts_metadata");
var _ts_param = require("@swc/helpers/_/_ts_param");
var _typeorm = require("typeorm");
var _common = require("@nestjs/common");
var _dep = require("./dep");
var User = function User() { _define_property._(this, "name", 'x'); };
_ts_decorate._([(0, _typeorm.Column)(), _ts_metadata._("design:type", String)], User.prototype, "name", void 0);
User = _ts_decorate._([(0, _typeorm.Entity)()], User);
var Service = function Service(dep) { this.dep = dep; };
Service = _ts_decorate._([(0, _common.Injectable)(), _ts_param._(0, (0, _common.Inject)(_dep.Dep)), _ts_metadata._("design:paramtypes", [typeof _dep.Dep === "undefined" ? Object : _dep.Dep])], Service);`,
    ],
    [
      'TypeScript, with tslib',
      `exports.Service = exports.User = void 0;
const tslib_1 = require("tslib");
const typeorm_1 = require("typeorm");
const common_1 = require("@nestjs/common");
const dep_1 = require("./dep");
let User = class User { constructor() { this.name = 'x'; } };
exports.User = User;
tslib_1.__decorate([(0, typeorm_1.Column)(), tslib_1.__metadata("design:type", String)], User.prototype, "name", void 0);
exports.User = User = tslib_1.__decorate([(0, typeorm_1.Entity)()], User);
let Service = class Service { constructor(dep) { this.dep = dep; } };
exports.Service = Service;
exports.Service = Service = tslib_1.__decorate([(0, common_1.Injectable)(), tslib_1.__param(0, (0, common_1.Inject)(dep_1.Dep)), tslib_1.__metadata("design:paramtypes", [typeof (_a = typeof dep_1.Dep !== "undefined" && dep_1.Dep) === "function" ? _a : Object])], Service);
var _a;`,
    ],
    [
      'TypeScript, standard',
      `const typeorm_1 = require("typeorm");
const common_1 = require("@nestjs/common");
let User = (() => {
    let _classDecorators = [(0, typeorm_1.Entity)()];
    let _classDescriptor;
    let _classExtraInitializers = [];
    let _classThis;
    let _name_decorators;
    let _name_initializers = [];
    let _name_extraInitializers = [];
    var User = class {
        static { _classThis = this; }
        static {
            const _metadata = typeof Symbol === "function" && Symbol.metadata ? Object.create(null) : void 0;
            _name_decorators = [(0, typeorm_1.Column)()];
            __esDecorate(null, null, _name_decorators, { kind: "field", name: "name" }, _name_initializers, _name_extraInitializers);
            __esDecorate(null, _classDescriptor = { value: _classThis }, _classDecorators, { kind: "class" }, null, _classExtraInitializers);
            User = _classThis = _classDescriptor.value;
            __runInitializers(_classThis, _classExtraInitializers);
        }
        name = __runInitializers(this, _name_initializers, 'x');
    };
    return User = _classThis;
})();
exports.User = User;
let Service = (() => {
    let _classDecorators = [(0, common_1.Injectable)()];
    let _classDescriptor;
    let _classExtraInitializers = [];
    let _classThis;
    var Service = class {
        static { _classThis = this; }
        static {
            __esDecorate(null, _classDescriptor = { value: _classThis }, _classDecorators, { kind: "class" }, null, _classExtraInitializers);
            Service = _classThis = _classDescriptor.value;
            __runInitializers(_classThis, _classExtraInitializers);
        }
    };
    return Service = _classThis;
})();
exports.Service = Service;
function __esDecorate() {}
function __runInitializers() {}`,
    ],
    [
      'esbuild, standard',
      `var import_typeorm = require("typeorm");
var import_common = require("@nestjs/common");
var __decoratorStart = (base) => [];
var __runInitializers = (array, flags, self, value) => value;
var __decorateElement = (array, flags, name, decorators, target, extra) => target;
var _name_dec, _User_decorators, _init, _Service_decorators, _init2;
_User_decorators = [(0, import_typeorm.Entity)()], _name_dec = [(0, import_typeorm.Column)()];
class User { constructor() { __publicField(this, "name", __runInitializers(_init, 8, this, "x")); } }
_init = __decoratorStart(null);
__decorateElement(_init, 5, "name", _name_dec, User);
User = __decorateElement(_init, 0, "User", _User_decorators, User);
__runInitializers(_init, 1, User);
_Service_decorators = [(0, import_common.Injectable)()];
class Service {}
_init2 = __decoratorStart(null);
Service = __decorateElement(_init2, 0, "Service", _Service_decorators, Service);
__runInitializers(_init2, 1, Service);
function __publicField() {}`,
    ],
  ])('decorators by %s are effects, and no state', (_, code) => {
    const { state, effects = [], reads = {}, calls = {} } = judged(code, 'script')
    expect(state).toBeUndefined()
    expect(effects.map(({ into }) => into).sort()).toEqual([...DECORATED].sort())
    expect(Object.keys(calls).sort()).toEqual(['@nestjs/common', 'typeorm'])
    expect(
      Object.keys(reads)
        .filter((specifier) => specifier !== './dep')
        .sort(),
    ).toEqual(['@nestjs/common', 'typeorm'])
  })

  test('a decorator of a parameter is read and called', () => {
    const { reads, calls } = judged(BABEL_DECORATORS, 'script')
    expect(reads).toMatchObject({ '@nestjs/common': ['Injectable', 'Inject'], './dep': ['Dep'] })
    expect(calls).toMatchObject({ '@nestjs/common': ['Injectable', 'Inject'] })
  })

  test.each([
    [
      'TypeScript',
      'var Color; (function (Color) { Color[Color["Red"] = 0] = "Red"; })(Color || (exports.Color = Color = {}));',
    ],
    [
      'TypeScript, its own',
      'var Color; (function (Color) { Color[Color["Red"] = 0] = "Red"; })(Color || (Color = {})); exports.f = (k) => Color[k];',
    ],
    [
      'SWC',
      'var Color = /*#__PURE__*/ function(Color) { Color[Color["Red"] = 0] = "Red"; return Color; }({}); function _export(target, all) {} _export(exports, { get Color () { return Color; } });',
    ],
    [
      'esbuild',
      'var Color = ((Color2) => { Color2[Color2["Red"] = 0] = "Red"; return Color2; })(Color || {}); var __export = (target, all) => {}; var __toCommonJS = (mod) => mod; var src_exports = {}; __export(src_exports, { Color: () => Color }); module.exports = __toCommonJS(src_exports); __export({}, { Color: () => Color });',
    ],
  ])('an enum of %s is no state', (_, code) => {
    expect(judged(code, 'script').state).toBeUndefined()
  })

  test('a namespace of TypeScript that counts is state', () => {
    const code =
      'var N; (function (N) { N.count = 0; function inc() { N.count++; } N.inc = inc; })(N || (exports.N = N = {}));'
    expect(holdsState(code, 'script')).toBe(true)
  })

  test.each([
    [
      'Babel',
      'var _x = new WeakMap(); var _P_brand = new WeakSet(); class P { constructor() { _classPrivateMethodInitSpec(this, _P_brand); _classPrivateFieldInitSpec(this, _x, 0); } get x() { return _classPrivateFieldGet(_x, this); } } exports.P = P; function _classPrivateFieldGet(s, a) { return s.get(_assertClassBrand(s, a)); } function _classPrivateFieldInitSpec(e, t, a) { t.set(e, a); }',
    ],
    [
      'SWC',
      'var _x = new WeakMap(), _m = new WeakSet(); class P { constructor() { _class_private_method_init(this, _m); _class_private_field_init(this, _x, { writable: true, value: 0 }); } get x() { return _class_private_field_get(this, _x); } } exports.P = P;',
    ],
    [
      'TypeScript',
      'var _P_instances, _P_x; class P { constructor() { _P_instances.add(this); _P_x.set(this, 0); } get x() { return __classPrivateFieldGet(this, _P_x, "f"); } } exports.P = P; _P_x = new WeakMap(), _P_instances = new WeakSet();',
    ],
    [
      'esbuild',
      'var _x, _P_instances, m_fn; class P { constructor() { __privateAdd(this, _P_instances); __privateAdd(this, _x, 0); } inc() { __privateWrapper(this, _x)._++; } } _x = new WeakMap(); _P_instances = new WeakSet(); m_fn = function() {}; exports.P = P;',
    ],
  ])('private fields as %s writes them are no state', (_, code) => {
    expect(judged(code, 'script').state).toBeUndefined()
  })

  test('a private static that is written is state', () => {
    const code =
      'var _n = new WeakMap(); class P { inc() { return __privateWrapper(P, _n)._++; } } __privateAdd(P, _n, 0); exports.P = P;'
    expect(holdsState(code, 'script')).toBe(true)
  })

  test("Babel's cache of namespaces and its list of exports are no state", () => {
    const code = `var _exportNames = { a: true };
exports.a = void 0;
var _react = _interopRequireWildcard(require("react"));
var _star = require("./star");
Object.keys(_star).forEach(function (key) { if (key === "default" || key === "__esModule") return; if (Object.prototype.hasOwnProperty.call(_exportNames, key)) return; if (key in exports && exports[key] === _star[key]) return; Object.defineProperty(exports, key, { enumerable: true, get: function () { return _star[key]; } }); });
var cache;
function _interopRequireWildcard(e, t) { if (!t && e && e.__esModule) return e; var r, c, a = Object.defineProperty, n = { __proto__: null, default: e }; if (Object(e) !== e) return n; if (cache || "function" != typeof WeakMap || (cache = new WeakMap()), cache) { if (cache.has(e)) return cache.get(e); cache.set(e, n); } for (c in e) "default" !== c && {}.hasOwnProperty.call(e, c) && ((r = a && Object.getOwnPropertyDescriptor(e, c)) && (r.get || r.set) ? a(n, c, r) : n[c] = e[c]); return n; }
const a = exports.a = () => _react.useState();`
    expect(judged(code, 'script')).toEqual({})
  })

  test.each([
    [
      'tslib',
      'const tslib_1 = require("tslib"); const b = tslib_1.__importStar(require("./b")); tslib_1.__exportStar(require("./c"), exports); exports.f = () => b.x();',
    ],
    [
      '@swc/helpers',
      'const _interop_require_default = require("@swc/helpers/_/_interop_require_default"); const _b = /*#__PURE__*/ _interop_require_default._(require("./b")); exports.f = () => _b.default();',
    ],
    [
      '@babel/runtime',
      'var _interopRequireDefault = require("@babel/runtime/helpers/interopRequireDefault"); var _b = _interopRequireDefault(require("./b")); var _defineProperty2 = _interopRequireDefault(require("@babel/runtime/helpers/defineProperty")); class A {} (0, _defineProperty2.default)(A, "kind", "a"); exports.f = () => _b.default();',
    ],
  ])('the helpers of %s are nothing of the module', (_, code) => {
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
