/** One report of several: of shards, machines, frameworks. */
import { BadOptionError } from '../host/errors.ts'
import { adviceFor } from './advice.ts'
import {
  type FileReport,
  type ModuleReport,
  type PackageReport,
  REPORT_NAME,
  REPORT_VERSION,
  type Report,
} from './schema.ts'

/**
 * Adds up reports. Modules and packages of the same path or name are one, and so are runs of the same id, as of a worker
 * that came late. Advice is worked out again, from all of them together.
 */
export function mergeReports(reports: readonly Report[]): Report {
  const runs: Report['runs'][number][] = []
  const files: FileReport[] = []
  for (const report of reports) {
    const indexes = report.runs.map((run) => {
      const known = runs.findIndex(({ id }) => id === run.id)
      if (known === -1) return runs.push(run) - 1
      const other = runs[known] as typeof run
      runs[known] = {
        ...other,
        startedAt: [other.startedAt, run.startedAt].sort()[0] as string,
        endedAt: [other.endedAt, run.endedAt].sort()[1] as string,
        workers: other.workers + run.workers,
      }
      return known
    })
    files.push(...report.files.map((file) => ({ ...file, run: indexes[file.run] ?? 0 })))
  }
  const facts = {
    name: REPORT_NAME,
    version: REPORT_VERSION,
    runs,
    files: files.sort((one, other) => (one.path < other.path ? -1 : 1)),
    modules: mergedBy(
      reports.flatMap(({ modules }) => modules),
      ({ path }) => path,
      mergeModules,
    ),
    packages: mergedBy(
      reports.flatMap(({ packages }) => packages),
      ({ name }) => name,
      mergePackages,
    ),
    waits: reports.flatMap(({ waits }) => waits),
  } as const
  return { ...facts, advice: adviceFor(facts) }
}

/**
 * A report as it was read from a file.
 *
 * @throws `ERR_BAD_OPTION` for what is no report, and for one of another version
 */
export function parseReport(text: string, file: string): Report {
  const again = 'Run the tests again with FRESH_MODULES_REPORT=1, and merge what that writes.'
  let parsed: Partial<Report> | null
  try {
    parsed = JSON.parse(text) as Partial<Report> | null
  } catch {
    throw new BadOptionError(`read "${file}"`, 'it is not JSON', again)
  }
  if (parsed?.name !== REPORT_NAME) throw new BadOptionError(`read "${file}"`, 'it is no report', again)
  if (parsed.version !== REPORT_VERSION) {
    throw new BadOptionError(
      `read "${file}"`,
      `its version is ${parsed.version}, and this one of fresh-modules knows ${REPORT_VERSION}`,
      'Use the version of fresh-modules that has written it.',
    )
  }
  return parsed as Report
}

function mergedBy<T>(all: readonly T[], keyOf: (one: T) => string, merge: (one: T, other: T) => T): T[] {
  const merged = new Map<string, T>()
  for (const one of all) {
    const known = merged.get(keyOf(one))
    merged.set(keyOf(one), known ? merge(known, one) : one)
  }
  return [...merged].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value)
}

function mergeModules(one: ModuleReport, other: ModuleReport): ModuleReport {
  const kept = new Map<string, number>()
  for (const { reason, files } of [...one.kept, ...other.kept])
    kept.set(reason, (kept.get(reason) ?? 0) + files)
  const judged = one.verdict === 'unknown' ? other : one
  return {
    ...judged,
    evaluations: one.evaluations + other.evaluations,
    selfMs: Math.round((one.selfMs + other.selfMs) * 1000) / 1000,
    files: one.files + other.files,
    kept: Array.from(kept, ([reason, files]) => ({ reason, files })),
    dirtyIn: one.dirtyIn + other.dirtyIn,
    leaks: one.leaks + other.leaks,
  }
}

function mergePackages(one: PackageReport, other: PackageReport): PackageReport {
  const copies = mergedBy(
    [...one.copies, ...other.copies],
    ({ dir, format, loader }) => [dir, format, loader].join('\0'),
    (copy) => copy,
  )
  return { ...one, copies, files: [...new Set([...one.files, ...other.files])].sort() }
}
