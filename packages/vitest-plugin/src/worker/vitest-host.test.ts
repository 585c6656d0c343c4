import { pathToFileURL } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { openProject } from '../../test-host/project.ts'
import { inWorker } from '../../test-host/worker-state.ts'

describe('a specifier', () => {
  test('leads to where the server says, for its importer', async () => {
    const { host, id } = openProject({ 'a.ts': '', 'sub/a.ts': '', 'node_modules/pkg/index.js': '' })
    const resolve = (specifier: string, importer: string) => host.resolve(specifier, id(importer), 'import')
    expect(await resolve('./a.ts', 'a.test.ts')).toBe(id('a.ts'))
    expect(await resolve('./a.ts', 'sub/b.ts')).toBe(id('sub/a.ts'))
    expect(await resolve(String(pathToFileURL(id('a.ts'))), 'sub/b.ts')).toBe(id('a.ts'))
    expect(await resolve('pkg', 'a.test.ts')).toBe(id('node_modules/pkg/index.js'))
    expect(await resolve('fs', 'a.test.ts')).toBe('node:fs')
  })

  test('that leads nowhere fails with the error of the server, and is asked for again', async () => {
    const { host, id, write } = openProject({})
    const resolve = () => host.resolve('./late.ts', id('a.test.ts'), 'import')
    await expect(resolve()).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    write('late.ts', '')
    expect(await resolve()).toBe(id('late.ts'))
  })

  test('that was found is not asked for again', async () => {
    const { host, id } = openProject({ 'a.ts': '' })
    const asked = vi.spyOn(host.worker.rpc, 'resolve')
    for (let time = 0; time < 3; time++) await host.resolve('./a.ts', id('a.test.ts'), 'import')
    expect(asked).toHaveBeenCalledOnce()
  })
})

describe('facts', () => {
  test.each([
    ['node:fs', { kind: 'builtin' }],
    ['/app/build/addon.node', { kind: 'addon' }],
  ])('of %s are known without the server', (id, facts) => {
    const { host, fetched } = openProject({})
    expect(host.facts(id as never)).toEqual(facts)
    expect(fetched).toEqual([])
  })

  test('tell the kind of a module, and what its docblock says', async () => {
    const { host, id } = openProject({
      'plain.ts': '',
      'data.json': '1',
      'marked.ts': '/** @fresh-modules no-reimport: owns a port */',
    })
    expect(await host.facts(id('plain.ts'))).toMatchObject({ kind: 'source' })
    expect(await host.facts(id('data.json'))).toMatchObject({ kind: 'json' })
    expect(await host.facts(id('marked.ts'))).toMatchObject({
      kind: 'source',
      docblock: { flags: { allowReimport: false }, reason: 'owns a port' },
    })
  })

  test('of a docblock with an unknown word are an error that names the file', async () => {
    const { host, id } = openProject({ 'a.ts': '/** @fresh-modules no-relaod */' })
    await expect(host.facts(id('a.ts'))).rejects.toMatchObject({
      code: 'ERR_BAD_OPTION',
      message: expect.stringContaining(id('a.ts')),
    })
  })

  test('are of the file as it was read, until they are refreshed', async () => {
    const { host, id, write } = openProject({ 'a.ts': '' })
    expect(await host.facts(id('a.ts'))).toEqual({ kind: 'source', docblock: undefined })
    write('a.ts', '/** @fresh-modules no-unload */')
    expect(await host.facts(id('a.ts'))).toEqual({ kind: 'source', docblock: undefined })
    await host.refresh(id('a.ts'))
    expect(await host.facts(id('a.ts'))).toMatchObject({ docblock: { flags: { allowUnload: false } } })
  })

  describe('of a package that is left to Node', () => {
    const FILES = {
      'a.ts': "import '@scope/pkg'",
      'node_modules/@scope/pkg/package.json': '{ "name": "@scope/pkg" }',
      'node_modules/@scope/pkg/index.js': 'module.exports = class {}',
    }

    test('are those of the host for Node', async () => {
      const { host, id } = openProject(FILES)
      const facts = await host.facts(id('node_modules/@scope/pkg/index.js'))
      expect(facts.notFresh).toBeUndefined()
      expect(facts.kind).toBe('source')
    })

    test('say in the vm pools that it cannot be made fresh, and what to configure', async () => {
      const { host, id } = openProject(FILES)
      inWorker({ ctx: { pool: 'vmThreads' } })
      const facts = await host.facts(id('node_modules/@scope/pkg/index.js'))
      expect(facts.notFresh?.remedy).toContain("inline: ['@scope/pkg']")
    })
  })
})

