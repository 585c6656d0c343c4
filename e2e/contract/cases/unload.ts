import type { ContractCase } from '../case.ts'
import { counter } from './sources.ts'

const disposing = (name: string, imports = ''): string => `
import { onUnload } from 'fresh-modules'
${imports}
export const state = {}
onUnload(import.meta, () => { events.push('${name} 1') })
onUnload(import.meta, async () => { await null; events.push('${name} 2') })
`

const needs = ['unload'] as const

export const unloadCases: readonly ContractCase[] = [
  {
    name: 'after unload the next import gives a new copy and importers keep what they hold',
    needs,
    files: { 'counter.js': counter, 'importer.js': "export { state } from './counter.js'" },
    test: `
      const importer = await import('./importer.js')
      const plain = await import('./counter.js')
      const id = (await specOf('./counter.js')).id
      expect(await unload('./counter.js')).toEqual([id])
      const again = await import('./counter.js')
      expect(again.state === plain.state).toBe(false)
      expect(importer.state).toBe(plain.state)
      expect((await import('./importer.js')).state).toBe(plain.state)
      expect((await import('./counter.js')).state).toBe(again.state)
      expect(events).toEqual(['counter', 'counter'])
    `,
  },
  {
    name: 'unloading what is not loaded does nothing',
    needs,
    files: { 'counter.js': counter },
    test: `
      expect(await unload('./counter.js')).toEqual([])
      await import('./counter.js')
      await unload('./counter.js')
      expect(await unload('./counter.js')).toEqual([])
      expect(events).toEqual(['counter'])
    `,
  },
  {
    name: 'unloading what is not found fails',
    needs,
    files: {},
    test: "expect(isNotFound(await caught(() => unload('./absent.js')))).toBe(true)",
  },
  {
    name: 'children are unloaded with their folder and other modules are not',
    needs,
    files: {
      'lib/index.js':
        "export { state as part } from './part.js'\nexport { state as outside } from '../outside.js'",
      'lib/part.js': 'export const state = {}',
      'libx/part.js': 'export const state = {}',
      'outside.js': 'export const state = {}',
    },
    test: `
      const plain = await import('./lib/index.js')
      const look = await import('./libx/part.js')
      const ids = await unload('./lib/index.js')
      expect([...ids].sort()).toEqual([(await specOf('./lib/index.js')).id, (await specOf('./lib/part.js')).id])
      const again = await import('./lib/index.js')
      expect(again.part === plain.part).toBe(false)
      expect(again.outside).toBe(plain.outside)
      expect((await import('./libx/part.js')).state).toBe(look.state)
    `,
  },
  {
    name: 'if a child refuses none is unloaded and the error lists all that refuse',
    needs,
    files: {
      'lib/index.js': "import './a.js'\nimport './b.js'\nexport { state } from './c.js'",
      'lib/a.js': '/** @fresh-modules no-unload: keeps a port */\nexport const state = {}',
      'lib/b.js': '/** @fresh-modules no-unload: keeps a file */\nexport const state = {}',
      'lib/c.js': 'export const state = {}',
    },
    test: `
      const plain = await import('./lib/index.js')
      const before = registered()
      const error = await caught(() => unload('./lib/index.js'))
      expect(error.code).toBe('ERR_UNLOAD_REFUSED')
      for (const part of ['lib/a.js', 'lib/b.js', 'keeps a port', 'keeps a file']) expect(error.message).toContain(part)
      expect(error.message.includes('lib/c.js')).toBe(false)
      expect(registered()).toEqual(before)
      expect((await import('./lib/index.js')).state).toBe(plain.state)
      expect(await codeOf(() => unload('./lib/index.js'))).toBe('ERR_UNLOAD_REFUSED')
    `,
  },
  {
    name: 'onUnload runs once before removal, importers first and a module in reverse order',
    needs,
    files: {
      'lib/index.js': disposing('index', "import './middle.js'"),
      'lib/middle.js': disposing('middle', "import './leaf.js'"),
      'lib/leaf.js': disposing('leaf'),
    },
    test: `
      await import('./lib/index.js')
      await unload('./lib/index.js')
      expect(events).toEqual(['index 2', 'index 1', 'middle 2', 'middle 1', 'leaf 2', 'leaf 1'])
      await unload('./lib/index.js')
      expect(events.length).toBe(6)
      await import('./lib/leaf.js')
      await unload('./lib/leaf.js')
      expect(events.length).toBe(8)
    `,
  },
  {
    name: 'an onUnload that throws stops nothing and the errors come together',
    needs,
    files: {
      'lib/index.js': `
        import { onUnload } from 'fresh-modules'
        export { state } from './part.js'
        onUnload(import.meta, () => { events.push('index') })
        onUnload(import.meta, () => { throw new Error('first') })
      `,
      'lib/part.js': `
        import { onUnload } from 'fresh-modules'
        export const state = {}
        onUnload(import.meta, async () => { throw new Error('second') })
      `,
    },
    test: `
      const plain = await import('./lib/index.js')
      const error = await caught(() => unload('./lib/index.js'))
      expect(error instanceof AggregateError).toBe(true)
      expect(error.errors.map(({ message }) => message)).toEqual(['first', 'second'])
      expect(events).toEqual(['index'])
      expect((await import('./lib/index.js')).state === plain.state).toBe(false)
    `,
  },
  {
    name: 'a fresh copy is unloaded by itself and the registered one is not touched',
    needs,
    files: { 'target.js': disposing('target') },
    test: `
      const plain = await import('./target.js')
      const fresh = await importFresh('./target.js')
      const { id } = specOf(fresh)
      expect(await unload(fresh)).toEqual([id])
      expect(events).toEqual(['target 2', 'target 1'])
      await unload(fresh)
      expect(events.length).toBe(2)
      expect((await import('./target.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'the registered namespace may be given to unload',
    needs,
    files: { 'target.js': disposing('target') },
    test: `
      const plain = await import('./target.js')
      const { id } = specOf(plain)
      expect(await unload(plain)).toEqual([id])
      expect(events).toEqual(['target 2', 'target 1'])
      const again = await import('./target.js')
      expect(again.state === plain.state).toBe(false)
      expect(await unload(plain)).toEqual([])
      expect((await import('./target.js')).state).toBe(again.state)
    `,
  },
  {
    name: 'the test file is never unloaded',
    needs,
    files: {},
    test: `
      const error = await caught(() => unload('./case.test.js'))
      expect(error.code).toBe('ERR_UNLOAD_REFUSED')
    `,
  },
  {
    name: 'a package is unloaded with its modules',
    needs: ['unload', 'packages'],
    files: {
      'node_modules/whole/package.json': '{ "name": "whole", "type": "module" }',
      'node_modules/whole/index.js': "export { state as sub } from './lib/sub.js'\nexport const state = {}",
      'node_modules/whole/lib/sub.js': 'export const state = {}',
    },
    test: `
      const plain = await import('whole')
      expect((await unload('whole')).length).toBe(2)
      const again = await import('whole')
      expect(again.state === plain.state).toBe(false)
      expect(again.sub === plain.sub).toBe(false)
    `,
  },
]
