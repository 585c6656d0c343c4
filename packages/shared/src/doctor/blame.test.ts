import { expect, test } from 'vitest'
import { type Blame, blameFor, type Case, type Laboratory, type Trial } from './blame.ts'
import { type Results, testFileOf } from './results.ts'
import { asIs, isolatedDefaults, sharedRaw } from './ways.ts'

const suite: Readonly<Record<string, readonly string[]>> = {
  'a.test.ts': ['a.test.ts > one', 'a.test.ts > two', 'a.test.ts > four'],
  'b.test.ts': ['b.test.ts > one', 'b.test.ts > two'],
  'c.test.ts': ['c.test.ts > one', 'c.test.ts > two', 'c.test.ts > three'],
}

/** What ran, and in which way, decides whether the last test of `c.test.ts` fails. */
function laboratoryWhere(fails: (ran: readonly string[], trial: Trial) => boolean): Laboratory {
  return {
    testsOf: (file) => suite[file] ?? [],
    async run(trial): Promise<Results> {
      const all = trial.files.flatMap((file) => suite[file] ?? [])
      const ran = trial.tests ? all.filter((name) => trial.tests?.includes(name)) : all
      const failed = fails(ran, trial)
      const tests = ran.map(
        (name) => [name, { status: name === victim && failed ? 'failed' : 'passed' }] as const,
      )
      return { tests: Object.fromEntries(tests), failedFiles: {}, order: [...new Set(ran.map(testFileOf))] }
    },
  }
}

const victim = 'c.test.ts > three'
const shared: Case = { test: victim, way: sharedRaw, before: ['a.test.ts', 'b.test.ts'], after: [] }
const isolated: Case = { test: victim, way: isolatedDefaults, before: [], after: [] }

const blame = (theCase: Case, fails: Parameters<typeof laboratoryWhere>[0]): Promise<Blame> =>
  blameFor(theCase, laboratoryWhere(fails))

test('the one test of an earlier file that is enough', async () => {
  expect(await blame(shared, (ran) => ran.includes('a.test.ts > two'))).toEqual({
    kind: 'file',
    file: 'a.test.ts',
    test: 'a.test.ts > two',
  })
})

test('an earlier file that does it while it is loaded', async () => {
  expect(await blame(shared, (_, { files }) => files.includes('b.test.ts'))).toEqual({
    kind: 'file',
    file: 'b.test.ts',
    whileLoading: true,
  })
})

test('any file that comes first', async () => {
  expect(await blame(shared, (_, { files }) => files.length > 1)).toEqual({
    kind: 'file',
    file: 'b.test.ts',
    orFile: 'a.test.ts',
  })
})

test('any file that comes first, where one alone did', async () => {
  const theCase: Case = { ...shared, before: ['a.test.ts'], after: ['b.test.ts'] }
  expect(await blame(theCase, (_, { files }) => files.length > 1)).toEqual({
    kind: 'file',
    file: 'a.test.ts',
    orFile: 'b.test.ts',
  })
})

test('a file whose tests do it only together', async () => {
  const both = ['a.test.ts > one', 'a.test.ts > four']
  expect(await blame(shared, (ran) => both.every((name) => ran.includes(name)))).toEqual({
    kind: 'file',
    file: 'a.test.ts',
  })
})

test('two files that do it only together', async () => {
  const both = ['a.test.ts', 'b.test.ts']
  expect(await blame(shared, (_, { files }) => both.every((file) => files.includes(file)))).toEqual({
    kind: 'two-files',
    files: both,
  })
})

test('three files that do it only together', async () => {
  const three: Case = { ...shared, before: ['a.test.ts', 'b.test.ts', 'd.test.ts'] }
  expect(await blame(three, (_, { files }) => files.length === 4)).toEqual({
    kind: 'files',
    file: 'a.test.ts',
    others: 2,
  })
})

test('what does not happen in one worker is not explained', async () => {
  expect(await blame(shared, () => false)).toMatchObject({ kind: 'unknown' })
})

test('a test that passes only after an earlier one, as the suite is', async () => {
  const needs = 'c.test.ts > one'
  const fails = (ran: readonly string[], { way }: Trial): boolean => way !== asIs || !ran.includes(needs)
  expect(await blame(isolated, fails)).toEqual({ kind: 'needs', test: needs })
})

test('an earlier test of its own file that makes it fail in this way alone', async () => {
  const culprit = 'c.test.ts > two'
  const fails = (ran: readonly string[], { way }: Trial): boolean => way !== asIs && ran.includes(culprit)
  expect(await blame(isolated, fails)).toEqual({ kind: 'test', test: culprit })
})

test('a test that fails when nothing else runs', async () => {
  expect(await blame(isolated, (_, { way }) => way !== asIs)).toEqual({ kind: 'itself' })
  expect(await blame(shared, (_, { way }) => way !== asIs)).toEqual({ kind: 'itself' })
})

test('a test that is left out where it is chosen by name is not taken for one that fails', async () => {
  const laboratory = laboratoryWhere((_, { files }) => files.includes('a.test.ts'))
  const skips: Laboratory = {
    ...laboratory,
    async run(trial) {
      const results = await laboratory.run(trial)
      return trial.tests ? { ...results, tests: { [victim]: { status: 'skipped' } } } : results
    },
  }
  expect(await blameFor(shared, skips)).toEqual({ kind: 'file', file: 'a.test.ts' })
  expect(await blameFor(isolated, skips)).toMatchObject({ kind: 'unknown' })
})

test('tests of one name cannot be told apart, and are not', async () => {
  const laboratory = laboratoryWhere((_, { files }) => files.includes('a.test.ts'))
  const sameNames: Laboratory = { ...laboratory, testsOf: (file) => [`${file} > three`] }
  expect(await blameFor(shared, sameNames)).toEqual({ kind: 'file', file: 'a.test.ts' })
})

test('a file that fails by itself is looked for in files', async () => {
  const theCase = { ...shared, test: 'c.test.ts' }
  const found = await blameFor(theCase, {
    testsOf: () => [],
    run: async ({ files }) => ({
      tests: {},
      failedFiles: files.includes('a.test.ts') ? { 'c.test.ts': 'no' } : {},
      order: files,
    }),
  })
  expect(found).toEqual({ kind: 'file', file: 'a.test.ts' })
})
