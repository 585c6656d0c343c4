import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openProject } from '../../test-host/project.ts'
import { importFresh } from './import-fresh.ts'
import { reloadInPlace } from './reload-in-place.ts'
import { unload } from './unload.ts'

let log: unknown[]
beforeEach(() => {
  log = []
  vi.stubGlobal('log', log)
})
afterEach(() => vi.unstubAllGlobals())

const A = {
  'a.js': "import './b.js'; export let a = {}; export const set = (value) => { a = value }; log.push('a')",
  'b.js': "log.push('b')",
}

test('the namespace is the same object with new values, and only this module is evaluated', async () => {
  const project = openProject(A)
  const namespace = await project.load('a.js')
  const before = namespace.a
  expect(await reloadInPlace('./a.js', project.from)).toBe(namespace)
  expect(namespace.a).not.toBe(before)
  expect(log).toEqual(['b', 'a', 'a'])
  namespace.set('later')
  expect(namespace.a).toBe('later')
})

test('the namespace itself may be given', async () => {
  const project = openProject(A)
  const namespace: object = await project.load('a.js')
  expect(await reloadInPlace(namespace)).toBe(namespace)
  expect(log).toEqual(['b', 'a', 'a'])
})

test('a module that is not loaded is imported', async () => {
  const project = openProject(A)
  const namespace = await reloadInPlace('./a.js', project.from)
  expect(await project.load('a.js')).toBe(namespace)
  expect(log).toEqual(['b', 'a'])
})

describe('callbacks of onUnload', () => {
  const PORT = {
    'port.js': `
      import { onUnload } from 'fresh-modules'
      log.push('opened')
      onUnload(import.meta, () => { log.push('closed') })
    `,
  }

  test('run before the new body', async () => {
    const project = openProject(PORT)
    await project.load('port.js')
    await reloadInPlace('./port.js', project.from)
    await reloadInPlace('./port.js', project.from)
    expect(log).toEqual(['opened', 'closed', 'opened', 'closed', 'opened'])
  })

  test('that throw are told after the reload, which has happened', async () => {
    const project = openProject({
      'port.js': `
        import { onUnload } from 'fresh-modules'
        export const opened = {}
        onUnload(import.meta, () => { throw new Error('stuck') })
      `,
    })
    const namespace = await project.load('port.js')
    const before = namespace.opened
    await expect(reloadInPlace('./port.js', project.from)).rejects.toMatchObject({
      errors: [{ message: 'stuck' }],
    })
    expect(namespace.opened).not.toBe(before)
  })

  test('that had run are mentioned by the error of a body that fails', async () => {
    const project = openProject(PORT)
    await project.load('port.js')
    project.write({ 'port.js': "throw new Error('taken')" })
    await expect(reloadInPlace('./port.js', project.from)).rejects.toThrow(
      /^taken \(the onUnload callbacks of ".*port\.js" had already run\)$/,
    )
  })
})

describe('a body that fails', () => {
  test.each([
    ['throws an error', 'new Error("x")', { message: 'x' }],
    ['throws a frozen error', 'Object.freeze(new Error("x"))', { message: 'x' }],
    ['throws no error', '"text"', 'text'],
    ['throws nothing', 'undefined', undefined],
  ])('that %s: every export is as before, and that is thrown', async (_, thrown, expected) => {
    const project = openProject(A)
    const namespace = await project.load('a.js')
    const before = namespace.a
    project.write({ 'a.js': `export const a = 'half'; throw ${thrown}` })
    const outcome = await reloadInPlace('./a.js', project.from).then(
      () => expect.unreachable(),
      (error: unknown) => error,
    )
    if (typeof expected === 'object') expect(outcome).toMatchObject(expected)
    else expect(outcome).toBe(expected)
    expect(namespace.a).toBe(before)
    project.write({ 'a.js': "export const a = 'good'" })
    await reloadInPlace('./a.js', project.from)
    expect(namespace.a).toBe('good')
  })
})

describe('a refusal', () => {
  test('comes before callbacks and evaluation', async () => {
    const project = openProject(A, {
      specs: [{ match: './a.js', allowReload: false, reason: 'starts a server' }],
    })
    const namespace = await project.load('a.js')
    for (const target of ['./a.js', namespace]) {
      await expect(reloadInPlace(target, project.from)).rejects.toMatchObject({
        code: 'ERR_RELOAD_REFUSED',
        message: expect.stringContaining('"starts a server"'),
      })
    }
    expect(log).toEqual(['b', 'a'])
  })

  test.each([
    ['./test.js', 'it is the running test file'],
    ['fresh-modules', 'it is part of the in-memory host or of fresh-modules'],
    ['node:fs', 'built into Node'],
  ])('is what %s gets: %s', async (target, reason) => {
    const project = openProject({ 'test.js': '' })
    await project.load('test.js')
    await expect(reloadInPlace(target, project.from)).rejects.toMatchObject({
      code: 'ERR_RELOAD_REFUSED',
      message: expect.stringContaining(reason),
    })
  })
})

describe('an object that is not the registered copy', () => {
  const STALE = { code: 'ERR_STALE_MODULE' }

  test('is stale: a fresh copy, one that was unloaded, a namespace of nobody', async () => {
    const project = openProject(A)
    const unloaded: object = await project.load('a.js')
    const fresh: object = await importFresh('./a.js', project.from)
    await expect(reloadInPlace(fresh)).rejects.toMatchObject({
      ...STALE,
      message: expect.stringContaining('a fresh copy'),
    })
    await unload('./a.js', project.from)
    await expect(reloadInPlace(unloaded)).rejects.toMatchObject(STALE)
    await project.load('a.js')
    await expect(reloadInPlace(unloaded)).rejects.toMatchObject(STALE)
    await expect(reloadInPlace(await import('node:path'))).rejects.toMatchObject(STALE)
  })

  test.each([[{}], [null], [undefined], [1], ['']])('is no module at all: %j', async (target) => {
    openProject(A)
    await expect(reloadInPlace(target as object)).rejects.toMatchObject({ code: 'ERR_BAD_OPTION' })
  })
})

describe('reloads of one module', () => {
  test('at one time run one after the other', async () => {
    const project = openProject({
      'a.js': "log.push('begins'); await new Promise((resolve) => setTimeout(resolve, 1)); log.push('ends')",
    })
    await project.load('a.js')
    await Promise.all([reloadInPlace('./a.js', project.from), reloadInPlace('./a.js', project.from)])
    expect(log).toEqual(['begins', 'ends', 'begins', 'ends', 'begins', 'ends'])
    expect(project.state.reloads.size).toBe(0)
  })

  test('go on after one that failed', async () => {
    const project = openProject({ 'a.js': "log.push('ran'); if (log.length === 2) throw new Error('x')" })
    await project.load('a.js')
    const [first, second] = await Promise.allSettled([
      reloadInPlace('./a.js', project.from),
      reloadInPlace('./a.js', project.from),
    ])
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled'])
  })

  test('within its own reload, or its first evaluation, give the same object and no recursion', async () => {
    const project = openProject({
      'a.js': `
        import { reloadInPlace } from 'fresh-modules'
        export const own = await reloadInPlace('./a.js', { from: import.meta.url })
        log.push('ran')
      `,
    })
    const namespace = await project.load('a.js')
    expect(namespace.own).toBe(namespace)
    await reloadInPlace('./a.js', project.from)
    expect(namespace.own).toBe(namespace)
    expect(log).toEqual(['ran', 'ran'])
  })
})
