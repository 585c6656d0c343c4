import { createRequire } from 'node:module'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openProject, type Project, type ProjectOptions } from '../../test-host/project.ts'
import { WorkerGlobals } from './worker-globals.ts'

const originals = { setTimeout, setInterval, setImmediate }
let globals: WorkerGlobals
let project: Project

const open = (files: Record<string, string> = {}, options?: ProjectOptions): void => {
  project = openProject(files, options)
  globals = new WorkerGlobals(project.runner.evaluatedModules)
}

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(async () => {
  await globals.beforeFile('/end')
  vi.restoreAllMocks()
  Object.assign(globalThis, originals)
})

const set = (value: unknown) => Reflect.set(globalThis, 'ofTest', value)
const get = () => Reflect.get(globalThis, 'ofTest')

test('what was there before the first file stays, and what a file has changed goes', async () => {
  open()
  set('before')
  await globals.beforeFile('/first')
  set('of the first')
  await globals.beforeFile('/second')
  expect(get()).toBe('before')
  Reflect.deleteProperty(globalThis, 'ofTest')
  await globals.beforeFile('/third')
  expect(get()).toBe('before')
  Reflect.deleteProperty(globalThis, 'ofTest')
  globals = new WorkerGlobals(project.runner.evaluatedModules)
  await globals.beforeFile('/end')
})

test('stubs and fake timers of Vitest are undone by Vitest', async () => {
  open()
  await globals.beforeFile('/first')
  vi.stubGlobal('ofTest', 'stubbed')
  vi.stubEnv('OF_TEST', 'stubbed')
  vi.useFakeTimers()
  await globals.beforeFile('/second')
  expect(get()).toBeUndefined()
  expect(process.env['OF_TEST']).toBeUndefined()
  expect(vi.isFakeTimers()).toBe(false)
})

test('what cannot be put back is told once, with the file that has changed it', async () => {
  open()
  await globals.beforeFile('/first')
  Object.defineProperty(globalThis, 'ofTestForGood', { value: 1, configurable: false, writable: true })
  await globals.beforeFile('/second')
  Object.defineProperty(globalThis, 'ofTestForGood', { writable: false })
  await globals.beforeFile('/third')
  const told = vi.mocked(console.warn).mock.calls.map(([line]) => String(line))
  expect(told).toEqual([expect.stringContaining('globalThis.ofTestForGood, which /first has changed')])
})

describe('what Node keeps', () => {
  test('keeps what it changes while it is loaded', async () => {
    open()
    await globals.beforeFile('/first')
    globals.whileKept('/app/node_modules/pkg/index.js', () => set('of a package'))
    await globals.beforeFile('/second')
    expect(get()).toBe('of a package')
    globals = new WorkerGlobals(project.runner.evaluatedModules)
    Reflect.deleteProperty(globalThis, 'ofTest')
    await globals.beforeFile('/end')
  })

  test.each(['node:fs', 'fs', '/app/node_modules/vitest/dist/index.js'])(
    'has nothing of its own in %s',
    async (id) => {
      open()
      await globals.beforeFile('/first')
      expect(globals.whileKept(id, () => set('of a test') && 42)).toBe(42)
      await globals.beforeFile('/second')
      expect(get()).toBeUndefined()
    },
  )

  test('may be loaded before the first file: that is part of the snapshot', async () => {
    open()
    globals.whileKept('/app/node_modules/pkg/index.js', () => set('early'))
    await globals.beforeFile('/first')
    await globals.beforeFile('/second')
    expect(get()).toBe('early')
    Reflect.deleteProperty(globalThis, 'ofTest')
    globals = new WorkerGlobals(project.runner.evaluatedModules)
    await globals.beforeFile('/end')
  })
})

describe('a timer that a file leaves', () => {
  /** Starts a timer from a file, and tells whether it survives that another test file begins. */
  async function survives(file: string, prepare: () => Promise<void> = async () => {}, ended = '/first') {
    await globals.beforeFile(ended)
    await prepare()
    const start = createRequire(import.meta.url)(project.id(file)) as (run: () => void) => NodeJS.Timeout
    const run = vi.fn()
    const timer = start(run)
    await globals.beforeFile('/second')
    const isRunning = !(timer as unknown as { _destroyed: boolean })._destroyed
    clearTimeout(timer)
    return isRunning
  }
  const START = 'module.exports = (run) => setTimeout(run, 100_000)'
  const inPackage = path.join('node_modules', 'pkg', 'index.cjs')

  test('is stopped, if its module does not stay', async () => {
    open({ 'a.cjs': START })
    expect(await survives('a.cjs')).toBe(false)
  })

  test('runs on, if its module is registered still', async () => {
    open({ 'kept.cjs': START })
    expect(await survives('kept.cjs', async () => void (await project.import('kept.cjs')))).toBe(true)
  })

  test('runs on in a package that Node keeps', async () => {
    open({ [inPackage]: START })
    expect(await survives(inPackage)).toBe(true)
  })

  test('is stopped in a package that was inlined and dropped', async () => {
    open({ [inPackage]: START }, { inline: ['pkg'] })
    const inlineAndDrop = async () => {
      await project.import(inPackage)
      project.host.drop([project.id(inPackage)])
    }
    expect(await survives(inPackage, inlineAndDrop)).toBe(false)
  })

  test('is stopped in the test file itself, which is registered still', async () => {
    open({ 'a.test.cjs': START })
    const loaded = async () => void (await project.import('a.test.cjs'))
    expect(await survives('a.test.cjs', loaded, project.id('a.test.cjs'))).toBe(false)
  })
})
