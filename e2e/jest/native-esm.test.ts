/** Native ES modules, by --experimental-vm-modules: graphs of both systems. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, nativeEsm, passes, run } from './support.ts'

const app = {
  'package.json': '{ "name": "app", "private": true, "type": "module" }',
  'jest.config.cjs': configWith('transform: {}'),
  'dep.js': 'export const dep = {}\nexport default function named() {}',
  'legacy.cjs': `
    exports.state = {}
    exports.late = () => import('./dep.js')
    exports.required = () => require('./deep.cjs').deep
  `,
  'deep.cjs': 'exports.deep = {}',
  'data.json': '{ "list": [1] }',
  'target.js': `
    import { dep } from './dep.js'
    import legacy, { state } from './legacy.cjs'
    import fs from 'node:fs'
    export const own = {}
    export { dep, fs, legacy, state }
    export const { url } = import.meta
    export const late = () => import('./dep.js')
    export const lateLegacy = () => import('./legacy.cjs')
  `,
}

describeHosts('jest', (host) => {
  test('graphs of ES modules and CommonJS, either way round', async () => {
    await passes(
      host,
      {
        ...app,
        'mixed.test.js': `
          import fs from 'node:fs'
          import { importFresh, requireFresh, unload, withUnloaded } from 'fresh-modules'
          import * as target from './target.js'

          test('what is not fresh is shared, of both systems', async () => {
            const fresh = await importFresh('./target.js')
            expect(fresh.own === target.own).toBe(false)
            expect(fresh.dep).toBe(target.dep)
            expect(fresh.state).toBe(target.state)
            expect(fresh.fs).toBe(fs)
            expect(fresh.url).toBe(target.url)
          })
          test('what is fresh is fresh, of both systems, late imports included', async () => {
            const fresh = await importFresh('./target.js', { fresh: ['./dep.js', './legacy.cjs', './deep.cjs'] })
            expect(fresh.dep === target.dep).toBe(false)
            expect(fresh.state === target.state).toBe(false)
            expect((await fresh.late()).dep).toBe(fresh.dep)
            expect((await fresh.legacy.late()).dep).toBe(fresh.dep)
            expect((await fresh.lateLegacy()).default).toBe(fresh.legacy)
            expect(fresh.legacy.required() === target.legacy.required()).toBe(false)
            expect((await target.legacy.late()).dep).toBe(target.dep)
          })
          test('a CommonJS target', async () => {
            const fresh = await importFresh('./legacy.cjs')
            expect(fresh.state === target.state).toBe(false)
            expect(fresh.default.state).toBe(fresh.state)
            expect(requireFresh('./legacy.cjs').state === target.state).toBe(false)
            expect((await importFresh('./data.json')).default).toEqual({ list: [1] })
          })
          test('an ES module is not for requireFresh, which says why, and what to do', () => {
            const message = /target\\.js.*native ES module, which is evaluated asynchronously.*importFresh/s
            expect(() => requireFresh('./target.js')).toThrow(message)
            expect(() => requireFresh('./target.js')).toThrow(expect.objectContaining({ code: 'ERR_NOT_FRESH' }))
          })
          test('by function', async () => {
            const fresh = await importFresh(() => import('./target.js'))
            expect(fresh.own === target.own).toBe(false)
            const legacy = await importFresh(() => import('./legacy.cjs'))
            expect(legacy.state === target.state).toBe(false)
          })
          test('blocked', async () => {
            const blocked = ['./deep.cjs']
            const fresh = await importFresh('./legacy.cjs', { blocked })
            expect(() => fresh.default.required()).toThrow(expect.objectContaining({ code: 'MODULE_NOT_FOUND' }))
            const error = await importFresh('./target.js', { blocked: ['./dep.js'] }).catch((error) => error)
            expect(error).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
            expect(error).toBeInstanceOf(Error)
          })
          test('unload and withUnloaded', async () => {
            const before = await import('./dep.js')
            expect((await withUnloaded('./dep.js', () => import('./dep.js'))).dep === before.dep).toBe(false)
            expect((await import('./dep.js')).dep).toBe(before.dep)
            const legacy = (await import('./legacy.cjs')).default
            await unload('./legacy.cjs')
            expect((await import('./legacy.cjs')).default === legacy).toBe(false)
            await unload('./dep.js')
            expect((await import('./dep.js')).dep === before.dep).toBe(false)
          })
        `,
      },
      [],
      nativeEsm,
    )
  })

  test('reloadInPlace is refused, with the reason, and nothing is evaluated', async () => {
    await passes(
      host,
      {
        ...app,
        'counted.js': 'globalThis.runs = (globalThis.runs ?? 0) + 1\nexport let value = 1',
        'reload.test.js': `
          import { reloadInPlace } from 'fresh-modules'
          import * as counted from './counted.js'
          import legacy, { state } from './legacy.cjs'
          import * as space from './legacy.cjs'
          test('an ES module', async () => {
            for (const target of ['./counted.js', counted]) {
              const error = await reloadInPlace(target).catch((error) => error)
              expect(error).toMatchObject({ code: 'ERR_RELOAD_REFUSED' })
              expect(error.message).toContain('the engine owns its namespace')
            }
            expect(runs).toBe(1)
          })
          test('a CommonJS module is reloaded, in the view of its importers too', async () => {
            const before = state
            expect(await reloadInPlace('./legacy.cjs')).toBe(legacy)
            expect(legacy.state === before).toBe(false)
          })
        `,
      },
      [],
      nativeEsm,
    )
  })

  test('unstable_mockModule answers fresh copies', async () => {
    await passes(
      host,
      {
        ...app,
        'mock.test.js': `
          import { jest } from '@jest/globals'
          import { importFresh } from 'fresh-modules'
          jest.unstable_mockModule('./dep.js', () => ({ dep: 'mocked', default: 'mocked' }))
          const target = await import('./target.js')
          test('as plain imports', async () => {
            expect(target.dep).toBe('mocked')
            expect((await importFresh('./target.js')).dep).toBe('mocked')
            expect((await importFresh('./target.js', { fresh: ['./dep.js'] })).dep).toBe('mocked')
            expect((await importFresh('./dep.js')).dep).toBe('mocked')
          })
        `,
      },
      [],
      nativeEsm,
    )
  })

  test('isolateModulesAsync and resetModules', async () => {
    await passes(
      host,
      {
        ...app,
        'reset.test.js': `
          import { jest } from '@jest/globals'
          import { importFresh } from 'fresh-modules'
          import * as target from './target.js'
          test('isolateModulesAsync: what is shared is the isolated copy', async () => {
            await jest.isolateModulesAsync(async () => {
              const fresh = await importFresh('./target.js')
              expect(fresh.dep).toBe((await import('./dep.js')).dep)
              expect(fresh.dep === target.dep).toBe(false)
            })
            expect((await importFresh('./target.js')).dep).toBe(target.dep)
          })
          test('resetModules', async () => {
            jest.resetModules()
            const plain = await import('./target.js')
            expect(plain.dep === target.dep).toBe(false)
            expect((await importFresh('./target.js')).dep).toBe(plain.dep)
          })
        `,
      },
      [],
      nativeEsm,
    )
  })

  test('without the flag, an import() of CommonJS fails as it does in Jest', async () => {
    const result = await run(host, {
      'package.json': '{ "name": "app", "private": true }',
      'jest.config.cjs': configWith('transform: {}'),
      'late.js': "exports.late = () => import('./late.js')",
      'late.test.js': `
        const { requireFresh } = require('fresh-modules')
        test('the host says so', async () => {
          const codes = []
          for (const late of [require('./late').late, requireFresh('./late').late]) {
            codes.push(await late().catch((error) => error.code ?? error.message))
          }
          expect(codes[0]).toBe(codes[1])
        })
      `,
    })
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 1 })
  })

  test('a copy that awaits a fake timer is given up, and the next test has it', async () => {
    const slow = {
      ...app,
      'slow.js': "await new Promise((resolve) => setTimeout(resolve, 10))\nexport const value = 'settled'",
    }
    const fake = (options: string) => `
      import { jest } from '@jest/globals'
      import { importFresh } from 'fresh-modules'
      const refused = { code: 'ERR_NOT_FRESH', message: expect.stringMatching(/"\\.\\/slow\\.js".*timers are fake/) }
      test('while timers are fake', async () => {
        jest.useFakeTimers(${options})
        try {
          await expect(importFresh('./slow.js')).rejects.toMatchObject(refused)
        } finally {
          jest.useRealTimers()
        }
      })
      test('when they are real', async () => expect((await importFresh('./slow.js')).value).toBe('settled'))
    `
    const files = {
      ...slow,
      'modern.test.js': fake(''),
      'legacy.test.js': fake('{ legacyFakeTimers: true }'),
    }
    await passes(host, files, [], nativeEsm)
  })
})
