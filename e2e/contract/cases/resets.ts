import type { ContractCase } from '../case.ts'

const counter = `
import { shared } from './shared.js'
export let count = 0
export const increase = () => { shared.total++; return ++count }
`
const shared = 'export const shared = { total: 0 }'
// A shared worker may hold modules of other cases.
const namesOf =
  'const namesOf = (ids) => ids.filter((id) => id.startsWith(dir)).map((id) => path.basename(id)).sort()'

export const resetCases: readonly ContractCase[] = [
  {
    name: 'resetModules evaluates static imports again into the same namespaces, what they import first',
    needs: ['resets'],
    files: { 'counter.js': counter, 'shared.js': shared, 'all.js': "export * from './counter.js'" },
    top: `
      import * as all from './all.js'
      import { count, increase } from './counter.js'
      import { shared } from './shared.js'
      ${namesOf}
    `,
    test: `
      const before = shared
      increase()
      expect([count, all.count, shared.total]).toEqual([1, 1, 1])
      const { reloaded, dropped, kept } = await resetModules()
      expect(namesOf(reloaded)).toEqual(['all.js', 'counter.js', 'shared.js'])
      expect([dropped, kept]).toEqual([[], []])
      expect([count, all.count, shared.total]).toEqual([0, 0, 0])
      expect(shared).not.toBe(before)
      increase()
      expect([count, all.count, shared.total]).toEqual([1, 1, 1])
      expect(await import('./counter.js')).toHaveProperty('count', 1)
    `,
  },
  {
    name: 'resetModules evaluates each module once, and never the test file',
    needs: ['resets'],
    files: {
      'log.js': 'export let log = []\nexport const clear = () => { log = [] }',
      'left.js': "import { log } from './log.js'\nimport './below.js'\nlog.push('left')",
      'right.js': "import { log } from './log.js'\nimport './below.js'\nlog.push('right')",
      'below.js': "import { log } from './log.js'\nlog.push('below')",
    },
    top: "import { clear, log } from './log.js'\nimport './left.js'\nimport './right.js'\nglobalThis.evaluations = (globalThis.evaluations ?? 0) + 1",
    test: `
      clear()
      await resetModules()
      expect(log).toEqual(['below', 'left', 'right'])
      expect(globalThis.evaluations).toBe(1)
    `,
  },
  {
    name: 'resetModules drops what was only imported dynamically',
    needs: ['resets'],
    files: { 'lazy.js': 'export const state = {}' },
    top: namesOf,
    test: `
      const before = await import('./lazy.js')
      const { reloaded, dropped } = await resetModules()
      expect([namesOf(reloaded), namesOf(dropped)]).toEqual([[], ['lazy.js']])
      expect((await import('./lazy.js')).state).not.toBe(before.state)
    `,
  },
  {
    name: 'a module that refuses is kept, and sees the fresh exports of what it imports',
    needs: ['resets'],
    files: {
      'kept.js':
        "import { shared } from './shared.js'\nexport const own = {}\nexport const seen = () => shared",
      'shared.js': shared,
    },
    options: { specs: [{ match: './kept.js', allowReload: false, reason: 'it owns a port' }] },
    top: "import { own, seen } from './kept.js'\nimport { shared } from './shared.js'",
    test: `
      const [before, object] = [shared, own]
      const { kept } = await resetModules()
      expect(kept.map(({ id, reason }) => [path.basename(id), reason.includes('it owns a port')])).toEqual([['kept.js', true]])
      expect(own).toBe(object)
      expect(shared).not.toBe(before)
      expect(seen()).toBe(shared)
    `,
  },
  {
    name: 'onUnload callbacks run at each reset, importers first',
    needs: ['resets'],
    files: {
      'below.js':
        "import { onUnload } from 'fresh-modules'\nonUnload(import.meta, () => globalThis.events.push('below'))",
      'above.js':
        "import { onUnload } from 'fresh-modules'\nimport './below.js'\nonUnload(import.meta, () => globalThis.events.push('above 1'))\nonUnload(import.meta, () => globalThis.events.push('above 2'))",
    },
    top: "import './above.js'",
    test: `
      for (let times = 0; times < 2; times++) {
        events.length = 0
        await resetModules()
        expect(events).toEqual(['above 2', 'above 1', 'below'])
      }
    `,
  },
  {
    name: 'a module that throws when it is evaluated again is kept from then on, with every export as it was, and the summary says so',
    needs: ['resets'],
    files: {
      'fragile.js':
        "if (globalThis.isBroken) throw new Error('not twice')\nexport let value = 0\nexport const set = (next) => { value = next }",
    },
    top: "import { set, value } from './fragile.js'",
    test: `
      set(1)
      globalThis.isBroken = true
      const { kept, notes } = await resetModules()
      expect(kept.find(({ id }) => id.endsWith('fragile.js')).reason).toContain('not twice')
      expect(notes.join()).toContain("fragile.js', reset: false")
      expect(value).toBe(1)
      set(2)
      expect(value).toBe(2)
      globalThis.isBroken = false
      await resetModules()
      expect(value).toBe(2)
    `,
  },
  {
    name: 'a cycle holds no old member after a reset',
    needs: ['resets'],
    except: { memory: 'it reloads one module after the other' },
    files: {
      'a.js': "import { b } from './b.js'\nexport const a = {}\nexport const seenByA = () => b",
      'b.js': "import { a } from './a.js'\nexport const b = {}\nexport const seenByB = () => a",
    },
    top: "import { a, seenByA } from './a.js'\nimport { b, seenByB } from './b.js'",
    test: `
      const before = [a, b]
      await resetModules()
      expect([seenByA() === b, seenByB() === a]).toEqual([true, true])
      expect(before.includes(a) || before.includes(b)).toBe(false)
    `,
  },
  {
    name: 'unknown options of resetModules are bad options',
    needs: ['resets'],
    files: {},
    test: `
      for (const options of [{ between: 'suites' }, { betwen: 'tests' }, 'tests', 5]) {
        expect(await codeOf(() => resetModules(options))).toBe('ERR_BAD_OPTION')
      }
    `,
  },
  {
    name: 'each test finds its static imports as they were evaluated first',
    needs: ['automatic-resets'],
    options: { resetBetween: 'tests' },
    files: {
      'counter.js': counter,
      'shared.js': shared,
      'lazy.js': "export { count } from './counter.js'\nexport const state = { used: 0 }",
    },
    top: "import { count, increase } from './counter.js'\nimport { shared } from './shared.js'",
    test: Object.fromEntries(
      ['first', 'second', 'third'].map((name) => [
        `${name} test`,
        `
          expect([count, shared.total]).toEqual([0, 0])
          increase()
          const lazy = await import('./lazy.js')
          expect([lazy.count, lazy.state.used]).toEqual([1, 0])
          lazy.state.used++
        `,
      ]),
    ),
  },
  {
    name: 'what a module keeps to itself is fresh in each test, whatever kind of value holds it',
    needs: ['automatic-resets'],
    options: { resetBetween: 'tests' },
    files: {
      // The same in two modules: what is private to the one others can get hold of in the other.
      'own.js': `
        export const tags = new Set(['a'])
        const cache = new Map()
        const nested = { list: [{ of: new Map([['a', 1]]) }] }
        const pattern = /x/g
        const made = new RegExp('x', 'g')
        const limits = { most: 1, raise() { this.most++ } }
        let last
        export class Counter { static all = 0; constructor() { Counter.all++ } }
        export function remember(key) {
          remember.calls = (remember.calls ?? 0) + 1
          cache.set(key, last = key)
          nested.list[0].of.set('a', 2)
          pattern.test('xx')
          made.test('xx')
          limits.raise()
          new Counter()
        }
        export const seen = () => [
          [...cache.keys()], last, [...nested.list[0].of.values()], [...tags], pattern.lastIndex, made.lastIndex,
          remember.calls, limits.most, Counter.all,
        ]
      `,
      'shared.js': `
        export const cache = new Map()
        export const limits = { most: 1, raise() { this.most++ } }
        export class Registry { static all = new Map() }
        export const remember = (key) => {
          cache.set(key, key)
          limits.raise()
          Registry.all.set(key, key)
        }
        export const seen = () => [cache.size, limits.most, Registry.all.size]
      `,
    },
    top: `
      import * as own from './own.js'
      import * as shared from './shared.js'
      const fresh = [[[], undefined, [1], ['a'], 0, 0, undefined, 1, 0], [0, 1, 0]]
      const touched = [[['b'], 'b', [2], ['a', 'c'], 1, 1, 1, 2, 1], [1, 2, 1]]
      const seen = () => [own.seen(), shared.seen()]
    `,
    test: {
      'one that touches nothing': 'expect(seen()).toEqual(fresh)',
      'one that touches all': `
        expect(seen()).toEqual(fresh)
        own.remember('b')
        own.tags.add('c')
        shared.remember('b')
        expect(seen()).toEqual(touched)
      `,
      'one after it': 'expect(seen()).toEqual(fresh)',
      'one that changes what is exported alone': "own.tags.add('d')",
      'one after that': 'expect(seen()).toEqual(fresh)',
    },
  },
  {
    name: 'what a call of an earlier test does late changes nothing of the copies that a later test has',
    needs: ['automatic-resets'],
    options: { resetBetween: 'tests' },
    files: {
      'login.js': `
        let user
        let count = 0
        let token
        export const wait = { until: Promise.resolve() }
        export const login = async (gate) => { await gate; user = 'Ada' }
        export const counted = (gate) => { gate.then(() => { count++ }) }
        export const kept = (gate) => gate.then(function () { token = 'x' })
        export const seen = () => [user, count, token]
      `,
    },
    top: `
      import { counted, kept, login, seen } from './login.js'
      const { promise, resolve } = Promise.withResolvers?.() ?? (() => {
        let resolve
        return { promise: new Promise((done) => { resolve = done }), resolve }
      })()
      let ended
    `,
    test: {
      'one that does not await': `
        ended = [login(promise), kept(promise)]
        counted(promise)
        expect(seen()).toEqual([undefined, 0, undefined])
      `,
      'one in which it ends': `
        resolve()
        await Promise.all(ended)
        expect(seen()).toEqual([undefined, 0, undefined])
      `,
    },
  },
  {
    name: "with resetBetween: 'files' the tests of a file share its modules",
    needs: ['test-ends', 'automatic-resets'],
    options: { resetBetween: 'files' },
    files: { 'counter.js': counter, 'shared.js': shared },
    top: "import { count, increase } from './counter.js'",
    test: {
      'first test': 'expect(increase()).toBe(1)',
      'second test': 'expect([count, increase()]).toEqual([1, 2])',
    },
  },
]
