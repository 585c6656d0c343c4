import { afterEach, expect, test, vi } from 'vitest'
import { fakeInstalled } from '../../test-host/fake-host.ts'
import type { ModuleRecord } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import type { ResetPlan } from './plan.ts'

const id = (text: string) => text as ModuleId
const { host } = fakeInstalled({ '/app/a.js': [], '/app/b.js': [] })
const plan: ResetPlan = {
  reload: [host.record(id('/app/a.js')) as ModuleRecord],
  drop: [host.record(id('/app/b.js')) as ModuleRecord],
  unchanged: [id('/app/d.js')],
  kept: [{ id: id('/app/c.js'), reason: 'it is a mock' }],
  notes: ['less than could be'],
  isForNextFile: false,
  empty: [],
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
      ['reset', '1 to reload, 1 to drop, 1 unchanged, 1 kept'],
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
  tracePlan(plan)
  expect(trace.mock.calls).toEqual(lines)
})
