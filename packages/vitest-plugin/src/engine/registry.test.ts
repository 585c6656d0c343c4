import { describe, expect, test } from 'vitest'
import { gate, openProject, type Project } from '../../test-host/project.ts'

/** Of the project: with Node's host come the packages of the run itself. */
const ids = ({ host, root }: Project) =>
  [...host.records()].flatMap(({ id }) => (id.includes(root) ? [id.replace(`${root}/`, '')] : [])).sort()

describe('records', () => {
  test('are of what has a copy: not of what was only fetched', async () => {
    const project = openProject({ 'a.test.ts': "import './b.ts'", 'b.ts': '', 'c.ts': '' })
    await project.import('a.test.ts')
    await project.runner.cachedModule(project.id('c.ts'))
    expect(ids(project)).toEqual(['a.test.ts', 'b.ts'])
    expect(project.host.record(project.id('c.ts'))).toBeUndefined()
  })

  test('tell who imports whom, dynamically too', async () => {
    const project = openProject({
      'a.test.ts': "import './b.ts'; export const later = () => import('./c.ts')",
      'b.ts': "import './c.ts'",
      'c.ts': '',
    })
    const { later } = (await project.import('a.test.ts')) as { later(): Promise<unknown> }
    const [test, b, c] = ['a.test.ts', 'b.ts', 'c.ts'].map(project.id)
    const record = project.host.record(test as never)
    expect([...(record?.imports ?? [])]).toEqual([b])
    await later()
    // The record that was asked for before knows of it as well.
    expect([...(record?.imports ?? [])]).toEqual([b, c])
    expect(new Set(project.host.record(c as never)?.importers)).toEqual(new Set([b, test]))
  })

  test('say whether the evaluation has ended', async () => {
    const { code, reached, open } = gate()
    const project = openProject({ 'a.test.ts': code })
    const imported = project.import('a.test.ts')
    const id = project.id('a.test.ts')
    await reached
    expect(project.host.record(id)?.state).toBe('evaluating')
    open()
    await imported
    expect(project.host.record(id)?.state).toBe('evaluated')
  })

  test('are not of mocks', async () => {
    const project = openProject({ 'a.test.ts': "export * from './b.ts'", 'b.ts': 'export const b = () => 1' })
    project.mock('b.ts')
    const { b } = (await project.import('a.test.ts')) as { b(): unknown }
    expect(b()).toBeUndefined()
    expect(project.runner.evaluatedModules.getModuleById(`mock:${project.id('b.ts')}`)?.promise).toBeDefined()
    expect(ids(project).filter((id) => id.startsWith('mock:'))).toEqual([])
  })

  test('of a package that is left to Node are of its entry, and of its inner files once a helper has asked', async () => {
    const project = openProject({
      'a.test.ts': "import 'pkg'",
      'node_modules/pkg/index.js': "module.exports = require('./inner.js')",
      'node_modules/pkg/inner.js': '',
    })
    await project.import('a.test.ts')
    const entry = 'node_modules/pkg/index.js'
    expect(ids(project)).toEqual(['a.test.ts', entry])
    expect(project.host.delegate.host?.record(project.id(entry))).toBeDefined()
    expect(ids(project)).toEqual(['a.test.ts', entry, 'node_modules/pkg/inner.js'])
  })
})

describe('a copy is known', () => {
  test('by its namespace while it is registered, and by its import.meta for good', async () => {
    const project = openProject({ 'a.test.ts': 'export const meta = import.meta' })
    const { registry } = project.host
    const exports = await project.import('a.test.ts')
    const id = project.id('a.test.ts')
    expect(registry.idOf(exports)).toBe(id)
    expect(registry.idOf(exports['meta'] as object)).toBe(id)
    expect(registry.record(id)?.handle).toBe(exports['meta'])
    registry.drop([id])
    expect(registry.idOf(exports)).toBeUndefined()
    expect(registry.idOf(exports['meta'] as object)).toBe(id)
    expect(registry.idOf({})).toBeUndefined()
  })

  test('while it is not registered by no namespace that is undefined', async () => {
    const project = openProject({ 'a.test.ts': '' })
    await project.import('a.test.ts')
    project.host.drop([project.id('a.test.ts')])
    expect(project.host.idOf(undefined as never)).toBeUndefined()
  })
})

