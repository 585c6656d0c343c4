import { importFresh } from 'fresh-modules'
import type { FreshModulesOptions, NodeHost } from 'fresh-modules/internal'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { installedIn } from '../../test-host/core.ts'
import { openWorker } from '../../test-host/project.ts'
import { inWorker } from '../../test-host/worker-state.ts'
import { serializeOptions } from '../vitest/protocol.ts'
import { provided } from '../vitest/provided.ts'
import { install } from './install.ts'

const { resetModules, spyOn } = vi
afterEach(() => void Object.assign(vi, { resetModules, spyOn }))

const FILES = { 'a.ts': 'export const own = {}', 'db.ts': '' }
let onCleanup: ReturnType<typeof vi.fn<(listener: () => unknown) => void>>
beforeEach(() => {
  onCleanup = vi.fn()
})

function installed(options: FreshModulesOptions = {}, worker: { pool?: string; config?: object } = {}) {
  const project = openWorker(FILES)
  inWorker({
    provided: { options: serializeOptions(options) },
    config: { root: project.root, ...worker.config },
    ctx: { pool: worker.pool ?? 'forks' },
    onCleanup,
  })
  return { ...project, installed: install(project.runner) }
}

test('the host of a worker is in charge of its realm, with the options of the plugin', async () => {
  const specs = [{ match: './db.ts', allowReimport: false, reason: 'owns a port' }]
  const {
    id,
    installed: mine,
    ...project
  } = installed({ specs, onDuplicate: 'warn', knownSingletons: false })
  expect(installedIn(globalThis)).toBe(mine)
  expect(mine.options).toMatchObject({ onDuplicate: 'warn' })
  expect(mine.state.guard.onDuplicate).toBe('warn')
  expect(mine.state.knownSingletons).toBe(false)
  const from = id('a.test.ts')
  const { own } = await importFresh('./a.ts', { from })
  expect((await project.import('a.ts'))['own']).not.toBe(own)
  await project.import('db.ts')
  await expect(importFresh('./db.ts', { from })).rejects.toThrow('owns a port')
})

test('a second copy of what refuses is an error unless the options say otherwise', () => {
  expect(installed().installed.state.guard.onDuplicate).toBe('throw')
})

test('one module runner has one host, however many files it runs', () => {
  const { runner, installed: first } = installed()
  expect(install(runner)).toBe(first)
  expect(installed().installed).not.toBe(first)
})

test('raw resets and spies of the project are known', () => {
  const { installed: mine } = installed()
  expect(vi.resetModules).not.toBe(resetModules)
  expect(vi.spyOn).not.toBe(spyOn)
  const noteSpied = vi.fn()
  Object.assign(mine.vitest?.resets as object, { noteSpied })
  const object = { method: () => 1 }
  vi.spyOn(object, 'method')
  expect(noteSpied).toHaveBeenCalledExactlyOnceWith(object)
})

test('locks are given up when the worker ends; in a vm pool its realm would be held by that', async () => {
  const { installed: mine } = installed()
  const dispose = vi.spyOn(mine.singleWorker, 'dispose')
  onCleanup.mock.calls[0]?.[0]()
  expect(dispose).toHaveBeenCalledOnce()
  onCleanup.mockClear()
  installed({}, { pool: 'vmThreads' })
  expect(onCleanup).not.toHaveBeenCalled()
})

test('without a module runner the host for Node is in charge', () => {
  const { installed: mine } = installed({}, { config: { experimental: { viteModuleRunner: false } } })
  expect(mine.vitest).toBeUndefined()
  expect(mine.host.label).toContain("Node's own loader")
  expect((mine.host as NodeHost).world.beforeEvaluation).toBeTypeOf('function')
})

describe('nothing is installed', () => {
  test('outside of a worker', () => {
    vi.stubGlobal('__vitest_worker__', undefined)
    expect(() => install({})).toThrow('outside of a Vitest worker')
    vi.unstubAllGlobals()
  })

  test('without the plugin, and the error says how to add it', () => {
    inWorker({})
    expect(() => install({})).toThrow(
      expect.objectContaining({
        code: 'ERR_BAD_OPTION',
        message: expect.stringContaining('plugins: [freshModules()]'),
      }),
    )
    expect(provided()).toBeUndefined()
  })

  test('on a module runner that is not the known one', () => {
    const before = installedIn(globalThis)
    inWorker({ provided: { options: serializeOptions({}) } })
    expect(() => install({})).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED_HOST' }))
    expect(installedIn(globalThis)).toBe(before)
  })
})
