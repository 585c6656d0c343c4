import { describe, expect, test } from 'vitest'
import { openProject } from '../../test-host/project.ts'

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
