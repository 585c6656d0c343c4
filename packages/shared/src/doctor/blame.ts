/**
 * Who makes a test fail: found by running less and less of what ran before it. What is said is what was seen in such runs, and
 * nothing that was only guessed.
 */
import { lastNeeded } from './bisect.ts'
import { type Results, testFileOf, testNameOf } from './results.ts'
import { asIs, type Way } from './ways.ts'

export type Blame =
  /** With that file before it, and no other, it fails. */
  | {
      readonly kind: 'file'
      readonly file: string
      /** The test of that file which is enough. */
      readonly test?: string
      /** It is enough to load that file: none of its tests has to run. */
      readonly whileLoading?: true
      /** Another file that is enough as well: it may be about any file that comes first. */
      readonly orFile?: string
    }
  /** Those two files, in this order: neither is enough without the other. */
  | { readonly kind: 'two-files'; readonly files: readonly [string, string] }
  /** That file and the ones after it: neither is enough without the other. */
  | { readonly kind: 'files'; readonly file: string; readonly others: number }
  /** An earlier test of the same file. */
  | { readonly kind: 'test'; readonly test: string }
  /** It passes only after that earlier test of its own file, without fresh-modules too. */
  | { readonly kind: 'needs'; readonly test: string }
  /** It fails when nothing else runs. */
  | { readonly kind: 'itself' }
  | { readonly kind: 'unknown'; readonly why: string }

export interface Case {
  /** The test, or the file where that fails by itself. */
  readonly test: string
  readonly way: Way
  /** The files that ran before its own. */
  readonly before: readonly string[]
  /** Those that ran after it. */
  readonly after: readonly string[]
}

/** @internal Exported for unit tests. */
export interface Trial {
  readonly way: Way
  /** Those files in that order, in one worker. */
  readonly files: readonly string[]
  /** Those tests of them; if left out, all. */
  readonly tests?: readonly string[]
}

export interface Laboratory {
  run(trial: Trial): Promise<Results>
  /** The tests of a file, in their order. */
  testsOf(file: string): readonly string[]
}

export async function blameFor(theCase: Case, laboratory: Laboratory): Promise<Blame> {
  try {
    return await search(theCase, laboratory)
  } catch (error) {
    if (!(error instanceof NotRun)) throw error
    return { kind: 'unknown', why: 'it does not run when tests are chosen by name' }
  }
}

async function search(theCase: Case, laboratory: Laboratory): Promise<Blame> {
  const { test, way, before, after } = theCase
  const file = testFileOf(test)
  const failsAfter = async (files: readonly string[], tests?: readonly string[]): Promise<boolean> =>
    !isGreen(test, await laboratory.run({ way, files: [...files, file], ...(tests ? { tests } : {}) }), tests)

  if (way.isolate !== false || (await failsAfter([]))) return blameInFile(theCase, laboratory)
  if (before.length === 0 || !(await failsAfter(before))) {
    return {
      kind: 'unknown',
      why: 'it passes when the files that started before it run before it in one worker',
    }
  }
  const place = await lastNeeded(before.length, (from) => failsAfter(before.slice(from)))
  const culprit = before[place] as string
  const others = before.slice(place + 1)
  if (others.length > 0 && !(await failsAfter([culprit]))) return blameTogether(culprit, others, failsAfter)

  const other = [...before, ...after].find((name) => name !== culprit)
  if (other !== undefined && (await failsAfter([other]))) {
    return { kind: 'file', file: culprit, orFile: other }
  }
  if (isFile(test)) return { kind: 'file', file: culprit }
  const tests = laboratory.testsOf(culprit)
  if (!canBeNamed(tests, test)) return { kind: 'file', file: culprit }
  const part = await partOf(tests, (some) => failsAfter([culprit], [...some, test])).catch(nothingFound)
  return { kind: 'file', file: culprit, ...part }
}

/** A file is not enough alone, and what comes after it is not without that file. */
async function blameTogether(
  file: string,
  others: readonly string[],
  failsAfter: (files: readonly string[]) => Promise<boolean>,
): Promise<Blame> {
  const place = await lastNeeded(others.length, (from) => failsAfter([file, ...others.slice(from)]))
  const other = others[place] as string
  const isEnough = others.length === 1 || (await failsAfter([file, other]))
  return isEnough
    ? { kind: 'two-files', files: [file, other] }
    : { kind: 'files', file, others: others.length }
}

/** Which tests of an earlier file are enough; nothing, if no single one is found. */
async function partOf(
  tests: readonly string[],
  fails: (tests: readonly string[]) => Promise<boolean>,
): Promise<{ test?: string; whileLoading?: true }> {
  if (!(await fails(tests))) return {}
  if (await fails([])) return { whileLoading: true }
  const place = await lastNeeded(tests.length, (from) => fails(tests.slice(from)))
  const found = tests[place] as string
  const isEnough = place === tests.length - 1 || (await fails([found]))
  return isEnough ? { test: found } : {}
}

/** It fails with no other file before it. */
async function blameInFile({ test, way }: Case, { run, testsOf }: Laboratory): Promise<Blame> {
  if (isFile(test)) return { kind: 'itself' }
  const files = [testFileOf(test)]
  const all = testsOf(testFileOf(test))
  const earlier = all.slice(0, Math.max(all.indexOf(test), 0))
  if (!canBeNamed(earlier, test)) {
    return {
      kind: 'unknown',
      why: 'its file has too many tests, or several of its name, to choose some by name',
    }
  }
  const isGreenAfter = async (way: Way, tests: readonly string[]): Promise<boolean> =>
    isGreen(test, await run({ way, files, tests: [...tests, test] }), tests)

  if (!(await isGreenAfter(asIs, []))) {
    if (!(await isGreenAfter(asIs, earlier))) {
      return { kind: 'unknown', why: 'it fails as the suite is when tests are chosen by name' }
    }
    const place = await lastNeeded(earlier.length, (from) => isGreenAfter(asIs, earlier.slice(from)))
    return { kind: 'needs', test: earlier[place] as string }
  }
  if (!(await isGreenAfter(way, []))) return { kind: 'itself' }
  if (await isGreenAfter(way, earlier))
    return { kind: 'unknown', why: 'it passes when tests are chosen by name' }
  const place = await lastNeeded(
    earlier.length,
    async (from) => !(await isGreenAfter(way, earlier.slice(from))),
  )
  return { kind: 'test', test: earlier[place] as string }
}

/** The test was left out of a run that it was chosen for: its name is not what the framework takes it for. */
class NotRun extends Error {}

function nothingFound(error: unknown): object {
  if (error instanceof NotRun) return {}
  throw error
}

/**
 * Whether tests can be run or left out, while another one is run. Names are handed over in one argument, and Windows takes some
 * 32 000 characters in all.
 */
const canBeNamed = (tests: readonly string[], another: string): boolean =>
  tests.join('').length < 16_000 && !tests.some((test) => testNameOf(test) === testNameOf(another))

const isFile = (test: string): boolean => testFileOf(test) === test

/** @param chosen the tests that were chosen by name, if any were */
function isGreen(test: string, { tests, failedFiles }: Results, chosen?: readonly string[]): boolean {
  if (isFile(test)) return failedFiles[test] === undefined
  const status = tests[test]?.status
  if (chosen && status === 'skipped') throw new NotRun()
  return status === 'passed'
}
