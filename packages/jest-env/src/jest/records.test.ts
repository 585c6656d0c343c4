import type { ModuleId } from 'fresh-modules/internal/core'
import { describe, expect, test } from 'vitest'
import { Records } from './records.ts'
import { Requests } from './request-edges.ts'
import type { RuntimeInternals } from './runtime-internals/detect.ts'
import { type CjsModule, createModule, type Entry, type VmModule } from './runtime-internals/types.ts'

const id = (file: string) => file as ModuleId

function loaded(file: string, exports: object = {}): CjsModule {
  return Object.assign(createModule(file), { exports, loaded: true })
}

function esm(identifier: string, status: VmModule['status'] = 'evaluated', namespace: object = {}): VmModule {
  return { link() {}, identifier, status, namespace, moduleRequests: [] } as never
}

function registries(cjs: CjsModule[] = [], modules: Record<string, VmModule> = {}) {
  const registry = new Map<string, Entry>(cjs.map((module) => [module.filename, module]))
  const esmRegistry = new Map<string, Entry>(Object.entries(modules))
  const internals = {
    cjs: () => registry,
    esm: () => esmRegistry,
    esmKey: (file: string, query: string) => file + query.replace(/^\?/, ''),
    esmQuery: (key: string, { identifier }: VmModule) => key.slice(identifier.length).replace(/^(?=.)/, '?'),
  } as unknown as RuntimeInternals
  const requests = new Requests((specifier) => id(specifier))
  return { registry, esmRegistry, requests, records: new Records(internals, requests) }
}

describe('records', () => {
  test('are of both registries; the view that ES modules have of a CommonJS one is none', () => {
    const { records } = registries([loaded('/app/a.js')], {
      '/app/b.mjs': esm('/app/b.mjs'),
      '/app/b.mjsv=1': esm('/app/b.mjs'),
      '/app/a.js': esm('/app/a.js'),
      'node:fs': esm('node:fs'),
    })
    expect([...records.all()].map((record) => record.id)).toEqual([
      '/app/a.js',
      '/app/b.mjs',
      '/app/b.mjs?v=1',
    ])
  })

  test('say whether the module is evaluated, and show no namespace that does not exist yet', () => {
    const { records } = registries([createModule('/app/a.js')], {
      '/app/b.mjs': esm('/app/b.mjs', 'linking'),
      '/app/c.mjs': esm('/app/c.mjs', 'errored'),
    })
    expect(records.get(id('/app/a.js'))?.state).toBe('evaluating')
    expect(records.get(id('/app/b.mjs'))).toMatchObject({ state: 'evaluating', exports: undefined })
    expect(records.get(id('/app/c.mjs'))?.state).toBe('evaluated')
    expect(records.get(id('/app/absent.js'))).toBeUndefined()
  })

  test('know their importers, also those that came after somebody has asked', () => {
    const [main, late, leaf] = ['/app/main.js', '/app/late.js', '/app/leaf.js'].map((file) => loaded(file))
    const { records, requests } = registries([main, late, leaf] as CjsModule[])
    requests.noteRequire(main as CjsModule, '/app/leaf.js')
    const importers = () => [...(records.get(id('/app/leaf.js'))?.importers ?? [])]
    expect(importers()).toEqual(['/app/main.js'])
    requests.noteRequire(late as CjsModule, '/app/leaf.js')
    expect(importers()).toEqual(['/app/main.js', '/app/late.js'])
  })

  test('know their importers when one is dropped, and when a new copy of it imports something else', () => {
    const [main, other, leaf] = ['/app/main.js', '/app/other.js', '/app/leaf.js'].map((file) => loaded(file))
    const { records, requests, registry } = registries([main, other, leaf] as CjsModule[])
    const importers = (file: string) => [...(records.get(id(file))?.importers ?? [])]
    requests.noteRequire(main as CjsModule, '/app/leaf.js')
    requests.noteRequire(other as CjsModule, '/app/leaf.js')
    expect(importers('/app/leaf.js')).toEqual(['/app/main.js', '/app/other.js'])
    records.drop([id('/app/main.js')])
    expect(importers('/app/leaf.js')).toEqual(['/app/other.js'])
    const again = loaded('/app/main.js')
    registry.set('/app/main.js', again)
    requests.noteRequire(again, '/app/other.js')
    expect([importers('/app/leaf.js'), importers('/app/other.js')]).toEqual([
      ['/app/other.js'],
      ['/app/main.js'],
    ])
  })

  test('know their imports where one child has taken the place of another', () => {
    const [parent, gone, late] = ['/app/p.js', '/app/gone.js', '/app/late.js'].map((file) => loaded(file))
    const { children } = parent as CjsModule
    children.push(gone as CjsModule)
    const { records } = registries([parent, gone, late] as CjsModule[])
    const imports = () => [...(records.get(id('/app/p.js'))?.imports ?? [])]
    expect(imports()).toEqual(['/app/gone.js'])
    records.drop([id('/app/gone.js')])
    children.push(late as CjsModule)
    expect(imports()).toEqual(['/app/late.js'])
  })

  test('are found by their exports', () => {
    const exports = {}
    const { records } = registries([loaded('/app/a.js'), loaded('/app/b.js', exports)])
    expect(records.idOfExports(exports)).toBe('/app/b.js')
    expect(records.idOfExports({})).toBeUndefined()
  })
})

