import type { ContractCase } from '../case.ts'

const needs = ['commonjs'] as const

/** Files that a `require` finds, and no `import` does. */
const unended = {
  'cjs/package.json': '{ "name": "app", "type": "commonjs" }',
  'cjs/mod.js': "exports.state = { is: './mod' }",
  'cjs/folder/index.js': "exports.state = { is: './folder' }",
  'cjs/target.js': `
    for (const name of ['./mod', './folder']) {
      try {
        exports[name] = typeof require(name)
      } catch (error) {
        exports[name] = error.code
      }
    }
  `,
}

const onlyModules = { memory: 'its .js files are ES modules' } as const

/** CommonJS files, and the synchronous `requireFresh`. */
export const commonJsCases: readonly ContractCase[] = [
  {
    name: 'requireFresh gives a copy of its own at once',
    needs,
    files: {
      'counter.cjs':
        "events.push('counter')\nexports.state = { count: 0 }\nexports.increment = () => ++exports.state.count",
    },
    test: `
      const first = requireFresh('./counter.cjs')
      const second = requireFresh('./counter.cjs')
      first.increment()
      expect([first.state.count, second.state.count]).toEqual([1, 0])
      const plain = await import('./counter.cjs')
      expect(plain.state === first.state || plain.state === second.state).toBe(false)
      expect(requireFresh('./counter.cjs').state === plain.state).toBe(false)
      expect((await import('./counter.cjs')).state).toBe(plain.state)
      expect(events).toEqual(['counter', 'counter', 'counter', 'counter'])
    `,
  },
  {
    name: 'module.exports may be undefined, a primitive, a function or a class',
    needs,
    files: {
      'undefined.cjs': 'module.exports = undefined',
      'primitive.cjs': 'module.exports = 42',
      'function.cjs': "module.exports = () => 'called'",
      'class.cjs': 'module.exports = class Thing {}',
    },
    test: `
      // An ES module gets a namespace, as by import().
      const imported = async (target) => {
        const loaded = await importFresh(target)
        return loaded !== null && typeof loaded === 'object' && 'default' in loaded ? loaded.default : loaded
      }
      for (const load of [requireFresh, imported]) {
        expect(await load('./undefined.cjs')).toBe(undefined)
        expect(await load('./primitive.cjs')).toBe(42)
        expect((await load('./function.cjs'))()).toBe('called')
        expect((await load('./class.cjs')) === (await load('./class.cjs'))).toBe(false)
      }
    `,
  },
  {
    name: 'a require of a fresh copy gives the shared module, what is fresh fresh and what is blocked not at all',
    needs,
    files: {
      'dep.cjs': 'exports.state = {}',
      'optional.cjs': 'exports.value = 1',
      'target.cjs': `
        const attempt = (run) => { try { return run() } catch (error) { return error.code } }
        exports.state = require('./dep.cjs').state
        exports.optional = attempt(() => require('./optional.cjs').value)
        exports.resolved = attempt(() => typeof require.resolve('./optional.cjs'))
        exports.late = () => attempt(() => require('./optional.cjs').value)
      `,
    },
    test: `
      const dep = requireFresh('./target.cjs').state
      expect(requireFresh('./target.cjs').state).toBe(dep)
      expect(requireFresh('./target.cjs', { fresh: ['./dep.cjs'] }).state === dep).toBe(false)
      const free = requireFresh('./target.cjs')
      expect([free.optional, free.resolved]).toEqual([1, 'string'])
      const blocked = requireFresh('./target.cjs', { blocked: ['./optional.cjs'] })
      expect([blocked.optional, blocked.resolved, blocked.late()]).toEqual(
        ['MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])
      expect(free.late()).toBe(1)
    `,
  },
  {
    name: 'the function form of requireFresh takes the requires of its file',
    needs,
    files: {
      'counter.cjs': 'exports.state = {}',
      'caller.cjs': `
        const { requireFresh } = require('fresh-modules')
        exports.plain = () => require('./counter.cjs')
        exports.fresh = () => requireFresh(() => require('./counter.cjs'))
        exports.none = () => requireFresh(() => 5)
      `,
    },
    test: `
      const caller = await import('./caller.cjs')
      const plain = caller.plain()
      const fresh = caller.fresh()
      expect(fresh.state === plain.state).toBe(false)
      expect(caller.plain()).toBe(plain)
      expect(await codeOf(async () => caller.none())).toBe('ERR_BAD_OPTION')
    `,
  },
  {
    name: 'what a CommonJS target throws reaches the caller of requireFresh and nothing stays',
    needs,
    files: {
      'target.cjs':
        "if (!globalThis.mended) throw (globalThis.thrown = new Error('broken'))\nexports.value = 'good'",
    },
    test: `
      const before = registered()
      expect(await caught(async () => requireFresh('./target.cjs'))).toBe(globalThis.thrown)
      expect(registered()).toEqual(before)
      globalThis.mended = true
      expect(requireFresh('./target.cjs').value).toBe('good')
    `,
  },
  {
    name: 'env holds while requireFresh evaluates',
    needs,
    files: { 'config.cjs': 'exports.mode = process.env.CONTRACT_MODE' },
    test: `
      delete process.env.CONTRACT_MODE
      expect(requireFresh('./config.cjs', { env: { CONTRACT_MODE: 'inner' } }).mode).toBe('inner')
      expect('CONTRACT_MODE' in process.env).toBe(false)
      expect(requireFresh('./config.cjs').mode).toBe(undefined)
    `,
  },
  {
    name: 'a cycle of CommonJS modules that is fresh is closed and each member runs once',
    needs,
    files: {
      'a.cjs':
        "events.push('a')\nexports.state = {}\nconst b = require('./b.cjs')\nexports.partner = () => b.state",
      'b.cjs':
        "events.push('b')\nexports.state = {}\nconst a = require('./a.cjs')\nexports.seen = a.state\nexports.partner = () => a.state",
    },
    test: `
      const plain = requireFresh('./a.cjs', { fresh: ['./b.cjs'] })
      const fresh = requireFresh('./a.cjs', { fresh: 'imports' })
      expect(fresh.partner() === plain.partner()).toBe(false)
      expect(fresh.state === plain.state).toBe(false)
      expect(events).toEqual(['b', 'a', 'a', 'b'])
    `,
  },
  {
    name: 'a reload of a CommonJS module keeps its exports object and later assignments are live',
    needs: ['commonjs', 'reload'],
    files: {
      'target.cjs': `
        globalThis.version = (globalThis.version ?? 0) + 1
        exports.value = globalThis.version
        exports.set = (next) => { exports.value = next }
        if (globalThis.version === 1) exports.onlyFirst = true
        if (globalThis.isBroken) throw new Error('broken')
      `,
      'holder.cjs': "exports.held = require('./target.cjs')",
    },
    test: `
      const { held } = await import('./holder.cjs')
      held.foreign = 'mine'
      await reloadInPlace('./target.cjs')
      expect([held.value, 'onlyFirst' in held, held.foreign]).toEqual([2, false, 'mine'])
      held.set(7)
      expect(held.value).toBe(7)
      globalThis.isBroken = true
      expect((await caught(() => reloadInPlace('./target.cjs'))).message).toContain('broken')
      expect([held.value, held.foreign]).toEqual([7, 'mine'])
    `,
  },
  {
    name: 'a CommonJS module whose exports is no ordinary object refuses reload',
    needs: ['commonjs', 'reload'],
    files: { 'function.cjs': 'module.exports = () => {}' },
    test: `
      await import('./function.cjs')
      const error = await caught(() => reloadInPlace('./function.cjs'))
      expect(error.code).toBe('ERR_RELOAD_REFUSED')
      expect((await specOf('./function.cjs')).provenance.allowReload.source).toBe('loader')
    `,
  },
  {
    name: 'require and import of one refusing CommonJS file are one copy',
    needs,
    files: {
      'single.cjs': '/** @fresh-modules no-reimport */\nexports.state = {}',
      'requires.cjs': "exports.state = require('./single.cjs').state",
    },
    test: `
      const viaImport = await import('./single.cjs')
      const viaRequire = await import('./requires.cjs')
      expect(viaRequire.state).toBe(viaImport.state)
      expect(await codeOf(() => importFresh('./single.cjs'))).toBe('ERR_REIMPORT_REFUSED')
      expect(requireFresh('./requires.cjs').state).toBe(viaImport.state)
    `,
  },
  {
    name: 'after unload require and import agree on the new copy',
    needs: ['commonjs', 'unload'],
    files: {
      'target.cjs': 'exports.state = {}',
      'requires.cjs': "exports.load = () => require('./target.cjs')",
    },
    test: `
      const { load } = await import('./requires.cjs')
      const old = load()
      await unload('./target.cjs')
      const viaImport = await import('./target.cjs')
      expect(load().state).toBe(viaImport.state)
      expect(viaImport.state === old.state).toBe(false)
    `,
  },
  {
    name: 'the parent lists a child no longer once it is unloaded, and never a fresh copy',
    needs: ['commonjs', 'unload', 'module-children'],
    files: {
      'target.cjs': 'exports.state = {}',
      'parent.cjs': `
        const { requireFresh } = require('fresh-modules')
        exports.load = () => require('./target.cjs')
        exports.fresh = () => requireFresh('./target.cjs')
        exports.children = () => module.children.filter(({ filename }) => filename.endsWith('target.cjs')).length
      `,
    },
    test: `
      const parent = await import('./parent.cjs')
      parent.load()
      expect(parent.children()).toBe(1)
      for (let round = 0; round < 5; round++) parent.fresh()
      expect(parent.children()).toBe(1)
      await unload('./target.cjs')
      expect(parent.children()).toBe(0)
    `,
  },
  {
    name: 'a CommonJS module may call onUnload and declareSpec with its module object',
    needs: ['commonjs', 'unload'],
    files: {
      'target.cjs': `
        const { declareSpec, onUnload } = require('fresh-modules')
        declareSpec(module, { allowReimport: false, reason: 'says the module' })
        onUnload(module, () => events.push('disposed'))
      `,
    },
    test: `
      await import('./target.cjs')
      expect((await specOf('./target.cjs')).provenance.allowReimport.reason).toBe('says the module')
      await unload('./target.cjs')
      expect(events).toEqual(['disposed'])
    `,
  },
  {
    name: 'what a CommonJS caller names resolves as its require does in every helper',
    needs,
    except: onlyModules,
    files: {
      ...unended,
      'cjs/caller.cjs': `
        const { importFresh, onImport, requireFresh, specOf, unload, withUnloaded } = require('fresh-modules')
        exports.registered = (name) => require(name)
        exports.fresh = async (name) => {
          const copy = await importFresh(name)
          return [copy.state ?? copy.default.state, requireFresh(name).state]
        }
        exports.blocked = async (name) => [
          requireFresh('./target', { blocked: [name] })[name],
          ((copy) => copy.default ?? copy)(await importFresh('./target', { blocked: [name] }))[name],
        ]
        exports.idOf = async (name) => (await specOf(name)).id
        exports.aside = (name) => withUnloaded(name, () => require(name))
        exports.hooked = (name, hook) => onImport(name, hook)
        exports.unload = (name) => unload(name)
      `,
    },
    test: `
      const caller = await import('./cjs/caller.cjs')
      for (const [name, file] of [['./mod', 'cjs/mod.js'], ['./folder', 'cjs/folder/index.js']]) {
        const { state } = caller.registered(name)
        for (const copy of await caller.fresh(name)) {
          expect(copy.is).toBe(name)
          expect(copy === state).toBe(false)
        }
        expect(await caller.blocked(name)).toEqual(['MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])
        expect(await caller.idOf(name)).toBe(at(file))
        expect((await caller.aside(name)).state === state).toBe(false)
        expect(caller.registered(name).state).toBe(state)
        let calls = 0
        const undo = await caller.hooked(name, () => { calls++ })
        await caller.fresh(name)
        expect(calls).toBe(2)
        undo()
        expect(await caller.unload(name)).toEqual([at(file)])
        expect(caller.registered(name).state === state).toBe(false)
      }
    `,
  },
  {
    name: 'reloadInPlace finds what a CommonJS caller names as its require does',
    needs: ['commonjs', 'reload'],
    except: onlyModules,
    files: {
      ...unended,
      'cjs/caller.cjs': `
        const { reloadInPlace } = require('fresh-modules')
        exports.registered = (name) => require(name)
        exports.reload = (name) => reloadInPlace(name)
      `,
    },
    test: `
      const caller = await import('./cjs/caller.cjs')
      for (const name of ['./mod', './folder']) {
        const registered = caller.registered(name)
        const { state } = registered
        expect(await caller.reload(name)).toBe(registered)
        expect(registered.state === state).toBe(false)
      }
    `,
  },
  {
    name: 'a file that has gone is not found',
    needs,
    except: onlyModules,
    files: {
      'cjs/package.json': '{ "name": "app", "type": "commonjs" }',
      'cjs/gone.cjs': 'exports.value = 1',
      'cjs/caller.cjs': `
        const { importFresh, requireFresh } = require('fresh-modules')
        exports.plain = () => require('./gone')
        exports.copies = [() => importFresh('./gone'), () => requireFresh('./gone'), () => importFresh('./gone.cjs')]
      `,
    },
    test: `
      const caller = await import('./cjs/caller.cjs')
      write('cjs/gone.js', 'exports.value = 2')
      expect(caller.plain().value).toBe(2)
      for (const copy of caller.copies) await copy()
      remove('cjs/gone.js')
      remove('cjs/gone.cjs')
      for (const copy of caller.copies) {
        const error = await caught(copy)
        expect(isNotFound(error)).toBe(true)
        expect(error.message).toContain('gone')
      }
    `,
  },
  {
    name: 'what a fresh copy required in vain is found by the next one once it exists',
    needs,
    files: {
      'target.cjs': `
        const attempt = (name) => { try { return require(name).value } catch (error) { return error.code } }
        exports.found = [attempt('./late.cjs'), attempt('./folder')]
      `,
    },
    test: `
      for (const round of [1, 2]) expect(requireFresh('./target.cjs').found).toEqual(['MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])
      write('late.cjs', 'exports.value = 1')
      write('folder/package.json', '{ "main": "main.cjs" }')
      write('folder/main.cjs', 'exports.value = 2')
      expect(requireFresh('./target.cjs').found).toEqual([1, 2])
    `,
  },
]
