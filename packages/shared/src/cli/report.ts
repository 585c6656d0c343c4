/** `fresh-modules report merge <files>` */
import { BadOptionError } from '../host/errors.ts'
import { mergeReportFiles } from '../report/write-report.ts'

const USAGE = `Usage: fresh-modules report merge <file> <file> …

Merges reports of several shards or machines (fresh-modules-report.json), and writes fresh-modules-report.json and
fresh-modules-report.html into this folder.`

/** @returns the exit code */
export async function report([action, ...files]: readonly string[]): Promise<number> {
  if (action === '--help' || action === '-h') {
    console.log(USAGE)
    return 0
  }
  if (action !== 'merge') {
    const why = action === undefined ? 'nothing says what is to be done' : `there is no "report ${action}"`
    throw new BadOptionError('run fresh-modules report', why, USAGE)
  }
  const { lines } = mergeReportFiles(files, process.cwd())
  console.log(lines.join('\n'))
  return 0
}
