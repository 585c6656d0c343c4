import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type ModuleId, moduleId } from 'fresh-modules/internal'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { dropRequest } from './protocol.ts'
import { type FetchResult, looseMod, type ModuleRunner, type RunnerModule } from './runner-internals.ts'
import { idOfMod, modIdOf, Sources } from './sources.ts'
import { appendStamp } from './stamp.ts'

test.each([
  ['/app/a.ts', '/app/a.ts'],
  ['/app/a.ts?x=1', '/app/a.ts?x=1'],
  ['/@fs/app/a.ts', '/app/a.ts'],
  ['file:///app/a.ts', '/app/a.ts'],
  ['fs', 'node:fs'],
  ['node:fs', 'node:fs'],
  ['virtual:env', 'virtual:env'],
  ['\0virtual', '\0virtual'],
  ['mock:/app/a.ts', 'mock:/app/a.ts'],
])("Vite's id %j is our %j", (vites, ours) => {
  expect(idOfMod(vites)).toBe(ours)
})

test.each([
  ['node:fs', 'fs'],
  ['node:fs/promises', 'fs/promises'],
  ['node:test', 'node:test'],
  ['node:sqlite', 'node:sqlite'],
  ['/app/a.ts', '/app/a.ts'],
])("our id %j is Vite's %j", (ours, vites) => {
  expect(modIdOf(moduleId(ours))).toBe(vites)
})

const folder = mkdtempSync(path.join(tmpdir(), 'fresh-modules-sources-'))
const file = path.join(folder, 'a.ts')
const ID = file as ModuleId
afterAll(() => rmSync(folder, { recursive: true, force: true }))

class FakeModules {
  readonly mods = new Map<string, RunnerModule>()
  getModuleById(id: string): RunnerModule | undefined {
    return this.mods.get(id)
  }
  getModuleByUrl(): undefined {}
  ensureModule(id: string, url: string): RunnerModule {
    const mod = looseMod(id, { id, url })
    this.mods.set(id, mod)
    return mod
  }
  getModuleSourceMapById(id: string): unknown {
    return this.mods.get(id)?.meta?.code
  }
}

function stamped(): string {
  const { mtimeMs, size } = statSync(file)
  return appendStamp('export {}', { read: [mtimeMs, size] })
}

function open() {
  const invoke = vi.fn(
    async (_name: string, [url]: unknown[]): Promise<FetchResult> => ({
      id: file,
      url: url as string,
      code: stamped(),
    }),
  )
  const resolve = vi.fn(async (_specifier: string, ..._rest: unknown[]) => null)
  const evaluatedModules = new FakeModules()
  const runner = {
    evaluatedModules,
    transport: { invoke },
    vitestOptions: { getWorkerState: () => ({ environment: { name: 'node' }, rpc: { resolve } }) },
  }
  return { invoke, resolve, evaluatedModules, sources: new Sources(runner as unknown as ModuleRunner) }
}

beforeEach(() => {
  writeFileSync(file, 'export {}')
  utimesSync(file, 1000, 1000)
})

