import { afterEach, describe, expect, test, vi } from 'vitest'
import { openWorker } from '../../test-host/project.ts'
import type { FilePart } from '../vitest/compose.ts'
import { type Everything, IdleFile } from './idle-file.ts'
import type { IdleLog } from './idle-log.ts'

const SLOT = Symbol.for('fresh-modules.host')
const { resetModules, spyOn } = vi
const slot = Object.getOwnPropertyDescriptor(globalThis, SLOT)
afterEach(() => {
  Object.assign(vi, { resetModules, spyOn })
  if (slot) Object.defineProperty(globalThis, SLOT, slot)
  else Reflect.deleteProperty(globalThis, SLOT)
})

const FILES = {
  'a.ts': "export { b } from './b.ts'\nexport const meta = import.meta",
  'b.ts': 'export const b = () => {}',
  'broken.ts': "throw new Error('broken on purpose')",
}
async function open(files: Readonly<Record<string, string>> = FILES) {
  const worker = openWorker(files)
  const part = { beforeTestFile: vi.fn(), afterTry: vi.fn() } as unknown as FilePart
  const installed = { host: 'the host' }
  let log: IdleLog | undefined
  const everything = {
    wakeUp: vi.fn((_runner, written: IdleLog) => {
      log = written
      Object.defineProperty(globalThis, SLOT, { value: installed, configurable: true })
      return part
    }),
    startFile: vi.fn(async () => part),
    loads: { beforeCommonJs: vi.fn(), beforeEsModule: vi.fn() },
  } satisfies Everything
  // Node's loader is the one of these tests, too.
  const start = () =>
    IdleFile.start(worker.runner, {
      load: () => everything,
      guards: false,
      singles: [],
      resets: false,
      testFile: undefined,
    })
  return { ...worker, part, everything, installed, start, file: await start(), log: () => log as IdleLog }
}

test('modules of the project are evaluated with nothing of us loaded', async () => {
  const { everything, file, ...worker } = await open()
  file.beforeTestFile()
  expect(await worker.import('a.ts')).toHaveProperty('b')
  await file.beforeTry({ id: 'one' } as never, 0)
  await file.afterTry({ id: 'one' } as never)
  vi.spyOn({ method: () => 1 }, 'method')
  expect(everything.wakeUp).not.toHaveBeenCalled()
})

test('what has happened by then is handed over, once', async () => {
  const { everything, file, log, ...worker } = await open()
  await worker.import('b.ts')
  file.beforeTestFile()
  const { meta } = await worker.import('a.ts')
  await expect(worker.import('broken.ts')).rejects.toThrow('on purpose')
  await file.beforeTry({ id: 'one' } as never, 0)
  vi.resetModules()
  vi.resetModules()
  expect(everything.wakeUp).toHaveBeenCalledOnce()
  expect(log().loadedAfterSetup).toEqual([worker.id('b.ts')])
  expect([...log().tests]).toEqual(['one'])
  expect(log().handles.get(worker.mod('a.ts'))).toBe(meta)
  expect(log().requests.map(({ importer, mod }) => [importer, mod.id])).toContainEqual([
    worker.id('a.ts'),
    worker.id('b.ts'),
  ])
  const evaluated = log().evaluations.map((one) => ('mod' in one ? [one.by, one.mod.id] : one))
  expect(evaluated).toEqual([
    ['runner', worker.id('b.ts')],
    ['runner', worker.id('a.ts')],
    ['runner', worker.id('broken.ts')],
    ['failed', worker.id('broken.ts')],
  ])
})

test('what was evaluated before the first suite ran is told from what came later', async () => {
  const { file, log, ...worker } = await open()
  await worker.import('a.ts')
  for (let suite = 0; suite < 2; suite++) await file.beforeSuite({} as never)
  await worker.import('broken.ts').catch(() => {})
  vi.resetModules()
  expect(log().evaluations.length).toBeGreaterThan(2)
  expect(log().collected).toBe(2)
})

describe('the full plugin takes over', () => {
  test('when a helper looks for its host, which it finds', async () => {
    const { everything, installed } = await open()
    expect((globalThis as never)[SLOT]).toBe(installed)
    expect(everything.wakeUp).toHaveBeenCalledOnce()
  })

  test('before a module with flags is evaluated', async () => {
    const { everything, log, ...worker } = await open({
      'flagged.ts': '/** @fresh-modules no-reimport: owns a port */\nexport const flagged = {}',
    })
    await worker.import('flagged.ts')
    expect(everything.wakeUp).toHaveBeenCalledOnce()
    expect(log().evaluations).toEqual([])
  })

  test('before an export is spied on', async () => {
    const { everything, ...worker } = await open()
    const namespace = await worker.import('b.ts')
    vi.spyOn(namespace as never, 'b' as never)
    expect(everything.wakeUp).toHaveBeenCalledOnce()
  })

  test('before a concurrent test', async () => {
    const { everything, file, part } = await open()
    part.enterTest = vi.fn()
    file.enterTest({ id: 'one', concurrent: true } as never)
    expect(everything.wakeUp).toHaveBeenCalledOnce()
    expect(part.enterTest).toHaveBeenCalledOnce()
  })

  test('and are told of what Vitest says from then on, and of evaluations that fail later', async () => {
    const { file, log, part, ...worker } = await open({ 'late.ts': 'await globalThis.lateGate' })
    let fail = (_: Error) => {}
    vi.stubGlobal(
      'lateGate',
      new Promise((_, reject) => {
        fail = reject
      }),
    )
    const late = worker.import('late.ts')
    await vi.waitFor(() => expect(worker.mod('late.ts')?.promise).toBeDefined())
    vi.resetModules()
    const failed = vi.fn()
    log().onFailed = failed
    fail(new Error('late'))
    await expect(late).rejects.toThrow('late')
    expect(failed).toHaveBeenCalledOnce()
    file.beforeTestFile()
    expect(part.beforeTestFile).toHaveBeenCalledOnce()
  })
})

test('a second file in the same module runner is none to wait for', async () => {
  const { everything, part, start } = await open()
  expect(await start()).toBe(part)
  expect(everything.startFile).toHaveBeenCalledOnce()
})

test('nor is a module runner whose internals are not the known ones: it is refused as ever', async () => {
  const startFile = vi.fn(async () => ({}) as FilePart)
  const everything = {
    wakeUp: vi.fn(),
    startFile,
    loads: { beforeEsModule: vi.fn() },
  } as unknown as Everything
  await IdleFile.start(
    {},
    { load: () => everything, guards: true, singles: [], resets: false, testFile: undefined },
  )
  expect(startFile).toHaveBeenCalledExactlyOnceWith({})
})
