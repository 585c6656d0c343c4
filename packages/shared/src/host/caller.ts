/** Whom specifiers are relative to: the file that calls us, by its path as it runs, not as source maps say. */
import { fileURLToPath } from 'node:url'
import { OWN_FILE } from '../own-file.ts'
import { BadOptionError } from './errors.ts'
import { fileOf } from './module-id.ts'
import { isUrl } from './options.ts'
import { type Called, callSites } from './stack.ts'

/** The nearest file above our own frames: its absolute path, or its URL if it is no file. @internal */
export function callingFile(isPassedOver: (file: string) => boolean = () => false): string | undefined {
  // The caller is near the top as a rule, and each frame costs time.
  const within = (limit: number) => nearestFile(callSites(limit, callingFile), isPassedOver)
  return within(8) ?? within(100)
}

/**
 * The files that have called each other on the way here, nearest first, up to where the framework has called the first
 * of them.
 */
export function callingFiles(isFramework: (file: string) => boolean): Set<string> {
  return untilFramework(callSites(100, callingFiles).map(fileOfSite), isFramework)
}

/** The same of an error that was made at the place: for later, since the text of a stack costs milliseconds to make. */
export function callingFilesOf({ stack = '' }: Error, isFramework: (file: string) => boolean): Set<string> {
  const files = stack.split('\n').map((line) => FRAME.exec(line)?.[1])
  return untilFramework(files.slice(1), isFramework)
}

function untilFramework(
  files: readonly (string | undefined)[],
  isFramework: (file: string) => boolean,
): Set<string> {
  const found = new Set<string>()
  for (const file of files) {
    if (!file || file.startsWith('node:')) continue
    const path = pathOf(file)
    if (!isOwnFile(path) && !isFramework(path)) found.add(path)
    else if (found.size > 0) break
  }
  return found
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

// A path stands after a space or a parenthesis: what Node has built in is `node:internal/modules/run_main`.
const FRAME = /(?<=[\s(])((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^()]*?)(:\d+:\d+)\)?$/

/** The file of the frame that a function of this name has called. */
export function fileCalledBy(functionName: string): string | undefined {
  const sites = callSites(200, fileCalledBy)
  const boundary = sites.findIndex((site) => site.getFunctionName() === functionName)
  const called = sites[boundary - 1]
  const file = called && fileOfSite(called)
  return file && pathOf(file)
}

function fileOfSite(site: NodeJS.CallSite): string | undefined {
  return site.getFileName() ?? site.getEvalOrigin()
}

/**
 * `from` as given, or the calling file. Relative specifiers need one of them.
 *
 * @param helper The function that users call: the frame above it is the caller's, with no need to look at more.
 */
export function importerOf(
  call: string,
  specifier: string,
  from: string | URL | undefined,
  helper?: Called,
): string {
  if (from !== undefined) return pathOf(isUrl(from) ? from.href : from)
  const caller = (helper && nearestFile(callSites(1, helper))) ?? callingFile()
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
