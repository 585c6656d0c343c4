import { afterEach, expect, test, vi } from 'vitest'
import type { ModuleId } from '../host/module-id.ts'

const id = (text: string) => text as ModuleId
const plan = {
  reload: [{ id: id('/app/a.js') }],
  drop: [{ id: id('/app/b.js') }],
  kept: [{ id: id('/app/c.js'), reason: 'it is a mock' }],
  notes: ['less than could be'],
}

afterEach(() => {
  vi.doUnmock('../host/trace.ts')
  vi.resetModules()
})

test.each([
  [false, []],
  [
    true,
    [
      ['reset', 'between tests: 1 to reload, 1 to drop, 1 kept'],
      ['reload', '/app/a.js'],
      ['drop', '/app/b.js'],
      ['reset', 'kept /app/c.js: it is a mock'],
      ['reset', 'less than could be'],
    ],
  ],
])('with tracing %j, a plan has these lines', async (isTracing, lines) => {
  const trace = vi.fn()
  vi.doMock('../host/trace.ts', () => ({ isTracing, trace }))
  const { tracePlan } = await import('./trace-plan.ts')
  tracePlan('tests', plan)
  expect(trace.mock.calls).toEqual(lines)
})
