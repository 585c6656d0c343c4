import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FakeInstalled, fakeInstalled } from '../../test-host/fake-host.ts'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { setRuntimeFlag } from '../helpers/live-spec.ts'
import { DuplicateModuleError } from '../host/errors.ts'
import { NODE_LOADER } from '../host/guard-state.ts'
import type { ModuleHost } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import type { SpecRule } from '../host/module-spec.ts'
import {
  beforeIsolation,
  beforeRawReset,
  type Evaluation,
  endCollecting,
  enterConcurrentTest,
  forgetAllCopies,
  forgetFailedCopy,
  forgetUnloaded,
  guardEvaluation,
  isLost,
  mustFail,
  noteMarked,
  noteRawReset,
  putBackDropped,
  runConcurrentTest,
  startNextFile,
  takeUnreported,
} from './guard.ts'

const DB = '/app/db.js'
const REFUSES: SpecRule = { match: './db.js', allowReimport: false, reason: 'owns the pool' }

function evaluation(id: string, more: Partial<Evaluation> = {}): Evaluation {
  return {
    id: id as ModuleId,
    facts: { kind: 'source' },
    importedBy: () => [],
    loader: 'the loader',
    ...more,
  }
}

function guarded(...rules: SpecRule[]): FakeInstalled {
  return fakeInstalled({}, { specs: [REFUSES, ...rules] })
}

const evaluate = (installed: FakeInstalled, id: string, more?: Partial<Evaluation>) =>
  guardEvaluation(installed, evaluation(id, more))
const DUPLICATE = expect.objectContaining({ code: 'ERR_DUPLICATE_MODULE' })

describe('a module that refuses reimport', () => {
  test('may be evaluated once', () => {
    const installed = guarded()
    evaluate(installed, DB)
    expect(() => evaluate(installed, DB)).toThrow(DUPLICATE)
  })

  test('is refused the second time and each time after it', () => {
    const installed = guarded()
    evaluate(installed, DB)
    for (let time = 0; time < 3; time++) expect(() => evaluate(installed, DB)).toThrow(DUPLICATE)
  })

  test.each([`${DB}?x=1`, `${DB}#x`, `${DB}?_vitest_original`])('is not got round by %s', (id) => {
    const installed = guarded()
    evaluate(installed, DB)
    expect(() => evaluate(installed, id)).toThrow(DUPLICATE)
  })

  test('may exist next to another kind of module of the same file', () => {
    const installed = guarded()
    evaluate(installed, DB)
    expect(() => evaluate(installed, `${DB}?raw`)).not.toThrow()
  })

  test('may be evaluated again after an allowed unload', () => {
    const installed = guarded()
    evaluate(installed, DB)
    forgetUnloaded(installed, [`${DB}?x=1` as ModuleId])
    evaluate(installed, DB)
    expect(() => evaluate(installed, DB)).toThrow(DUPLICATE)
  })

  test('may be evaluated again if the first evaluation failed', () => {
    const installed = guarded()
    evaluate(installed, DB)
    forgetFailedCopy(installed, DB as ModuleId)
    expect(() => evaluate(installed, DB)).not.toThrow()
  })

  test('stays loaded when it is another copy whose evaluation failed', () => {
    const installed = guarded()
    evaluate(installed, DB)
    forgetFailedCopy(installed, `${DB}?x=1` as ModuleId)
    expect(() => evaluate(installed, DB)).toThrow(DUPLICATE)
  })

  test('may be evaluated again in a new world', () => {
    const installed = guarded()
    evaluate(installed, DB)
    noteRawReset(installed, 'vi.resetModules()', undefined)
    forgetAllCopies(installed)
    expect(installed.state.guard.rawReset).toBeUndefined()
    expect(() => evaluate(installed, DB)).not.toThrow()
  })

  test('is no second copy where it only hands out what another loader holds', () => {
    const installed = guarded()
    evaluate(installed, DB, { isWrapper: () => true })
    evaluate(installed, DB)
    expect(() => evaluate(installed, DB, { isWrapper: () => true })).not.toThrow()
  })
})

