import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isHookOfPackage } from 'fresh-modules/internal'
import { afterAll, afterEach, beforeEach, describe, expect, TestRunner, test, vi } from 'vitest'
import { looseMod } from '../vitest/runner-internals.ts'
import type { Hook } from './collector.ts'
import { FileHooks } from './file-hooks.ts'

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'fresh-modules-hooks-')))
const pkg = path.join(folder, 'node_modules/pkg')
mkdirSync(pkg, { recursive: true })
writeFileSync(path.join(pkg, 'package.json'), '{ "name": "pkg" }')
writeFileSync(path.join(pkg, 'index.cjs'), 'module.exports = (register) => { register() }')
const inPackage = createRequire(import.meta.url)(path.join(pkg, 'index.cjs')) as (
  register: () => void,
) => void
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hook: Hook = () => {}
let registered: [string, Hook][]
let told: [string, Hook, boolean][]
let collector: { on(name: string, ...hooks: Hook[]): unknown }

beforeEach(() => {
  registered = []
  told = []
  collector = {
    on: (name, ...hooks) => registered.push(...hooks.map((each): [string, Hook] => [name, each])),
  }
  vi.spyOn(TestRunner, 'getCurrentSuite').mockImplementation((() => collector) as never)
})
afterEach(() => vi.restoreAllMocks())

const startFile = (hooks: FileHooks) =>
  hooks.startFile((name, hook, files) => told.push([name, hook, isHookOfPackage(files)]))
const modIn = (file: string) => looseMod(path.join(folder, file), { id: '', url: '' })
/** As a package registers: by its own frame, right above the framework's. */
const registerFromPackage = () => inPackage(collector.on.bind(collector, 'afterEach', hook) as () => void)

test('a hook of the test file is registered, and told with the files that have registered it', () => {
  startFile(new FileHooks())
  collector.on('beforeAll', hook)
  expect(registered).toEqual([['beforeAll', hook]])
  expect(told).toEqual([['beforeAll', hook, false]])
})

test('each file tells its own listener, and the collector of all files is watched once', () => {
  const hooks = new FileHooks()
  startFile(hooks)
  const second: unknown[] = []
  hooks.startFile((name) => second.push(name))
  collector.on('beforeAll', hook)
  expect(registered).toHaveLength(1)
  expect(told).toEqual([])
  expect(second).toEqual(['beforeAll'])
})

describe('a hook of a package', () => {
  test('is registered, and told as one of the package', () => {
    startFile(new FileHooks())
    registerFromPackage()
    expect(registered).toEqual([['afterEach', hook]])
    expect(told).toEqual([['afterEach', hook, true]])
  })

  test('is registered again in each later file that imports the package, once', () => {
    const hooks = new FileHooks()
    startFile(hooks)
    registerFromPackage()
    hooks.registerAgain(modIn('node_modules/pkg/index.cjs'))
    expect(registered).toHaveLength(1)
    startFile(hooks)
    for (const file of ['node_modules/pkgx/index.cjs', 'src/a.ts']) hooks.registerAgain(modIn(file))
    expect(registered).toHaveLength(1)
    for (const file of ['node_modules/pkg/index.cjs', 'node_modules/pkg/lib/x.cjs'])
      hooks.registerAgain(modIn(file))
    expect(registered).toHaveLength(2)
    // Told once, by the file that has evaluated the package.
    expect(told).toHaveLength(1)
  })

  test('comes along with what had led to it', async () => {
    const hooks = new FileHooks()
    startFile(hooks)
    const outer = modIn('node_modules/outer/index.js')
    await hooks.whileLoading(outer.id, async () => registerFromPackage())
    startFile(hooks)
    hooks.registerAgain(outer)
    expect(registered).toHaveLength(2)
  })

  test('does not come along with what was loaded before', async () => {
    const hooks = new FileHooks()
    startFile(hooks)
    const earlier = modIn('node_modules/earlier/index.js')
    await expect(hooks.whileLoading(earlier.id, () => Promise.reject(new Error('x')))).rejects.toThrow('x')
    registerFromPackage()
    startFile(hooks)
    hooks.registerAgain(earlier)
    expect(registered).toHaveLength(1)
  })
})
