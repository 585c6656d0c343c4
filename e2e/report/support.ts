/** What the suites for the report share. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Project } from '../harness/index.ts'

/** The report, as far as the suites look at it. */
export interface WrittenReport {
  readonly version: number
  readonly runs: readonly { readonly host: string; readonly workers: number }[]
  readonly files: readonly {
    readonly path: string
    readonly world: string
    readonly resets: number
    readonly leaks: readonly {
      readonly what: string
      readonly kind: string
      readonly fate: string
      readonly by?: string
    }[]
    readonly dirty: readonly { readonly path: string; readonly fate: string }[]
  }[]
  readonly modules: readonly {
    readonly path: string
    readonly evaluations: number
    readonly selfMs: number
    readonly files: number
    readonly verdict: string
    readonly kept: readonly { readonly reason: string }[]
  }[]
  readonly packages: readonly {
    readonly name: string
    readonly files: readonly string[]
    readonly copies: readonly { readonly version: string; readonly chain: readonly string[] }[]
  }[]
  readonly waits: readonly { readonly module: string; readonly file: string; readonly heldBy?: string }[]
  readonly advice: readonly { readonly about: string; readonly subject: string }[]
}

export interface WrittenFiles {
  readonly report: WrittenReport
  readonly json: string
  readonly page: string
}

const JSON_FILE = 'fresh-modules-report.json'
const PAGE_FILE = 'fresh-modules-report.html'

export function writtenIn({ dir }: Project): WrittenFiles {
  const json = readFileSync(join(dir, JSON_FILE), 'utf8')
  return {
    report: JSON.parse(json) as WrittenReport,
    json,
    page: readFileSync(join(dir, PAGE_FILE), 'utf8'),
  }
}

export function hasWritten({ dir }: Project): boolean {
  return existsSync(join(dir, JSON_FILE)) || existsSync(join(dir, PAGE_FILE))
}

/** What the census prints of each package, without what stands around it. */
export function censusIn(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => /^ {2}\S+: .+\(imported by .+\)/.test(line))
    .map((line) => line.trim())
}

/** What it prints of `twofold`. Which test file was the first, depends on which worker began first. */
export const censusLine = (loader: string) =>
  expect.stringMatching(
    new RegExp(
      `^twofold: 1\\.0\\.0 CommonJS by ${loader} \\(imported by src/[ab]\\.test\\.ts\\); ` +
        `2\\.0\\.0 CommonJS by ${loader} \\(imported by node_modules/wrapper/index\\.js\\)$`,
    ),
  )

export const CENSUS_RULE = "{ match: 'twofold', allowReimport: false, across: 'versions' }"

/** Names -> what became of it, for one file. */
export function leaksOf({ files }: WrittenReport, path: string): Record<string, string> {
  const leaks = files.find((file) => file.path === path)?.leaks ?? []
  return Object.fromEntries(leaks.map(({ what, fate }) => [what, fate]))
}

/** Logs to a file which files of the report any process of a run loads. To be preloaded by `NODE_OPTIONS`. */
export const LOAD_SPY = `
  const { appendFileSync } = require('node:fs')
  const nodeModule = require('node:module')
  const note = (url) => {
    if (/internal[-/]report|report-page/.test(url)) appendFileSync(process.env.LOAD_LOG, url + '\\n')
  }
  if (nodeModule.registerHooks) {
    nodeModule.registerHooks({
      load(url, context, next) {
        note(url)
        return next(url, context)
      },
    })
  } else {
    // Older Nodes tell a thread of their own of ES modules, and nobody of CommonJS.
    const { _load } = nodeModule
    nodeModule._load = function (request, ...rest) {
      note(request)
      return _load.call(this, request, ...rest)
    }
    nodeModule.register('data:text/javascript,' + encodeURIComponent(
      "import { appendFileSync } from 'node:fs'\\n" +
      "export const load = (url, context, next) => (note(url), next(url, context))\\n" +
      'const note = ' + note,
    ))
  }
`

/** In a test: nothing that the core keeps is the report's. */
export const NO_FIELD = `
  test('keeps no field', () => {
    const { state, host } = globalThis[Symbol.for('fresh-modules.host')]
    const names = [...Object.keys(state), ...Object.keys(state.guard), ...Object.keys(host)]
    expect(names.filter((name) => /report/i.test(name)).filter((name) => name !== 'unreported')).toEqual([])
  })
`
