import { expect, test } from 'vitest'
import { markdownOf, type SuiteOutcome, type WayOutcome } from './table.ts'

const way = (name: string, more: Partial<WayOutcome> = {}): WayOutcome => ({
  way: name,
  cpu: 4,
  wall: 5,
  tests: 3,
  exitCode: 0,
  differences: [],
  ...more,
})

const suite = (more: Partial<SuiteOutcome> = {}): SuiteOutcome => ({
  suite: 'lib',
  framework: 'vitest',
  version: '4.1.0',
  green: 3,
  flaky: [],
  asIs: way('as-is', { cpu: 8 }),
  ways: [way('shared-files')],
  ...more,
})

const red = way('shared-defaults', {
  cpu: 10,
  differences: [{ test: 'a.test.ts > adds', now: 'failed', error: 'Error: no' }],
})

test('a row says how many tests differ and how many times the CPU time as it is', () => {
  const outcome = suite({ ways: [way('shared-files'), red] })
  expect(
    markdownOf([outcome], ['shared-files', 'shared-defaults', 'shared-raw']).split('\n').slice(0, 3),
  ).toEqual([
    '| suite | green tests | as-is: s of CPU | shared-files | shared-defaults | shared-raw |',
    '| --- | --- | --- | --- | --- | --- |',
    '| lib (vitest 4.1.0) | 3 | 8.0 | same, 0.50 | 1 differ, 1.25 | – |',
  ])
})

test('each test that differs is listed below with the first line of its error', () => {
  const text = markdownOf([suite({ ways: [red] })], ['shared-defaults'])
  expect(text).toContain('lib, shared-defaults:\n\n- a.test.ts > adds: failed: Error: no')
})

test('tests that differ from run to run are listed as left out', () => {
  expect(markdownOf([suite({ flaky: ['a.test.ts > waits'] })], [])).toContain('- a.test.ts > waits')
})

test('a way without results says so, with the end of what it printed', () => {
  const text = markdownOf([suite({ ways: [way('shared-files', { broken: 'no plugin' })] })], ['shared-files'])
  expect(text).toContain('| did not run |')
  expect(text).toContain('lib, shared-files, did not run:\n\n    no plugin')
})

test('a suite that does not run as it is has no other ways', () => {
  const asIs = way('as-is', { broken: 'not installed' })
  const text = markdownOf([suite({ asIs, ways: [] })], ['shared-files'])
  expect(text).toContain('| lib (vitest 4.1.0) | did not run |')
  expect(text).toContain('lib does not run as it is:\n\n    not installed')
})

test('a run in which all tests are the same, and which ends otherwise, is told', () => {
  const text = markdownOf([suite({ ways: [way('shared-files', { exitCode: 1 })] })], ['shared-files'])
  expect(text).toContain('lib, shared-files: all tests are the same, but it ended with exit code 1.')
})
