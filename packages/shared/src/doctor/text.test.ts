import { expect, test } from 'vitest'
import type { Blame } from './blame.ts'
import type { Examination, Failure, WayOutcome } from './examination.ts'
import { sentenceOf, textOf } from './text.ts'

const failure = (test: string, more: Partial<Failure> = {}): Failure => ({
  test,
  now: 'failed',
  error: 'Error: no',
  in: 'run',
  ...more,
})

const raw: WayOutcome = {
  name: 'shared-raw',
  title: 'shared workers, without fresh-modules',
  seconds: 4,
  failures: [],
  isSafe: true,
}
const defaults: WayOutcome = {
  name: 'shared-defaults',
  title: 'shared workers, defaults',
  seconds: 5,
  failures: [],
  isSafe: true,
}

const examination: Examination = {
  version: 1,
  framework: 'vitest',
  frameworkVersion: '5.1.0',
  green: 12,
  flaky: [],
  seconds: 20,
  projects: [],
  ways: [raw, defaults],
  notes: [],
  advice: {
    way: 'shared-defaults',
    why: 'all tests stay green',
    config: '// vitest.config.ts\nexport default {}',
  },
}

test('a clean suite: a table, and what to write', () => {
  expect(textOf(examination)).toBe(`
Vitest 5.1.0: 12 tests are green as the suite is.

  way                                     time          green tests that are not
  as it is                                20 s
  shared workers, without fresh-modules  4.0 s  × 0.20  none
  shared workers, defaults               5.0 s  × 0.25  none

To paste: all tests stay green.

  // vitest.config.ts
  export default {}`)
})

test('what fails is listed by file, those that were looked into first', () => {
  const failures = [
    failure('src/a.test.ts > one'),
    failure('src/b.test.ts > one', { blame: { kind: 'file', file: 'src/c.test.ts', whileLoading: true } }),
    failure('src/b.test.ts > two'),
    failure('src/b.test.ts > three'),
  ]
  const { advice: _, ...without } = examination
  const text = textOf({ ...without, ways: [{ ...raw, failures, isSafe: false }] })
  expect(text).toContain('× 0.20  4\n')
  expect(text).toContain(`
shared workers, without fresh-modules:
  src/b.test.ts > one
      Error: no
      made by src/c.test.ts, while it is loaded: none of its tests has to run
      and 2 more of this file
  src/a.test.ts > one
      Error: no
      not looked into: --search 100 looks into more files
`)
  expect(text).toMatch(/No way with fresh-modules leaves all tests green/)
})

test('long lists are cut', () => {
  const failures = Array.from({ length: 12 }, (_, index) => failure(`${index}.test.ts > one`))
  const flaky = Array.from({ length: 11 }, (_, index) => `flaky ${index}`)
  const text = textOf({ ...examination, flaky, ways: [{ ...raw, failures, isSafe: false }] })
  expect(text).toContain('\n  and 2 more files\n')
  expect(text).toContain('\n  flaky 9\n  and 1 more\n')
})

test('the table says what went wrong outside of tests, and in which order tests failed', () => {
  const problem = 'it was stopped after 120 s'
  const { seconds: _, ...unfinished } = raw
  const failures = [failure('a > 1', { in: 'reversed' })]
  const text = textOf({
    ...examination,
    ways: [
      { ...unfinished, isSafe: false, problem },
      { ...defaults, isSafe: false, failures },
    ],
  })
  expect(text).toMatch(/without fresh-modules +– +it did not run\n/)
  expect(text).toContain(`without fresh-modules:\n  ${problem}\n`)
  expect(text).toContain('1, if the files of a worker come in another order')
})

test.each<[Blame, string]>([
  [{ kind: 'file', file: 'a', test: 'a > sets' }, 'made by a: its test "sets" is enough'],
  [{ kind: 'file', file: 'a' }, 'made by a: it fails after that file, and passes alone'],
  [
    { kind: 'file', file: 'a', orFile: 'b' },
    'fails when another file has run before it: a is enough, and so is b',
  ],
  [
    { kind: 'files', file: 'a', others: 3 },
    'made by a and some of 3 files after it: neither it nor they are enough alone',
  ],
  [
    { kind: 'two-files', files: ['a', 'b'] },
    'made by a and b, in this order: neither is enough without the other',
  ],
  [{ kind: 'test', test: 'c > sets' }, 'made by an earlier test of its file: "sets"'],
  [
    { kind: 'needs', test: 'c > sets' },
    'relies on an earlier test of its file, "sets": it fails without that one as the suite is, too',
  ],
  [{ kind: 'itself' }, 'fails when no other test runs: nobody else makes it'],
  [{ kind: 'unknown', why: 'it passes alone' }, 'who makes it was not found: it passes alone'],
])('%o is said as: %s', (blame, sentence) => {
  expect(sentenceOf(blame, 'c > one')).toBe(sentence)
})