test('a module that does not refuse may be evaluated as often as anyone likes, and nobody is asked about it', () => {
  const installed = guarded()
  const importedBy = vi.fn(() => [])
  for (let time = 0; time < 3; time++) evaluate(installed, '/app/other.js', { importedBy })
  expect(importedBy).not.toHaveBeenCalled()
  expect(installed.state.guard.firstCopies.size).toBe(0)
})

describe('a module marked at run time', () => {
  test('is guarded from then on: the registered copy is the first', () => {
    const installed = fakeInstalled({ '/app/other.js': [] })
    setRuntimeFlag(installed, '/app/other.js' as ModuleId, 'allowReimport', false)
    expect(() => evaluate(installed, '/app/other.js')).toThrow(DUPLICATE)
  })

  test('that is not loaded may still be evaluated once', () => {
    const installed = fakeInstalled()
    setRuntimeFlag(installed, '/app/other.js' as ModuleId, 'allowReimport', false)
    evaluate(installed, '/app/other.js')
    expect(() => evaluate(installed, '/app/other.js')).toThrow(DUPLICATE)
  })

  test('keeps the copy that was first', () => {
    const installed = fakeInstalled({ [`${DB}?x=1`]: [] }, { specs: [REFUSES] })
    evaluate(installed, DB)
    noteMarked(installed, `${DB}?x=1` as ModuleId)
    expect(installed.state.guard.firstCopies.get(DB as ModuleId)?.id).toBe(DB)
  })
})

describe('onDuplicate', () => {
  const warn = vi.fn()
  beforeEach(() => void vi.spyOn(console, 'warn').mockImplementation(warn.mockReset()))
  afterEach(() => vi.restoreAllMocks())

  test('throw: the error is also kept for the end of the test, once', () => {
    const installed = guarded()
    evaluate(installed, DB)
    let thrown: unknown
    try {
      evaluate(installed, DB)
    } catch (error) {
      thrown = error
    }
    expect(takeUnreported(installed)).toEqual([thrown])
    expect(takeUnreported(installed)).toEqual([])
  })

  test('warn: told once, in words that are true of what is evaluated', () => {
    const installed = guarded()
    installed.state.guard.onDuplicate = 'warn'
    for (let time = 0; time < 3; time++) evaluate(installed, DB)
    expect(warn).toHaveBeenCalledOnce()
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(
        /^\[fresh-modules\] A second copy of "\/app\/db\.js" is evaluated: .*"owns the pool"/,
      ),
    )
    expect(takeUnreported(installed)).toEqual([])
  })

  test('off: nothing is noted at all', () => {
    const installed = guarded()
    installed.state.guard.onDuplicate = 'off'
    for (let time = 0; time < 3; time++) evaluate(installed, DB)
    expect(warn).not.toHaveBeenCalled()
    expect(installed.state.guard.firstCopies.size).toBe(0)
  })

  test.each(['warn', 'off'] as const)(
    "a rule's %s holds for its modules in place of the adapter's",
    (onDuplicate) => {
      const installed = guarded(
        { match: './db.js', onDuplicate },
        { match: './bus.js', allowReimport: false },
      )
      for (let time = 0; time < 2; time++) evaluate(installed, DB)
      expect(warn).toHaveBeenCalledTimes(onDuplicate === 'warn' ? 1 : 0)
      evaluate(installed, '/app/bus.js')
      expect(() => evaluate(installed, '/app/bus.js')).toThrow(DUPLICATE)
    },
  )

  test('of several rules the last one holds', () => {
    const installed = guarded(
      { match: './db.js', onDuplicate: 'off' },
      { match: './*.js', onDuplicate: 'throw' },
    )
    evaluate(installed, DB)
    expect(() => evaluate(installed, DB)).toThrow(DUPLICATE)
  })
})

