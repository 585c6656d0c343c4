import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openProject } from '../../test-host/project.ts'
import { importFresh, requireFresh } from './import-fresh.ts'

let log: unknown[]
beforeEach(() => {
  log = []
  vi.stubGlobal('log', log)
})
afterEach(() => vi.unstubAllGlobals())

const BAD_OPTION = expect.objectContaining({ code: 'ERR_BAD_OPTION' })
const FILES = {
  'a.js': "import { b } from './b.js'; export const a = {}; export { b }; log.push('a')",
  'b.js': "export const b = {}; log.push('b')",
  'c.cjs': "exports.c = {}; log.push('c')",
  'throws.js': "throw new Error('body failed')",
}

describe('importFresh', () => {
  test('gives a copy of its own each time, and leaves the registered one as it is', async () => {
    const project = openProject(FILES)
    const registered = await project.load('a.js')
    const copies = [await importFresh('./a.js', project.from), await importFresh('./a.js', project.from)]
    expect(new Set([registered, ...copies]).size).toBe(3)
    expect(await project.load('a.js')).toBe(registered)
    expect(copies[0].b).toBe(registered.b)
  })

  test('does not register a target that was not loaded; what it imports is loaded and stays', async () => {
    const project = openProject(FILES)
    await importFresh('./a.js', project.from)
    expect(project.host.record(project.id('a.js'))).toBeUndefined()
    expect(project.host.record(project.id('b.js'))).toBeDefined()
  })

  test('evaluates what is listed in fresh first, in that order, and returns the target', async () => {
    const project = openProject(FILES)
    const { a, b } = await importFresh('./a.js', { ...project.from, fresh: ['./c.cjs', './b.js'] })
    expect(log).toEqual(['c', 'b', 'a'])
    expect(a).toBeDefined()
    expect(b).not.toBe((await project.load('b.js')).b)
  })

  test('sets env while the copy evaluates', async () => {
    const project = openProject({ 'a.js': "export const mode = process.env['FRESH_MODE']" })
    const { mode } = await importFresh('./a.js', { ...project.from, env: { FRESH_MODE: 'test' } })
    expect(mode).toBe('test')
    expect(process.env['FRESH_MODE']).toBeUndefined()
  })

  test('hands on what the target throws, and the next call tries again', async () => {
    const project = openProject(FILES)
    await expect(importFresh('./throws.js', project.from)).rejects.toThrow('body failed')
    project.write({ 'throws.js': 'export const mended = true' })
    expect((await importFresh('./throws.js', project.from)).mended).toBe(true)
  })

  test.each([
    ['the target', './absent.js', {}],
    ['a name in fresh', './a.js', { fresh: ['./absent.js'] }],
    ['the target itself, if blocked', './a.js', { blocked: ['./a.js'] }],
  ])('fails before it evaluates anything where it cannot find %s', async (_, target, options) => {
    const project = openProject(FILES)
    await expect(importFresh(target, { ...project.from, ...options })).rejects.toMatchObject({
      code: 'ERR_MODULE_NOT_FOUND',
    })
    expect(log).toEqual([])
  })

  test('refuses bad input, as a rejection', async () => {
    openProject(FILES)
    for (const wrong of ['', null, undefined, 1, {}]) {
      await expect(importFresh(wrong as string)).rejects.toThrow(BAD_OPTION)
    }
    await expect(importFresh('./a.js', { frehs: [] } as never)).rejects.toThrow(BAD_OPTION)
  })

  test('checks input before it asks for a host, and asks for a host before it resolves', async () => {
    await expect(importFresh('')).rejects.toThrow(BAD_OPTION)
    await expect(importFresh('./a.js')).rejects.toMatchObject({ code: 'ERR_NO_HOST' })
  })
})

