/** Compiled to CommonJS by each of the compilers that Jest users have: their property definitions all differ. */
import { describe, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { compilers, configWith, passes } from './support.ts'

const sources = {
  'src/shared.ts': 'export const shared: { total: number } = { total: 0 }',
  'src/counter.ts': `
    import { shared } from './shared'
    export let count = 0
    export const runs = ((globalThis as any).runs = ((globalThis as any).runs ?? 0) + 1)
    export function increase(): number {
      shared.total++
      return ++count
    }
    export default { made: runs }
    export class Counter {}
    export const late = () => import('./lazy')
    export { shared }
  `,
  'src/lazy.ts': 'export const made = {}',
  'src/named.ts': "export { count as renamed, default } from './counter'",
  'src/star.ts': "export * from './counter'\nexport const own = 'star'",
  'src/state.ts': 'let count = 0\nexport const increase = () => ++count\nexport class Counter {}',
  'src/state-star.ts': "export * from './state'",
  'src/state-named.ts': "export { Counter } from './state-star'",
  'src/space.ts': "export * as counter from './counter'",
  'src/importer.ts': `
    import made, { count } from './counter'
    import * as all from './counter'
    export const read = () => [count, made.made, all.count, all.default.made]
  `,
}

describeHosts('jest', (host) => {
  for (const { name, fields, files = {} } of compilers) {
    describe(name, () => {
      test('every helper works', async () => {
        await passes(host, {
          ...sources,
          ...files,
          'jest.config.cjs': configWith(fields),
          'src/broken.ts': "throw new Error('broken on purpose')\nexport {}",
          'src/helpers.test.ts': `
            import { importFresh, onUnload, requireFresh, unload, withUnloaded } from 'fresh-modules'
            import * as counter from './counter'
            import { shared } from './shared'

            test('importFresh gives a copy of its own', async () => {
              counter.increase()
              const fresh = await importFresh<typeof counter>('./counter')
              expect(fresh.count).toBe(0)
              expect(fresh.shared).toBe(shared)
              expect(fresh.increase()).toBe(1)
              expect(fresh.count).toBe(1)
              expect(counter.count).toBe(1)
              expect((await import('./counter')).increase).toBe(counter.increase)
            })
            test('the function form is typed', async () => {
              const fresh = await importFresh(() => import('./counter'))
              expect(fresh.count).toBe(0)
              const sync = requireFresh<typeof counter>(() => require('./counter'))
              expect(sync.count).toBe(0)
            })
            test('a late import is answered in the scope', async () => {
              const plain = await import('./lazy')
              const fresh = await importFresh<typeof counter>('./counter', { fresh: ['./lazy'] })
              const late = await fresh.late()
              expect(late.made === plain.made).toBe(false)
              expect((await fresh.late()).made).toBe(late.made)
              expect((await counter.late()).made).toBe(plain.made)
            })
            test('blocked modules are not found', async () => {
              await expect(importFresh('./counter', { blocked: ['./shared'] })).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' })
              await expect(importFresh('./broken')).rejects.toThrow('broken on purpose')
            })
            test('withUnloaded brings the very same copy back, unload does not', async () => {
              const before = require('./shared')
              expect(await withUnloaded('./shared', () => require('./shared') === before)).toBe(false)
              expect(require('./shared')).toBe(before)
              await unload('./shared')
              expect(require('./shared') === before).toBe(false)
            })
          `,
        })
      })

      test('reloadInPlace reaches static imports, later assignments and re-exports', async () => {
        await passes(host, {
          ...sources,
          ...files,
          'jest.config.cjs': configWith(fields),
          'src/barrel.test.ts': `
            /** @fresh-modules reset-between-tests */
            import { Counter } from './state'
            import { Counter as renamed } from './state-named'
            import { Counter as starred, increase } from './state-star'

            test.each([1, 2, 3])('re-exports are of the copy that is new for the test, %i', () => {
              expect(starred).toBe(Counter)
              expect(renamed).toBe(Counter)
              expect(increase()).toBe(1)
            })
          `,
          'src/reload.test.ts': `
            import { reloadInPlace } from 'fresh-modules'
            import made, { count, increase } from './counter'
            import * as namespace from './counter'
            import { read } from './importer'
            import again, { renamed } from './named'
            import { counter } from './space'
            import { count as starred, own } from './star'

            const seen = () => [count, starred, renamed, counter.count, namespace.count, read()[0], read()[2]]
            const all = (value: number) => [value, value, value, value, value, value, value]
            const defaults = () => [made.made, again.made, read()[1], read()[3]]

            test('values, live bindings and defaults', async () => {
              expect(seen()).toEqual(all(0))
              increase()
              expect(seen()).toEqual(all(1))
              const required = require('./counter')
              const reloaded = await reloadInPlace<any>('./counter')
              expect(reloaded).toBe(required)
              expect(seen()).toEqual(all(0))
              expect(defaults()).toEqual([2, 2, 2, 2])
              increase()
              increase()
              expect(seen()).toEqual(all(2))
              expect(own).toBe('star')
            })
            test('a module of re-exports', async () => {
              const star = require('./star')
              expect(await reloadInPlace<any>('./star')).toBe(star)
              await reloadInPlace('./named')
              await reloadInPlace('./space')
              expect(seen()).toEqual(all(2))
              await reloadInPlace('./counter')
              expect(seen()).toEqual(all(0))
              expect(defaults()).toEqual([3, 3, 3, 3])
            })
          `,
        })
      })

      test('reloadInPlace is all or nothing, and keeps what others have put there', async () => {
        await passes(host, {
          ...files,
          'jest.config.cjs': configWith(fields),
          'src/value.ts':
            'export let value = 1\nexport const gone = true\nexport const set = (next: number) => { value = next }',
          'src/reload.test.ts': `
            import { writeFileSync } from 'node:fs'
            import { join } from 'node:path'
            import { reloadInPlace } from 'fresh-modules'
            import * as values from './value'

            const write = (text: string) => writeFileSync(join(__dirname, 'value.ts'), text)

            test('a failure leaves every export as it was', async () => {
              const exported = require('./value')
              exported.foreign = 'put there by a test'
              values.set(5)
              write("export let value = 2\\nexport const added = true\\nthrow new Error('halfway')")
              await expect(reloadInPlace('./value')).rejects.toThrow('halfway')
              expect({ ...exported }).toMatchObject({ value: 5, gone: true, foreign: 'put there by a test' })
              expect('added' in exported).toBe(false)
              values.set(6)
              expect(values.value).toBe(6)
              write('export let value = 3\\nexport const added = true')
              await reloadInPlace('./value')
              expect(values.value).toBe(3)
              expect({ ...exported }).toMatchObject({ value: 3, added: true, foreign: 'put there by a test' })
              expect('gone' in exported).toBe(false)
            })
          `,
        })
      })
    })
  }

  test('plain JavaScript without any transform', async () => {
    await passes(host, {
      'jest.config.cjs': configWith('transform: {}'),
      'src/dep.js': 'exports.state = {}',
      'src/function.js': "module.exports = () => 'called'",
      'src/plain.js': `
        const dep = require('./dep')
        module.exports = { state: {}, dep: dep.state, late: () => require('./dep').state }
      `,
      'src/plain.test.js': `
        const { importFresh, reloadInPlace, requireFresh } = require('fresh-modules')
        const plain = require('./plain')
        test('fresh copies', async () => {
          const fresh = requireFresh('./plain', { fresh: ['./dep'] })
          expect(fresh.state === plain.state).toBe(false)
          expect(fresh.late()).toBe(fresh.dep)
          expect(plain.late()).toBe(plain.dep)
          expect((await importFresh('./plain')).dep).toBe(plain.dep)
          expect(requireFresh('./function')()).toBe('called')
        })
        test('reloadInPlace', async () => {
          const { state } = plain
          plain.foreign = true
          expect(await reloadInPlace('./plain')).toBe(plain)
          expect(plain.state === state).toBe(false)
          expect(plain.foreign).toBe(true)
          expect(require('./plain')).toBe(plain)
        })
        test('a function cannot be replaced in place', async () => {
          const before = require('./function')
          const error = await reloadInPlace('./function').catch((error) => error)
          expect(error).toMatchObject({ code: 'ERR_RELOAD_REFUSED' })
          expect(error.message).toContain('module.exports is a function')
          expect(error).toBeInstanceOf(Error)
          expect(require('./function')).toBe(before)
        })
        test('spies are restored before their export is replaced', async () => {
          const late = plain.late
          const spy = jest.spyOn(plain, 'late').mockReturnValue('spied')
          expect(plain.late()).toBe('spied')
          await reloadInPlace('./plain')
          expect(plain.late()).toBe(plain.dep)
          spy.mockRestore()
          expect(plain.late === late).toBe(false)
          expect(plain.late()).toBe(plain.dep)
        })
      `,
    })
  })
})
