/** What resets between tests leave alone: half old and half new is the fault behind all of these. */
import type { ContractCase } from '../case.ts'

const inTests = (body: string): Readonly<Record<string, string>> =>
  Object.fromEntries(['first', 'second', 'third'].map((name) => [`${name} test`, body]))

/** Facts about resets that come by themselves between the tests of a file. */
const between: Pick<ContractCase, 'needs' | 'options'> = {
  needs: ['automatic-resets'],
  options: { resetBetween: 'tests' },
}

export const noHarmCases: readonly ContractCase[] = [
  {
    name: 'a function in a table that the file has made meets what its tests import',
    ...between,
    files: {
      'shape.js': 'let made = 0\nexport class Shape { id = ++made }\nexport const square = () => new Shape()',
    },
    top: "import { Shape, square } from './shape.js'\nconst table = [square]",
    test: inTests('for (const make of table) expect(make()).toBeInstanceOf(Shape)'),
  },
  {
    name: 'an app that the file has made works on what its tests see',
    ...between,
    files: {
      'log.js': 'export const lines = []\nexport const log = (line) => { lines.push(line) }',
      'app.js':
        "import { log } from './log.js'\nlet apps = 0\nexport class App { id = ++apps; run(name) { log(name) } }",
    },
    top: "import { App } from './app.js'\nimport { lines } from './log.js'\nconst app = new App()",
    test: inTests('app.run("now"); expect(lines.at(-1)).toBe("now"); expect(app).toBeInstanceOf(App)'),
  },
  {
    name: 'what the file has registered in a module holds in every test',
    ...between,
    files: {
      'compilers.js':
        'const compilers = []\nexport const register = (one) => { compilers.push(one) }\nexport const compile = (text) => compilers.reduce((made, one) => one(made), text)',
    },
    top: "import { compile, register } from './compilers.js'\nregister((text) => text + '!')",
    test: inTests("expect(compile('a')).toBe('a!')"),
  },
  {
    name: 'a module that a barrel hands on as a namespace is fresh for a file that has taken that while it was collected',
    ...between,
    files: {
      'counter.js': 'export let count = 0\nexport const bump = () => ++count',
      'barrel.js': "export * as counter from './counter.js'",
    },
    top: "import * as all from './barrel.js'\nconst taken = Object.values(all).filter((one) => 'bump' in one)",
    test: inTests('for (const one of taken) expect([one.bump(), one.count]).toEqual([1, 1])'),
  },
  {
    name: 'a class of a module without state is the same in all tests, the state beneath it is not',
    ...between,
    files: {
      'errors.js': 'export class NotFound extends Error {}',
      'cache.js': 'let n = 0\nexport const next = () => ++n',
      'facade.js':
        "import { next } from './cache.js'\nimport { NotFound } from './errors.js'\nexport const ask = () => next()\nexport const find = () => { throw new NotFound() }",
    },
    top: "import { NotFound } from './errors.js'\nimport { ask, find } from './facade.js'\nconst seen = new Set()",
    test: inTests(`
      seen.add(NotFound)
      expect(seen.size).toBe(1)
      expect(find).toThrow(NotFound)
      expect(ask()).toBe(1)
    `),
  },
  {
    name: 'what a module tells a global is told once, what it tells another module once in each test',
    ...between,
    files: {
      'registry.js': 'export const names = []\nexport const add = (name) => { names.push(name) }',
      'foo.js':
        "import { add } from './registry.js'\nadd('foo')\nlet used = 0\nexport const use = () => ++used",
      'global.js':
        'globalThis.told = (globalThis.told ?? 0) + 1\nlet used = 0\nexport const useGlobal = () => ++used',
    },
    top: "import { use } from './foo.js'\nimport { useGlobal } from './global.js'\nimport { names } from './registry.js'",
    test: inTests(`
      expect([...names]).toEqual(['foo'])
      expect(globalThis.told).toBe(1)
      expect(use()).toBe(1)
      expect(useGlobal()).toBeGreaterThan(0)
    `),
  },
  {
    name: 'a module that hands on another has its exports after each reset, and after a reload',
    needs: ['automatic-resets', 'commonjs'],
    options: { resetBetween: 'tests' },
    files: {
      'entry.cjs': "module.exports = require('./src.js')",
      'src.js': 'let n = 0\nexport class Thing {}\nexport const add = () => ++n',
    },
    top: "import * as src from './src.js'\nimport * as entry from './entry.cjs'",
    test: inTests(`
      expect([typeof entry.add, typeof entry.Thing]).toEqual(['function', 'function'])
      expect(new src.Thing()).toBeInstanceOf(entry.Thing)
      expect(entry.add()).toBe(1)
      await reloadInPlace('./entry.cjs')
      expect([typeof entry.add, typeof src.add]).toEqual(['function', 'function'])
    `),
  },
  {
    name: 'a circle that a function closes is evaluated in the order of the first time',
    needs: ['automatic-resets', 'commonjs'],
    options: { resetBetween: 'tests' },
    files: {
      'base.cjs':
        "let n = 0; class Base { id = ++n }; exports.Base = Base; exports.derived = () => require('./derived.cjs')",
      'derived.cjs':
        "const { Base } = require('./base.cjs'); let made = 0; exports.Derived = class extends Base { nth = ++made }",
    },
    top: "import base from './base.cjs'",
    test: inTests(`
      const { Derived } = base.derived()
      expect(new Derived()).toBeInstanceOf(base.Base)
      expect(Object.getPrototypeOf(Derived)).toBe(base.Base)
    `),
  },
  {
    name: 'a module that cannot be evaluated twice is kept, with what it uses',
    ...between,
    files: {
      'once.js':
        "import { state } from './state.js'\nif (state.isOpen) throw new Error('it is open')\nstate.isOpen = true\nlet used = 0\nexport const use = () => ++used\nexport const isOpen = () => state.isOpen",
      'state.js': 'export const state = globalThis.opened ??= { isOpen: false }',
    },
    top: "import { isOpen, use } from './once.js'",
    test: inTests('expect(isOpen()).toBe(true); expect(use()).toBeGreaterThan(0)'),
  },
]
