import vm from 'node:vm'
import { describe, expect, test } from 'vitest'
import { FreshModulesError } from './errors.ts'
import {
  assertBoolean,
  checkFlags,
  checkFreshOptions,
  checkFromOption,
  checkFunction,
  checkKeys,
  checkSpecifier,
  checkTargets,
  isUrl,
  kindOf,
} from './options.ts'

/** The message of the bad option that a check must report. */
function problem(check: () => unknown): string {
  try {
    check()
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_BAD_OPTION' })
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toBeInstanceOf(FreshModulesError)
    return (error as Error).message
  }
  throw new Error('nothing was reported')
}

const fresh = (options: unknown) => checkFreshOptions('importFresh', options)

describe('the options of importFresh', () => {
  test('may be left out', () => {
    const nothing = {
      fresh: [],
      freshImports: false,
      blocked: [],
      env: undefined,
      globals: undefined,
      conditions: [],
    }
    expect(fresh(undefined)).toEqual(nothing)
    expect(fresh({})).toEqual(nothing)
    expect(fresh({ fresh: undefined, blocked: undefined, env: undefined, from: undefined })).toEqual(nothing)
  })

  test('take names from any iterable, in its order', () => {
    expect(fresh({ fresh: new Set(['b', 'a']), blocked: ['c'].values() })).toMatchObject({
      fresh: ['b', 'a'],
      blocked: ['c'],
    })
  })

  test('tell the word imports from a name', () => {
    expect(fresh({ fresh: 'imports' })).toMatchObject({ fresh: [], freshImports: true })
    expect(fresh({ fresh: ['imports'] })).toMatchObject({ fresh: ['imports'], freshImports: false })
  })

  test('keep a copy of env, with what is to be deleted', () => {
    const env = { A: '1', B: undefined, EMPTY: '' }
    const checked = fresh({ env }).env
    env.A = 'changed later'
    expect(checked).toEqual({ A: '1', B: undefined, EMPTY: '' })
    expect(Object.keys(checked ?? {})).toContain('B')
  })

  test('keep a copy of globals, with what is to be taken away, and the order of conditions', () => {
    const globals = { window: undefined, fetch: 1 }
    const checked = fresh({ globals, conditions: new Set(['react-server', '@app/dev']) })
    globals.fetch = 2
    expect(checked).toMatchObject({
      globals: { window: undefined, fetch: 1 },
      conditions: ['react-server', '@app/dev'],
    })
    expect(Object.keys(checked.globals ?? {})).toContain('window')
  })

  test.each([
    [null, 'the options are null'],
    ['fresh', 'the options are a string'],
    [['a'], 'the options are an array'],
    [
      { frehs: [] },
      'there is no option "frehs". Known options: fresh, blocked, env, globals, conditions, from.',
    ],
    [{ fresh: 'a' }, "fresh is a string. Pass a list of specifiers, or 'imports'."],
    [{ fresh: null }, 'fresh is null'],
    [{ fresh: {} }, 'fresh is an object'],
    [{ fresh: [''] }, 'fresh holds an empty string'],
    [{ fresh: [1] }, 'fresh holds a number'],
    [{ blocked: 'imports' }, 'blocked is a string. Pass a list of specifiers.'],
    [{ blocked: [undefined] }, 'blocked holds undefined'],
    [{ fresh: ['a', 'b'], blocked: ['b'] }, '"b" is both in fresh and in blocked'],
    [{ env: null }, 'env is null'],
    [{ env: ['A'] }, 'env is an array'],
    [{ env: 'A=1' }, 'env is a string'],
    [{ env: { A: 1 } }, 'env.A is a number. Values are strings, or undefined to delete.'],
    [{ env: { A: null } }, 'env.A is null'],
    [{ globals: null }, 'globals is null'],
    [
      { globals: ['window'] },
      'globals is an array. Pass an object of values, with undefined to take one away.',
    ],
    [
      { conditions: 'react-server' },
      "conditions is a string. Pass a list of conditions, as ['react-server'].",
    ],
    [{ conditions: [1] }, 'conditions holds a number. Pass names of conditions.'],
    [{ conditions: ['a,b'] }, '"a,b" is no condition'],
    [{ from: '' }, 'from is an empty string'],
    [{ from: 1 }, 'from is a number'],
    [{ from: {} }, 'from is an object'],
  ])('%j is refused', (options, message) => {
    expect(problem(() => fresh(options))).toContain(`Failed to importFresh: ${message}`)
  })

  test('an iterable that throws is not swallowed', () => {
    const broken = {
      [Symbol.iterator]() {
        throw new Error('broken iterable')
      },
    }
    expect(() => fresh({ fresh: broken })).toThrow('broken iterable')
  })
})

