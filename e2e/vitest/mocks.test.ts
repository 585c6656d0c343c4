/** vi.mock and its relatives apply to fresh copies as they do to plain imports. */
import { test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { passes } from './support.ts'

const dep = `
  export const name: string = 'real'
  export const greet = (): string => 'real greeting'
  export class Thing { method(): string { return 'real method' } }
  export const made = {}
`
const files = {
  'src/dep.ts': dep,
  'src/user.ts': `
    import { greet, made, name } from './dep'
    export { made, name }
    export let calls = 0
    export const use = (): string => { calls++; return greet() }
    export const lazy = () => import('./dep')
  `,
}

describeHosts('vitest', (host) => {
  test('vi.mock with a factory is seen by fresh copies, and by their late imports', async () => {
    await passes(host, {
      ...files,
      'src/a.test.ts': `
        import { importFresh, reloadInPlace } from 'fresh-modules'
        import { expect, test, vi } from 'vitest'
        import * as user from './user'
        const { spy } = vi.hoisted(() => ({ spy: { times: 0 } }))
        vi.mock('./dep', () => { spy.times++; return { greet: () => 'mocked', name: 'mock', made: null } })
        test('a fresh copy uses the mock', async () => {
          const copy = await importFresh('./user')
          expect([user.use(), copy.use(), copy.name]).toEqual(['mocked', 'mocked', 'mock'])
          expect((await copy.lazy()).name).toBe('mock')
          expect(spy.times).toBe(1)
        })
        test('so do a copy with all its imports, and a reloaded module', async () => {
          expect((await importFresh('./user', { fresh: 'imports' })).use()).toBe('mocked')
          await reloadInPlace(user)
          expect(user.use()).toBe('mocked')
        })
        test('a fresh copy of the mocked module is the mock, as in a plain import', async () => {
          expect((await importFresh('./dep')).greet()).toBe('mocked')
          expect((await vi.importActual<typeof import('./dep')>('./dep')).greet()).toBe('real greeting')
        })
      `,
    })
  })

  test('static imports of a test file with vi.mock are fresh in each test, and stay the registered ones', async () => {
    await passes(host, {
      ...files,
      'src/a.test.ts': `
        import { reloadInPlace } from 'fresh-modules'
        import { expect, test, vi } from 'vitest'
        import * as user from './user'
        vi.mock('./dep', () => ({ greet: () => 'mocked', name: 'mock', made: null }))
        for (const round of [1, 2, 3]) {
          test('round ' + round, async () => {
            expect(user.calls).toBe(0)
            user.use()
            expect(user.calls).toBe(1)
            expect(await import('./user')).toBe(user)
            expect(await reloadInPlace(user)).toBe(user)
          })
        }
      `,
    })
  })

  test('automocks, __mocks__ and spy: true apply in a fresh copy', async () => {
    await passes(host, {
      ...files,
      'src/spied.ts': dep,
      'src/folder.ts': dep,
      'src/__mocks__/folder.ts': "export const greet = () => 'from __mocks__'",
      'src/all.ts': `
        import { greet as automocked, Thing } from './dep'
        import { greet as spied } from './spied'
        import { greet as redirected } from './folder'
        export const run = () => [automocked(), spied(), redirected(), new Thing().method()]
      `,
      'src/a.test.ts': `
        import { importFresh } from 'fresh-modules'
        import { expect, test, vi } from 'vitest'
        import { greet as automocked } from './dep'
        import { greet as spied } from './spied'
        import * as all from './all'
        vi.mock('./dep')
        vi.mock('./spied', { spy: true })
        vi.mock('./folder')
        test('all kinds', async () => {
          const copy = await importFresh('./all')
          expect(copy.run()).toEqual([undefined, 'real greeting', 'from __mocks__', undefined])
          expect(automocked).toHaveBeenCalledTimes(1)
          expect(spied).toHaveBeenCalledTimes(1)
          vi.mocked(automocked).mockReturnValue('set')
          expect(copy.run()[0]).toBe('set')
          expect(all.run()[0]).toBe('set')
        })
        test('a fresh scope of all imports keeps the mocks', async () => {
          const copy = await importFresh('./all', { fresh: 'imports' })
          expect(copy.run().slice(1)).toEqual(['real greeting', 'from __mocks__', undefined])
        })
      `,
    })
  })

  test('vi.doMock applies to the next fresh copy and vi.doUnmock ends it', async () => {
    await passes(host, {
      ...files,
      'src/a.test.ts': `
        import { importFresh } from 'fresh-modules'
        import { expect, test, vi } from 'vitest'
        test('one after another', async () => {
          expect((await importFresh('./user')).use()).toBe('real greeting')
          vi.doMock('./dep', () => ({ greet: () => 'first', made: 1, name: 'x' }))
          expect((await importFresh('./user')).use()).toBe('first')
          vi.doMock('./dep', () => ({ greet: () => 'second', made: 1, name: 'x' }))
          expect((await importFresh('./user')).use()).toBe('second')
          vi.doUnmock('./dep')
          expect((await importFresh('./user')).use()).toBe('real greeting')
          expect((await importFresh('./dep')).greet()).toBe('real greeting')
        })
      `,
    })
  })

  test('importOriginal, importActual and importMock work together with fresh copies', async () => {
    await passes(host, {
      ...files,
      'src/other.ts': "export const greet = () => 'other real'",
      'src/a.test.ts': `
        import { importFresh } from 'fresh-modules'
        import { expect, test, vi } from 'vitest'
        import * as user from './user'
        vi.mock('./dep', async (importOriginal) => {
          const original = await importOriginal<typeof import('./dep')>()
          return { ...original, greet: () => 'wrapped ' + original.greet() }
        })
        vi.mock('./other')
        test('a factory that imports the original', async () => {
          expect(user.use()).toBe('wrapped real greeting')
          expect((await importFresh('./user')).use()).toBe('wrapped real greeting')
        })
        test('importMock automocks', async () => {
          const mock = await vi.importMock<typeof import('./other')>('./other')
          expect(mock.greet()).toBeUndefined()
          expect(vi.isMockFunction(mock.greet)).toBe(true)
          expect((await vi.importActual<typeof import('./other')>('./other')).greet()).toBe('other real')
        })
      `,
    })
  })

  test('importFresh inside of a factory gives the original, fresh', async () => {
    await passes(host, {
      ...files,
      'src/a.test.ts': `
        import { importFresh } from 'fresh-modules'
        import { expect, test, vi } from 'vitest'
        import * as user from './user'
        vi.mock('./dep', async (importOriginal) => {
          const original = await importOriginal<typeof import('./dep')>()
          const fresh = await importFresh<typeof import('./dep')>('./dep')
          return { ...fresh, greet: () => fresh.greet() + (fresh.made === original.made ? ' shared' : ' fresh') }
        })
        test('the factory held a copy of its own', async () => {
          expect(user.use()).toBe('real greeting fresh')
          expect((await importFresh('./user')).use()).toBe('real greeting fresh')
        })
      `,
    })
  })

  test('a factory that throws fails the fresh import, and nothing hangs', async () => {
    await passes(host, {
      ...files,
      'src/a.test.ts': `
        import { importFresh } from 'fresh-modules'
        import { expect, test, vi } from 'vitest'
        test('throws', async () => {
          vi.doMock('./dep', () => { throw new Error('no factory') })
          await expect(importFresh('./user')).rejects.toMatchObject({ cause: { message: 'no factory' } })
          await expect(import('./user')).rejects.toMatchObject({ cause: { message: 'no factory' } })
          vi.doMock('./dep', () => ({ greet: () => 'good', made: 1, name: 'x' }))
          expect((await importFresh('./user')).use()).toBe('good')
        })
      `,
    })
  })

  test('spies on a registered export do not reach a fresh copy, and a reload restores them', async () => {
    await passes(host, {
      ...files,
      'src/a.test.ts': `
        import { importFresh, reloadInPlace } from 'fresh-modules'
        import { expect, test, vi } from 'vitest'
        import * as dep from './dep'
        test('spies', async () => {
          vi.spyOn(dep, 'greet').mockReturnValue('spied')
          expect(dep.greet()).toBe('spied')
          expect((await importFresh('./dep')).greet()).toBe('real greeting')
          expect((await importFresh('./user')).use()).toBe('spied')
          await reloadInPlace(dep)
          expect(dep.greet()).toBe('real greeting')
          vi.restoreAllMocks()
          expect(dep.greet()).toBe('real greeting')
        })
      `,
    })
  })
})
