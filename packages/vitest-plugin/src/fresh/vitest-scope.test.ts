import { importFresh } from 'fresh-modules'
import type { ModuleId, ScopeRules } from 'fresh-modules/internal'
import { describe, expect, onTestFinished, test } from 'vitest'
import { gate, openProject, type Project, type ProjectOptions } from '../../test-host/project.ts'

type Options = Parameters<typeof importFresh>[1]

function open(files: Record<string, string>, options?: ProjectOptions) {
  const project = openProject(files, options)
  const from = project.id('a.test.ts')
  return {
    ...project,
    from,
    fresh: (target: string, more?: Options) => importFresh(target, { from, ...more }),
  }
}

/** A scope in which these files are fresh. */
function scopeOf({ host, id }: Project, files: readonly string[], more: Partial<ScopeRules> = {}) {
  const fresh = new Set(files.map(id))
  const evaluated: ModuleId[] = []
  const scope = host.openScope({
    caller: undefined,
    decide: (id) => (fresh.has(id) ? 'fresh' : 'shared'),
    blockedName: () => undefined,
    conditions: [],
    onEvaluated: (copy) => void evaluated.push(copy.id),
    ...more,
  })
  return { evaluated, scope, evaluate: async (file: string) => (await scope.evaluate(id(file))).exports }
}