describe('from', () => {
  test('is a path, a URL as text or a URL, of this or of another realm', () => {
    const foreign = vm.runInNewContext('({ href: "file:///app/a.ts" })')
    for (const from of ['/app/a.ts', 'file:///app/a.ts', new URL('file:///app/a.ts'), foreign]) {
      expect(() => checkFromOption('unload', { from })).not.toThrow()
    }
    expect(isUrl(foreign)).toBe(true)
    expect([null, undefined, 'file:///a', {}, { href: 1 }].some(isUrl)).toBe(false)
  })

  test('is the only option where there are no others', () => {
    expect(problem(() => checkFromOption('unload', { fresh: [] }))).toContain('there is no option "fresh"')
    expect(problem(() => checkFromOption('unload', null))).toContain('Pass an object with from.')
  })
})

test('an option that is inherited is not taken for an unknown one', () => {
  const options = Object.create({ extra: 1 })
  expect(checkKeys('x', options, [])).toBe(options)
})

describe('targets', () => {
  test('are one name, or several in order', () => {
    expect(checkTargets('withUnloaded', 'a')).toEqual(['a'])
    expect(checkTargets('withUnloaded', new Set(['a', 'b']))).toEqual(['a', 'b'])
  })

  test.each([
    ['', 'the target is an empty string'],
    [undefined, 'targets is null'],
    [null, 'targets is null'],
    [1, 'targets is a number'],
    [[], 'there is no target'],
    [['a', ''], 'targets holds an empty string'],
  ])('%j is refused', (targets, message) => {
    expect(problem(() => checkTargets('withUnloaded', targets))).toContain(message)
  })

  test.each([
    ['', 'an empty string'],
    [null, 'null'],
    [undefined, 'undefined'],
    [new URL('file:///a'), 'an object'],
    [Symbol('a'), 'a symbol'],
  ])('a specifier is never %s', (target, kind) => {
    expect(problem(() => checkSpecifier('unload', target))).toContain(`the target is ${kind}`)
  })

  test('a specifier is returned', () => {
    expect(checkSpecifier('unload', './a')).toBe('./a')
  })
})

test('what has to be called must be a function', () => {
  expect(() => checkFunction('withFlags', 'run', () => {})).not.toThrow()
  expect(() => checkFunction('withFlags', 'run', class {})).not.toThrow()
  expect(problem(() => checkFunction('withFlags', 'run', 'x'))).toContain(
    'Failed to withFlags: run is a string',
  )
})

describe('flags', () => {
  test('are handed on as they are, without what is undefined', () => {
    expect(checkFlags('withFlags', { allowReload: false, allowUnload: undefined })).toEqual({
      allowReload: false,
    })
  })

  test('may stand next to other keys where the caller says so', () => {
    expect(checkFlags('declareSpec', { reason: 'x', allowReload: true }, ['reason'])).toEqual({
      allowReload: true,
    })
    expect(problem(() => checkFlags('withFlags', { reason: 'x' }))).toContain('there is no flag "reason"')
  })

  test.each([
    [null, 'the flags are null'],
    ['no-reload', 'the flags are a string'],
    [{ allowReloads: false }, 'there is no flag "allowReloads". Known flags: allowReload, allowReimport'],
    [{ allowReload: 'false' }, 'Failed to set allowReload: the value is a string'],
    [{ allowReload: 0 }, 'the value is a number'],
    [{ allowReload: null }, 'the value is null'],
  ])('%j are refused', (flags, message) => {
    expect(problem(() => checkFlags('withFlags', flags))).toContain(message)
  })

  test('are true or false, and nothing that is merely like it', () => {
    for (const value of [true, false]) expect(() => assertBoolean('allowReload', value)).not.toThrow()
    for (const value of [0, 1, '', 'true', undefined, null, Object(false)]) {
      expect(problem(() => assertBoolean('allowReload', value))).toContain('Flags are true or false.')
    }
  })
})

test.each([
  [null, 'null'],
  [undefined, 'undefined'],
  ['', 'an empty string'],
  ['a', 'a string'],
  [[], 'an array'],
  [{}, 'an object'],
  [1n, 'a bigint'],
  [() => {}, 'a function'],
])('%s reads as "%s" in messages', (value, kind) => {
  expect(kindOf(value)).toBe(kind)
})
