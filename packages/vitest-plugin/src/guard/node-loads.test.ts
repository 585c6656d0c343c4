import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { ModuleId, NodeHost } from 'fresh-modules/internal'
import { describe, expect, test, vi } from 'vitest'
import { openProject, type Project, type ProjectOptions } from '../../test-host/project.ts'
import { inWorker } from '../../test-host/worker-state.ts'
import { hasSoundHooks } from '../vitest/capabilities.ts'
import { looseMod } from '../vitest/runner-internals.ts'
import { nodeLoads } from './node-loads.ts'
import { guardModule } from './vitest-guard.ts'

const DUPLICATE = { code: 'ERR_DUPLICATE_MODULE' }
const refusing = (...files: string[]): ProjectOptions => ({
  specs: files.map((match) => ({ match, allowReimport: false })),
})

/** A project whose loads by Node are watched from here on: those of the newest host are. */
function watched(files: Record<string, string>, options?: ProjectOptions) {
  const project = openProject({ 'package.json': '{}', ...files }, options)
  nodeLoads.watch(project.host)
  const load = createRequire(project.id('a.js'))
  const forget = (file: string) => void delete load.cache[project.id(file)]
  return { ...project, load, forget }
}

const importByNode = ({ runner, id }: Project, file: string): Promise<unknown> =>
  runner.evaluator.runExternalModule(String(pathToFileURL(id(file))))

describe('a CommonJS file that refuses a second copy', () => {
  test('is not evaluated again by whoever makes Node forget it; the error says who requires it', () => {
    const { load, forget, id } = watched(
      { 'a.cjs': "exports.db = require('./db.cjs')", 'db.cjs': 'exports.own = {}' },
      refusing('./db.cjs'),
    )
    const { db } = load('./a.cjs')
    expect(load('./db.cjs')).toBe(db)
    forget('a.cjs')
    forget('db.cjs')
    expect(() => load('./a.cjs')).toThrow(
      expect.objectContaining({
        ...DUPLICATE,
        message: expect.stringContaining(`${id('db.cjs')}, imported by ${id('a.cjs')}`),
      }),
    )
  })

  test('may be tried again after a failure', () => {
    const { load, write } = watched({ 'db.cjs': "throw new Error('on purpose')" }, refusing('./db.cjs'))
    expect(() => load('./db.cjs')).toThrow('on purpose')
    write('db.cjs', 'exports.mended = true')
    expect(load('./db.cjs')).toEqual({ mended: true })
  })

  test('is known to be seen until Node has it', () => {
    const { load, id } = watched({ 'db.cjs': '' })
    expect(nodeLoads.willSee(id('db.cjs'))).toBe(true)
    load('./db.cjs')
    expect(nodeLoads.willSee(id('db.cjs'))).toBe(false)
  })

  test('may be copied by a helper, which has asked the flags', async () => {
    const { load, id, host } = watched({ 'db.cjs': 'exports.own = {}' }, refusing('./db.cjs'))
    const { own } = load('./db.cjs')
    const scope = (host.delegate.host as NodeHost).openScope(
      {
        caller: undefined,
        decide: () => 'fresh',
        blockedName: () => undefined,
        conditions: [],
        onEvaluated() {},
      },
      'import',
    )
    const { exports } = await scope.evaluate(id('db.cjs'))
    expect((exports as { own: object }).own).not.toBe(own)
  })
})

