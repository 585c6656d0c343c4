import { expect, test, vi } from 'vitest'
import { restoredOf } from '../test-host/whats.ts'
import { createGlobals } from './globals.ts'

declare global {
  var ofTest: unknown
  var ofPackage: unknown
}

const captured = () => {
  const globals = createGlobals()
  globals.capture()
  return globals
}

test('what kept modules change while they are evaluated stays, and only that', async () => {
  const globals = captured()
  globalThis.ofTest = 1
  globals.whileKept(() => {
    globalThis.ofPackage = 'sync'
  })
  expect(await globals.restore()).toEqual([{ what: 'globalThis.ofTest', kind: 'property', restored: true }])
  expect(globalThis.ofPackage).toBe('sync')
  Reflect.deleteProperty(globalThis, 'ofPackage')
})

test('evaluations that overlap, fail or wait are told apart from the rest', async () => {
  const globals = captured()
  let finish = () => {}
  const first = globals.whileKept(() => new Promise<void>((done) => (finish = done)))
  const second = globals.whileKept(async () => {
    await null
    process.env['OF_PACKAGE'] = 'late'
    throw new Error('on purpose')
  })
  await expect(second).rejects.toThrow('on purpose')
  finish()
  await first
  process.env['OF_TEST'] = '1'
  expect(restoredOf(await globals.restore())).toEqual(['process.env.OF_TEST'])
  expect(process.env['OF_PACKAGE']).toBe('late')
  delete process.env['OF_PACKAGE']
})

test('a failing evaluation that is synchronous ends all the same', async () => {
  const globals = captured()
  expect(() =>
    globals.whileKept(() => {
      throw new Error('on purpose')
    }),
  ).toThrow('on purpose')
  globalThis.ofTest = 1
  expect(restoredOf(await globals.restore())).toEqual(['globalThis.ofTest'])
})

test('the framework is asked to undo its own first, where anything has changed', async () => {
  const undoOfFramework = vi.fn(() => void vi.unstubAllGlobals())
  const globals = createGlobals({ global: globalThis }, { undoOfFramework })
  globals.capture()
  await globals.restore()
  expect(undoOfFramework).not.toHaveBeenCalled()
  vi.stubGlobal('ofTest', 1)
  expect(restoredOf(await globals.restore())).toEqual([])
  expect(undoOfFramework).toHaveBeenCalledOnce()
})

test('it is asked for a clock that it fakes, though nothing else has changed', async () => {
  const globals = createGlobals(
    { global: globalThis },
    {
      isClockFaked: () => vi.isFakeTimers(),
      undoOfFramework: () => void vi.useRealTimers(),
    },
  )
  globals.capture()
  vi.useFakeTimers({ toFake: ['performance'] })
  expect(await globals.restore()).toEqual([])
  expect(vi.isFakeTimers()).toBe(false)
})

test('builtins and modules of Node are put back before anything relies on them', async () => {
  const globals = captured()
  const { at } = Array.prototype
  Reflect.deleteProperty(Array.prototype, 'at')
  expect(restoredOf(await globals.restore())).toEqual(['Array.prototype.at'])
  expect(Array.prototype.at).toBe(at)
})

test('what kept packages change in the moment that they are given is put back', async () => {
  const globals = createGlobals({ global: globalThis }, { isKept: () => true })
  globals.capture()
  setImmediate(() => {
    globalThis.ofTest = 1
  })
  expect(restoredOf(await globals.restore())).toEqual(['globalThis.ofTest'])
})

test('interceptors of msw that are left running are asked to undo their patches', async () => {
  const globals = captured()
  const dispose = vi.fn()
  Reflect.set(globalThis, Symbol.for('fetch-interceptor'), { dispose })
  await globals.restore()
  expect(dispose).toHaveBeenCalledOnce()
  expect(Symbol.for('fetch-interceptor') in globalThis).toBe(false)
})

test('a realm that is released has its own functions again', () => {
  const { setTimeout: before } = globalThis
  const globals = createGlobals()
  globals.capture()
  expect(globalThis.setTimeout).not.toBe(before)
  globals.release()
  expect(globalThis.setTimeout).toBe(before)
})
