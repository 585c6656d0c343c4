import { compileRules, createCoreState, endCollecting, type ModuleId } from 'fresh-modules/internal/core'
import { describe, expect, test, vi } from 'vitest'
import { JestGuard } from './jest-guard.ts'

const REFUSES = { flags: { allowReimport: false }, reason: 'holds the pool' }
const id = (file: string) => file as ModuleId

const main = new Map()

function setUp() {
  const state = createCoreState(compileRules([], '/app'))
  const host = {
    label: 'Jest',
    isProtected: (module: ModuleId) => module.includes('/jest-circus/'),
    record: vi.fn(() => undefined),
    records: () => [],
    take: vi.fn(() => ({ records: [], putBack() {} })),
    internals: { cjs: vi.fn(() => main) },
  }
  const installed = { host: host as never, state }
  const guard = new JestGuard(installed, {
    realm: globalThis,
    testFile: '/app/a.test.js',
    internals: host.internals,
  })
  return { state, host, guard }
}

const evaluation = (file: string, importer = '/app/a.test.js', fresh = false) =>
  ({ id: id(file), importer: id(importer), kind: 'require', fresh }) as const
const facts = { kind: 'source', docblock: REFUSES } as const

describe('the guard', () => {
  test('lets a module that refuses be evaluated once, and names the chain of both', () => {
    const { guard } = setUp()
    guard.beforeEvaluation(evaluation('/app/service.js'), { kind: 'source' })
    guard.beforeEvaluation(evaluation('/app/db.js', '/app/service.js'), facts)
    const again = () => guard.beforeEvaluation(evaluation('/app/db.js'), facts)
    expect(again).toThrow(expect.objectContaining({ code: 'ERR_DUPLICATE_MODULE' }))
    expect(again).toThrow('imported by /app/service.js <- /app/a.test.js')
    expect(guard.unreported()).toHaveLength(2)
  })

  test('does not look at fresh copies, which have been checked, nor at the framework', () => {
    const { guard, state } = setUp()
    guard.beforeEvaluation(evaluation('/app/db.js', '/app/a.test.js', true), facts)
    guard.beforeEvaluation(evaluation('/app/node_modules/jest-circus/index.js'), facts)
    expect(state.guard.firstCopies.size).toBe(0)
  })
})

describe('a reset by the framework', () => {
  test('is of no interest while nothing is guarded', () => {
    const { guard, state } = setUp()
    guard.registryReset('resetModules')
    expect(state.guard.rawReset).toBeUndefined()
  })

  test('is remembered with its place, which is worked out when it is asked for', () => {
    const { guard, state } = setUp()
    guard.beforeEvaluation(evaluation('/app/db.js'), facts)
    const formatted = vi.fn((error: Error) => `${error}\n    at test (/app/a.test.js:3:5)`)
    const { prepareStackTrace } = Error
    Error.prepareStackTrace = formatted
    try {
      guard.registryReset('resetModules')
      expect(formatted).not.toHaveBeenCalled()
      expect(state.guard.rawReset?.what).toBe('jest.resetModules()')
      expect(state.guard.rawReset?.at).toBe('/app/a.test.js:3:5')
    } finally {
      Error.prepareStackTrace = prepareStackTrace
    }
  })

  test('that nobody has called is the option', () => {
    const { guard, state } = setUp()
    guard.beforeEvaluation(evaluation('/app/db.js'), facts)
    const { prepareStackTrace } = Error
    Error.prepareStackTrace = (error) =>
      `${error}\n    at run (/app/node_modules/jest-circus/build/run.js:1:1)`
    try {
      guard.registryReset('resetModules')
      expect(state.guard.rawReset).toMatchObject({ what: 'the option resetModules: true', at: undefined })
    } finally {
      Error.prepareStackTrace = prepareStackTrace
    }
  })
})

describe('a module that refuses, in a registry other than the main one', () => {
  const DB = evaluation('/app/db.js')
  const inIsolation = ({ guard, host }: ReturnType<typeof setUp>, run: () => void) => {
    guard.isolating()
    host.internals.cjs.mockReturnValue(new Map())
    guard.registryReset('isolateModules')
    run()
    host.internals.cjs.mockReturnValue(main)
  }

  test('is a second copy where the file holds the first one', () => {
    const one = setUp()
    one.guard.beforeEvaluation(DB, facts)
    endCollecting(one.state)
    inIsolation(one, () => {
      expect(() => one.guard.beforeEvaluation(DB, facts)).toThrow(
        /^Failed to evaluate a second copy of "\/app\/db\.js"/,
      )
    })
  })

  test('is none where nobody does, each time', () => {
    const one = setUp()
    endCollecting(one.state)
    one.guard.beforeEvaluation(DB, facts)
    for (let time = 0; time < 2; time++) inIsolation(one, () => one.guard.beforeEvaluation(DB, facts))
    expect(one.guard.unreported()).toEqual([])
  })

  test('is in the main one again once that was dropped meanwhile', () => {
    const one = setUp()
    inIsolation(one, () => {
      one.guard.registryReset('resetModules')
      one.guard.beforeEvaluation(DB, facts)
    })
    expect(one.state.guard.firstCopies.get('/app/db.js' as ModuleId)?.isolation).toBeUndefined()
  })
})

test('what the runtime drops along with itself is of no interest', () => {
  const { guard, state } = setUp()
  guard.beforeEvaluation(evaluation('/app/db.js'), facts)
  guard.fileEnded()
  guard.registryReset('resetModules')
  expect(state.guard).toMatchObject({ rawReset: undefined, dropped: new Map() })
})