describe('copies of one package', () => {
  let tree: Tree
  afterEach(() => vi.restoreAllMocks())
  beforeEach(() => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    tree = writeTree({
      'node_modules/react/package.json': { name: 'react', version: '19.0.0' },
      'node_modules/a/node_modules/react/package.json': { name: 'react', version: '19.0.0' },
      'node_modules/b/node_modules/react/package.json': { name: 'react', version: '18.0.0' },
      'node_modules/yjs/package.json': { name: 'yjs', version: '13.0.0' },
      'node_modules/a/node_modules/yjs/package.json': { name: 'yjs', version: '14.0.0' },
      'node_modules/lodash/package.json': { name: 'lodash', version: '4.0.0' },
      'node_modules/a/node_modules/lodash/package.json': { name: 'lodash', version: '4.0.0' },
    })
  })

  /** Evaluates the first, and tells whether the second counts as a copy of it. */
  function isSecondCopy(
    first: string,
    second: string,
    { specs, more }: { specs?: SpecRule[]; more?: Partial<Evaluation> } = {},
  ): boolean {
    const installed = fakeInstalled({}, specs ? { specs } : {})
    evaluate(installed, tree.at(first), { format: () => 'esm' })
    try {
      evaluate(installed, tree.at(second), { format: () => 'esm', ...more })
      return installed.state.guard.standing.size > 0
    } catch (error) {
      expect(error).toEqual(DUPLICATE)
      return true
    }
  }

  test('that lie in two places count where the table says so', () => {
    expect(isSecondCopy('node_modules/react/index.js', 'node_modules/a/node_modules/react/index.js')).toBe(
      true,
    )
  })

  test('of two versions count only where the table says so', () => {
    expect(isSecondCopy('node_modules/react/index.js', 'node_modules/b/node_modules/react/index.js')).toBe(
      false,
    )
    expect(isSecondCopy('node_modules/yjs/index.js', 'node_modules/a/node_modules/yjs/index.js')).toBe(true)
  })

  test('are its files, of which each may be evaluated once', () => {
    expect(isSecondCopy('node_modules/react/index.js', 'node_modules/react/jsx-runtime.js')).toBe(false)
  })

  test('count where two loaders evaluate files of one folder, or two formats', () => {
    const other = 'node_modules/react/jsx-runtime.js'
    expect(isSecondCopy('node_modules/react/index.js', other, { more: { loader: 'another' } })).toBe(true)
    expect(isSecondCopy('node_modules/react/index.js', other, { more: { format: () => 'cjs' } })).toBe(true)
    expect(isSecondCopy('node_modules/react/index.js', other, { more: { format: () => undefined } })).toBe(
      false,
    )
  })

  test('count by loader only where the whole tree is loaded twice', () => {
    const entry = { loader: 'another', isEntryOnly: () => true }
    const other = 'node_modules/react/jsx-runtime.js'
    expect(isSecondCopy('node_modules/react/index.js', other, { more: entry })).toBe(false)
    expect(isSecondCopy('node_modules/react/index.js', 'node_modules/react/index.js', { more: entry })).toBe(
      true,
    )
  })

  test('are entered from outside: what a package loads of itself is its own affair', () => {
    const importedBy = () => [tree.at('node_modules/react/index.js') as ModuleId]
    const more: Partial<Evaluation> = { importedBy, format: () => 'cjs' }
    expect(isSecondCopy('node_modules/react/index.js', 'node_modules/react/main.cjs', { more })).toBe(false)
  })

  test('are none where the ES module is an entry over the CommonJS build', () => {
    const tree = writeTree({
      'node_modules/react/package.json': { name: 'react', version: '19.0.0' },
      'node_modules/react/index.js': 'module.exports = {}',
      'node_modules/react/over.mjs': "import React from './index.js'\nexport default React",
      'node_modules/react/own.mjs': "import { a } from './esm/a.mjs'\nexport { a }",
    })
    const at = (file: string) => tree.at(`node_modules/react/${file}`)
    for (const [first, second, counts] of [
      ['index.js', 'over.mjs', false],
      ['over.mjs', 'index.js', false],
      ['index.js', 'own.mjs', true],
      ['own.mjs', 'index.js', true],
    ] as const) {
      const installed = fakeInstalled()
      const format = (file: string) => () => (file.endsWith('.mjs') ? 'esm' : 'cjs')
      evaluate(installed, at(first), { format: format(first) })
      evaluate(installed, at(second), { format: format(second) })
      expect(installed.state.guard.standing.has('react'), `${first} ${second}`).toBe(counts)
    }
  })

  test('are none of its data', () => {
    const more = { facts: { kind: 'json' }, loader: 'another' } as const
    const manifest = 'node_modules/react/package.json'
    expect(isSecondCopy('node_modules/react/index.js', manifest, { more })).toBe(false)
  })

  test.each([
    ['file', false],
    ['places', true],
    ['versions', true],
  ] as const)('of a package that a rule marks count across %s: %j', (across, counts) => {
    const specs: SpecRule[] = [{ match: 'lodash', allowReimport: false, across }]
    expect(
      isSecondCopy('node_modules/lodash/index.js', 'node_modules/a/node_modules/lodash/index.js', { specs }),
    ).toBe(counts)
  })

  test('count as the rule says where the table says otherwise', () => {
    const places = ['node_modules/react/index.js', 'node_modules/a/node_modules/react/index.js'] as const
    expect(isSecondCopy(...places, { specs: [{ match: 'react', across: 'file' }] })).toBe(false)
    const versions = ['node_modules/react/index.js', 'node_modules/b/node_modules/react/index.js'] as const
    expect(isSecondCopy(...versions, { specs: [{ match: 'react', across: 'versions' }] })).toBe(true)
  })

  test('count by file alone where nothing is said', () => {
    const specs: SpecRule[] = [{ match: 'lodash', allowReimport: false }]
    expect(
      isSecondCopy('node_modules/lodash/index.js', 'node_modules/a/node_modules/lodash/index.js', { specs }),
    ).toBe(false)
  })

  test('do not count once the first was unloaded with permission, or failed', () => {
    for (const forget of [
      (installed: FakeInstalled, id: ModuleId) => forgetUnloaded(installed, [id]),
      forgetFailedCopy,
      forgetAllCopies,
    ]) {
      const installed = fakeInstalled()
      const first = tree.at('node_modules/react/index.js') as ModuleId
      evaluate(installed, first)
      forget(installed, first)
      expect(() => evaluate(installed, tree.at('node_modules/a/node_modules/react/index.js'))).not.toThrow()
    }
  })
})

