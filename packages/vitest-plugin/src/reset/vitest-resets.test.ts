import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openProject, type Project } from '../../test-host/project.ts'
import { viewForSpy } from '../engine/spies.ts'

const reload = ({ host, id }: Project, ...files: string[]) => host.resets.reloadAll(files.map(id))

describe('static imports', () => {
  test('are those of import declarations, not of import()', async () => {
    const { host, id, ...project } = openProject({
      'a.ts': "import './b.ts'; export * from './c.ts'; await import('./d.ts')",
      'b.ts': '',
      'c.ts': '',
      'd.ts': '',
    })
    await project.import('a.ts')
    expect([...host.resets.staticImports(id('a.ts'))]).toEqual([id('b.ts'), id('c.ts')])
    expect([...host.resets.staticImports(id('d.ts'))]).toEqual([])
  })

  test('are known for what was evaluated again as well', async () => {
    const project = openProject({ 'a.ts': "import './b.ts'", 'b.ts': '' })
    await project.import('a.ts')
    await reload(project, 'a.ts')
    expect([...project.host.resets.staticImports(project.id('a.ts'))]).toEqual([project.id('b.ts')])
  })
})

test('packages that are left to Node, and their inner files, are out of reach', async () => {
  const { host, id, ...project } = openProject(
    {
      'a.ts': "import 'external'; import 'inlined'",
      'node_modules/external/index.js': "require('./inner.js')",
      'node_modules/external/inner.js': '',
      'node_modules/inlined/index.js': '',
    },
    { inline: ['inlined'] },
  )
  await project.import('a.ts')
  const outOfReach = (file: string) => host.resets.isOutOfReach(id(file))
  expect(outOfReach('node_modules/external/index.js')).toBe(true)
  expect(outOfReach('node_modules/external/inner.js')).toBe(true)
  expect(outOfReach('node_modules/inlined/index.js')).toBe(false)
  expect(outOfReach('a.ts')).toBe(false)
})

describe('between tests is kept', () => {
  const FILES = {
    'setup.ts': "import './of-setup.ts'",
    'of-setup.ts': '',
    'runner.ts': '',
    'earlier.ts': '',
    'a.test.ts': "import './own.ts'",
    'own.ts': '',
  }
  const KEPT = 'a setup file loaded it'

  test('what setup files have loaded; not what the test file has', async () => {
    const { host, id, ...project } = openProject(FILES)
    host.resets.noteFileStart()
    await project.import('setup.ts')
    host.resets.noteSetupDone()
    await project.import('a.test.ts')
    expect(host.resets.keptBetweenTests(id('setup.ts'))).toBe(KEPT)
    expect(host.resets.keptBetweenTests(id('of-setup.ts'))).toBe(KEPT)
    expect(host.resets.keptBetweenTests(id('own.ts'))).toBeUndefined()
  })

  test('what the worker had before its first test file, and not what another test file has left', async () => {
    const { host, id, ...project } = openProject(FILES)
    await project.import('runner.ts')
    host.resets.noteFileStart()
    host.resets.noteSetupDone()
    expect(host.resets.keptBetweenTests(id('runner.ts'))).toBe(KEPT)
    await project.import('earlier.ts')
    host.resets.noteFileStart()
    host.resets.noteSetupDone()
    expect(host.resets.keptBetweenTests(id('runner.ts'))).toBe(KEPT)
    expect(host.resets.keptBetweenTests(id('earlier.ts'))).toBeUndefined()
  })

  test('a setup file that an earlier test file has loaded already, with what it imports', async () => {
    const { host, id, ...project } = openProject(FILES)
    Object.assign(host.worker.config, { setupFiles: [id('setup.ts')] })
    host.resets.noteFileStart()
    await project.import('setup.ts')
    await project.import('earlier.ts')
    host.resets.noteFileStart()
    host.resets.noteSetupDone()
    expect(host.resets.keptBetweenTests(id('setup.ts'))).toBe(KEPT)
    expect(host.resets.keptBetweenTests(id('of-setup.ts'))).toBe(KEPT)
    expect(host.resets.keptBetweenTests(id('earlier.ts'))).toBeUndefined()
  })

  test('what is mocked, under any query: a mock may be made of it', () => {
    const { host } = openProject({})
    Object.assign(host.runner.mocker, {
      getDependencyMock: (id: string) => (id === '/app/a.ts' ? { type: 'manual' } : undefined),
    })
    for (const id of ['/app/a.ts', '/app/a.ts?_vitest_original']) {
      expect(host.resets.keptBetweenTests(id as never)).toBe('it is mocked')
    }
    expect(host.resets.keptBetweenTests('/app/__mocks__/a.ts' as never)).toBeUndefined()
  })
})

