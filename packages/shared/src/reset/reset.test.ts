import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openProject } from '../../test-host/project.ts'
import { guardEvaluation } from '../guard/guard.ts'
import { markNonReimportable } from '../helpers/flags.ts'
import { onImport } from '../helpers/hooks.ts'
import { resetModules } from '../helpers/reset-modules.ts'
import { testEnded, testStarted } from '../host/lifecycle.ts'
import { mayReset } from './reset.ts'

let log: unknown[]
beforeEach(() => {
  log = []
  vi.stubGlobal('log', log)
})
afterEach(() => vi.unstubAllGlobals())

const FILES = {
  'test.js': "import './a.js'",
  'a.js':
    "import { b } from './b.js'; export let count = 0; export const up = () => { count++ }; export { b }; log.push('a')",
  'b.js': "export const b = {}; log.push('b')",
  'late.js': "export const late = {}; log.push('late')",
}

test('what the test file imports is evaluated again in place, what it imports first; the rest is dropped', async () => {
  const project = openProject(FILES)
  await project.load('test.js')
  const a = await project.load('a.js')
  const late = await project.load('late.js')
  a.up()
  log.length = 0
  const summary = await resetModules()
  expect(summary).toEqual({
    reloaded: expect.arrayContaining([project.id('a.js'), project.id('b.js')]),
    dropped: [project.id('late.js')],
    unchanged: [],
    kept: [],
    notes: [],
  })
  expect(log).toEqual(['b', 'a'])
  expect(await project.load('a.js')).toBe(a)
  expect(a.count).toBe(0)
  expect(await project.load('late.js')).not.toBe(late)
})

test('between files everything first-party is dropped', async () => {
  const project = openProject(FILES)
  await project.load('a.js')
  expect((await resetModules({ between: 'files' })).dropped).toEqual([project.id('a.js'), project.id('b.js')])
})

test('callbacks run before anything is evaluated again, and hooks after', async () => {
  const project = openProject({
    ...FILES,
    'b.js':
      "import { onUnload } from 'fresh-modules'; onUnload(import.meta, () => { log.push('closed') }); export const b = {}; log.push('b')",
  })
  await project.load('test.js')
  await onImport('./a.js', (_, info) => log.push(info), project.from)
  log.length = 0
  await resetModules()
  expect(log).toEqual(['closed', 'b', 'a', { reloaded: true, fresh: false }])
})

describe('a module that fails when it is evaluated again', () => {
  test('is kept from then on, everything is as before, and a note has the line that says so for good', async () => {
    const project = openProject({
      ...FILES,
      'c.js': "export let n = 0; export const up = () => { n++ }; log.push('c')",
      'test.js': "import './c.js'; import './a.js'",
    })
    await project.load('test.js')
    const [a, c] = [await project.load('a.js'), await project.load('c.js')]
    a.up()
    c.up()
    project.write({ 'a.js': "throw new Error('taken')" })
    const { kept, notes, reloaded } = await resetModules()
    expect(kept).toEqual([{ id: project.id('a.js'), reason: 'it cannot be evaluated again: Error: taken' }])
    expect(notes).toEqual([
      expect.stringContaining("{ match: './a.js', reset: false, reason: 'cannot be evaluated twice' }"),
    ])
    expect([a.count, c.n]).toEqual([1, 0])
    expect(reloaded).not.toContain(project.id('a.js'))
    c.up()
    project.write({ 'a.js': FILES['a.js'] })
    expect((await resetModules()).notes).toEqual([])
    expect([a.count, c.n]).toEqual([1, 0])
  })
})

