import { describe, expect, test } from 'vitest'
import { PackageStates } from './package-states.ts'

const FILE = '/app/node_modules/@vue/test-utils/dist/vue-test-utils.cjs.js'

function vueTestUtils() {
  let isEnabled = false
  const installed: unknown[] = []
  const global: Record<string, unknown> = { stubs: { transition: true }, plugins: [], mocks: {} }
  return {
    config: {
      global,
      plugins: {
        VueWrapper: {
          installed,
          install: (one: unknown) => installed.push(one),
          reset: () => installed.splice(0),
        },
      } as Record<string, unknown>,
    },
    enableAutoUnmount() {
      if (isEnabled) throw new Error('enableAutoUnmount cannot be called more than once')
      isEnabled = true
    },
    disableAutoUnmount() {
      isEnabled = false
    },
  }
}

describe('@vue/test-utils', () => {
  test('forgets what a file has told it, time and again', () => {
    const exports = vueTestUtils()
    const { config, enableAutoUnmount } = exports
    const { global } = config
    const states = new PackageStates()
    states.note(FILE, exports)
    for (const file of [1, 2, 3]) {
      enableAutoUnmount()
      ;(global['plugins'] as unknown[]).push(file)
      Object.assign(global['mocks'] as object, { $t: file })
      Object.assign(global, { more: file, stubs: { transition: false } })
      config.plugins['createStubs'] = () => file
      ;(config.plugins['VueWrapper'] as { install(one: unknown): void }).install(file)
      if (file === 2) config.global = { plugins: [] }
      states.putBack()
      expect(config.global).toBe(global)
      expect(global).toEqual({ stubs: { transition: true }, plugins: [], mocks: {} })
      expect(Object.keys(config.plugins)).toEqual(['VueWrapper'])
      expect(config.plugins).toMatchObject({ VueWrapper: { installed: [] } })
    }
  })

  test('is known from its first evaluation on: a later importer changes nothing', () => {
    const exports = vueTestUtils()
    const states = new PackageStates()
    states.note(FILE, exports)
    exports.config.global['mocks'] = { $t: 1 }
    states.note(FILE, exports)
    states.putBack()
    expect(exports.config.global['mocks']).toEqual({})
  })

  test.each([{}, { config: {} }, undefined, 1])('that looks otherwise is left alone: %j', (exports) => {
    const states = new PackageStates()
    states.note(FILE, exports)
    expect(() => states.putBack()).not.toThrow()
  })
})

test('the TestBed of @angular/core can be set up again, by whichever of its entries it was loaded', () => {
  let isSetUp = false
  const testBed = {
    initTestEnvironment() {
      if (isSetUp) throw new Error('Cannot set base providers because it has already been called')
      isSetUp = true
    },
    resetTestEnvironment() {
      isSetUp = false
    },
  }
  const states = new PackageStates()
  states.note('/app/node_modules/@angular/core/fesm2022/core.mjs', { inject: () => {} })
  states.note('/app/node_modules/@angular/core/fesm2022/testing.mjs', { getTestBed: () => testBed })
  for (const _ of [1, 2]) {
    testBed.initTestEnvironment()
    states.putBack()
  }
  expect(isSetUp).toBe(false)
})

test('other packages are left alone', () => {
  const exports = vueTestUtils()
  const states = new PackageStates()
  states.note('/app/node_modules/vue-test-utils/index.js', exports)
  exports.config.global['mocks'] = { $t: 1 }
  states.putBack()
  expect(exports.config.global['mocks']).toEqual({ $t: 1 })
})