describe('records that are taken', () => {
  test('are not registered, and the very same ones once they are put back', async () => {
    const project = openProject({ 'a.ts': "import './b.ts'; export const meta = import.meta", 'b.ts': '' })
    const { registry } = project.host
    const [a, b] = [project.id('a.ts'), project.id('b.ts')]
    const exports = await project.import('a.ts')
    const taken = registry.take([a, project.id('not-there.ts')])
    expect(taken.records.map((record) => [record.id, record.exports])).toEqual([[a, exports]])
    expect(registry.record(a)).toBeUndefined()
    const second = await project.import('a.ts')
    expect(second).not.toBe(exports)
    taken.putBack()
    expect(await project.import('a.ts')).toBe(exports)
    expect(registry.record(a)?.handle).toBe(exports['meta'])
    expect([...(registry.record(a)?.imports ?? [])]).toEqual([b])
  })

  test('are put back once: what came later stays', async () => {
    const project = openProject({ 'a.ts': '' })
    const { registry } = project.host
    await project.import('a.ts')
    const taken = registry.take([project.id('a.ts')])
    taken.putBack()
    registry.drop([project.id('a.ts')])
    const later = await project.import('a.ts')
    taken.putBack()
    expect(await project.import('a.ts')).toBe(later)
  })

  test('may finish their evaluation meanwhile', async () => {
    const { code, reached, open } = gate()
    const project = openProject({ 'a.ts': code })
    const { registry } = project.host
    const id = project.id('a.ts')
    const imported = project.import('a.ts')
    await reached
    const taken = registry.take([id])
    open()
    const exports = await imported
    taken.putBack()
    expect(registry.record(id)?.state).toBe('evaluated')
    expect(await project.import('a.ts')).toBe(exports)
  })

  test("of Node's loader are out of that as well", async () => {
    const project = openProject({
      'a.ts': "export { default as pkg } from 'pkg'",
      'node_modules/pkg/index.js': "require('./inner.js'); module.exports = { copy: true }",
      'node_modules/pkg/inner.js': '',
    })
    const [pkg, inner] = [project.id('node_modules/pkg/index.js'), project.id('node_modules/pkg/inner.js')]
    const { registry, delegate } = project.host
    await project.import('a.ts')
    const first = delegate.host?.record(pkg)?.exports
    const taken = registry.take([pkg, inner])
    expect(taken.records.map(({ id }) => id)).toEqual([pkg, inner])
    expect(delegate.madeHost?.record(pkg)).toBeUndefined()
    taken.putBack()
    expect(first).toBeDefined()
    expect(delegate.madeHost?.record(pkg)?.exports).toBe(first)
    registry.drop([pkg])
    expect(delegate.madeHost?.record(pkg)).toBeUndefined()
  })
})

test('a module that was dropped is evaluated again, and what it imports stays', async () => {
  const project = openProject({
    'a.ts': "import { b } from './b.ts'; export const ofB = b; export const own = {}",
    'b.ts': 'export const b = {}',
  })
  const first = await project.import('a.ts')
  const a = project.id('a.ts')
  expect([...project.host.resets.staticImports(a)]).toEqual([project.id('b.ts')])
  project.host.drop([a, project.id('not-there.ts')])
  expect([...project.host.resets.staticImports(a)]).toEqual([])
  const second = await project.import('a.ts')
  expect(second['own']).not.toBe(first['own'])
  expect(second['ofB']).toBe(first['ofB'])
})

describe('failures that a module has led to', () => {
  const FILES = {
    'a.ts': "import './b.ts'; export const ok = true",
    'b.ts': "import './a.ts'; throw new Error('on purpose')",
    'other.ts': "throw new Error('another')",
  }

  test('are forgotten, in a cycle too, and the next import takes the file as it is', async () => {
    const project = openProject(FILES)
    await expect(project.import('a.ts')).rejects.toThrow('on purpose')
    project.write('b.ts', "import './a.ts'")
    // Vite keeps the rejected promise.
    await expect(project.import('a.ts')).rejects.toThrow('on purpose')
    await project.host.registry.forgetFailures(project.mod('a.ts'))
    expect(await project.import('a.ts')).toMatchObject({ ok: true })
  })

  test('are no other ones, and no copies that have succeeded', async () => {
    const project = openProject({ ...FILES, 'c.ts': '', 'b.ts': "import './c.ts'; throw new Error('x')" })
    await expect(project.import('other.ts')).rejects.toThrow('another')
    await expect(project.import('a.ts')).rejects.toThrow('x')
    const c = await project.import('c.ts')
    await project.host.registry.forgetFailures(project.mod('a.ts'))
    expect([...project.host.registry.failed]).toEqual([project.mod('other.ts')])
    expect(await project.import('c.ts')).toBe(c)
  })
})
