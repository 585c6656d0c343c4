import { describe, expect, test } from 'vitest'
import { fakeInstalled } from '../../test-host/fake-host.ts'
import { openProject } from '../../test-host/project.ts'
import { installHost } from '../host/host-slot.ts'
import { testEnded, testStarted } from '../host/lifecycle.ts'
import { declareSpec, markNonReimportable, specOf, withFlags } from './flags.ts'
import { importFresh } from './import-fresh.ts'

const BAD_OPTION = expect.objectContaining({ code: 'ERR_BAD_OPTION' })
const FILES = { 'a.js': 'export const a = {}', 'b.js': 'export const b = {}' }

describe('specOf', () => {
  test('a specifier gives a promise of the spec, and loads nothing', async () => {
    const project = openProject(FILES)
    const spec = await specOf('./a.js', project.from)
    expect(spec).toMatchObject({ id: project.id('a.js'), package: 'app', allowReimport: true })
    expect(project.host.record(project.id('a.js'))).toBeUndefined()
  })

  test('a loaded module gives its spec at once, a fresh copy that of its module', async () => {
    const project = openProject(FILES)
    const registered = await project.load('a.js')
    expect(specOf(registered as object).id).toBe(project.id('a.js'))
    const copy: object = await importFresh('./a.js', project.from)
    specOf(copy).allowUnload = false
    expect(specOf(registered as object).allowUnload).toBe(false)
  })

  test('the exports of a CommonJS module will do as well, a function too', async () => {
    const project = openProject({ 'fn.cjs': 'module.exports = () => {}' })
    const fn: object = await project.load('fn.cjs')
    expect(specOf(fn).id).toBe(project.id('fn.cjs'))
  })

  test('what is no module is refused', async () => {
    const project = openProject(FILES)
    for (const wrong of [{}, () => {}, null, undefined, 1]) {
      expect(() => specOf(wrong as object)).toThrow(BAD_OPTION)
    }
    await expect(specOf('')).rejects.toThrow(BAD_OPTION)
    await expect(specOf('./a.js', { form: project.root } as never)).rejects.toThrow(BAD_OPTION)
    await expect(specOf('./absent.js', project.from)).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
  })

  test('where the host has to ask for what it knows, the specifier is needed', () => {
    const namespace = {}
    const uninstall = installHost(
      globalThis,
      fakeInstalled({}, { idOf: () => '/app/a.js' as never, facts: async () => ({ kind: 'source' }) }),
    )
    try {
      expect(() => specOf(namespace)).toThrow(/Pass its specifier and await the spec/)
    } finally {
      uninstall()
    }
  })
})

describe('withFlags', () => {
  test('sets flags while the function runs, and hands on what it returns', async () => {
    const project = openProject(FILES)
    const spec = await specOf('./a.js', project.from)
    const result = await withFlags(
      './a.js',
      { allowReload: false },
      async () => {
        await Promise.resolve()
        return [spec.allowReload, spec.allowUnload]
      },
      project.from,
    )
    expect(result).toEqual([false, true])
    expect(spec.allowReload).toBe(true)
  })

  test('puts them back when the function throws or rejects', async () => {
    const project = openProject(FILES)
    const error = new Error('x')
    const failing = [
      () => Promise.reject(error),
      () => {
        throw error
      },
    ]
    for (const run of failing) {
      await expect(withFlags('./a.js', { allowReload: false }, run, project.from)).rejects.toBe(error)
      expect(project.state.stretches.size).toBe(0)
    }
  })

  test('takes a loaded module as well', async () => {
    const project = openProject(FILES)
    const loaded: object = await project.load('a.js')
    await withFlags(loaded, { allowUnload: false }, () => expect(specOf(loaded).allowUnload).toBe(false))
  })

  test('refuses bad input before it calls the function', async () => {
    const project = openProject(FILES)
    const run = () => expect.unreachable()
    await expect(withFlags('./a.js', { allowReloads: true } as never, run, project.from)).rejects.toThrow(
      BAD_OPTION,
    )
    await expect(withFlags('./a.js', null as never, run, project.from)).rejects.toThrow(BAD_OPTION)
    await expect(withFlags({}, {}, run)).rejects.toThrow(BAD_OPTION)
    await expect(withFlags('./a.js', {}, 'run' as never, project.from)).rejects.toThrow(BAD_OPTION)
    expect(project.state.stretches.size).toBe(0)
  })
})

describe('markNonReimportable', () => {
  test('refuses a second copy, with the reason, until the test ends', async () => {
    const project = openProject(FILES)
    await project.load('a.js')
    testStarted(project.state, 'test 1')
    await markNonReimportable('./a.js', 'owns a port', project.from)
    await expect(importFresh('./a.js', project.from)).rejects.toMatchObject({
      code: 'ERR_REIMPORT_REFUSED',
      message: expect.stringContaining('"owns a port"'),
    })
    await testEnded(project.state, 'test 1')
    await expect(importFresh('./a.js', project.from)).resolves.toBeDefined()
  })

  test('the reason is a string', async () => {
    const project = openProject(FILES)
    await expect(markNonReimportable('./a.js', 1 as never, project.from)).rejects.toThrow(BAD_OPTION)
    expect((await specOf('./a.js', project.from)).allowReimport).toBe(true)
  })
})

describe('declareSpec', () => {
  const declaring = (flags: string) => ({
    'own.js': `import { declareSpec } from 'fresh-modules'\ndeclareSpec(import.meta, ${flags})`,
  })

  test('is what a module says of itself, with file and reason', async () => {
    const project = openProject(declaring("{ allowUnload: false, reason: 'holds a port' }"))
    expect((await specOf('./own.js', project.from)).allowUnload).toBe(true)
    await project.load('own.js')
    const { allowUnload, provenance } = await specOf('./own.js', project.from)
    expect({ allowUnload, ...provenance.allowUnload }).toEqual({
      allowUnload: false,
      source: 'module',
      where: project.id('own.js'),
      reason: 'holds a port',
    })
  })

  test('is open to CommonJS by its module object', async () => {
    const project = openProject({
      'own.cjs': "require('fresh-modules').declareSpec(module, { allowReload: false })",
    })
    await project.load('own.cjs')
    expect((await specOf('./own.cjs', project.from)).provenance.allowReload.source).toBe('module')
  })

  test.each([
    ['{ allowParallelWorkers: false }', '@fresh-modules single-worker'],
    ['{ allowReloads: false }', 'there is no flag "allowReloads"'],
    ['{ reason: 1 }', 'the reason is a number'],
    ['{ allowReload: 0 }', 'Flags are true or false.'],
  ])('%s is refused', async (flags, message) => {
    const project = openProject(declaring(flags))
    await expect(project.load('own.js')).rejects.toMatchObject({
      code: 'ERR_BAD_OPTION',
      message: expect.stringContaining(message),
    })
  })

  test('takes the own import.meta only', () => {
    openProject(FILES)
    for (const wrong of [{}, null, undefined, 'a.js', import.meta]) {
      expect(() => declareSpec(wrong as ImportMeta, {})).toThrow(BAD_OPTION)
    }
  })

  test('does nothing where no host is installed: the module may run in production', () => {
    expect(() => declareSpec(import.meta, { allowReload: false })).not.toThrow()
  })
})
