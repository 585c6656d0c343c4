import type { ContractCase } from '../case.ts'

const config = {
  'config.js': `
    export const mode = process.env.CONTRACT_MODE
    export const level = process.env.CONTRACT_LEVEL
    export const isSet = 'CONTRACT_MODE' in process.env
    export const now = () => process.env.CONTRACT_MODE
  `,
}

const clean = 'delete process.env.CONTRACT_MODE\ndelete process.env.CONTRACT_LEVEL\n'

export const envCases: readonly ContractCase[] = [
  {
    name: 'env is set while the copy evaluates and put back afterwards',
    files: config,
    test: `${clean}
      process.env.CONTRACT_LEVEL = 'outer'
      const fresh = await importFresh('./config.js', { env: { CONTRACT_MODE: 'inner', CONTRACT_LEVEL: 'inner' } })
      expect([fresh.mode, fresh.level]).toEqual(['inner', 'inner'])
      expect(process.env.CONTRACT_LEVEL).toBe('outer')
      expect('CONTRACT_MODE' in process.env).toBe(false)
      expect(fresh.now()).toBe(undefined)
      ${clean}
    `,
  },
  {
    name: 'an env value of undefined deletes and an empty one does not',
    files: config,
    test: `
      process.env.CONTRACT_MODE = 'outer'
      const without = await importFresh('./config.js', { env: { CONTRACT_MODE: undefined } })
      expect([without.mode, without.isSet]).toEqual([undefined, false])
      const empty = await importFresh('./config.js', { env: { CONTRACT_MODE: '' } })
      expect([empty.mode, empty.isSet]).toEqual(['', true])
      expect(process.env.CONTRACT_MODE).toBe('outer')
      ${clean}
    `,
  },
  {
    name: 'only the named variables are put back',
    files: { 'writer.js': "process.env.CONTRACT_MODE = 'written'\nprocess.env.CONTRACT_LEVEL = 'written'" },
    test: `${clean}
      await importFresh('./writer.js', { env: { CONTRACT_MODE: 'inner' } })
      expect('CONTRACT_MODE' in process.env).toBe(false)
      expect(process.env.CONTRACT_LEVEL).toBe('written')
      ${clean}
    `,
  },
  {
    name: 'a package that sets the environment does so within env, whoever has loaded it first, and that is put back',
    files: {
      'node_modules/dotenv/package.json': '{ "name": "dotenv", "version": "17.0.0" }',
      'node_modules/dotenv/config.js':
        "for (const key of ['CONTRACT_MODE', 'CONTRACT_LEVEL']) process.env[key] ??= 'of the file'",
      'settings.js': `
        import 'dotenv/config.js'
        export const seen = [process.env.CONTRACT_MODE, process.env.CONTRACT_LEVEL]
      `,
    },
    test: `${clean}
      const env = { CONTRACT_MODE: 'inner' }
      for (const when of ['before', 'after']) {
        expect((await importFresh('./settings.js', { env })).seen).toEqual(['inner', 'of the file'])
        expect(['CONTRACT_MODE' in process.env, 'CONTRACT_LEVEL' in process.env]).toEqual([false, false])
        if (when === 'before') {
          await import('./settings.js')
          expect([process.env.CONTRACT_MODE, process.env.CONTRACT_LEVEL]).toEqual(['of the file', 'of the file'])
          ${clean}
        }
      }
    `,
  },
  {
    name: 'import.meta.env shows env while the copy evaluates',
    needs: ['import-meta-env'],
    files: { 'meta.js': 'export const mode = import.meta.env.CONTRACT_MODE' },
    test: `${clean}
      expect((await importFresh('./meta.js', { env: { CONTRACT_MODE: 'inner' } })).mode).toBe('inner')
      expect((await importFresh('./meta.js')).mode).toBe(undefined)
    `,
  },
  {
    name: 'env is put back after a throw',
    files: { 'broken.js': 'throw new Error(process.env.CONTRACT_MODE)' },
    test: `${clean}
      const error = await caught(() => importFresh('./broken.js', { env: { CONTRACT_MODE: 'inner' } }))
      expect(error.message).toContain('inner')
      expect('CONTRACT_MODE' in process.env).toBe(false)
    `,
  },
  {
    name: 'env holds for the modules in fresh as well',
    files: { ...config, 'target.js': "export { mode } from './config.js'" },
    test: `${clean}
      const plain = await import('./target.js')
      const fresh = await importFresh('./target.js', { fresh: ['./config.js'], env: { CONTRACT_MODE: 'inner' } })
      expect([plain.mode, fresh.mode]).toEqual([undefined, 'inner'])
    `,
  },
  {
    name: 'calls with env run one after another',
    files: config,
    test: `${clean}
      const copies = await Promise.all(['one', 'two', 'three'].map((mode) =>
        importFresh('./config.js', { env: { CONTRACT_MODE: mode } })))
      expect(copies.map(({ mode }) => mode)).toEqual(['one', 'two', 'three'])
      expect('CONTRACT_MODE' in process.env).toBe(false)
    `,
  },
  {
    name: 'calls with env run one after another also where evaluation waits',
    needs: ['top-level-await'],
    files: {
      'slow.js': `
        export const before = process.env.CONTRACT_MODE
        await new Promise((resolve) => setTimeout(resolve, 5))
        export const after = process.env.CONTRACT_MODE
      `,
    },
    test: `${clean}
      const copies = await Promise.all(['one', 'two'].map((mode) =>
        importFresh('./slow.js', { env: { CONTRACT_MODE: mode } })))
      expect(copies.map(({ before, after }) => [before, after])).toEqual([['one', 'one'], ['two', 'two']])
      expect('CONTRACT_MODE' in process.env).toBe(false)
    `,
  },
  {
    name: 'a call with env that fails does not hold up the next',
    files: { ...config, 'broken.js': "throw new Error('broken')" },
    test: `${clean}
      const failing = importFresh('./broken.js', { env: { CONTRACT_MODE: 'one' } })
      const good = importFresh('./config.js', { env: { CONTRACT_MODE: 'two' } })
      expect((await caught(failing)).message).toContain('broken')
      expect((await good).mode).toBe('two')
      expect('CONTRACT_MODE' in process.env).toBe(false)
    `,
  },
  {
    name: "a call with env within another's evaluation nests",
    needs: ['top-level-await'],
    files: {
      ...config,
      'outer.js': `
        import { importFresh } from 'fresh-modules'
        export const { mode, level } = await importFresh('./config.js', { env: { CONTRACT_LEVEL: 'nested' } })
        export const after = [process.env.CONTRACT_MODE, process.env.CONTRACT_LEVEL]
      `,
    },
    test: `${clean}
      const fresh = await importFresh('./outer.js', { env: { CONTRACT_MODE: 'inner' } })
      expect([fresh.mode, fresh.level]).toEqual(['inner', 'nested'])
      expect(fresh.after).toEqual(['inner', undefined])
      expect('CONTRACT_MODE' in process.env).toBe(false)
    `,
  },
  {
    name: 'a call with env made while another evaluates but not by it waits for its turn',
    needs: ['top-level-await'],
    files: {
      ...config,
      'slow.js': `
        globalThis.started.open()
        await globalThis.go.opened
        export const mode = process.env.CONTRACT_MODE
      `,
    },
    test: `${clean}
      globalThis.started = gate()
      globalThis.go = gate()
      const first = importFresh('./slow.js', { env: { CONTRACT_MODE: 'one' } })
      await globalThis.started.opened
      const second = importFresh('./config.js', { env: { CONTRACT_MODE: 'two' } })
      await settled()
      globalThis.go.open()
      expect([(await first).mode, (await second).mode]).toEqual(['one', 'two'])
    `,
  },
  {
    name: 'a call without env does not wait for one with it',
    files: { ...config, 'counter.js': 'export const count = 1' },
    test: `${clean}
      const { open, opened } = gate()
      const pending = importFresh(async () => { await opened; return import('./config.js') }, { env: { CONTRACT_MODE: 'inner' } })
      expect((await importFresh('./counter.js')).count).toBe(1)
      open()
      expect((await pending).mode).toBe('inner')
    `,
  },
]