describe("a module that fails when it is evaluated again, with onResetFailure: 'throw'", () => {
  const openStrict = (files: typeof FILES) => {
    const project = openProject(files)
    project.state.onResetFailure = 'throw'
    return project
  }

  test('is as before, as are all others, and its error says how to keep it out', async () => {
    const project = openStrict(FILES)
    await project.load('test.js')
    const a = await project.load('a.js')
    const { b } = a
    a.up()
    project.write({ 'b.js': "throw new Error('taken')" })
    await expect(resetModules()).rejects.toThrow(
      new RegExp(`^taken\\n\\n.*"${project.id('b.js')}" again.*\\n.*match: './b.js', reset: false`),
    )
    expect(a.count).toBe(1)
    expect(a.b).toBe(b)
    expect(project.state.reset).toBeUndefined()
  })

  test.each([
    ['no error', "'text'", 'text'],
    ['a frozen error', "Object.freeze(new Error('frozen'))", 'Error: frozen'],
    ['nothing', 'undefined', 'undefined'],
  ])('with %s: the message is an error around it', async (_, thrown, text) => {
    const project = openStrict(FILES)
    await project.load('test.js')
    project.write({ 'b.js': `throw ${thrown}` })
    const error: unknown = await resetModules().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toMatch(new RegExp(`^${text}\\n\\nfresh-modules evaluated`))
    expect(error).toHaveProperty('cause')
  })
})

test('what callbacks throw is told after the reset, which has happened', async () => {
  const project = openProject({
    'late.js':
      "import { onUnload } from 'fresh-modules'; onUnload(import.meta, () => { throw new Error('stuck') })",
  })
  await project.load('late.js')
  await expect(resetModules()).rejects.toMatchObject({ errors: [{ message: 'stuck' }] })
  expect(project.host.record(project.id('late.js'))).toBeUndefined()
})

test('resets run one at a time', async () => {
  const project = openProject({
    'test.js': "import './slow.js'",
    'slow.js': "log.push('begins'); await new Promise((resolve) => setTimeout(resolve, 1)); log.push('ends')",
  })
  await project.load('test.js')
  await Promise.all([resetModules(), resetModules()])
  expect(log).toEqual(['begins', 'ends', 'begins', 'ends', 'begins', 'ends'])
  expect(project.state.reset).toBeUndefined()
})

test('a dropped module that had been marked for a test is no duplicate in the next one', async () => {
  const project = openProject(FILES)
  await project.load('late.js')
  testStarted(project.state, 'test 1')
  await markNonReimportable('./late.js', 'for now', project.from)
  await testEnded(project.state, 'test 1')
  await resetModules()
  await markNonReimportable('./late.js', 'again', project.from)
  const evaluate = () =>
    guardEvaluation(project, {
      id: project.id('late.js'),
      facts: { kind: 'source' },
      importedBy: () => [],
      loader: 'x',
    })
  expect(evaluate).not.toThrow()
  expect(evaluate).toThrow(expect.objectContaining({ code: 'ERR_DUPLICATE_MODULE' }))
})

describe('while tests run', () => {
  test('the one that runs alone may reset; while others run nothing is', async () => {
    const project = openProject(FILES)
    await project.load('late.js')
    testStarted(project.state, 'a')
    testStarted(project.state, 'b')
    expect(await resetModules()).toEqual({
      reloaded: [],
      dropped: [],
      unchanged: [],
      kept: [],
      notes: [expect.stringContaining('other tests')],
    })
    expect(project.host.record(project.id('late.js'))).toBeDefined()
    await testEnded(project.state, 'b')
    expect((await resetModules()).dropped).toEqual([project.id('late.js')])
  })

  test('no reset comes by itself', async () => {
    const { state } = openProject({})
    expect(mayReset(state)).toBe(true)
    testStarted(state, 'a')
    expect(mayReset(state)).toBe(false)
    await testEnded(state, 'a')
    expect(mayReset(state)).toBe(true)
  })
})

test.each([[{ between: 'test' }], [{ betwen: 'tests' }], [null], ['tests']])(
  '%j is refused',
  async (options) => {
    openProject({})
    await expect(resetModules(options as never)).rejects.toMatchObject({ code: 'ERR_BAD_OPTION' })
  },
)
