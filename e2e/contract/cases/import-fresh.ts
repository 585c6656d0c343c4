import type { ContractCase } from '../case.ts'
import { counter, requireHasNoQueries } from './sources.ts'

/** What `importFresh` returns, and what it leaves as it was. */
export const importFreshCases: readonly ContractCase[] = [
  {
    name: 'each importFresh gives a copy of its own and the registered copy stays as it was',
    files: { 'counter.js': counter },
    test: `
      const plain = await import('./counter.js')
      plain.increment()
      const first = await importFresh('./counter.js')
      const second = await importFresh('./counter.js')
      first.increment()
      first.increment()
      expect([plain.state.count, first.state.count, second.state.count]).toEqual([1, 2, 0])
      const again = await import('./counter.js')
      expect(again.state).toBe(plain.state)
      expect(events).toEqual(['counter', 'counter', 'counter'])
    `,
  },
  {
    name: 'a static import of the test file keeps the registered copy',
    files: {
      'counter.js': 'export const state = { count: 0 }\nexport const increment = () => ++state.count',
    },
    top: "import { increment, state } from './counter.js'",
    test: `
      increment()
      const fresh = await importFresh('./counter.js')
      expect(fresh.state === state).toBe(false)
      expect(fresh.state.count).toBe(0)
      expect(state.count).toBe(1)
      expect((await import('./counter.js')).state).toBe(state)
    `,
  },
  {
    name: 'a target that was never imported is not registered',
    files: { 'counter.js': counter },
    test: `
      const before = registered()
      const fresh = await importFresh('./counter.js')
      expect(registered()).toEqual(before)
      const plain = await import('./counter.js')
      expect(plain.state === fresh.state).toBe(false)
      expect(events).toEqual(['counter', 'counter'])
    `,
  },
  {
    name: 'importers of the registered copy keep it',
    files: {
      'counter.js': counter,
      'importer.js': "import { increment, state } from './counter.js'\nexport { increment, state }",
    },
    test: `
      const importer = await import('./importer.js')
      importer.increment()
      const fresh = await importFresh('./counter.js')
      expect(fresh.state.count).toBe(0)
      expect(importer.state.count).toBe(1)
      expect((await import('./importer.js')).state).toBe(importer.state)
    `,
  },
  {
    name: 'what the target imports is the registered copy',
    files: {
      'dep.js': "events.push('dep')\nexport const state = {}",
      'target.js':
        "import { state } from './dep.js'\nevents.push('target')\nexport { state }\nexport const own = {}",
    },
    test: `
      const dep = await import('./dep.js')
      const first = await importFresh('./target.js')
      const second = await importFresh('./target.js')
      expect(first.state).toBe(dep.state)
      expect(second.state).toBe(dep.state)
      expect(first.own === second.own).toBe(false)
      expect(events).toEqual(['dep', 'target', 'target'])
    `,
  },
  {
    name: 'an import of the target that was not loaded yet is loaded and stays',
    files: {
      'deep.js': "events.push('deep')\nexport const state = {}",
      'dep.js': "export { state } from './deep.js'\nevents.push('dep')",
      'target.js': "export { state } from './dep.js'\nevents.push('target')",
    },
    test: `
      const fresh = await importFresh('./target.js')
      const dep = await import('./dep.js')
      const deep = await import('./deep.js')
      expect(dep.state).toBe(fresh.state)
      expect(deep.state).toBe(fresh.state)
      expect(events).toEqual(['deep', 'dep', 'target'])
    `,
  },
  {
    name: 'every module listed in fresh is new, in the listed order, before the target',
    files: {
      'a.js': "events.push('a')\nexport const state = {}",
      'b.js': "events.push('b')\nexport const state = {}",
      'c.js': "events.push('c')\nexport const state = {}",
      'target.js': `
        import { state as a } from './a.js'
        import { state as b } from './b.js'
        import { state as c } from './c.js'
        events.push('target')
        export { a, b, c }
      `,
    },
    test: `
      const plain = await import('./target.js')
      events.length = 0
      const fresh = await importFresh('./target.js', { fresh: ['./c.js', './a.js', './b.js'] })
      expect(events).toEqual(['c', 'a', 'b', 'target'])
      for (const name of ['a', 'b', 'c']) expect(fresh[name] === plain[name]).toBe(false)
      expect((await import('./a.js')).state).toBe(plain.a)
      expect((await import('./b.js')).state).toBe(plain.b)
      expect((await import('./c.js')).state).toBe(plain.c)
      expect((await import('./target.js')).a).toBe(plain.a)
    `,
  },
  {
    name: 'fresh takes any iterable of specifiers',
    files: {
      'dep.js': 'export const state = {}',
      'target.js': "export { state } from './dep.js'",
    },
    test: `
      const dep = await import('./dep.js')
      const fresh = await importFresh('./target.js', { fresh: new Set(['./dep.js']) })
      expect(fresh.state === dep.state).toBe(false)
    `,
  },
  {
    name: 'a module that two paths of a fresh graph reach is one copy',
    files: {
      'dep.js': "events.push('dep')\nexport const state = {}",
      'left.js': "export { state } from './dep.js'",
      'right.js': "export { state } from './dep.js'",
      'target.js': "export { state as left } from './left.js'\nexport { state as right } from './right.js'",
    },
    test: `
      const plain = await import('./target.js')
      const fresh = await importFresh('./target.js', { fresh: ['./left.js', './dep.js', './right.js'] })
      expect(fresh.left).toBe(fresh.right)
      expect(fresh.left === plain.left).toBe(false)
      expect(events).toEqual(['dep', 'dep'])
    `,
  },
  {
    name: 'a module named more than once in a call is evaluated once',
    files: { 'dep.js': "events.push('dep')", 'target.js': "import './dep.js'\nevents.push('target')" },
    test: `
      await importFresh('./target.js', { fresh: ['./dep.js', './target.js', './dep.js', at('dep.js')] })
      expect(events).toEqual(['dep', 'target'])
    `,
  },
  {
    name: 'names in fresh and in blocked are relative to the caller, or to from',
    files: {
      'dep.js': 'export const state = {}',
      'sub/dep.js': 'export const state = {}',
      'sub/target.js': "export { state } from './dep.js'\nexport const late = () => import('./dep.js')",
    },
    test: `
      const plain = await import('./sub/target.js')
      expect((await importFresh('./sub/target.js', { fresh: ['./dep.js'] })).state).toBe(plain.state)
      const from = at('sub/any.js')
      expect((await importFresh('./target.js', { fresh: ['./dep.js'], from })).state === plain.state).toBe(false)
      expect(isNotFound(await caught(() => importFresh('./target.js', { blocked: ['./dep.js'], from })))).toBe(true)
    `,
  },
  {
    name: 'a shared module between two fresh ones keeps the registered copy of what it imports',
    files: {
      'dep.js': 'export const state = {}',
      'middle.js': "export { state } from './dep.js'",
      'target.js': "export { state as through } from './middle.js'\nexport { state as own } from './dep.js'",
    },
    test: `
      const plain = await import('./dep.js')
      const fresh = await importFresh('./target.js', { fresh: ['./dep.js'] })
      expect(fresh.through).toBe(plain.state)
      expect(fresh.own === plain.state).toBe(false)
    `,
  },
  {
    name: "fresh: 'imports' makes every first-party import new, however deep, and no package",
    needs: ['packages'],
    files: {
      'node_modules/imported-package/package.json':
        '{ "name": "imported-package", "type": "module", "exports": "./main.js" }',
      'node_modules/imported-package/main.js': "events.push('package')\nexport const state = {}",
      'deep.js':
        "export { state as pkg } from 'imported-package'\nevents.push('deep')\nexport const state = {}",
      'dep.js': "export { pkg, state } from './deep.js'\nevents.push('dep')",
      'target.js': "export { pkg, state } from './dep.js'\nevents.push('target')",
    },
    test: `
      const plain = await import('./target.js')
      const fresh = await importFresh('./target.js', { fresh: 'imports' })
      expect(fresh.state === plain.state).toBe(false)
      expect(fresh.pkg).toBe(plain.pkg)
      expect(events).toEqual(['package', 'deep', 'dep', 'target', 'deep', 'dep', 'target'])
      expect((await import('./deep.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'a module may import a fresh copy of itself',
    files: {
      'self.js': `
        import { importFresh } from 'fresh-modules'
        events.push('self')
        export const state = {}
        export const again = () => importFresh('./self.js')
      `,
    },
    test: `
      const plain = await import('./self.js')
      const first = await plain.again()
      const second = await first.again()
      expect(first.state === plain.state).toBe(false)
      expect(second.state === first.state).toBe(false)
      expect(second.state === plain.state).toBe(false)
      expect(events).toEqual(['self', 'self', 'self'])
      expect((await import('./self.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'a fresh copy that imports itself gets itself',
    files: {
      'self.js': `
        import * as self from './self.js'
        export const state = {}
        export const own = () => self.state
        export const later = async () => (await import('./self.js')).state
      `,
    },
    test: `
      const plain = await import('./self.js')
      const fresh = await importFresh('./self.js')
      expect(fresh.own()).toBe(fresh.state)
      expect(await fresh.later()).toBe(fresh.state)
      expect(plain.own()).toBe(plain.state)
      expect(fresh.state === plain.state).toBe(false)
    `,
  },
  {
    name: 'a default export may be a function, a class, a primitive or undefined',
    files: {
      'function.js': 'export default function answer() { return 42 }',
      'class.js': 'export default class Thing { size = 3 }',
      'primitive.js': "export default 'text'",
      'undefined.js': 'export default undefined',
      'empty.js': "events.push('empty')",
    },
    test: `
      const plain = await import('./class.js')
      const { default: answer } = await importFresh('./function.js')
      const { default: Thing } = await importFresh('./class.js')
      expect(answer()).toBe(42)
      expect(new Thing().size).toBe(3)
      expect(new Thing() instanceof plain.default).toBe(false)
      expect((await importFresh('./primitive.js')).default).toBe('text')
      expect((await importFresh('./undefined.js')).default).toBe(undefined)
      await importFresh('./empty.js')
      expect(events).toEqual(['empty'])
    `,
  },
  {
    name: 'a namespace that exports a then is returned as by a plain import',
    files: {
      'thenable.js': `
        events.push('thenable')
        export const state = {}
        export const then = (resolve) => resolve('settled by then')
      `,
    },
    test: `
      const plain = await import('./thenable.js')
      expect(plain).toBe('settled by then')
      expect(await importFresh('./thenable.js')).toBe(plain)
      expect(events).toEqual(['thenable', 'thenable'])
    `,
  },
  {
    name: 'exports of a fresh copy are live bindings',
    files: { 'live.js': 'export let value = 1\nexport const set = (next) => { value = next }' },
    test: `
      const fresh = await importFresh('./live.js')
      fresh.set(2)
      expect(fresh.value).toBe(2)
      expect((await import('./live.js')).value).toBe(1)
    `,
  },
  {
    name: 'a target may be an absolute path, a file URL or relative to from',
    files: { 'counter.js': counter, 'sub/counter.js': "export const where = 'sub'" },
    test: `
      const plain = await import('./counter.js')
      for (const target of [at('counter.js'), urlOf('counter.js')]) {
        const fresh = await importFresh(target)
        expect(fresh.state.count).toBe(0)
        expect(fresh.state === plain.state).toBe(false)
      }
      for (const from of [at('sub/any.js'), urlOf('sub/any.js'), new URL(urlOf('sub/any.js'))]) {
        expect((await importFresh('./counter.js', { from })).where).toBe('sub')
      }
    `,
  },
  {
    name: 'relative specifiers belong to the file that calls',
    files: {
      'value.js': "export const where = 'root'",
      'sub/value.js': "export const where = 'sub'",
      'sub/caller.js': `
        import { importFresh } from 'fresh-modules'
        export const load = () => importFresh('./value.js')
        export const loadLater = async () => {
          await null
          return importFresh('./value.js')
        }
      `,
    },
    test: `
      const caller = await import('./sub/caller.js')
      expect((await caller.load()).where).toBe('sub')
      expect((await caller.loadLater()).where).toBe('sub')
      expect((await importFresh('./value.js')).where).toBe('root')
    `,
  },
  {
    name: 'a specifier keeps its own query and gives a copy of its own',
    except: requireHasNoQueries,
    files: { 'counter.js': counter },
    test: `
      const plain = await import('./counter.js')
      const fresh = await importFresh('./counter.js?own')
      const again = await importFresh('./counter.js?own')
      fresh.increment()
      expect([plain.state.count, fresh.state.count, again.state.count]).toEqual([0, 1, 0])
    `,
  },
  {
    name: 'a symlink leads to the real module',
    files: { 'real.js': counter },
    test: `
      fs.symlinkSync(at('real.js'), at('link.js'))
      const real = await import('./real.js')
      const fresh = await importFresh('./link.js')
      expect(fresh.state === real.state).toBe(false)
      expect((await specOf('./link.js')).id).toBe((await specOf('./real.js')).id)
      expect((await importFresh('./link.js', { fresh: ['./real.js'] })).state.count).toBe(0)
      expect(events.length).toBe(3)
    `,
  },
  {
    name: 'JSON is equal and not identical',
    files: { 'data.json': '{ "list": [1, 2] }' },
    test: `
      const list = (loaded) => (loaded.default ?? loaded).list
      const first = await importFresh('./data.json')
      const second = await importFresh('./data.json')
      expect(list(first)).toEqual([1, 2])
      expect(list(second)).toEqual(list(first))
      expect(list(second) === list(first)).toBe(false)
    `,
  },
  {
    name: 'a builtin or a native addon is refused as a target and shared as an import',
    files: {
      'addon.node': 'not really one',
      'target.js': "import fs from 'node:fs'\nexport const readFileSync = fs.readFileSync",
    },
    test: `
      for (const target of ['fs', 'node:fs', './addon.node']) {
        expect(await codeOf(() => importFresh(target))).toBe('ERR_REIMPORT_REFUSED')
      }
      expect((await importFresh('./target.js')).readFileSync).toBe(fs.readFileSync)
      expect(await codeOf(() => importFresh('./target.js', { fresh: ['fs'] }))).toBe('ERR_REIMPORT_REFUSED')
    `,
  },
  {
    name: 'a target with a top-level await resolves when it has settled',
    needs: ['top-level-await'],
    files: {
      'slow.js': `
        events.push('started')
        await new Promise((resolve) => setTimeout(resolve, 10))
        events.push('finished')
        export const value = 'settled'
      `,
      'target.js': "export { value } from './slow.js'\nevents.push('target')",
    },
    test: `
      const fresh = await importFresh('./target.js', { fresh: ['./slow.js'] })
      expect(fresh.value).toBe('settled')
      expect(events).toEqual(['started', 'finished', 'target'])
    `,
  },
  {
    name: 'requireFresh of what can only be awaited fails and registers nothing',
    needs: ['top-level-await'],
    files: {
      'slow.js': "await new Promise((resolve) => setTimeout(resolve, 5))\nexport const value = 'settled'",
    },
    test: `
      const before = registered()
      const error = await caught(async () => requireFresh('./slow.js'))
      expect(['ERR_NOT_FRESH', 'ERR_REQUIRE_ASYNC_MODULE', 'ERR_REQUIRE_ESM'].includes(error.code)).toBe(true)
      await settled()
      expect(registered()).toEqual(before)
      expect((await importFresh('./slow.js')).value).toBe('settled')
    `,
  },
  {
    name: 'the set of registered modules is what it was after any number of calls',
    files: {
      'dep.js': 'export const state = {}',
      'target.js': "export { state } from './dep.js'\nexport const late = () => import('./dep.js')",
      'broken.js': "throw new Error('broken')",
    },
    test: `
      await import('./target.js')
      const before = registered()
      for (let round = 0; round < 10; round++) {
        const fresh = await importFresh('./target.js', { fresh: ['./dep.js'], blocked: ['absent'], env: { ROUND: '1' } })
        await fresh.late()
        await importFresh(() => import('./target.js'))
        await caught(() => importFresh('./broken.js'))
        await caught(() => importFresh('./absent.js'))
      }
      expect(registered()).toEqual(before)
    `,
  },
  {
    name: 'a file that was missing at the first try is found by a fresh copy once it exists',
    except: { vitest: "Vite's server keeps what an import() by a name that is computed has not found" },
    files: {
      'target.js': `
        export const load = (name) => import(name).then(({ value }) => value, (error) => {
          if (!isNotFound(error)) throw error
          return 'missing'
        })
        const isNotFound = ({ code }) => ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(code)
      `,
    },
    test: `
      const { load } = await importFresh('./target.js')
      expect(await load('./late.js')).toBe('missing')
      expect(isNotFound(await caught(() => importFresh('./late.js')))).toBe(true)
      write('late.js', "export const value = 'found'")
      expect(await (await importFresh('./target.js')).load('./late.js')).toBe('found')
      expect((await importFresh('./late.js')).value).toBe('found')
    `,
  },
]