describe('two copies of a package that exist side by side', () => {
  const warn = vi.fn()
  let tree: Tree
  beforeEach(() => {
    vi.spyOn(console, 'warn').mockImplementation(warn.mockReset())
    tree = writeTree({
      'node_modules/graphql/package.json': { name: 'graphql', version: '16.0.0' },
      'node_modules/other/package.json': {
        name: 'other',
        version: '1.0.0',
        freshModules: { allowReimport: false, reason: 'one registry' },
      },
    })
  })
  afterEach(() => vi.restoreAllMocks())

  /** Its ES modules, then its CommonJS ones: a second copy of the package by the second file. */
  function runWithBoth(installed: FakeInstalled, name = 'graphql'): void {
    for (const file of ['index.mjs', 'language/ast.mjs', 'index.js', 'language/ast.js']) {
      const format = () => (file.endsWith('.mjs') ? ('esm' as const) : ('cjs' as const))
      evaluate(installed, tree.at(`node_modules/${name}/${file}`), { format })
    }
  }

  test('are told in one line, where only the table says that there may be one', () => {
    const installed = fakeInstalled()
    runWithBoth(installed)
    expect(warn).toHaveBeenCalledOnce()
    const [line] = warn.mock.lastCall as [string]
    expect(line).toMatch(
      /^\[fresh-modules\] Two copies of "graphql" are loaded: .*index\.mjs; and .*index\.js\. /,
    )
    expect(line).toContain('One copy is the ES module build, the other the CommonJS build.')
    expect(line).not.toContain('\n')
    expect(takeUnreported(installed)).toEqual([])
  })

  test('made by a reset of a package of several files are one line as well, in true words, where onDuplicate is warn', () => {
    const installed = fakeInstalled()
    installed.state.guard.onDuplicate = 'warn'
    const files = ['index.mjs', 'language/ast.mjs', 'type/schema.mjs'].map(
      (file) => `node_modules/graphql/${file}`,
    )
    for (const file of [...files, ...files]) evaluate(installed, tree.at(file))
    expect(warn).toHaveBeenCalledOnce()
    const [line] = warn.mock.lastCall as [string]
    expect(line).toMatch(/^\[fresh-modules\] A second copy of "graphql" is evaluated: /)
    expect(line).not.toMatch(/Failed|\n/)
  })

  test('are explained: which two there are, who imports them, and what to write', () => {
    const installed = fakeInstalled()
    runWithBoth(installed)
    const { explanation } = installed.state.guard.standing.get('graphql') ?? {}
    expect(explanation).toMatch(
      /^This test ran with two copies of "graphql", which may be why it failed: schemas /,
    )
    expect(explanation).toContain("{ match: 'graphql', allowReimport: false }")
  })

  test.each<[string, SpecRule[], string]>([
    ['a rule', [{ match: 'graphql', allowReimport: false }], 'graphql'],
    ['a rule on what counts as a copy', [{ match: 'graphql', across: 'versions' }], 'graphql'],
    ['a rule on how loud it is', [{ match: 'graphql', onDuplicate: 'throw' }], 'graphql'],
    ['the package itself', [], 'other'],
  ])('are refused where %s says that there may be one', (_, specs, name) => {
    const installed = fakeInstalled({}, { specs })
    expect(() => runWithBoth(installed, name)).toThrow(DUPLICATE)
    expect(warn).not.toHaveBeenCalled()
  })

  test("are nobody's business where that is off", () => {
    const installed = fakeInstalled({}, { specs: [{ match: 'graphql', onDuplicate: 'off' }] })
    runWithBoth(installed)
    expect(warn).not.toHaveBeenCalled()
    expect(installed.state.guard.standing.size).toBe(0)
  })

  test('are guarded each: a reset must double neither', () => {
    const installed = fakeInstalled()
    runWithBoth(installed)
    for (const [file, format] of [
      ['index.mjs', 'esm'],
      ['index.js', 'cjs'],
    ] as const) {
      const id = tree.at(`node_modules/graphql/${file}`)
      expect(() => evaluate(installed, id, { format: () => format }), file).toThrow(DUPLICATE)
    }
  })
})

