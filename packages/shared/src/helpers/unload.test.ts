import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openProject } from '../../test-host/project.ts'
import { guardEvaluation } from '../guard/guard.ts'
import { importFresh } from './import-fresh.ts'
import { unload } from './unload.ts'

let log: unknown[]
beforeEach(() => {
  log = []
  vi.stubGlobal('log', log)
})
afterEach(() => vi.unstubAllGlobals())

const closes = (name: string, more = '') => `
  import { onUnload } from 'fresh-modules'
  ${more}
  onUnload(import.meta, () => { log.push('${name} closed') })
`

test('an unloaded module is evaluated again by the next import; who held it keeps its copy', async () => {
  const project = openProject({ 'a.js': 'export const a = {}', 'user.js': "export { a } from './a.js'" })
  const user = await project.load('user.js')
  const before = user.a
  expect(await unload('./a.js', project.from)).toEqual([project.id('a.js')])
  expect((await project.load('a.js')).a).not.toBe(before)
  expect(user.a).toBe(before)
})

test('a module that is not loaded: nothing to do', async () => {
  const project = openProject({ 'a.js': '' })
  expect(await unload('./a.js', project.from)).toEqual([])
})

test('children go with it, the neighbours stay', async () => {
  const project = openProject({
    'store/index.js': "import './a.js'",
    'store/a.js': '',
    'stores.js': '',
  })
  for (const file of ['store/index.js', 'stores.js']) await project.load(file)
  expect(await unload('./store/index.js', project.from)).toEqual([
    project.id('store/index.js'),
    project.id('store/a.js'),
  ])
  expect(project.host.record(project.id('stores.js'))).toBeDefined()
})

test('callbacks run first, importers before what they import', async () => {
  const project = openProject({
    'store/index.js': closes('index', "import './a.js'"),
    'store/a.js': closes('a'),
  })
  await project.load('store/index.js')
  await unload('./store/index.js', project.from)
  expect(log).toEqual(['index closed', 'a closed'])
})

test('a callback that throws stops nothing: all run, the module is gone, and the error tells', async () => {
  const project = openProject({
    'a.js': `${closes('first')}; onUnload(import.meta, () => { throw new Error('stuck') })`,
  })
  await project.load('a.js')
  await expect(unload('./a.js', project.from)).rejects.toMatchObject({
    errors: [expect.objectContaining({ message: 'stuck' })],
  })
  expect(log).toEqual(['first closed'])
  expect(project.host.record(project.id('a.js'))).toBeUndefined()
})

describe('a refusal', () => {
  test('by one of several is a refusal of all, before any callback', async () => {
    const project = openProject(
      {
        'store/index.js': closes('index', "import './a.js'; import './b.js'"),
        'store/a.js': '',
        'store/b.js': '',
      },
      { specs: [{ match: ['./store/a.js', './store/b.js'], allowUnload: false, reason: 'holds it' }] },
    )
    await project.load('store/index.js')
    const refused = unload('./store/index.js', project.from)
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_UNLOAD_REFUSED',
      refusals: [{ id: project.id('store/a.js') }, { id: project.id('store/b.js') }],
      message: expect.stringContaining('"holds it"'),
    })
    expect(log).toEqual([])
    for (const file of ['index.js', 'a.js', 'b.js']) {
      expect(project.host.record(project.id(`store/${file}`))).toBeDefined()
    }
  })

  test('is what the running test file gets', async () => {
    const project = openProject({ 'test.js': '' })
    await project.load('test.js')
    await expect(unload('./test.js', project.from)).rejects.toMatchObject({
      code: 'ERR_UNLOAD_REFUSED',
      message: expect.stringMatching(/it is the running test file.* Leave it loaded\.$/),
    })
  })
})

test('after an allowed unload a module that refuses reimport may be loaded again', async () => {
  const project = openProject({ 'a.js': '' }, { specs: [{ match: './a.js', allowReimport: false }] })
  const evaluation = {
    id: project.id('a.js'),
    facts: { kind: 'source' },
    importedBy: () => [],
    loader: 'x',
  } as const
  guardEvaluation(project, evaluation)
  await project.load('a.js')
  await unload('./a.js', project.from)
  expect(() => guardEvaluation(project, evaluation)).not.toThrow()
})

describe('an object', () => {
  test('that is a fresh copy: its callbacks run, the registered copy stays', async () => {
    const project = openProject({ 'a.js': closes('a') })
    const registered = await project.load('a.js')
    const copy: object = await importFresh('./a.js', project.from)
    expect(await unload(copy)).toEqual([project.id('a.js')])
    expect(log).toEqual(['a closed'])
    expect(await project.load('a.js')).toBe(registered)
    await unload(copy)
    expect(log).toEqual(['a closed'])
  })

  test('that is the registered copy is unloaded', async () => {
    const project = openProject({ 'a.js': '' })
    const registered: object = await project.load('a.js')
    expect(await unload(registered)).toEqual([project.id('a.js')])
    expect(project.host.record(project.id('a.js'))).toBeUndefined()
  })

  test('that has been unloaded already: nothing to do, and the copy after it stays', async () => {
    const project = openProject({ 'a.js': '' })
    const before: object = await project.load('a.js')
    await unload('./a.js', project.from)
    const after = await project.load('a.js')
    expect(await unload(before)).toEqual([])
    expect(await project.load('a.js')).toBe(after)
  })

  test('that refuses is refused', async () => {
    const project = openProject({ 'a.js': '' }, { specs: [{ match: './a.js', allowUnload: false }] })
    const registered: object = await project.load('a.js')
    await expect(unload(registered)).rejects.toMatchObject({ code: 'ERR_UNLOAD_REFUSED' })
  })
})

test.each([null, undefined, 1, '', {}, () => {}])('%j is no target', async (target) => {
  openProject({})
  await expect(unload(target as string)).rejects.toMatchObject({ code: 'ERR_BAD_OPTION' })
})
