import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openProject } from '../../test-host/project.ts'
import { fileEnded, testEnded, testStarted } from '../host/lifecycle.ts'
import { onImport, onUnload } from './hooks.ts'
import { importFresh } from './import-fresh.ts'
import { reloadInPlace } from './reload-in-place.ts'
import { unload } from './unload.ts'

let log: unknown[]
beforeEach(() => {
  log = []
  vi.stubGlobal('log', log)
})
afterEach(() => vi.unstubAllGlobals())

const BAD_OPTION = expect.objectContaining({ code: 'ERR_BAD_OPTION' })
const PORT = `
  import { onUnload } from 'fresh-modules'
  onUnload(import.meta, () => { log.push('closed') })
`

describe('onUnload', () => {
  test('of a registered module runs when that is unloaded, and never by the end of a test', async () => {
    const project = openProject({ 'port.js': PORT })
    testStarted(project.state, 'test 1')
    await project.load('port.js')
    expect(project.state.undos.size).toBe(0)
    await testEnded(project.state, 'test 1')
    expect(log).toEqual([])
    await unload('./port.js', project.from)
    expect(log).toEqual(['closed'])
    await fileEnded(project.state)
    expect(log).toEqual(['closed'])
  })

  test('of a fresh copy runs when the test that made it ends, once', async () => {
    const project = openProject({ 'port.js': PORT })
    testStarted(project.state, 'test 1')
    await importFresh('./port.js', project.from)
    expect(log).toEqual([])
    await testEnded(project.state, 'test 1')
    await fileEnded(project.state)
    expect(log).toEqual(['closed'])
  })

  test('of a fresh copy that was unloaded before does not run again', async () => {
    const project = openProject({ 'port.js': PORT })
    testStarted(project.state, 'test 1')
    await unload((await importFresh('./port.js', project.from)) as object)
    expect(log).toEqual(['closed'])
    await testEnded(project.state, 'test 1')
    expect(log).toEqual(['closed'])
  })

  test('of a fresh copy that failed does not run', async () => {
    const project = openProject({ 'port.js': `${PORT}; throw new Error('half way')` })
    await expect(importFresh('./port.js', project.from)).rejects.toThrow('half way')
    await fileEnded(project.state)
    expect(log).toEqual([])
  })

  test('takes a function, and the own import.meta', () => {
    openProject({})
    expect(() => onUnload(import.meta, undefined as never)).toThrow(BAD_OPTION)
    for (const wrong of [import.meta, {}, null, 'port.js']) {
      expect(() => onUnload(wrong as ImportMeta, () => {})).toThrow(BAD_OPTION)
    }
  })

  test('does nothing where no host is installed, but its input is checked all the same', () => {
    expect(() => onUnload(import.meta, () => {})).not.toThrow()
    expect(() => onUnload(import.meta, 'x' as never)).toThrow(BAD_OPTION)
  })
})

describe('onImport', () => {
  const tell = (exports: unknown, info: object) => log.push([(exports as { a: number }).a, info])
  const FIRST = { reloaded: false, fresh: false }

  test('is told of each evaluation, and of what kind it was', async () => {
    const project = openProject({ 'a.js': 'export const a = 1' })
    await onImport('./a.js', tell, project.from)
    await project.load('a.js')
    await project.load('a.js')
    expect(log).toEqual([[1, FIRST]])
    await importFresh('./a.js', project.from)
    await reloadInPlace('./a.js', project.from)
    expect(log.slice(1)).toEqual([
      [1, { reloaded: false, fresh: true }],
      [1, { reloaded: true, fresh: false }],
    ])
  })

  test('is told nothing of other modules, nor of evaluations that fail', async () => {
    const project = openProject({ 'a.js': 'throw new Error("x")', 'b.js': '' })
    await onImport('./a.js', tell, project.from)
    await project.load('b.js')
    await expect(project.load('a.js')).rejects.toThrow('x')
    expect(log).toEqual([])
  })

  test('lasts until it is undone, or until the test that set it ends', async () => {
    const project = openProject({ 'a.js': 'export const a = 1' })
    testStarted(project.state, 'test 1')
    const undo = await onImport('./a.js', tell, project.from)
    await onImport('./a.js', tell, project.from)
    undo()
    undo()
    await importFresh('./a.js', project.from)
    expect(log).toHaveLength(1)
    await testEnded(project.state, 'test 1')
    await importFresh('./a.js', project.from)
    expect(log).toHaveLength(1)
    expect(project.state.importHooks.size).toBe(0)
  })

  test('an undo that comes after the end of the test takes nothing off that was set since', async () => {
    const project = openProject({ 'a.js': 'export const a = 1' })
    testStarted(project.state, 'test 1')
    const undo = await onImport('./a.js', tell, project.from)
    await testEnded(project.state, 'test 1')
    await onImport('./a.js', tell, project.from)
    undo()
    await importFresh('./a.js', project.from)
    expect(log).toHaveLength(1)
  })

  test('refuses bad input', async () => {
    const project = openProject({ 'a.js': '' })
    await expect(onImport('', tell)).rejects.toThrow(BAD_OPTION)
    await expect(onImport('./a.js', undefined as never, project.from)).rejects.toThrow(BAD_OPTION)
    await expect(onImport('./a.js', tell, { fresh: [] } as never)).rejects.toThrow(BAD_OPTION)
    await expect(onImport('./absent.js', tell, project.from)).rejects.toMatchObject({
      code: 'ERR_MODULE_NOT_FOUND',
    })
  })
})