describe.each([
  ['that we evaluate', ''],
  ["that Vitest's evaluator has to evaluate", 'typeof require;'],
])('a module %s', (_, mention) => {
  test('is evaluated again into the namespace that everybody holds', async () => {
    const project = openProject({
      'a.ts': "import { b } from './b.ts'; export const read = () => b",
      'b.ts': `${mention} export const b = {}; export const meta = import.meta`,
    })
    const { read } = (await project.import('a.ts')) as { read(): object }
    const namespace = await project.import('b.ts')
    const seen = new Set([read()])
    for (let time = 0; time < 3; time++) {
      const { copies, failure } = await reload(project, 'b.ts')
      expect(failure).toBeUndefined()
      expect(copies).toEqual([
        { id: project.id('b.ts'), exports: namespace, handle: namespace['meta'] as object },
      ])
      expect(copies[0]?.exports).toBe(namespace)
      expect(project.host.idOf(namespace['meta'] as object)).toBe(project.id('b.ts'))
      seen.add(read())
    }
    expect(seen.size).toBe(4)
    expect(await project.import('b.ts')).toBe(namespace)
    expect([...project.mod('b.ts').importers]).toEqual([project.id('a.ts')])
  })

  test('is as before where it fails, and so are all others', async () => {
    const project = openProject({
      'a.ts': "import './b.ts'; export const a = {}",
      'b.ts': `${mention} export const early = import.meta; if (globalThis.fail) throw globalThis.fail; export const b = {}`,
      'c.ts': 'export const c = {}',
      'first.ts': 'export const first = {}',
    })
    const files = ['first.ts', 'b.ts', 'a.ts', 'c.ts']
    for (const file of files) await project.import(file)
    const namespaces = await Promise.all(files.map(project.import))
    const before = namespaces.map((namespace) => ({ ...namespace }))
    const error = new Error('on purpose')
    Object.assign(globalThis, { fail: error })
    const { copies, failure } = await reload(project, ...files).finally(() =>
      Reflect.deleteProperty(globalThis, 'fail'),
    )
    expect(failure).toEqual({ id: project.id('b.ts'), error })
    expect(copies).toEqual([])
    const now = await Promise.all(files.map(project.import))
    expect(now.every((namespace, index) => namespace === namespaces[index])).toBe(true)
    expect(project.host.record(project.id('b.ts'))?.handle).toBe(now[1]?.['early'])
    for (const [index, exports] of before.entries()) {
      for (const [name, value] of Object.entries(exports)) expect(now[index]?.[name]).toBe(value)
    }
    expect((await reload(project, ...files)).failure).toBeUndefined()
    expect(now[0]?.['first']).not.toBe(before[0]?.['first'])
    expect(now[1]?.['b']).not.toBe(before[1]?.['b'])
  })

  test('loses what it exports no more', async () => {
    const project = openProject({
      'a.ts': `${mention} export * from './b.ts'; export const own = 1`,
      'b.ts': 'export const gone = 1; export const stays = 1',
    })
    const namespace = await project.import('a.ts')
    expect(Object.keys(namespace).sort()).toEqual(['gone', 'own', 'stays'])
    project.write('b.ts', 'export const stays = 2; export const added = 2')
    const b = project.id('b.ts')
    project.host.drop([b])
    await project.host.sources.drop(b)
    await reload(project, 'a.ts')
    expect({ ...namespace }).toStrictEqual({ added: 2, own: 1, stays: 2 })
  })
})

test('what is asked for evaluates what it imports first, once', async () => {
  const log = (name: string) => `globalThis.freshModulesLog.push('${name}');`
  const project = openProject({
    'a.ts': `import './b.ts'; import './c.ts'; ${log('a')}`,
    'b.ts': `import './c.ts'; await null; ${log('b')}`,
    'c.ts': log('c'),
  })
  const order: string[] = []
  Object.assign(globalThis, { freshModulesLog: order })
  await project.import('a.ts')
  await reload(project, 'a.ts', 'b.ts', 'c.ts')
  Reflect.deleteProperty(globalThis, 'freshModulesLog')
  expect(order).toEqual(['c', 'b', 'a', 'c', 'b', 'a'])
})

test('a cycle is entered where it was the first time', async () => {
  const project = openProject({
    'a.test.ts': "import { b } from './b.ts'; export const read = () => b",
    'b.ts': "import { c } from './c.ts'; export const b = { c }",
    'c.ts': "import { b } from './b.ts'; export const c = {}; export const readB = () => b",
  })
  const { read } = (await project.import('a.test.ts')) as { read(): { c: unknown } }
  const c = await project.import('c.ts')
  const { c: before } = read()
  // The order in which a reset finds them is another one.
  await reload(project, 'c.ts', 'b.ts')
  expect(read().c).toBe(c['c'])
  expect(read().c).not.toBe(before)
  expect((c['readB'] as () => unknown)()).toBe(read())
})

test('a cycle that fails is blamed on the module that threw', async () => {
  const project = openProject({
    'a.ts': "import './b.ts'",
    'b.ts': "import './c.ts'",
    'c.ts': "import './a.ts'; if (globalThis.fail) throw globalThis.fail",
    'd.ts': 'if (globalThis.fail) throw globalThis.fail',
  })
  for (const file of ['a.ts', 'd.ts']) await project.import(file)
  Object.assign(globalThis, { fail: new Error('on purpose') })
  onTestFinished(() => void Reflect.deleteProperty(globalThis, 'fail'))
  const { failure, copies } = await reload(project, 'a.ts', 'b.ts', 'c.ts')
  expect(failure?.id).toBe(project.id('c.ts'))
  expect(copies).toEqual([])
  expect((await reload(project, 'd.ts')).failure?.id).toBe(project.id('d.ts'))
})

test('a spy on an export does not outlive the copy that it was put on', async () => {
  const project = openProject({ 'b.ts': 'export const copy = {}; export const greet = () => copy' })
  const namespace = (await project.import('b.ts')) as unknown as { copy: object; greet(): unknown }
  vi.spyOn(viewForSpy(namespace) as typeof namespace, 'greet').mockReturnValue('spied')
  project.host.resets.noteSpied(namespace)
  expect(namespace.greet()).toBe('spied')
  await reload(project, 'b.ts')
  expect(namespace.greet()).toBe(namespace.copy)
  vi.restoreAllMocks()
  expect(namespace.greet()).toBe(namespace.copy)
})

test('what is not registered is passed over', async () => {
  const project = openProject({})
  expect(await reload(project, 'nowhere.ts')).toEqual({ copies: [] })
})
