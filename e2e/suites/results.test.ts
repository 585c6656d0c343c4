import { expect, test } from 'vitest'
import type { Report, TestResult } from '../harness/index.ts'
import { resultsOf } from './results.ts'

const reportOf = (tests: readonly Partial<TestResult>[], files: Report['files'] = []): Report => ({
  tests: tests.map((test) => ({
    name: 'adds',
    file: '/app/a.test.ts',
    status: 'passed',
    messages: [],
    ...test,
  })),
  files,
  passed: 0,
  failed: 0,
})

test('a test is known by its file, relative to where the framework was started, and its full name', () => {
  const { tests } = resultsOf(reportOf([{ file: '/app/src/a.test.ts', name: 'sums adds' }]), '/app')
  expect(tests).toEqual({ 'src/a.test.ts > sums adds': { status: 'passed' } })
})

test('tests of one name in one file are counted', () => {
  const { tests } = resultsOf(reportOf([{}, { status: 'skipped' }, {}]), '/app')
  expect(Object.keys(tests)).toEqual(['a.test.ts > adds', 'a.test.ts > adds #2', 'a.test.ts > adds #3'])
  expect(tests['a.test.ts > adds #2']?.status).toBe('skipped')
})

test('a failure keeps the first line of its error, without colours', () => {
  const messages = ['\u001b[31mError: expected 1\u001b[39m\n    at a.test.ts:3']
  const { tests } = resultsOf(reportOf([{ status: 'failed', messages }]), '/app')
  expect(tests['a.test.ts > adds']).toEqual({ status: 'failed', error: 'Error: expected 1' })
})

test('a file that fails by itself is listed with its reason, below the heading that Jest gives it', () => {
  const message = '  ● Test suite failed to run\n\n    Cannot find module "./b"\n'
  const file = { file: '/app/a.test.ts', status: 'failed', message } as const
  expect(resultsOf(reportOf([], [file]), '/app').failedFiles).toEqual({
    'a.test.ts': 'Cannot find module "./b"',
  })
})

test('a file that fails since a test of it does is not listed', () => {
  const file = { file: '/app/a.test.ts', status: 'failed', message: '' } as const
  expect(resultsOf(reportOf([{ status: 'failed' }], [file]), '/app').failedFiles).toEqual({})
})
