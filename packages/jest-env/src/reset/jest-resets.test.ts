import type { ModuleId } from 'fresh-modules/internal/core'
import { expect, test } from 'vitest'
import type { JestHost } from '../file/jest-host.ts'
import { JestResets } from './jest-resets.ts'

test('between tests mocks are kept, and what setup files had loaded when the test file was', () => {
  const loaded = ['/app/setup.js', '/app/node_modules/pkg/index.js']
  const host = {
    records: () => loaded.map((id) => ({ id })),
    internals: { isMockedCjs: (_: string, file: string) => file === '/app/mocked.js' },
  } as unknown as JestHost
  const resets = new JestResets(host)
  resets.noteSetupDone()
  loaded.push('/app/service.js')
  const why = (id: string) => resets.keptBetweenTests(id as ModuleId)
  expect(why('/app/setup.js')).toBe('a setup file loaded it')
  expect(why('/app/service.js')).toBeUndefined()
  expect(why('/app/__mocks__/service.js')).toBe('it is a mock')
  expect(why('/app/mocked.js')).toBe('it is mocked')
})
