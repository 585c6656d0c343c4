import { describe, expect, test } from 'vitest'
import { isHookOfPackage, SharingSuites, type SuiteFacts } from './sharing-suites.ts'

const hook = () => {}
const suite = (more: Partial<SuiteFacts> = {}): SuiteFacts => ({
  name: 'a suite',
  isFile: false,
  hooks: () => undefined,
  ...more,
})
const withHook =
  (name: string): SuiteFacts['hooks'] =>
  (asked) =>
    asked === name ? [hook] : []

describe('a suite within a file', () => {
  test('without hooks shares nothing', () => {
    expect(new SharingSuites().reason(suite())).toBeUndefined()
  })

  test('shares by any hook of its own', () => {
    const suites = new SharingSuites()
    expect(suites.reason(suite({ hooks: withHook('beforeAll') }))).toBe(
      'the suite "a suite" has a beforeAll hook',
    )
    expect(suites.reason(suite({ hooks: withHook('aroundAll') }))).toBe(
      'the suite "a suite" has an aroundAll hook',
    )
    expect(suites.reason(suite({ hooks: withHook('afterAll') }))).toBe(
      'the suite "a suite" has an afterAll hook',
    )
  })
})

describe('a test file', () => {
  const file = suite({ isFile: true, hooks: withHook('beforeAll') })

  test('shares by hooks that it registers itself', () => {
    const suites = new SharingSuites()
    suites.startCollecting()
    suites.noteHook('beforeAll', hook, ['/app/a.test.ts'])
    expect(suites.reason(file)).toBe('the test file has a beforeAll hook')
  })

  test('does not by those of setup files, of packages, or of another kind', () => {
    const suites = new SharingSuites()
    suites.noteHook('beforeAll', hook, ['/app/setup.ts'])
    suites.startCollecting()
    suites.noteHook('beforeAll', hook, ['/app/node_modules/helper/index.js', '/app/a.test.ts'])
    suites.noteHook('beforeEach', hook, ['/app/a.test.ts'])
    expect(suites.reason(file)).toBeUndefined()
    suites.startFile()
    expect(suites.isOfInterest('beforeAll')).toBe(false)
  })

  test('shares by a fixture that lives as long as the file', () => {
    expect(new SharingSuites().reason(suite({ isFile: true, hasFileFixture: true }))).toBe(
      'the test file has a file-scoped fixture',
    )
  })
})

test.each([
  [['/app/a.test.ts'], false],
  [['/app/node_modules/helper/index.js', '/app/a.test.ts'], true],
  [['/app/helper.ts', '/app/node_modules/helper/index.js'], false],
  [[], false],
])('a hook registered by %j is of a package: %j', (files, isOfPackage) => {
  expect(isHookOfPackage(files)).toBe(isOfPackage)
})
