/** Puts a report where users find it: JSON, the page, and lines for the terminal. */
import fs from 'node:fs'
import path from 'node:path'
import { BadOptionError } from '../host/errors.ts'
import { OWN_FILE } from '../own-file.ts'
import { type BuildOptions, buildReport } from './build-report.ts'
import { censusLines } from './census.ts'
import { reportLines } from './lines.ts'
import { mergeReports, parseReport } from './merge-reports.ts'
import { pageWith } from './page.ts'
import { readParts, removeParts } from './parts.ts'
import type { Report } from './schema.ts'

// Taken once: tests spy on fs, and in Jest this runs where they do.
const { readFileSync, writeFileSync } = fs

const JSON_FILE = 'fresh-modules-report.json'
const PAGE_FILE = 'fresh-modules-report.html'

export interface WrittenReport {
  readonly report: Report
  /** For the terminal. */
  readonly lines: readonly string[]
}

/** Writes a report into a folder, as JSON and as the page. */
function writeReport(report: Report, folder: string): WrittenReport {
  const page = pageWith(pageTemplate(), report)
  writeFileSync(path.join(folder, JSON_FILE), `${JSON.stringify(report)}\n`)
  writeFileSync(path.join(folder, PAGE_FILE), page)
  return { report, lines: reportLines(report, PAGE_FILE) }
}

interface FinishedRun extends BuildOptions {
  /** Where the report is written. */
  readonly root: string
  /** Whether it is added to what is there of the same run: one of its workers may have come late. */
  readonly addsTo?: boolean
}

/**
 * The run has ended: makes report and census of what its workers have written, and removes that.
 *
 * @returns lines for the terminal; none where no worker has run a file to its end
 */
export function finishRun(parts: string, run: FinishedRun): string[] {
  const workers = readParts(parts)
  removeParts(parts)
  const report = buildReport(workers, run)
  const census = censusLines(workers)
  if (!report) return census
  const earlier = run.addsTo ? earlierPart(run) : undefined
  const { lines } = writeReport(earlier ? mergeReports([earlier, report]) : report, run.root)
  return [...lines, ...census]
}

function earlierPart({ id, root }: FinishedRun): Report | undefined {
  try {
    const earlier = parseReport(readFileSync(path.join(root, JSON_FILE), 'utf8'), JSON_FILE)
    return earlier.runs.length === 1 && earlier.runs[0]?.id === id ? earlier : undefined
  } catch {
    // There is none, or one of another version.
    return undefined
  }
}

/**
 * Merges reports of several shards or machines: what `npx fresh-modules report merge a.json b.json` does.
 *
 * @param folder where the merged report is written
 * @throws `ERR_BAD_OPTION` for a file that is missing or is no report; nothing is written then
 */
export function mergeReportFiles(files: readonly string[], folder: string): WrittenReport {
  if (files.length === 0) throw new BadOptionError('merge reports', 'none is named', MERGE)
  return writeReport(mergeReports(files.map((file) => parseReport(textOf(file), file))), folder)
}

const MERGE = 'Name the files: npx fresh-modules report merge a.json b.json'

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new BadOptionError(`read "${file}"`, (error as NodeJS.ErrnoException).code ?? String(error), MERGE)
  }
}

/** Built into this package, next to its code. */
function pageTemplate(): string {
  return readFileSync(path.join(path.dirname(OWN_FILE), 'report-page.html'), 'utf8')
}