describe('a copy that nobody holds', () => {
  /** A first copy that a test has imported. */
  function ofATest(more?: Partial<Evaluation>): FakeInstalled {
    const installed = fakeInstalled(
      { [DB]: [] },
      { specs: [REFUSES], take: () => ({ records: [], putBack() {} }) },
    )
    endCollecting(installed.state)
    evaluate(installed, DB, more)
    return installed
  }

  test('is gone with a reset of the framework, and so is the next one', () => {
    const installed = ofATest()
    for (let time = 0; time < 3; time++) {
      beforeRawReset(installed)
      expect(() => evaluate(installed, DB)).not.toThrow()
    }
    expect(() => evaluate(installed, DB)).toThrow(DUPLICATE)
  })

  test('is not put by', () => {
    const installed = ofATest()
    beforeRawReset(installed)
    expect(installed.state.guard.dropped.size).toBe(0)
  })

  test('may have another one in a registry other than its own, and that another one in the next', () => {
    const installed = ofATest()
    for (const isolation of [1, 2]) {
      beforeIsolation(installed)
      evaluate(installed, DB, { isolation })
      expect(() => evaluate(installed, DB, { isolation })).toThrow(DUPLICATE)
    }
    expect(() => evaluate(installed, DB)).not.toThrow()
  })

  test('is gone where somebody has deleted its entry', () => {
    const deleted = { loader: NODE_LOADER, isStillHeld: () => false }
    const installed = ofATest(deleted)
    expect(() => evaluate(installed, DB, { ...deleted, isStillHeld: () => true })).toThrow(DUPLICATE)
    expect(() => evaluate(installed, DB, deleted)).not.toThrow()
  })

  test('is loaded as long as it is registered: another id makes a second one', () => {
    const deleted = { loader: NODE_LOADER, isStillHeld: () => false }
    expect(() => evaluate(ofATest(deleted), `${DB}?x=1`, deleted)).toThrow(DUPLICATE)
  })
})

