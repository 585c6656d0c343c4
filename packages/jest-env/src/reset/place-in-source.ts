/**
 * Where in its source a file has called. The framework's formatter of stacks finds it as well, and takes tens of milliseconds for
 * each file: it indexes the source maps of all files in the stack, in both directions.
 */
import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { sitesOf } from '@fresh-modules/restore-globals'

/**
 * @param trace An error of `realm` that nobody else has: its stack cannot be read as text afterwards.
 * @param sourceMapOf Path of the source map of a file; undefined where it runs as it is written
 * @returns the line, counted from 1; undefined where the file is not in the trace
 */
export function lineInSource(
  trace: Error,
  realm: typeof globalThis,
  file: string,
  sourceMapOf: (file: string) => string | undefined,
): number | undefined {
  const site = sitesOf(trace, realm).find((site) => site.getFileName() === file)
  const line = site?.getLineNumber() ?? undefined
  if (site === undefined || line === undefined) return undefined
  const map = readMap(sourceMapOf(file))
  if (map === undefined) return line
  // Counted from 0 in source maps.
  const entry = map.findEntry(line - 1, (site.getColumnNumber() ?? 1) - 1)
  return 'originalLine' in entry ? entry.originalLine + 1 : line
}

function readMap(path: string | undefined): SourceMap | undefined {
  if (path === undefined) return undefined
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload)
  } catch {
    // Jest's cache has been emptied meanwhile.
    return undefined
  }
}
