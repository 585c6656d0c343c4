/** Who makes fail what fails: for the first files of each way, since each search takes several runs. */
import { type Blame, blameFor, type Laboratory } from './blame.ts'
import type { Failure } from './examination.ts'
import { type ExaminedWay, limitOf, requestOf, type Ward } from './examine-way.ts'
import { testFileOf, testNameOf } from './results.ts'

/** Adds to failures who made them, as far as it was looked for. */
export async function explain(
  ward: Ward,
  ways: readonly ExaminedWay[],
  searches: number,
): Promise<ExaminedWay[]> {
  /** `src/a.test.ts > adds` that fails in an isolated way → who made it: in a shared way it is the same. */
  const inOwnFile = new Map<string, Blame>()
  const explained: ExaminedWay[] = []
  // Isolated ways first.
  for (const found of [...ways].sort((a, b) => Number(b.way.isolate) - Number(a.way.isolate))) {
    explained.push(await explainWay(ward, found, searches, inOwnFile))
  }
  return ways.map(({ way }) => explained.find((found) => found.way === way) as ExaminedWay)
}

async function explainWay(
  ward: Ward,
  found: ExaminedWay,
  searches: number,
  inOwnFile: Map<string, Blame>,
): Promise<ExaminedWay> {
  const { way, outcome } = found
  const failures: Failure[] = []
  /** `src/a.test.ts` → who made its first test fail. */
  const ofFile = new Map<string, Blame>()
  for (const failure of outcome.failures) {
    const file = testFileOf(failure.test)
    const known = way.options && inOwnFile.get(failure.test)
    const isFirst = !known && !ofFile.has(file) && ofFile.size < searches
    const blame = known ?? (isFirst ? await search(ward, found, failure) : undefined)
    if (isFirst && blame) ofFile.set(file, blame)
    if (blame && way.isolate) inOwnFile.set(failure.test, blame)
    failures.push(blame ? { ...failure, blame } : failure)
  }
  return { ...found, outcome: { ...outcome, failures } }
}

function search(ward: Ward, { way, order }: ExaminedWay, { test }: Failure): Promise<Blame> {
  const { baseline, progress } = ward
  const file = testFileOf(test)
  const place = Math.max(order.indexOf(file), 0)
  const theCase = { test, way, before: order.slice(0, place), after: order.slice(place + 1) }
  return progress.ofSearch(`who makes ${file} fail, ${way.title}`, baseline.seconds, async () => {
    const blame = await blameFor(theCase, laboratoryOf(ward))
    return [blame, foundIn(blame)]
  })
}

function laboratoryOf(ward: Ward): Laboratory {
  const { runner, baseline } = ward
  const names = Object.keys(baseline.results.tests)
  return {
    testsOf: (file) => names.filter((name) => testFileOf(name) === file),
    async run({ way, files, tests }) {
      const request = {
        ...requestOf(ward, way),
        order: files,
        ...(tests ? { tests: tests.map(testNameOf) } : {}),
      }
      const { results } = await runner.run(request, limitOf(ward))
      return results
    },
  }
}

function foundIn(blame: Blame): string {
  if (blame.kind === 'file') return blame.orFile ? 'another file before it' : (blame.test ?? blame.file)
  if (blame.kind === 'two-files') return blame.files.join(' and ')
  if (blame.kind === 'files') return `${blame.file} and others`
  if (blame.kind === 'itself') return 'itself'
  return blame.kind === 'unknown' ? 'nothing found' : blame.test
}
