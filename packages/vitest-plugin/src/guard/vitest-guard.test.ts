import { DuplicateModuleError } from 'fresh-modules'
import { compileRules, createCoreState, type Installed, type ModuleHost } from 'fresh-modules/internal'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { mustFail } from '../../test-host/core.ts'
import { type FetchResult, looseMod } from '../vitest/runner-internals.ts'
import {
  forgetFailed,
  guardModule,
  unreportedDuplicates,
  watchRawResets,
  watchSpies,
} from './vitest-guard.ts'

function guarded(match = './db.ts'): Installed {
  const state = createCoreState(compileRules([{ match, allowReimport: false }], '/app'))
  return { state, host: { label: 'Vitest', root: '/app', record: () => undefined } as unknown as ModuleHost }
}

const modOf = (id: string, meta: Partial<FetchResult> = {}) =>
  looseMod(id, { id, url: id, code: '', ...meta })
const guard = (installed: Installed, id: string, meta?: Partial<FetchResult>, callstack: string[] = []) =>
  guardModule(installed, modOf(id, meta), { kind: 'source' }, callstack)
const DUPLICATE = expect.objectContaining({ code: 'ERR_DUPLICATE_MODULE' })

describe('the evaluation of a module', () => {
  test('that refuses may happen once; the error names who imports it, nearest first', () => {
    const installed = guarded()
    guard(installed, '/app/db.ts')
    expect(() => guard(installed, '/app/db.ts', {}, ['/app/a.test.ts', '/app/a.ts'])).toThrow(
      /Second copy: \/app\/db\.ts, imported by \/app\/a\.ts <- \/app\/a\.test\.ts/,
    )
  })

  test('that failed may happen again', () => {
    const installed = guarded()
    guard(installed, '/app/db.ts')
    forgetFailed(installed, modOf('/app/db.ts'))
    expect(() => guard(installed, '/app/db.ts')).not.toThrow()
  })

  test("of a mock, or of a module that was only fetched, is none of the module's", () => {
    const installed = guarded()
    guard(installed, '/app/db.ts')
    expect(() => guard(installed, 'mock:/app/db.ts')).not.toThrow()
    const bare = { ...modOf('/app/db.ts'), meta: undefined }
    expect(() => guardModule(installed, bare, { kind: 'source' }, [])).not.toThrow()
  })

  test('of code that only hands out what Node holds is no second copy', () => {
    const installed = guarded()
    guard(installed, '/app/db.ts')
    expect(() =>
      guard(installed, '/app/db.ts', { code: "module.exports = require('./main.js')" }),
    ).not.toThrow()
    expect(() => guard(installed, '/app/db.ts', { code: 'module.exports = class Db {}' })).toThrow(DUPLICATE)
  })

  test('of what Node keeps is the same copy again, however often it is asked for', () => {
    const installed = guarded('./db.mjs')
    const external = { externalize: 'file:///app/db.mjs' }
    for (let time = 0; time < 3; time++) guard(installed, '/app/db.mjs', external)
    expect(() => guard(installed, '/app/db.mjs')).toThrow(
      /One copy is loaded by Node's loader, the other by Vitest's module runner/,
    )
  })
})

describe('what a task that has ended must fail with', () => {
  test('is what nobody has reported, once', () => {
    const installed = guarded()
    const [told, swallowed] = [new DuplicateModuleError('told'), new DuplicateModuleError('swallowed')]
    for (const error of [told, swallowed]) mustFail(installed.state, error)
    const failed = { type: 'test', id: 'a', result: { errors: [{ message: 'told' }] } }
    expect(unreportedDuplicates(installed, failed)).toEqual([])
    const file = { type: 'suite', id: 'file', tasks: [{ type: 'suite', id: 'b', tasks: [failed] }] }
    expect(unreportedDuplicates(installed, file)).toEqual([swallowed])
    expect(unreportedDuplicates(installed, file)).toEqual([])
  })

  test("is only what happened while it ran, or the file's", () => {
    const installed = guarded()
    const [before, during] = [new DuplicateModuleError('before'), new DuplicateModuleError('during')]
    mustFail(installed.state, before)
    installed.state.runningTests.add('a')
    mustFail(installed.state, during)
    expect(unreportedDuplicates(installed, { type: 'test', id: 'a' })).toEqual([during])
    expect(unreportedDuplicates(installed, { type: 'suite', id: 'file' })).toEqual([before])
  })
})

describe('what users call of Vitest', () => {
  const { resetModules, spyOn } = vi
  afterEach(() => void Object.assign(vi, { resetModules, spyOn }))

  test('vi.resetModules works as ever, and its call site is remembered for the message', () => {
    const installed = guarded()
    const original = vi.fn(() => vi)
    vi.resetModules = original
    watchRawResets(installed)
    expect(vi.resetModules()).toBe(vi)
    expect(original).toHaveBeenCalledOnce()
    expect(installed.state.guard.rawReset?.what).toBe('vi.resetModules()')
  })

  test('vi.spyOn works as ever, and resets are told of the object', () => {
    const noteSpied = vi.fn()
    watchSpies(noteSpied)
    const object = { greet: () => 'real' }
    vi.spyOn(object, 'greet').mockReturnValue('spied')
    expect(object.greet()).toBe('spied')
    expect(noteSpied).toHaveBeenCalledExactlyOnceWith(object)
    vi.restoreAllMocks()
    expect(object.greet()).toBe('real')
    expect(() => vi.spyOn(null as never, 'x')).toThrow(/could not find an object/)
  })
})