describe('a source', () => {
  test('is known once it was fetched, by its id and by the url under which it was', async () => {
    const { invoke, sources } = open()
    expect(sources.known(ID)).toBeUndefined()
    const source = await sources.fetch('/a.ts', undefined)
    expect(source.id).toBe(file)
    expect(sources.known(ID)).toBe(source)
    expect(sources.knownByUrl('/a.ts')).toBe(source)
    expect(sources.knownByUrl('/b.ts')).toBeUndefined()
    expect(invoke).toHaveBeenCalledExactlyOnceWith('fetchModule', ['/a.ts', undefined, { cached: false }])
  })

  test('of a registered module is known without asking the server', () => {
    const { evaluatedModules, invoke, sources } = open()
    evaluatedModules.ensureModule(file, '/a.ts').meta = { id: file, url: '/a.ts', code: stamped() }
    expect(sources.known(ID)?.stamp.read).toBeDefined()
    expect(sources.known(ID)).toBe(sources.known(ID))
    expect(invoke).not.toHaveBeenCalled()
  })

  test('of what vi.mock replaces is none of the module', async () => {
    const { evaluatedModules, invoke, sources } = open()
    evaluatedModules.ensureModule(file, '/a.ts').meta = { id: file, url: '/a.ts', mockedModule: {} }
    expect(sources.known(ID)).toBeUndefined()
    invoke.mockResolvedValueOnce({ id: file, url: '/a.ts', mockedModule: {} })
    await sources.fetch('/a.ts', undefined)
    expect(sources.known(ID)).toBeUndefined()
    expect(sources.knownByUrl('/a.ts')).toBeUndefined()
  })

  test("of what is left to Node's loader has the id of the file", async () => {
    const { invoke, sources } = open()
    invoke.mockResolvedValueOnce({
      id: 'x',
      url: 'pkg',
      externalize: 'file:///app/node_modules/pkg/index.js',
    })
    expect((await sources.fetch('pkg', '/app/a.ts')).id).toBe('/app/node_modules/pkg/index.js')
  })
})

describe('a source is outdated', () => {
  test('once the file on disk is another one than it was read from', async () => {
    const { sources } = open()
    const source = await sources.fetch('/a.ts', undefined)
    expect(sources.isOutdated(source)).toBe(false)
    writeFileSync(file, 'export const longer = 1')
    utimesSync(file, 1000, 1000)
    expect(sources.isOutdated(source)).toBe(true)
    writeFileSync(file, 'export {}')
    utimesSync(file, 2000, 2000)
    expect(sources.isOutdated(source)).toBe(true)
  })

  test('not when its file is gone, nor when it has none', async () => {
    const { invoke, sources } = open()
    const source = await sources.fetch('/a.ts', undefined)
    rmSync(file)
    expect(sources.isOutdated(source)).toBe(false)
    invoke.mockResolvedValueOnce({ id: 'virtual:env', url: 'virtual:env', code: 'export {}' })
    expect(sources.isOutdated(await sources.fetch('virtual:env', undefined))).toBe(false)
  })
})

describe('a dropped source', () => {
  test('is asked for again, and the server is told to drop the file', async () => {
    const { resolve, sources } = open()
    await sources.fetch('/a.ts', undefined)
    await sources.drop(ID)
    expect(sources.known(ID)).toBeUndefined()
    expect(sources.knownByUrl('/a.ts')).toBeUndefined()
    expect(resolve.mock.calls[0]?.[0]).toBe(dropRequest(file))
  })

  test('is not asked for without end where a cache of the server keeps an old stamp', async () => {
    const { invoke, sources } = open()
    const code = stamped()
    writeFileSync(file, 'export const longer = 1')
    await sources.drop(ID)
    invoke.mockResolvedValueOnce({ id: file, url: '/a.ts', code })
    expect(sources.isOutdated(await sources.fetch('/a.ts', undefined))).toBe(false)
  })

  test('takes its code off a module without a copy', async () => {
    const { evaluatedModules, sources } = open()
    const mod = evaluatedModules.ensureModule(file, '/a.ts')
    mod.meta = { id: file, url: '/a.ts', code: stamped() }
    await sources.drop(ID)
    expect(mod.meta).toBeUndefined()
  })

  test('leaves a registered copy what it was made of', async () => {
    const { evaluatedModules, sources } = open()
    const mod = evaluatedModules.ensureModule(file, '/a.ts')
    const meta = { id: file, url: '/a.ts', code: stamped() }
    Object.assign(mod, { meta, promise: Promise.resolve() })
    await sources.drop(ID)
    expect(mod.meta).toBe(meta)
  })
})

test('source maps of fresh copies are found, though no module of theirs stands in the graph', async () => {
  const { evaluatedModules, sources } = open()
  expect(evaluatedModules.getModuleSourceMapById(file)).toBeUndefined()
  const { meta } = await sources.fetch('/a.ts', undefined)
  expect(evaluatedModules.getModuleSourceMapById(file)).toBe(meta.code)
  expect(evaluatedModules.mods.size).toBe(0)
})