// The first copy of a source is evaluated by Vite's own code, all others by ours.
describe.each([
  ['the first', 0],
  ['a later', 2],
])('%s copy', (_, earlier) => {
  const opened = async (files: Record<string, string>, target: string, more?: Options) => {
    const project = open(files)
    for (let time = 0; time < earlier; time++) await project.fresh(target, more).catch(() => {})
    return project
  }

  test('is nobody else’s, and a module that was not loaded is not registered by it', async () => {
    const project = await opened({ 'a.ts': 'export const own = {}' }, './a.ts')
    const copies = [await project.fresh('./a.ts'), await project.fresh('./a.ts')]
    expect(project.host.record(project.id('a.ts'))).toBeUndefined()
    const registered = await project.import('a.ts')
    copies.push(await project.fresh('./a.ts'))
    expect(new Set([...copies, registered].map(({ own }) => own)).size).toBe(4)
    expect(await project.import('a.ts')).toBe(registered)
  })

  test('shares what it imports, which is loaded if need be', async () => {
    const files = { 'a.ts': "export { b } from './b.ts'; export const me = 1", 'b.ts': 'export const b = {}' }
    const project = await opened(files, './a.ts')
    const { b } = await project.fresh('./a.ts')
    expect((await project.import('b.ts'))['b']).toBe(b)
  })

  test('does not stand among the importers of what was loaded before', async () => {
    const project = await opened({ 'a.ts': "import './b.ts'", 'b.ts': '' }, './a.ts')
    project.host.drop([project.id('b.ts')])
    await project.import('b.ts')
    await project.fresh('./a.ts')
    expect([...project.mod('b.ts').importers]).toEqual([])
    expect(project.host.resets.staticImports(project.id('a.ts'))).toEqual([])
  })

  test('is one with every way that leads to it, in a cycle too', async () => {
    const files = {
      'a.ts': "import { b } from './b.ts'; import { c } from './c.ts'; export const a = {}; export { b, c }",
      'b.ts': "import * as all from './a.ts'; export const b = { all }",
      'c.ts': "import { b } from './b.ts'; export const c = { b }",
    }
    const project = await opened(files, './a.ts', { fresh: 'imports' })
    const registered = await project.import('a.ts')
    const copy = await project.fresh('./a.ts', { fresh: 'imports' })
    expect(copy.c.b).toBe(copy.b)
    expect(copy.b.all.a).toBe(copy.a)
    expect(copy.b).not.toBe(registered['b'])
  })

  test('has its late imports answered in its scope', async () => {
    const files = {
      'a.ts': "import { b } from './b.ts'; export { b }; export const late = (name) => import(name)",
      'b.ts': 'export const b = {}',
      'c.ts': '',
    }
    const options = { fresh: ['./b.ts'], blocked: ['./c.ts'] }
    const project = await opened(files, './a.ts', options)
    const registered = await project.import('b.ts')
    const { b, late } = await project.fresh('./a.ts', options)
    expect((await late('./b.ts')).b).toBe(b)
    expect(b).not.toBe(registered['b'])
    await expect(late('./c.ts')).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    await expect(project.import('c.ts')).resolves.toBeDefined()
  })

  test('cannot find what its scope hides', async () => {
    const files = { 'a.ts': "import './b.ts'", 'b.ts': '' }
    const options = { blocked: ['./b.ts'] }
    const project = await opened(files, './a.ts', options)
    await expect(project.fresh('./a.ts', options)).rejects.toMatchObject({
      code: 'ERR_MODULE_NOT_FOUND',
      message: expect.stringContaining(project.id('a.ts')),
    })
  })

  test('gets what vi.mock has put in the place of an import', async () => {
    const files = { 'a.ts': "export { b } from './b.ts'", 'b.ts': 'export const b = 1' }
    const project = await opened(files, './a.ts')
    project.mock('b.ts', () => ({ b: 'mocked' }))
    expect(await project.fresh('./a.ts')).toMatchObject({ b: 'mocked' })
    expect(await project.fresh('./b.ts')).toMatchObject({ b: 'mocked' })
    expect(await project.fresh('./a.ts', { fresh: ['./b.ts'] })).toMatchObject({ b: 'mocked' })
  })

  test('waits for its lock before it is evaluated, and counts as what the test file depends on', async () => {
    const project = await opened({ 'a.ts': 'globalThis.freshModulesLog.push("evaluated")' }, './a.ts')
    const log: string[] = []
    Object.assign(globalThis, { freshModulesLog: log })
    onTestFinished(() => void Reflect.deleteProperty(globalThis, 'freshModulesLog'))
    const dependencies = new Set<string>()
    Object.assign(project.host.worker, { dependencies })
    Object.assign(project.host, {
      singleWorker: {
        needs: () => 'key',
        acquire: (...args: string[]) => new Promise(setImmediate).then(() => log.push(...args)),
      },
    })
    await project.fresh('./a.ts')
    expect(log).toEqual([project.id('a.ts'), 'key', 'evaluated'])
    expect([...dependencies]).toEqual([project.id('a.ts')])
  })

  test.each(['specifier', 'id'] as const)('cannot find what its scope hides by its %s', async (by) => {
    const files = { 'a.ts': "import 'pkg'", 'node_modules/pkg/index.js': '' }
    const project = await opened(files, './a.ts')
    const hidden = by === 'id' ? project.id('node_modules/pkg/index.js') : 'pkg'
    const { evaluate } = scopeOf(project, ['a.ts'], {
      blockedName: (request) => (request[by] === hidden ? 'pkg' : undefined),
    })
    await expect(evaluate('a.ts')).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
  })

  test('is of the file as it is by now, and so is what is fresh with it', async () => {
    const files = { 'a.ts': "export { b } from './b.ts'; export const a = 1", 'b.ts': 'export const b = 1' }
    const options = { fresh: 'imports' } as const
    const project = await opened(files, './a.ts', options)
    expect(await project.fresh('./a.ts', options)).toMatchObject({ a: 1, b: 1 })
    project.write('b.ts', 'export const b = "changed"')
    expect(await project.fresh('./a.ts', options)).toMatchObject({ a: 1, b: 'changed' })
    project.write('a.ts', "export * from './b.ts'; export const a = 'changed too'")
    expect(await project.fresh('./a.ts', options)).toMatchObject({ a: 'changed too', b: 'changed' })
  })
})

