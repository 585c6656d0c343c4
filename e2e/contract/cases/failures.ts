import type { ContractCase } from '../case.ts'

const failsOnce = (thrown: string): string => `
events.push('target')
if (!globalThis.mended) throw ${thrown}
export const value = 'good'
`

/** A target that fails: the caller gets the error, nothing stays behind, and the next call tries again. */
export const failureCases: readonly ContractCase[] = [
  {
    name: 'a target that is not found fails with a not-found error and changes nothing',
    files: { 'other.js': 'export const state = {}' },
    test: `
      await import('./other.js')
      const before = registered()
      const error = await caught(() => importFresh('./absent.js'))
      expect(isNotFound(error)).toBe(true)
      expect(error.message).toContain('absent')
      expect(isNotFound(await caught(() => importFresh('absent-package')))).toBe(true)
      expect(registered()).toEqual(before)
    `,
  },
  {
    name: 'what the target throws reaches the caller as the same object',
    files: { 'target.js': "globalThis.thrown = new RangeError('of the target')\nthrow globalThis.thrown" },
    test: `
      const error = await caught(() => importFresh('./target.js'))
      expect(error).toBe(globalThis.thrown)
      expect(error.message).toBe('of the target')
    `,
  },
  {
    name: 'anything may be thrown, undefined and null as well',
    files: { 'target.js': 'throw globalThis.toThrow' },
    test: `
      for (const thrown of [undefined, null, 0, 'text', Object.freeze({ frozen: true })]) {
        globalThis.toThrow = thrown
        const result = await failure(() => importFresh('./target.js'))
        expect(result.thrown).toBe(thrown)
      }
    `,
  },
  {
    name: 'after a throw the registered copy is still registered and no partial copy is anywhere',
    files: {
      'target.js': `
        if (globalThis.isBroken) throw new Error('broken')
        export const state = {}
      `,
    },
    test: `
      const plain = await import('./target.js')
      const before = registered()
      globalThis.isBroken = true
      expect((await caught(() => importFresh('./target.js'))).message).toContain('broken')
      expect(registered()).toEqual(before)
      expect((await import('./target.js')).state).toBe(plain.state)
    `,
  },
  {
    name: 'the next call after a throw runs the body again',
    files: { 'target.js': failsOnce("new Error('first time')") },
    test: `
      expect((await caught(() => importFresh('./target.js'))).message).toContain('first time')
      expect((await caught(() => importFresh('./target.js'))).message).toContain('first time')
      globalThis.mended = true
      expect((await importFresh('./target.js')).value).toBe('good')
      expect(events).toEqual(['target', 'target', 'target'])
    `,
  },
  {
    name: 'a plain import after a failed fresh one evaluates the module',
    files: { 'target.js': failsOnce("new Error('first time')") },
    test: `
      await caught(() => importFresh('./target.js'))
      globalThis.mended = true
      expect((await import('./target.js')).value).toBe('good')
    `,
  },
  {
    name: 'what a module listed in fresh throws reaches the caller and the target does not run',
    files: {
      'dep.js': "globalThis.thrown = new Error('of the dep')\nthrow globalThis.thrown",
      'target.js': "import './dep.js'\nevents.push('target')",
    },
    test: `
      const error = await caught(() => importFresh('./target.js', { fresh: ['./dep.js'] }))
      expect(error).toBe(globalThis.thrown)
      expect(events).toEqual([])
    `,
  },
  {
    name: 'what a shared import of the target throws reaches the caller and is tried again',
    files: {
      'dep.js': `
        events.push('dep')
        if (!globalThis.mended) throw (globalThis.thrown = new Error('of the dep'))
        export const value = 'good'
      `,
      'target.js': "export { value } from './dep.js'\nevents.push('target')",
    },
    except: {
      'node-esm': "Node's ESM loader keeps a failed evaluation of a shared module by its URL",
    },
    test: `
      expect(await caught(() => importFresh('./target.js'))).toBe(globalThis.thrown)
      globalThis.mended = true
      expect((await importFresh('./target.js')).value).toBe('good')
      expect((await import('./dep.js')).value).toBe('good')
      expect(events).toEqual(['dep', 'dep', 'target'])
    `,
  },
  {
    name: 'a syntax error fails the call and the mended file works',
    files: { 'target.js': 'export const value = = 1' },
    test: `
      expect(typeof (await caught(() => importFresh('./target.js')))).toBe('object')
      write('target.js', "export const value = 'mended'")
      expect((await importFresh('./target.js')).value).toBe('mended')
      expect((await import('./target.js')).value).toBe('mended')
    `,
  },
  {
    name: 'a file mended after a throw works in the next call',
    files: { 'target.js': "throw new Error('broken')" },
    test: `
      await caught(() => importFresh('./target.js'))
      write('target.js', "export const value = 'mended'")
      expect((await importFresh('./target.js')).value).toBe('mended')
    `,
  },
  {
    name: 'a loaded module whose file is broken now fails each time and never gives the old source',
    files: { 'target.js': "export const value = 'old'" },
    test: `
      const plain = await import('./target.js')
      write('target.js', 'export const value = = broken')
      await caught(() => importFresh('./target.js'))
      await caught(() => importFresh('./target.js'))
      write('target.js', "throw new Error('broken in another way')")
      expect((await caught(() => importFresh('./target.js'))).message).toContain('in another way')
      expect((await caught(() => importFresh('./target.js'))).message).toContain('in another way')
      write('target.js', "export const value = 'mended'")
      expect((await importFresh('./target.js')).value).toBe('mended')
      expect((await import('./target.js')).value).toBe(plain.value)
    `,
  },
  {
    name: 'a file created after the call failed is found by the next',
    files: {},
    test: `
      expect(isNotFound(await caught(() => importFresh('./late.js')))).toBe(true)
      write('late.js', "export const value = 'created'")
      expect((await importFresh('./late.js')).value).toBe('created')
    `,
  },
  {
    name: 'an import of the target that is missing fails the call and is found once it is created',
    files: { 'target.js': "export { value } from './dep.js'" },
    test: `
      expect((await caught(() => importFresh('./target.js'))).message).toContain('dep')
      write('dep.js', "export const value = 'created'")
      expect((await importFresh('./target.js')).value).toBe('created')
    `,
  },
  {
    name: 'a file that changed since its last evaluation is evaluated as it is now',
    files: { 'target.js': "export const value = 'first'" },
    test: `
      const plain = await import('./target.js')
      expect((await importFresh('./target.js')).value).toBe('first')
      write('target.js', "export const value = 'second, and longer'")
      expect((await importFresh('./target.js')).value).toBe('second, and longer')
      expect(plain.value).toBe('first')
      expect((await import('./target.js')).value).toBe('first')
    `,
  },
  {
    name: 'a name in fresh that is not found rejects, naming it, before anything is evaluated',
    files: { 'target.js': "events.push('target')", 'other.js': "events.push('other')" },
    test: `
      const error = await caught(() => importFresh('./target.js', { fresh: ['./other.js', './absent.js'] }))
      expect(isNotFound(error)).toBe(true)
      expect(error.message).toContain('absent')
      expect(events).toEqual([])
    `,
  },
  {
    name: 'a rejecting top-level await is one rejection and no unhandled one',
    needs: ['top-level-await'],
    files: {
      'target.js': `
        events.push('target')
        await Promise.reject((globalThis.rejection = new Error('of the await')))
      `,
    },
    test: `
      const unhandled = []
      const listen = (reason) => unhandled.push(reason)
      process.on('unhandledRejection', listen)
      try {
        expect(await caught(() => importFresh('./target.js'))).toBe(globalThis.rejection)
        await settled()
      } finally {
        process.off('unhandledRejection', listen)
      }
      expect(unhandled).toEqual([])
      expect(events).toEqual(['target'])
    `,
  },
  {
    name: 'a module that failed to load does not have its onUnload called',
    needs: ['test-ends'],
    files: {
      'target.js': `
        import { onUnload } from 'fresh-modules'
        onUnload(import.meta, () => { globalThis.disposed = true })
        throw new Error('broken')
      `,
    },
    top: 'globalThis.disposed = false',
    test: {
      'a fresh copy fails':
        "expect((await caught(() => importFresh('./target.js'))).message).toContain('broken')",
      'nothing was called when the test ended': 'expect(globalThis.disposed).toBe(false)',
    },
  },
  {
    name: 'a fresh copy that awaits a fake timer is given up by its name, and what comes next is not touched',
    needs: ['top-level-await'],
    files: {
      'slow.js': "await new Promise((resolve) => setTimeout(resolve, 10))\nexport const value = 'settled'",
      'target.js': "export { value } from './slow.js'",
    },
    top: `
      // What a case sets by its plain name is taken away after it.
      const world = globalThis
      const real = world.setTimeout
      // As fake timers are in every framework: they count, and wait for somebody to move their clock.
      const useFakeTimers = () => {
        const waiting = []
        const clock = { countTimers: () => waiting.length }
        world.setTimeout = Object.assign((run) => waiting.push(run), { clock })
      }
      const useRealTimers = () => { world.setTimeout = real }
    `,
    test: {
      'while timers are fake': `
        useFakeTimers()
        try {
          const calls = {
            './slow.js': () => importFresh('./slow.js', { env: { CONTRACT_MODE: 'inner' } }),
            './target.js': () => importFresh('./target.js', { fresh: ['./slow.js'] }),
            'by a function': () => importFresh(() => import('./slow.js')),
          }
          await Promise.all(Object.entries(calls).map(async ([name, call]) => {
            const error = await caught(call)
            expect(error.code).toBe('ERR_NOT_FRESH')
            // The module that waits, where the host tells; else the target.
            expect(error.message).toMatch(name === './target.js' ? /(?:slow|target)\\.js"/ : /slow\\.js"/)
            expect(error.message).toContain('timers are fake')
          }))
        } finally {
          useRealTimers()
        }
        expect('CONTRACT_MODE' in process.env).toBe(false)
      `,
      'when they are real again': `
        expect((await importFresh('./slow.js', { env: { CONTRACT_MODE: 'inner' } })).value).toBe('settled')
        expect((await importFresh('./target.js', { fresh: ['./slow.js'] })).value).toBe('settled')
        expect((await importFresh(() => import('./slow.js'))).value).toBe('settled')
        expect((await import('./slow.js')).value).toBe('settled')
      `,
    },
  },
  {
    name: 'a reset by hand that a fake timer holds up is given up by name, and what comes next is not touched',
    needs: ['resets', 'top-level-await'],
    except: { memory: 'an evaluation that is given up goes on in it' },
    options: { resetBetween: 'never' },
    files: {
      'slow.js': `
        if (globalThis.waits) await new Promise((resolve) => setTimeout(resolve, 10))
        let count = 0
        export const next = () => ++count
      `,
    },
    top: `
      import { next } from './slow.js'
      // What a case sets by its plain name is taken away after it.
      const world = globalThis
      const real = world.setTimeout
    `,
    test: {
      'while timers are fake': `
        expect(next()).toBe(1)
        globalThis.waits = true
        const waiting = []
        world.setTimeout = Object.assign((run) => waiting.push(run), { clock: { countTimers: () => waiting.length } })
        try {
          const error = await caught(() => resetModules())
          expect(error.code).toBe('ERR_NOT_FRESH')
          expect(error.message).toContain('slow.js')
          expect(error.message).toContain('timers are fake')
        } finally {
          world.setTimeout = real
        }
      `,
      'when they are real again': `
        expect(next()).toBe(2)
        expect((await import('./slow.js')).next).toBe(next)
        await resetModules()
        expect(next()).toBe(1)
      `,
    },
  },
]
