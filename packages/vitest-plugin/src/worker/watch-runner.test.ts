import { importFresh, onImport } from 'fresh-modules'
import { beforeRawReset } from 'fresh-modules/internal'
import type { EvaluatedModules } from 'vite/module-runner'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { gate, openProject } from '../../test-host/project.ts'
import type { WorkerGlobals } from './worker-globals.ts'

/** First evaluations are those of Vitest's own code, later ones of the same source are ours. */
const TWICE = [
  ['first', 0],
  ['later', 1],
] as const

describe.each(TWICE)('the %s evaluation of a registered module', (_, earlier) => {
  const opened = async (...args: Parameters<typeof openProject>) => {
    const project = openProject(...args)
    for (let time = 0; time < earlier; time++) {
      await project.import('a.ts').catch(() => {})
      project.host.drop([project.id('a.ts')])
    }
    return project
  }

  test('notes whose import.meta is whose', async () => {
    const { host, id, ...project } = await opened({ 'a.ts': 'export const meta = import.meta' })
    const { meta } = await project.import('a.ts')
    expect(host.idOf(meta as object)).toBe(id('a.ts'))
    expect(host.record(id('a.ts'))?.handle).toBe(meta)
  })

  test('tells hooks of onImport that it is neither a reload nor fresh', async () => {
    const { id, ...project } = await opened({ 'a.ts': 'export const a = 1' })
    const hook = vi.fn()
    onTestFinished(await onImport(id('a.ts'), hook))
    const exports = await project.import('a.ts')
    await project.import('a.ts')
    expect(hook).toHaveBeenCalledExactlyOnceWith(exports, { reloaded: false, fresh: false })
  })

  test('notes a failure, by which the next try is known to be one', async () => {
    const { host, mod, ...project } = await opened({ 'a.ts': "throw new Error('on purpose')" })
    await expect(project.import('a.ts')).rejects.toThrow('on purpose')
    expect(host.registry.failed.has(mod('a.ts'))).toBe(true)
  })

  test('happens once its lock is there', async () => {
    const { host, id, ...project } = await opened({ 'a.ts': 'globalThis.freshModulesLog?.push("evaluated")' })
    const log: string[] = []
    Object.assign(globalThis, { freshModulesLog: log })
    onTestFinished(() => void Reflect.deleteProperty(globalThis, 'freshModulesLog'))
    Object.assign(host, {
      singleWorker: {
        needs: () => 'key',
        acquire: (...args: string[]) => new Promise(setImmediate).then(() => log.push(...args)),
      },
    })
    await project.import('a.ts')
    expect(log).toEqual([id('a.ts'), 'key', 'evaluated'])
  })

  test('gets what vi.mock has put in the place of an import, even if nothing was resolved yet', async () => {
    const project = await opened({ 'a.ts': "export { b } from './b.ts'", 'b.ts': 'export const b = 1' })
    project.mock('b.ts', () => ({ b: 'mocked' }))
    expect(await project.import('a.ts')).toMatchObject({ b: 'mocked' })
  })
})

describe('a module that refuses a second copy', () => {
  const FILES = {
    'a.test.ts': "import './a.ts'",
    'a.ts': "import './db.ts'",
    'db.ts': 'export const db = {}',
  }
  const specs = [{ match: './db.ts', allowReimport: false, reason: 'owns a port' }]

  test('is not evaluated again, and the error names who imports it', async () => {
    const { host, id, ...project } = openProject(FILES, { specs })
    await project.import('a.test.ts')
    beforeRawReset(host.installed)
    host.drop([id('db.ts'), id('a.ts'), id('a.test.ts')])
    await expect(project.import('a.test.ts')).rejects.toMatchObject({
      code: 'ERR_DUPLICATE_MODULE',
      message: expect.stringContaining(`${id('db.ts')}, imported by ${id('a.ts')} <- ${id('a.test.ts')}`),
    })
  })

  test('is the same copy again once somebody has invalidated its node', async () => {
    const { mod, runner, ...project } = openProject(FILES, { specs })
    const first = await project.import('db.ts')
    const modules = runner.evaluatedModules as unknown as EvaluatedModules
    modules.invalidateModule(mod('db.ts') as never)
    expect(await project.import('db.ts')).toBe(first)
    expect(mod('db.ts')).toMatchObject({ evaluated: true })
  })

  test('may be tried again after a failure', async () => {
    const project = openProject({ ...FILES, 'db.ts': "throw new Error('on purpose')" }, { specs })
    await expect(project.import('db.ts')).rejects.toThrow('on purpose')
    project.write('db.ts', 'export const db = 1')
    await project.host.registry.forgetFailures(project.mod('db.ts'))
    expect(await project.import('db.ts')).toMatchObject({ db: 1 })
  })
})

test('a request of the shared world for a module of a scope is answered by that scope', async () => {
  const project = openProject({
    'a.ts':
      'export const run = (call) => call(() => import("./b.ts"), { from: import.meta.url, fresh: ["./c.ts"] })',
    'b.ts': "export { c } from './c.ts'; export const b = {}",
    'c.ts': 'export const c = {}',
  })
  type B = Record<'b' | 'c', object>
  const registered = (await project.import('b.ts')) as unknown as B
  const { run } = (await project.import('a.ts')) as { run(call: unknown): Promise<B> }
  const copy = await run(importFresh)
  expect(copy.b).not.toBe(registered.b)
  expect(copy.c).not.toBe(registered.c)
  expect(project.mod('b.ts').exports).toBe(registered)
})

describe('what is left to Node', () => {
  const FILES = { 'a.ts': "import 'pkg'", 'node_modules/pkg/index.js': '' }

  test('is loaded as what stays, where globals are put back between files', async () => {
    const { host, ...project } = openProject(FILES)
    const whileKept = vi.fn((_id: string, load: () => unknown) => load())
    host.globals = { whileKept } as unknown as WorkerGlobals
    await project.import('a.ts')
    expect(whileKept.mock.calls.map(([id]) => id)).toEqual([expect.stringContaining('node_modules/pkg')])
  })

  test('is known as what brings hooks along while it is loaded', async () => {
    const { host, id, ...project } = openProject(FILES)
    const whileLoading = vi.spyOn(host.fileHooks, 'whileLoading')
    await project.import('a.ts')
    expect(whileLoading.mock.calls.map(([loaded]) => loaded)).toEqual([id('node_modules/pkg/index.js')])
  })
})

test('an import of what is being evaluated elsewhere waits for it', async () => {
  const { code, reached, open } = gate()
  const project = openProject({ 'a.ts': `${code} export const a = 1`, 'b.ts': "export * from './a.ts'" })
  const first = project.import('a.ts')
  await reached
  const second = project.import('b.ts')
  open()
  expect(await second).toMatchObject({ a: 1 })
  await first
})