describe('a copy that fails', () => {
  test('leaves none behind: the next try in the same scope evaluates again', async () => {
    const project = open({ 'a.ts': "export const a = {}; throw new Error('on purpose')" })
    const { evaluate, evaluated } = scopeOf(project, ['a.ts'])
    await expect(evaluate('a.ts')).rejects.toThrow('on purpose')
    await expect(evaluate('a.ts')).rejects.toThrow('on purpose')
    expect(evaluated).toEqual([])
    project.write('a.ts', 'export const a = "mended"')
    await project.host.refresh(project.id('a.ts'))
    expect(await evaluate('a.ts')).toMatchObject({ a: 'mended' })
    expect(evaluated).toEqual([project.id('a.ts')])
  })

  test('because of what it shares is tried again with that file as it is by then', async () => {
    const project = open({ 'a.ts': "export * from './b.ts'", 'b.ts': "throw new Error('on purpose')" })
    for (let time = 0; time < 2; time++) await expect(project.fresh('./a.ts')).rejects.toThrow('on purpose')
    project.write('b.ts', 'export const b = "mended"')
    expect(await project.fresh('./a.ts')).toMatchObject({ b: 'mended' })
  })

  test('takes no others with it', async () => {
    const project = open({ 'a.ts': "import './b.ts'; throw new Error('x')", 'b.ts': 'export const b = {}' })
    const { evaluate } = scopeOf(project, ['a.ts', 'b.ts'])
    await expect(evaluate('a.ts')).rejects.toThrow('x')
    expect(await evaluate('b.ts')).toBe(await evaluate('b.ts'))
  })
})

describe('waiting in a circle is no deadlock', () => {
  test('where copies import each other while one waits', async () => {
    const project = open({
      'a.ts': "import { b } from './b.ts'; export const a = 'a'; export { b }",
      'b.ts': "await null; const { a } = await import('./a.ts'); export const b = [typeof a]",
    })
    const { evaluate } = scopeOf(project, ['a.ts', 'b.ts'])
    for (let time = 0; time < 2; time++) expect(await evaluate('a.ts')).toMatchObject({ b: ['undefined'] })
  })

  test('where a third copy closes the circle', async () => {
    const project = open({
      'a.ts': "import './b.ts'; import './c.ts'; export const a = 1",
      'b.ts': "import './c.ts'; export const b = 1",
      'c.ts': "import './b.ts'; import './a.ts'; export const c = 1",
    })
    const { evaluate } = scopeOf(project, ['a.ts', 'b.ts', 'c.ts'])
    expect(await Promise.all(['a.ts', 'c.ts', 'b.ts'].map(evaluate))).toMatchObject([
      { a: 1 },
      { c: 1 },
      { b: 1 },
    ])
  })

  test('where a shared module imports the one that waits for the copy', async () => {
    const project = open({
      'a.test.ts': "export const copy = await globalThis.freshModulesTest('./a.ts')",
      'a.ts': "export { shared } from './shared.ts'",
      'shared.ts': "import * as test from './a.test.ts'; export const shared = { test }",
    })
    Object.assign(globalThis, { freshModulesTest: project.fresh })
    onTestFinished(() => void Reflect.deleteProperty(globalThis, 'freshModulesTest'))
    const test = await project.import('a.test.ts')
    const { shared } = test['copy'] as { shared: { test: object } }
    expect(shared.test).toBe(test)
  })

  test('where there is another scope in between', async () => {
    const project = open({
      'a.test.ts': "export const outer = await globalThis.freshModulesTest('./outer.ts', 'a.test.ts')",
      'outer.ts': "export const inner = await globalThis.freshModulesTest('./inner.ts', 'outer.ts')",
      'inner.ts': "export { shared } from './shared.ts'",
      'shared.ts': "import * as test from './a.test.ts'; export const shared = { test }",
    })
    const fresh = (target: string, from: string) => importFresh(target, { from: project.id(from) })
    Object.assign(globalThis, { freshModulesTest: fresh })
    onTestFinished(() => void Reflect.deleteProperty(globalThis, 'freshModulesTest'))
    const test = await project.import('a.test.ts')
    const { inner } = test['outer'] as { inner: { shared: { test: object } } }
    expect(inner.shared.test).toBe(test)
  })
})

