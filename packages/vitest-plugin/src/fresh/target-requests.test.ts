import { importFresh } from 'fresh-modules'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openProject } from '../../test-host/project.ts'
import { TargetRequests } from './target-requests.ts'

const CALL = 'globalThis.freshModulesImport'
beforeEach(() => {
  Object.assign(globalThis, { freshModulesImport: importFresh })
  onTestFinished(() => void Reflect.deleteProperty(globalThis, 'freshModulesImport'))
})

/** A test file whose function `run` calls the function form. */
const testFile = (body: string, options = '') =>
  `export const run = () => ${CALL}(${body}, { from: import.meta.url, ${options} })`
type Run = { run(): Promise<Record<string, object>> }

describe('a request by the function of a pending call', () => {
  test('is a target, and one that is made later is none', async () => {
    const project = openProject({
      'a.test.ts': `${testFile("() => import('./b.ts')")}; export const plain = () => import('./b.ts')`,
      'b.ts': 'export const b = {}',
    })
    const { run, plain } = (await project.import('a.test.ts')) as unknown as Run & { plain: Run['run'] }
    const registered = await plain()
    const [first, second] = [await run(), await run()]
    expect(new Set([registered['b'], first['b'], second['b']]).size).toBe(3)
    expect(await plain()).toBe(registered)
  })

  test('is one for each import(), all in one scope', async () => {
    const project = openProject({
      'a.test.ts': testFile(`async () => {
        const [b, c] = await Promise.all([import('./b.ts'), import('./c.ts')])
        return { b: b.b, ofC: c.b }
      }`),
      'b.ts': 'export const b = {}',
      'c.ts': "export { b } from './b.ts'",
    })
    const registered = await project.import('b.ts')
    const { b, ofC } = await ((await project.import('a.test.ts')) as unknown as Run).run()
    expect(b).toBe(ofC)
    expect(b).not.toBe(registered['b'])
  })

  test('is none where another file makes it', async () => {
    const project = openProject({
      'a.test.ts': `import { load } from './load.ts'; ${testFile("async () => [await import('./b.ts'), await load()]")}`,
      'load.ts': "export const load = () => import('./c.ts')",
      'b.ts': 'export const own = {}',
      'c.ts': 'export const own = {}',
    })
    const registered = [await project.import('b.ts'), await project.import('c.ts')]
    const { run } = (await project.import('a.test.ts')) as unknown as Run
    const [b, c] = (await run()) as unknown as typeof registered
    expect(b).not.toBe(registered[0])
    expect(c).toBe(registered[1])
  })

  test('for a module that refuses and is not loaded yet gives the registered one', async () => {
    const project = openProject(
      { 'a.test.ts': testFile("() => import('./b.ts')"), 'b.ts': '' },
      { specs: [{ match: './b.ts', allowReimport: false }] },
    )
    const { run } = (await project.import('a.test.ts')) as unknown as Run
    const first = await run()
    expect(await project.import('b.ts')).toBe(first)
    await expect(run()).rejects.toMatchObject({ code: 'ERR_REIMPORT_REFUSED' })
  })

  test('for a package by its name has its children fresh with it, as the name has', async () => {
    const project = openProject(
      {
        'a.test.ts': testFile("() => import('./node_modules/pkg/main.js')"),
        'node_modules/pkg/package.json':
          '{ "name": "pkg", "type": "module", "exports": { ".": "./main.js" } }',
        'node_modules/pkg/main.js': "export { inner } from './inner.js'",
        'node_modules/pkg/inner.js': 'export const inner = {}',
      },
      { inline: ['pkg'] },
    )
    // As compiled code has it, by its url; the user has written the package's name.
    const { inner } = await project.import('node_modules/pkg/main.js')
    const { run } = (await project.import('a.test.ts')) as unknown as Run
    expect((await run())['inner']).not.toBe(inner)
  })

  test('for an inner file of a package has no children', async () => {
    const project = openProject(
      {
        'a.test.ts': testFile("() => import('./node_modules/pkg/sub.js')"),
        'node_modules/pkg/package.json':
          '{ "name": "pkg", "type": "module", "exports": { ".": "./index.js" } }',
        'node_modules/pkg/index.js': "export { inner } from './inner.js'",
        'node_modules/pkg/sub.js': "export { inner } from './inner.js'; export const own = {}",
        'node_modules/pkg/inner.js': 'export const inner = {}',
      },
      { inline: ['pkg'] },
    )
    const sub = await project.import('node_modules/pkg/sub.js')
    const copy = await ((await project.import('a.test.ts')) as unknown as Run).run()
    expect(copy['own']).not.toBe(sub['own'])
    expect(copy['inner']).toBe(sub['inner'])
  })
})

describe('a call that a fresh copy makes', () => {
  test('has targets of its own, in a scope of its own', async () => {
    const project = openProject({
      'a.ts': `${testFile("() => import('./b.ts')")}; export const plain = () => import('./b.ts')`,
      'b.ts': 'export const b = {}',
    })
    const from = project.id('a.test.ts')
    const registered = await project.import('b.ts')
    for (let time = 0; time < 2; time++) {
      const copy = await importFresh<Run & { plain: Run['run'] }>('./a.ts', { from, fresh: ['./b.ts'] })
      const own = await copy.plain()
      const target = await copy.run()
      expect(new Set([target['b'], own['b'], registered['b']]).size).toBe(3)
      expect(await copy.plain()).toBe(own)
    }
  })
})

test('imports of a copy of the file in which the function stands are its own, and no targets', async () => {
  const project = openProject({
    'a.ts': `import { b } from './b.ts'; export { b }; ${testFile("() => import('./a.ts')")}`,
    'b.ts': 'export const b = {}',
  })
  const registered = await project.import('a.ts')
  for (let time = 0; time < 2; time++) {
    const copy = await (registered as unknown as Run).run()
    expect(copy['run']).not.toBe(registered['run'])
    expect(copy['b']).toBe(registered['b'])
  }
})

test('nothing is looked up while no call is pending', async () => {
  const { state, id } = openProject({ 'a.test.ts': '' })
  const untouched = new Proxy({}, { get: () => expect.unreachable() }) as never
  const others = { runner: untouched, current: untouched, resolver: untouched }
  const targets = new TargetRequests({ state, ...others })
  expect(targets.modFor('./b.ts', id('a.test.ts'))).toBeUndefined()
})