describe('a copy that somebody holds', () => {
  test('is refused in a registry other than the main one, as it is after a reset', () => {
    const installed = guarded()
    evaluate(installed, DB)
    endCollecting(installed.state)
    beforeIsolation(installed)
    expect(() => evaluate(installed, DB, { isolation: 1 })).toThrow(DUPLICATE)
  })

  test('is refused though its entry was deleted', () => {
    const installed = guarded()
    const deleted = { loader: NODE_LOADER, isStillHeld: () => false }
    evaluate(installed, DB, deleted)
    endCollecting(installed.state)
    expect(() => evaluate(installed, DB, deleted)).toThrow(DUPLICATE)
  })

  test('by the file before is held no more in the next one', () => {
    const take = (ids: readonly ModuleId[]) => {
      for (const id of ids) installed.host.graph.delete(id)
      return { records: [], putBack() {} }
    }
    const installed = fakeInstalled({ [DB]: [] }, { specs: [REFUSES], take })
    evaluate(installed, DB)
    beforeRawReset(installed)
    expect(() => evaluate(installed, DB)).toThrow(DUPLICATE)
    startNextFile(installed)
    expect(() => evaluate(installed, DB)).not.toThrow()
  })

  test('and that is registered still is the first one in the next file, too', () => {
    const installed = fakeInstalled({ [DB]: [] }, { specs: [REFUSES] })
    evaluate(installed, DB)
    startNextFile(installed)
    expect(() => evaluate(installed, DB)).toThrow(DUPLICATE)
  })
})

test('a copy whose record went without a reset is lost, rather than dropped', () => {
  const installed = fakeInstalled(
    { [DB]: [] },
    { specs: [REFUSES], take: () => ({ records: [], putBack() {} }) },
  )
  const isDbLost = () => isLost(installed, DB as ModuleId)
  expect(isDbLost()).toBe(false)
  evaluate(installed, DB)
  expect(isDbLost()).toBe(false)
  installed.host.graph.delete(DB)
  expect(isDbLost()).toBe(true)
  installed.host.graph.set(DB, [])
  beforeRawReset(installed)
  installed.host.graph.delete(DB)
  expect(isDbLost()).toBe(false)
})

describe('a reset by somebody else', () => {
  const BUS = '/app/bus.js'

  /** A registry of which records can be taken and put back. */
  function resettable(): FakeInstalled {
    const take: ModuleHost['take'] = (ids) => {
      const { host } = installed
      const records = ids.flatMap((id) => host.record(id) ?? [])
      for (const id of ids) host.graph.delete(id)
      return {
        records,
        putBack: () => {
          for (const { id } of records) host.graph.set(id, [])
        },
      }
    }
    const installed = fakeInstalled({ [DB]: [], [BUS]: [] }, { specs: [REFUSES], take })
    return installed
  }
  const idsIn = ({ host }: FakeInstalled) => [...host.graph.keys()].sort()

  test('has the records of what refuses put by, and leaves the others to their fate', () => {
    const installed = resettable()
    evaluate(installed, DB)
    evaluate(installed, BUS)
    beforeRawReset(installed)
    expect(idsIn(installed)).toEqual([BUS])
    putBackDropped(installed)
    expect(idsIn(installed)).toEqual([BUS, DB])
  })

  test('is made good once: our next reset starts from what is registered', () => {
    const installed = resettable()
    evaluate(installed, DB)
    beforeRawReset(installed)
    putBackDropped(installed)
    installed.host.graph.delete(DB)
    putBackDropped(installed)
    expect(idsIn(installed)).toEqual([BUS])
  })

  test('twice in a row keeps the record of the first: the second has nothing to take', () => {
    const installed = resettable()
    evaluate(installed, DB)
    beforeRawReset(installed)
    beforeRawReset(installed)
    putBackDropped(installed)
    expect(idsIn(installed)).toEqual([BUS, DB])
  })

  test("leaves alone what Node's loader holds, and what is still being evaluated", () => {
    const installed = resettable()
    evaluate(installed, DB, { loader: NODE_LOADER })
    beforeRawReset(installed)
    expect(idsIn(installed)).toEqual([BUS, DB])
    forgetAllCopies(installed)
    evaluate(installed, DB)
    const { record } = installed.host
    const evaluating = (id: ModuleId) => ({ ...record(id), state: 'evaluating' }) as never
    Object.assign(installed.host, { record: evaluating })
    beforeRawReset(installed)
    expect(idsIn(installed)).toEqual([BUS, DB])
  })

  test('is not made good over a successor, nor for a copy that was unloaded with permission since', () => {
    const installed = resettable()
    evaluate(installed, DB)
    beforeRawReset(installed)
    installed.host.graph.set(DB, [BUS])
    putBackDropped(installed)
    expect(installed.host.graph.get(DB)).toEqual([BUS])
    beforeRawReset(installed)
    forgetUnloaded(installed, [DB as ModuleId])
    putBackDropped(installed)
    expect(idsIn(installed)).toEqual([BUS])
  })

  test('is forgotten with everything else in a new world', () => {
    const installed = resettable()
    evaluate(installed, DB)
    beforeRawReset(installed)
    forgetAllCopies(installed)
    evaluate(installed, DB)
    putBackDropped(installed)
    expect(idsIn(installed)).toEqual([BUS])
  })
})