test('copies of one scope wait for each other, and calls do not see each other', async () => {
  const { code, reached, open: openGate } = gate()
  const project = open({ 'a.ts': `${code} export const a = {}`, 'b.ts': "export * from './a.ts'" })
  const [one, other] = [scopeOf(project, ['a.ts', 'b.ts']), scopeOf(project, ['a.ts', 'b.ts'])]
  const pending = [one.evaluate('a.ts'), one.evaluate('b.ts'), other.evaluate('b.ts')]
  await reached
  openGate()
  const [a, b, ofOther] = (await Promise.all(pending)) as { a: object }[]
  expect(b?.a).toBe(a?.a)
  expect(ofOther?.a).not.toBe(a?.a)
  expect(one.evaluated).toEqual([project.id('a.ts'), project.id('b.ts')])
})

test('a copy has an import.meta of its own, by which it is told from others', async () => {
  const project = open({ 'a.ts': 'export const meta = import.meta' })
  const { scope } = scopeOf(project, ['a.ts'])
  const copy = await scope.evaluate(project.id('a.ts'))
  const { meta } = copy.exports as { meta: ImportMeta }
  expect(copy.handle).toBe(meta)
  expect(meta.filename).toBe(project.id('a.ts'))
  expect(project.host.idOf(meta)).toBe(project.id('a.ts'))
})

test('import.meta.resolve and require hide what the scope does', async () => {
  const project = open({
    'a.ts':
      'export const resolve = () => import.meta.resolve("./b.cjs"); export const load = () => require("./b.cjs")',
    'b.cjs': '',
  })
  const b = project.id('b.cjs')
  const blockedName: ScopeRules['blockedName'] = ({ id }) => (id === b ? 'b.cjs' : undefined)
  const hiding = scopeOf(project, ['a.ts'], { blockedName })
  for (let time = 0; time < 2; time++) {
    const copy = (await hiding.evaluate('a.ts')) as { resolve(): string; load(): unknown }
    expect(copy.resolve).toThrow(expect.objectContaining({ code: 'ERR_MODULE_NOT_FOUND' }))
    expect(copy.load).toThrow(expect.objectContaining({ code: 'MODULE_NOT_FOUND' }))
  }
  const plain = (await scopeOf(project, ['a.ts']).evaluate('a.ts')) as { resolve(): string }
  expect(plain.resolve()).toBe(`file://${b}`)
})

test('a fresh copy of the test file is not the test file to Vitest', async () => {
  const project = open({ 'a.test.ts': "export const isTestFile = 'vitest' in import.meta" })
  project.runner.evaluator.options.getCurrentTestFilepath = () => project.from
  expect(await project.import('a.test.ts')).toMatchObject({ isTestFile: true })
  expect(await scopeOf(project, ['a.test.ts']).evaluate('a.test.ts')).toMatchObject({ isTestFile: false })
})

test('what Node’s loader holds is copied by it, and shown as Vitest shows it', async () => {
  const project = open({
    'a.ts': "import pkg, { named } from 'pkg'; export { pkg, named }",
    'node_modules/pkg/package.json': '{ "name": "pkg", "main": "index.cjs" }',
    'node_modules/pkg/index.cjs': 'exports.named = {}',
    'node_modules/esm/package.json': '{ "name": "esm", "type": "module", "exports": "./index.js" }',
    'node_modules/esm/index.js': 'export const own = {}',
  })
  const registered = await project.import('a.ts')
  const copy = await project.fresh('./a.ts', { fresh: ['pkg'] })
  expect(copy.named).not.toBe(registered['named'])
  expect(copy.pkg.named).toBe(copy.named)
  const [first, second] = [await project.fresh('esm'), await project.fresh('esm')]
  expect(first.own).toBeTypeOf('object')
  expect(first.own).not.toBe(second.own)
  for (const [copy, file] of [
    [first, 'esm/index.js'],
    [await project.fresh('pkg'), 'pkg/index.cjs'],
  ]) {
    const known = { id: project.id(`node_modules/${file}`), fresh: true }
    expect(project.state.formerCopies.get(copy)).toMatchObject(known)
  }
})