describe('taking records out', () => {
  test('and putting them back leaves the very same entries, once', () => {
    const module = loaded('/app/a.js')
    const { records, registry, esmRegistry } = registries([module], { '/app/a.js': esm('/app/a.js') })
    const view = esmRegistry.get('/app/a.js')
    const taken = records.take([id('/app/a.js'), id('/app/absent.js')])
    expect([registry.size, esmRegistry.size, taken.records.map((record) => record.id)]).toEqual([
      0,
      0,
      ['/app/a.js'],
    ])
    taken.putBack()
    expect([registry.get('/app/a.js'), esmRegistry.get('/app/a.js')]).toEqual([module, view])
    registry.clear()
    taken.putBack()
    expect(registry.size).toBe(0)
  })

  test('for good takes them from the children of others, in the list that others may hold', () => {
    const [parent, child, other] = ['/app/p.js', '/app/c.js', '/app/o.js'].map((file) => loaded(file))
    const { children } = parent as CjsModule
    children.push(child as CjsModule, other as CjsModule)
    const { records } = registries([parent, child, other] as CjsModule[])
    records.drop([id('/app/c.js')])
    expect(children).toEqual([other])
    expect((parent as CjsModule).children).toBe(children)
  })

  test('of ES modules that have failed leaves the others', () => {
    const { records, esmRegistry } = registries([], {
      '/app/a.mjs': esm('/app/a.mjs', 'errored'),
      '/app/b.mjs': esm('/app/b.mjs'),
    })
    records.dropErrored()
    expect([...esmRegistry.keys()]).toEqual(['/app/b.mjs'])
  })
})

describe('a module object that has taken the place of another', () => {
  test('is the child of its importers, at once or at the end of a batch, also if it has been replaced itself', async () => {
    const [parent, before, other] = ['/app/p.js', '/app/c.js', '/app/o.js'].map((file) => loaded(file))
    const { children } = parent as CjsModule
    children.push(other as CjsModule, before as CjsModule)
    const { records } = registries([parent, before, other] as CjsModule[])
    const [first, second, third] = [1, 2, 3].map(() => loaded('/app/c.js')) as [
      CjsModule,
      CjsModule,
      CjsModule,
    ]
    records.noteReplaced(before as CjsModule, first)
    expect(children).toEqual([other, first])
    expect(children[1]).toBe(first)
    await expect(
      records.batch(async () => {
        records.noteReplaced(first, second)
        records.noteReplaced(second, third)
        expect(children[1]).toBe(first)
        throw new Error('the next one fails')
      }),
    ).rejects.toThrow('the next one fails')
    expect(children).toHaveLength(2)
    expect(children[1]).toBe(third)
  })

  test('is none where the one before has been put back in the same batch', async () => {
    const [parent, before] = ['/app/p.js', '/app/c.js'].map((file) => loaded(file))
    const { children } = parent as CjsModule
    children.push(before as CjsModule)
    const { records } = registries([parent, before] as CjsModule[])
    const after = loaded('/app/c.js')
    await records.batch(async () => {
      records.noteReplaced(before as CjsModule, after)
      records.noteReplaced(after, before as CjsModule)
    })
    expect(children).toEqual([before])
    expect(children[0]).toBe(before)
  })

  test('is a child once, also if it was required again before the old one went', async () => {
    const [parent, before] = ['/app/p.js', '/app/c.js'].map((file) => loaded(file))
    const { children } = parent as CjsModule
    children.push(before as CjsModule)
    const { records } = registries([parent, before] as CjsModule[])
    const after = loaded('/app/c.js')
    await records.batch(async () => {
      records.noteReplaced(before as CjsModule, after)
      children.push(after)
    })
    expect(children).toHaveLength(1)
    expect(children[0]).toBe(after)
  })
})
