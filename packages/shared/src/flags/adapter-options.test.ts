import { expect, test } from 'vitest'
import { checkAdapterOptions, type FreshModulesOptions, resetPackageNames } from './adapter-options.ts'

const check = (options: unknown) => checkAdapterOptions('the adapter', options)

function problem(options: unknown): string {
  try {
    check(options)
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_BAD_OPTION' })
    return (error as Error).message
  }
  throw new Error('nothing was reported')
}

test('no options are fine', () => {
  expect(check(undefined)).toEqual({})
  expect(check({})).toEqual({})
})

test('good options are returned as they are', () => {
  const options: FreshModulesOptions = {
    resetBetween: 'files',
    resetPackages: ['i18next', '@scope/x', { match: 'commander', between: 'tests' }],
    specs: [{ match: 'react', allowReimport: false }],
    knownSingletons: false,
    onDuplicate: 'warn',
    onUnmarkedDuplicate: 'warn',
    onParallelWorker: 'throw',
    lockTimeout: 0,
    restoreGlobals: true,
    isolate: false,
  }
  expect(check(options)).toBe(options)
})

test.each(['tests', 'files', 'never'])('resets may be between %s', (resetBetween) => {
  expect(() => check({ resetBetween })).not.toThrow()
})

test('an option that is undefined counts as left out', () => {
  expect(() => check({ resetBetween: undefined, specs: undefined, lockTimeout: undefined })).not.toThrow()
})

test.each([
  [null, 'the options are null'],
  [[], 'the options are an array'],
  ['tests', 'the options are a string'],
  [{ resetsBetween: 'tests' }, 'there is no option "resetsBetween"'],
  [{ resetBetween: 'test' }, "resetBetween is 'test' instead of one of 'tests', 'files', 'never'"],
  [{ resetBetween: null }, 'resetBetween is null'],
  [{ resetBetween: true }, 'resetBetween is a boolean'],
  [{ resetPackages: 'i18next' }, "resetPackages is 'i18next' instead of a list of package names"],
  [{ resetPackages: [''] }, 'resetPackages is an array instead of a list of package names'],
  [{ resetPackages: [/x/] }, 'resetPackages is an array'],
  [{ resetPackages: [{ match: 'x' }] }, 'resetPackages is an array'],
  [{ resetPackages: [{ match: 'x', between: 'suites' }] }, 'resetPackages is an array'],
  [{ resetPackages: [{ match: 'x', between: 'tests', reason: '' }] }, 'resetPackages is an array'],
  [{ specs: {} }, 'specs'],
  [{ specs: [{ match: 'react', allowReimports: false }] }, 'allowReimports'],
  [{ knownSingletons: 'no' }, "knownSingletons is 'no' instead of a boolean"],
  [{ onUnmarkedDuplicate: 'throw' }, "onUnmarkedDuplicate is 'throw' instead of one of 'warn', 'off'"],
  [{ onDuplicate: 'error' }, "onDuplicate is 'error' instead of one of 'throw', 'warn', 'off'"],
  [{ onParallelWorker: 'off' }, "onParallelWorker is 'off' instead of one of 'wait', 'throw'"],
  [{ lockTimeout: '5s' }, "lockTimeout is '5s' instead of a number of milliseconds"],
  [{ lockTimeout: -1 }, 'lockTimeout is -1'],
  [{ lockTimeout: Number.NaN }, 'lockTimeout is NaN'],
  [{ lockTimeout: Number.POSITIVE_INFINITY }, 'lockTimeout is Infinity'],
  [{ restoreGlobals: 1 }, 'restoreGlobals is 1 instead of a boolean'],
  [{ isolate: 'no' }, "isolate is 'no' instead of a boolean"],
])('%j is refused', (options, message) => {
  expect(problem(options)).toContain(message)
})

test('one error names the adapter, everything that is wrong, and the options that there are', () => {
  const message = problem({ resetBetween: 'test', color: 'red', lockTimeout: -1 })
  expect(message).toMatch(/^Failed to configure the adapter: /)
  expect(message).toContain("resetBetween is 'test'")
  expect(message).toContain('there is no option "color"')
  expect(message).toContain('lockTimeout is -1')
  expect(message).toMatch(/Known options: resetBetween, .*restoreGlobals, isolate, report\.$/)
})

test('what every object inherits is no option', () => {
  expect(problem(JSON.parse('{ "__proto__": 1 }'))).toContain('there is no option "__proto__"')
  expect(problem({ toString: 1 })).toContain('there is no option "toString"')
  expect(problem({ constructor: 'x' })).toContain('there is no option "constructor"')
})

test('an option that another adapter has is refused with what says it here', () => {
  const refused = () =>
    checkAdapterOptions('the adapter', { isolate: false }, { isolate: 'it is test.isolate' })
  expect(refused).toThrow('there is no option "isolate" here: it is test.isolate')
  expect(() => checkAdapterOptions('the adapter', {}, { isolate: 'it is test.isolate' })).not.toThrow()
})

test('packages are evaluated again between files, and between tests where they say so', () => {
  const options: FreshModulesOptions = {
    resetPackages: ['a', { match: 'b', between: 'files' }, { match: 'c', between: 'tests' }],
  }
  expect(resetPackageNames(options, 'files')).toEqual(['a', 'b', 'c'])
  expect(resetPackageNames(options, 'tests')).toEqual(['c'])
  expect(resetPackageNames({}, 'files')).toEqual([])
})
