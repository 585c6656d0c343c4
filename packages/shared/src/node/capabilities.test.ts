import nodeModule from 'node:module'
import { expect, test, vi } from 'vitest'
import {
  canRegisterHooks,
  exportsModuleExports,
  hasModuleHooks,
  hooksReplaceRequire,
} from './capabilities.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

test('capabilities are those of the running Node', () => {
  expect(hasModuleHooks).toBe(major >= 24 || (major === 22 && minor >= 15))
  expect(exportsModuleExports).toBe(major >= 23)
  expect(hooksReplaceRequire && major >= 26).toBe(false)
  expect(canRegisterHooks()).toBe(hasModuleHooks)
})

test.runIf(hasModuleHooks)('where registering hooks throws there are none', () => {
  vi.spyOn(nodeModule, 'registerHooks').mockImplementation(() => {
    throw new TypeError('not in this context')
  })
  expect(canRegisterHooks()).toBe(false)
  vi.restoreAllMocks()
})
