import type { ModuleId } from 'fresh-modules/internal/core'
import { expect, test } from 'vitest'
import { JestResets, type JestResetsOptions } from './jest-resets.ts'

test('between tests what is mocked is kept, and what setup files had loaded when the test file was', () => {
  const loaded = ['/app/setup.js', '/app/node_modules/pkg/index.js']
  const registry = { all: () => loaded.map((id) => ({ id })) }
  const internals = { isMockedCjs: (_: string, file: string) => file === '/app/mocked.js' }
  const installed = { host: { testFile: '/app/a.test.js' } }
  const resets = new JestResets({
    installed,
    internals,
    registry,
    realm: globalThis,
  } as unknown as JestResetsOptions)
  resets.noteSetupDone()
  loaded.push('/app/service.js')
  const why = (id: string) => resets.keptBetweenTests(id as ModuleId)
  expect(why('/app/setup.js')).toBe('a setup file loaded it')
  expect(why('/app/service.js')).toBeUndefined()
  expect(why('/app/mocked.js')).toBe('it is mocked')
})