describe('an error that its test must fail with', () => {
  const newError = () => new DuplicateModuleError('doubled')

  test('is that of the test that runs alone', () => {
    const installed = guarded()
    installed.state.runningTests.add('a')
    const error = newError()
    mustFail(installed.state, error)
    expect(takeUnreported(installed, 'b')).toEqual([])
    expect(takeUnreported(installed, 'a')).toEqual([error])
  })

  test("is the file's where no test runs, or where several do and nothing tells them apart", () => {
    for (const running of [[], ['a', 'b']]) {
      const installed = guarded()
      for (const test of running) installed.state.runningTests.add(test)
      const error = newError()
      mustFail(installed.state, error)
      for (const test of ['a', 'b']) expect(takeUnreported(installed, test)).toEqual([])
      expect(takeUnreported(installed)).toEqual([error])
    }
  })

  test('is told to its own one of several concurrent tests, also after a wait', async () => {
    const installed = guarded()
    const { state } = installed
    const errors = { a: newError(), b: newError() }
    const body = async (name: 'a' | 'b') => {
      await Promise.resolve()
      mustFail(state, errors[name])
    }
    state.runningTests.add('a').add('b')
    await Promise.all((['a', 'b'] as const).map((name) => runConcurrentTest(state, name, () => body(name))))
    expect(takeUnreported(installed, 'b')).toEqual([errors.b])
    expect(takeUnreported(installed, 'a')).toEqual([errors.a])
    expect(takeUnreported(installed)).toEqual([])
  })

  test('is told to a concurrent test that was only entered, as by a hook', async () => {
    const installed = guarded()
    const { state } = installed
    const error = newError()
    await Promise.all(
      ['a', 'b'].map(async (name) => {
        await Promise.resolve()
        enterConcurrentTest(state, name)
        await Promise.resolve()
        if (name === 'b') mustFail(state, error)
      }),
    )
    expect(takeUnreported(installed, 'a')).toEqual([])
    expect(takeUnreported(installed, 'b')).toEqual([error])
  })

  test('gives back what the function gives that a concurrent test runs', () => {
    expect(runConcurrentTest(guarded().state, 'a', () => 7)).toBe(7)
  })

  test('is handed out in the order in which it came, each once', () => {
    const installed = guarded()
    const errors = [newError(), newError(), newError()]
    for (const error of errors) mustFail(installed.state, error)
    expect(takeUnreported(installed)).toEqual(errors)
    expect(takeUnreported(installed)).toEqual([])
  })
})

test('a loader that keeps what it has loaded hands out the same copy under the same id', () => {
  const installed = guarded()
  evaluate(installed, DB)
  expect(() => evaluate(installed, DB, { isKeptByLoader: true })).not.toThrow()
  expect(() => evaluate(installed, `${DB}?x=1`, { isKeptByLoader: true })).toThrow(DUPLICATE)
  expect(() => evaluate(installed, DB, { isKeptByLoader: true, loader: 'another' })).toThrow(DUPLICATE)
})
