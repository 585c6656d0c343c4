import { expect, test } from 'vitest'
import { type JsonReport, resultsOf, testFileOf, testNameOf } from './results.ts'

type File = JsonReport['testResults'][number]

const file = (
  tests: readonly Partial<File['assertionResults'][number]>[],
  more: Partial<File> = {},
): File => ({
  name: '/app/a.test.ts',
  status: 'passed',
  assertionResults: tests.map((test) => ({ fullName: 'adds', status: 'passed', ...test })),
  ...more,
})

const read = (...testResults: readonly File[]) => resultsOf({ testResults }, '/app')

test('a test is known by its file, relative to where the framework was started, and its full name', () => {
  const { tests } = read(file([{ fullName: 'sums adds' }], { name: '/app/src/a.test.ts' }))
  expect(tests).toEqual({ 'src/a.test.ts > sums adds': { status: 'passed' } })
})

test('tests of one name in one file are counted', () => {
  const { tests } = read(file([{}, { status: 'pending' }, {}]))
  expect(Object.keys(tests)).toEqual(['a.test.ts > adds', 'a.test.ts > adds #2', 'a.test.ts > adds #3'])
  expect(tests['a.test.ts > adds #2']?.status).toBe('skipped')
})

test('a name gives its file, and what the framework calls the test', () => {
  expect(testFileOf('src/a.test.ts > sums > adds #2')).toBe('src/a.test.ts')
  expect(testNameOf('src/a.test.ts > sums > adds #2')).toBe('sums > adds')
})

test('a failure keeps the first line of its error, without colours', () => {
  const failureMessages = ['\u001b[31mError: expected 1\u001b[39m\n    at a.test.ts:3']
  const { tests } = read(file([{ status: 'failed', failureMessages }]))
  expect(tests['a.test.ts > adds']).toEqual({ status: 'failed', error: 'Error: expected 1' })
})

test('a failure keeps what the adapter says of resets before the test', () => {
  const hint =
    'fresh-modules had reset src/a.ts before this test. If it relies on what an earlier test left there, …'
  const { tests } = read(file([{ status: 'failed', failureMessages: [`Error: no\n\n${hint}\n    at a`] }]))
  expect(tests['a.test.ts > adds']).toMatchObject({ error: 'Error: no', hint })
})

test('a file that fails by itself is listed with its reason, below the heading that Jest gives it', () => {
  const message = '  ● Test suite failed to run\n\n    Cannot find module "./b"\n'
  expect(read(file([], { status: 'failed', message })).failedFiles).toEqual({
    'a.test.ts': 'Cannot find module "./b"',
  })
})

test('a file that fails since a test of it does is not listed', () => {
  expect(read(file([{ status: 'failed' }], { status: 'failed', message: '' })).failedFiles).toEqual({})
})

test('files are in the order in which they started, whatever the order of the report', () => {
  const { order } = read(
    file([], { name: '/app/b.test.ts', startTime: 20 }),
    file([], { name: '/app/a.test.ts', startTime: 10 }),
  )
  expect(order).toEqual(['a.test.ts', 'b.test.ts'])
})