describe('a function', () => {
  /** A module that makes the call, since only what it imports by itself are targets. */
  const caller = (call: string) => ({
    ...FILES,
    'caller.js': `import { importFresh, requireFresh } from 'fresh-modules'; export const run = () => ${call}`,
  })

  test('is run, what it imports is fresh, and its result is returned', async () => {
    const project = openProject(caller("importFresh(async () => ({ mine: await import('./b.js') }))"))
    const registered = await project.load('b.js')
    const { mine } = await (await project.load('caller.js')).run()
    expect(mine.b).toBeDefined()
    expect(mine).not.toBe(registered)
  })

  test('may import several modules, which are fresh in one scope', async () => {
    const project = openProject(
      caller("importFresh(() => Promise.all([import('./b.js'), import('./a.js')]))"),
    )
    const registered = await project.load('b.js')
    const [b, a] = await (await project.load('caller.js')).run()
    expect(a.b).toBe(b.b)
    expect(b).not.toBe(registered)
  })

  test('has what is listed in fresh evaluated once, before its first target is', async () => {
    const project = openProject(
      caller("importFresh(() => Promise.all([import('./a.js'), import('./c.cjs')]), { fresh: ['./b.js'] })"),
    )
    const registered = await project.load('b.js')
    log.length = 0
    const [a] = await (await project.load('caller.js')).run()
    expect(log.filter((each) => each === 'b')).toHaveLength(1)
    expect(log.indexOf('b')).toBeLessThan(log.indexOf('a'))
    expect(a.b).not.toBe(registered.b)
  })

  test('that imports nothing is refused', async () => {
    const project = openProject(FILES)
    await expect(importFresh(() => 1, project.from)).rejects.toThrow(
      /imported nothing while its result was pending/,
    )
  })

  test('that fails: its own error is handed on', async () => {
    const project = openProject(FILES)
    const error = new Error('x')
    await expect(importFresh(() => Promise.reject(error), project.from)).rejects.toBe(error)
    expect(project.state.pendingCalls).toBe(0)
  })

  test('gets a refusal before what is listed in fresh is evaluated', async () => {
    const project = openProject(caller("importFresh(() => import('./a.js'), { fresh: ['./b.js'] })"), {
      specs: [{ match: './a.js', allowReimport: false }],
    })
    await project.load('a.js')
    log.length = 0
    const { run } = await project.load('caller.js')
    await expect(run()).rejects.toMatchObject({ code: 'ERR_REIMPORT_REFUSED' })
    expect(log).toEqual([])
  })

  test('has what is blocked hidden from it as well', async () => {
    const project = openProject(caller("importFresh(() => import('./b.js'), { blocked: ['./b.js'] })"))
    const { run } = await project.load('caller.js')
    await expect(run()).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
  })

  test('makes fresh what it imports while it is pending, and nothing after', async () => {
    const project = openProject({
      ...FILES,
      'caller.js': `
        import { importFresh } from 'fresh-modules'
        export let late
        export const run = () => importFresh(async () => {
          late = new Promise((resolve) => setTimeout(resolve, 5)).then(() => import('./b.js'))
          return import('./c.cjs')
        })
      `,
    })
    const registered = await project.load('b.js')
    const caller = await project.load('caller.js')
    await caller.run()
    const { late } = caller
    // Another call is pending when the late import is made.
    await expect(importFresh(() => late, project.from)).rejects.toThrow(/imported nothing/)
    expect(await late).toBe(registered)
  })
})

describe('requireFresh', () => {
  test('gives a copy of its own at once', async () => {
    const project = openProject(FILES)
    const registered = await project.load('c.cjs')
    const copy = requireFresh('./c.cjs', project.from)
    expect(copy.c).toBeDefined()
    expect(copy.c).not.toBe(registered.c)
    expect(await project.load('c.cjs')).toBe(registered)
  })

  test('sets env while the copy evaluates', () => {
    const project = openProject({ 'c.cjs': "exports.mode = process.env['FRESH_MODE']" })
    expect(requireFresh('./c.cjs', { ...project.from, env: { FRESH_MODE: 'x' } }).mode).toBe('x')
    expect(process.env['FRESH_MODE']).toBeUndefined()
  })

  test('says so where the host can only wait', () => {
    // It evaluates after the refusal, and maybe after this test: what it does must not be seen by the next one.
    const project = openProject({ 'silent.js': 'export const silent = true' })
    expect(() => requireFresh('./silent.js', project.from)).toThrow(
      expect.objectContaining({
        code: 'ERR_NOT_FRESH',
        message: expect.stringContaining('await importFresh'),
      }),
    )
  })

  test('takes a function, which is run at once', async () => {
    const project = openProject({
      ...FILES,
      'caller.cjs':
        "const { requireFresh } = require('fresh-modules'); exports.run = () => requireFresh(() => require('./c.cjs'))",
    })
    const registered = await project.load('c.cjs')
    const copy = (await project.load('caller.cjs')).run()
    expect(copy.c).toBeDefined()
    expect(copy).not.toBe(registered)
    expect(() => requireFresh(() => 1, project.from)).toThrow(
      /requireFresh: the function has imported nothing/,
    )
  })

  test('fails as require does, and for bad input at once', () => {
    const project = openProject(FILES)
    expect(() => requireFresh('./absent.cjs', project.from)).toThrow(
      expect.objectContaining({ code: 'MODULE_NOT_FOUND' }),
    )
    expect(() => requireFresh('', project.from)).toThrow(BAD_OPTION)
  })
})