describe('a load', () => {
  test('registers, and is shared with imports', async () => {
    const { host, id, ...project } = openProject({
      'a.test.ts': '',
      'b.ts': 'export const meta = import.meta',
    })
    const copy = await host.load(id('b.ts'), id('a.test.ts'), 'import')
    const exports = await project.import('b.ts')
    expect(copy).toEqual({ id: id('b.ts'), exports, handle: exports['meta'] })
    expect(copy.exports).toBe(exports)
    expect([...(host.record(id('b.ts'))?.importers ?? [])]).toContain(id('a.test.ts'))
  })

  test('of a module with a query is another one than that of its file', async () => {
    const { host, id } = openProject({ 'b.ts': 'export const own = {}' })
    const load = async (file: string) =>
      (await host.load(await host.resolve(file, id('a.test.ts'), 'import'), id('a.test.ts'), 'import'))
        .exports
    expect(await load('./b.ts?x')).not.toBe(await load('./b.ts'))
  })
})

describe('a reload in place', () => {
  const FILES = {
    'a.ts': "import { b } from './b.ts'; export const read = () => b",
    'b.ts':
      "import { c } from './c.ts'; export const b = { c }; export const meta = import.meta; export const old = 1",
    'c.ts': 'export const c = {}',
    'd.ts': 'export const d = {}',
  }

  test('keeps the namespace, with the exports and imports of the file as it is', async () => {
    const { host, id, write, ...project } = openProject(FILES)
    const { read } = (await project.import('a.ts')) as { read(): object }
    const namespace = await project.import('b.ts')
    const before = read()
    write('b.ts', "import { d } from './d.ts'; export const b = { d }; export const meta = import.meta")
    const copy = await host.reload(id('b.ts'))
    expect(copy.exports).toBe(namespace)
    expect(read()).not.toBe(before)
    expect(read()).toEqual({ d: {} })
    expect(Object.keys(namespace).sort()).toEqual(['b', 'meta'])
    const record = host.record(id('b.ts'))
    expect([...(record?.imports ?? [])]).toEqual([id('d.ts')])
    expect(record?.handle).toBe(namespace['meta'])
    expect([...(record?.importers ?? [])]).toEqual([id('a.ts')])
    expect(await project.import('b.ts')).toBe(namespace)
  })

  test('that fails changes nothing', async () => {
    const { host, id, write, ...project } = openProject(FILES)
    const namespace = await project.import('b.ts')
    const before = { ...namespace }
    write('b.ts', "export const b = 'new'; throw new Error('on purpose')")
    await expect(host.reload(id('b.ts'))).rejects.toThrow('on purpose')
    expect({ ...namespace }).toStrictEqual(before)
    expect(host.record(id('b.ts'))?.handle).toBe(before['meta'])
    write('b.ts', "export const b = 'mended'")
    await host.reload(id('b.ts'))
    expect({ ...namespace }).toStrictEqual({ b: 'mended' })
  })

  test('and a reset after it reach the same namespace', async () => {
    const { host, id, ...project } = openProject(FILES)
    const namespace = await project.import('b.ts')
    const seen = new Set([namespace['b']])
    for (const again of [
      () => host.reload(id('b.ts')),
      () => host.resets.reloadAll([id('b.ts')]),
      () => host.reload(id('b.ts')),
      () => host.resets.reloadAll([id('b.ts')]),
    ]) {
      await again()
      seen.add(namespace['b'])
      expect(Object.keys(namespace).sort()).toEqual(['b', 'meta', 'old'])
    }
    expect(seen.size).toBe(5)
  })

  test('of CommonJS that is left to Node replaces the contents of module.exports', async () => {
    const { host, id, ...project } = openProject({
      'a.ts': "import pkg from 'pkg'; export { pkg }",
      'node_modules/pkg/index.js': 'exports.own = {}',
    })
    const { pkg } = (await project.import('a.ts')) as { pkg: { own: object } }
    const { own } = pkg
    await host.reload(id('node_modules/pkg/index.js'))
    expect(pkg.own).not.toBe(own)
  })
})

test('static imports that Vitest has hoisted vi.mock above are static still', async () => {
  const { host, id, ...project } = openProject({
    'a.ts': "const __vi_import_0__ = await import('./b.ts')\nexport const later = () => import('./c.ts')",
    'b.ts': '',
    'c.ts': '',
  })
  const { later } = (await project.import('a.ts')) as { later(): Promise<unknown> }
  await later()
  expect([...host.resets.staticImports(id('a.ts'))]).toEqual([id('b.ts')])
})
