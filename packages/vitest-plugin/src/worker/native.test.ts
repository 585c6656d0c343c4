import type { SpecRule } from 'fresh-modules'
import { compileRules, createCoreState, type ModuleId, type SingleWorker } from 'fresh-modules/internal'
import { expect, test, vi } from 'vitest'
import { openWorker } from '../../test-host/project.ts'
import { inWorker } from '../../test-host/worker-state.ts'
import type { WorkerState } from '../vitest/runner-internals.ts'
import { nativeHost, watchNativeEvaluations } from './native.ts'

function open(specs: SpecRule[] = []) {
  const { root, id } = openWorker({ 'db.cjs': '', 'a.test.mjs': '' })
  const state = createCoreState(compileRules(specs, root))
  const host = nativeHost(state, { config: { root } } as WorkerState)
  const singleWorker = {
    needs: vi.fn((_id: ModuleId): string | undefined => undefined),
    acquireSync: vi.fn(),
  }
  const watch = () =>
    watchNativeEvaluations({ host, state, singleWorker: singleWorker as unknown as SingleWorker })
  return { root, id, host, state, singleWorker, watch }
}

test('the host is that of plain Node, for the files of Vitest', () => {
  const { root, id, host } = open()
  expect(host.label).toMatch(/^Vitest \d+\.\d+.* in Node's own loader$/)
  expect(host.root).toBe(root)
  expect(host.testFile).toBe(import.meta.filename)
  inWorker({ filepath: id('a.test.mjs') })
  expect(host.testFile).toBe(id('a.test.mjs'))
  expect(host.isProtected('/app/node_modules/vitest/dist/index.js' as ModuleId)).toBe(true)
  expect(host.isProtected(id('db.cjs'))).toBe(false)
})

test('an evaluation is asked of the guard, then waits for its lock', () => {
  const { id, host, singleWorker, watch } = open([{ match: './db.cjs', allowReimport: false }])
  watch()
  const evaluate = (file: string) => host.world.beforeEvaluation?.(id(file), id('a.test.mjs'))
  singleWorker.needs.mockReturnValue('key')
  evaluate('db.cjs')
  expect(singleWorker.acquireSync).toHaveBeenCalledExactlyOnceWith(id('db.cjs'), 'key')
  expect(() => evaluate('db.cjs')).toThrow(expect.objectContaining({ code: 'ERR_DUPLICATE_MODULE' }))
  expect(singleWorker.acquireSync).toHaveBeenCalledOnce()
})

test('an evaluation that needs no lock takes none', () => {
  const { id, host, singleWorker, watch } = open()
  watch()
  host.world.beforeEvaluation?.(id('db.cjs'), undefined as never)
  expect(singleWorker.needs).toHaveBeenCalledOnce()
  expect(singleWorker.acquireSync).not.toHaveBeenCalled()
})

test('locks are taken where the guard is off as well', () => {
  const { id, host, state, singleWorker, watch } = open([{ match: './db.cjs', allowReimport: false }])
  state.guard.onDuplicate = 'off'
  singleWorker.needs.mockReturnValue('key')
  watch()
  for (const file of ['db.cjs', 'db.cjs']) host.world.beforeEvaluation?.(id(file), id('a.test.mjs'))
  expect(singleWorker.acquireSync).toHaveBeenCalledTimes(2)
})