describe('who imports what Node loads', () => {
  test('is told up to the test file', async () => {
    const inner = 'node_modules/pkg/inner.js'
    const { id, ...project } = watched(
      {
        'a.test.ts': "import './a.ts'",
        'a.ts': "import 'pkg'",
        'node_modules/pkg/index.js': "require('./middle.js')",
        'node_modules/pkg/middle.js': "require('./inner.js')",
        [inner]: '',
      },
      refusing(inner),
    )
    project.load(`./${inner}`)
    project.forget(inner)
    const chain = ['node_modules/pkg/middle.js', 'node_modules/pkg/index.js', 'a.ts', 'a.test.ts'].map(id)
    await expect(project.import('a.test.ts')).rejects.toThrow(
      `${id(inner)}, imported by ${chain.join(' <- ')}`,
    )
  })

  test('is, where Node does not say, the one module that it loads right now', async () => {
    const project = watched({ 'db.cjs': '', 'pkg.mjs': '' }, refusing('./db.cjs'))
    const { id } = project
    const [pkg, other] = ['pkg.mjs', 'other.mjs'].map(id) as [ModuleId, ModuleId]
    nodeLoads.announce(pkg, () => [id('a.test.ts')])
    const orphan = () => {
      const { Module } = createRequire(import.meta.url)('node:module') as {
        Module: new (file: string) => { load(file: string): void }
      }
      new Module(id('db.cjs')).load(id('db.cjs'))
    }
    orphan()
    await nodeLoads.whileLoading(pkg, async () => {
      expect(orphan).toThrow(`${id('db.cjs')}, imported by ${pkg} <- ${id('a.test.ts')}`)
      await nodeLoads.whileLoading(other, async () => {
        expect(orphan).toThrow(expect.not.objectContaining({ message: expect.stringContaining(pkg) }))
      })
    })
    expect(orphan).toThrow(expect.not.objectContaining({ message: expect.stringContaining(pkg) }))
    await expect(nodeLoads.whileLoading(pkg, () => Promise.reject(new Error('x')))).rejects.toThrow('x')
    expect(orphan).toThrow(expect.not.objectContaining({ message: expect.stringContaining(pkg) }))
  })

  test('is found where files have required each other', () => {
    const { load, forget, id } = watched(
      {
        'a.cjs': "exports.b = require('./b.cjs'); exports.load = () => require('./db.cjs')",
        'b.cjs': "exports.again = () => require('./a.cjs')",
        'db.cjs': '',
      },
      refusing('./db.cjs'),
    )
    load('./db.cjs')
    const { b } = load('./a.cjs')
    for (const file of ['a.cjs', 'db.cjs']) forget(file)
    expect(b.again().load).toThrow(`imported by ${id('a.cjs')} <- ${id('b.cjs')}`)
  })
})

describe.runIf(hasSoundHooks)('an ES module of Node’s loader', () => {
  test('that refuses may not be evaluated under a second URL', async () => {
    const project = watched(
      {
        'b.mjs': "export * from './c.mjs'",
        'c.mjs': "export * from './db.mjs?second'",
        'db.mjs': 'export const own = {}',
      },
      refusing('./db.mjs'),
    )
    const first = await importByNode(project, 'db.mjs')
    expect(await importByNode(project, 'db.mjs')).toBe(first)
    await expect(importByNode(project, 'b.mjs')).rejects.toMatchObject({
      ...DUPLICATE,
      message: expect.stringContaining(`imported by ${project.id('c.mjs')} <- ${project.id('b.mjs')}`),
    })
  })

  test('is one copy, whoever tells of it: the runner, a require or an import', async () => {
    const project = watched({ 'db.mjs': 'export const own = {}' }, refusing('./db.mjs'))
    const external = { externalize: String(pathToFileURL(project.id('db.mjs'))), id: '', url: '' }
    guardModule(project.installed, looseMod(project.id('db.mjs'), external), { kind: 'source' }, [])
    const required = project.load('./db.mjs')
    expect(await importByNode(project, 'db.mjs')).toBe(required)
  })

  test('is known as one, by whatever it is loaded', () => {
    const project = watched({ 'db.mjs': '' }, refusing('./db.mjs'))
    project.load('./db.mjs')
    const [copy] = project.state.guard.firstCopies.values()
    expect(copy).toMatchObject({ id: project.id('db.mjs'), format: 'esm' })
  })
})

test('nothing is watched where the guard is off, nor in the vm pools', () => {
  const project = watched({ 'db.cjs': '' }, refusing('./db.cjs'))
  const other = openProject({ 'db.cjs': '' }, refusing('./db.cjs'))
  const duplicates = () => {
    const load = createRequire(other.id('a.js'))
    load('./db.cjs')
    delete load.cache[other.id('db.cjs')]
    load('./db.cjs')
  }
  other.state.guard.onDuplicate = 'off'
  nodeLoads.watch(other.host)
  expect(duplicates).not.toThrow()
  other.state.guard.onDuplicate = 'throw'
  inWorker({ ctx: { pool: 'vmForks' } })
  nodeLoads.watch(other.host)
  vi.unstubAllGlobals()
  delete createRequire(import.meta.url).cache[other.id('db.cjs')]
  expect(duplicates).not.toThrow()
  expect(project.state.guard.firstCopies.size).toBe(0)
})
