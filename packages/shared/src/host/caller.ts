/** Whom specifiers are relative to: the file that calls us, by its path as it runs, not as source maps say. */
import { fileURLToPath } from 'node:url'
import { OWN_FILE } from '../own-file.ts'
import { BadOptionError } from './errors.ts'
import { fileOf } from './module-id.ts'
import { isUrl } from './options.ts'

/** The nearest file above our own frames: its absolute path, or its URL if it is no file. */
export function callingFile(isPassedOver: (file: string) => boolean = () => false): string | undefined {
  // The caller is near the top as a rule, and each frame costs time.
  return nearestFile(stackSites(8), isPassedOver) ?? nearestFile(stackSites(100), isPassedOver)
}

/**
 * The files that have called each other on the way here, nearest first, up to where the framework has called the first
 * of them.
 */
export function callingFiles(isFramework: (file: string) => boolean): Set<string> {
  const files = new Set<string>()
  for (const site of stackSites(100)) {
    const file = fileOfSite(site)
    if (!file || file.startsWith('node:')) continue
    const path = pathOf(file)
    if (!isOwnFile(path) && !isFramework(path)) files.add(path)
    else if (files.size > 0) break
  }
  return files
}

function nearestFile(
  sites: NodeJS.CallSite[],
  isPassedOver: (file: string) => boolean = () => false,
): string | undefined {
  for (const site of sites) {
    const file = fileOfSite(site)
    if (!file || file.startsWith('node:') || isOwnFile(file)) continue
    const path = pathOf(file)
    if (!isPassedOver(path)) return path
  }
  return undefined
}

/**
 * File, line and column in the source of the nearest frame above ours, e.g. `/app/a.test.ts:3:5`. Unlike the calling
 * file this is for people to read: the framework's source maps apply, and applying them takes milliseconds. Where that
 * may not be needed in the end, make an error at the place and pass it when it is.
 */
export function callSite(isPassedOver: (file: string) => boolean, place = new Error()): string | undefined {
  for (const line of (place.stack ?? '').split('\n').slice(1)) {
    const [, file, position] = FRAME.exec(line) ?? []
    if (file === undefined || isOwnFile(file)) continue
    const path = pathOf(file)
    if (!isPassedOver(path)) return `${path}${position}`
  }
  return undefined
}

const FRAME = /\(?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^()]*?)(:\d+:\d+)\)?$/

/** The file of the frame that a function of this name has called. */
export function fileCalledBy(functionName: string): string | undefined {
  const sites = stackSites(200, fileCalledBy)
  const boundary = sites.findIndex((site) => site.getFunctionName() === functionName)
  const called = sites[boundary - 1]
  const file = called && fileOfSite(called)
  return file && pathOf(file)
}

function fileOfSite(site: NodeJS.CallSite): string | undefined {
  return site.getFileName() ?? site.getEvalOrigin()
}

const sitesOnly = (_: Error, sites: NodeJS.CallSite[]): NodeJS.CallSite[] => sites

/** The frames above `above`, nearest first. */
function stackSites(limit: number, above: Helper = stackSites as Helper): NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = limit
    // Frameworks install a formatter that applies source maps. We want the file that runs.
    Error.prepareStackTrace = sitesOnly
    const holder: { stack?: unknown } = {}
    Error.captureStackTrace(holder, above)
    return holder.stack as NodeJS.CallSite[]
  } finally {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  }
}

// biome-ignore lint/suspicious/noExplicitAny: any function may be the one that users call
type Helper = (...args: any[]) => unknown

/**
 * `from` as given, or the calling file. Relative specifiers need one of them.
 *
 * @param helper The function that users call: the frame above it is the caller's, with no need to look at more.
 */
export function importerOf(
  call: string,
  specifier: string,
  from: string | URL | undefined,
  helper?: Helper,
): string {
  if (from !== undefined) return pathOf(isUrl(from) ? from.href : from)
  const caller = (helper && nearestFile(stackSites(1, helper))) ?? callingFile()
  // `node -e` and standard input: CommonJS there is `[eval]` or `[stdin]`, which Node resolves from where it was started.
  if (caller?.startsWith('[')) return `${process.cwd()}/${caller}`
  if (caller !== undefined) return caller
  if (/^\.{1,2}(?:\/|$)/.test(specifier)) {
    throw new BadOptionError(
      call,
      `"${specifier}" is relative, and there is no calling file to be found`,
      'Pass { from: import.meta.url }.',
    )
  }
  return `${process.cwd()}/`
}

// File as a stack shows it -> its path. As many entries as there are files that call us or that we consist of.
const paths = new Map<string, string>()

function pathOf(file: string): string {
  let path = paths.get(file)
  if (path === undefined) {
    path = file.startsWith('file:') ? fileURLToPath(file) : fileOf(file)
    paths.set(file, path)
  }
  return path
}

// Our own folder, whether it runs from source or from one of the builds; our tests are callers like any other.
const OWN_FOLDER = folderOf(OWN_FILE)

/** Whether a file belongs to fresh-modules itself. */
export function isOwnFile(file: string): boolean {
  const path = pathOf(file)
  return path.startsWith(OWN_FOLDER) && !/\.(?:test|contract)\.[cm]?[jt]s$/.test(path)
}

function folderOf(file: string): string {
  return file.replace(/[^\\/]*$/, '')
}
