/** Facts about resets: each is a test file in a project that many share, so that the framework starts once for all. */
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type FileTree,
  type Host,
  project,
  type RunOptions,
  type RunResult,
  type TestResult,
} from '../harness/index.ts'
import { configWith } from '../vitest/support.ts'

/** What a run says of one test file. */
export interface FactResult {
  readonly tests: readonly TestResult[]
  /** `task.meta.freshModules` of the file. */
  readonly summary: FileSummary | undefined
  /** Why the file itself failed. */
  readonly message: string
  readonly run: RunResult
}

interface FileSummary {
  readonly resets: number
  readonly kept: readonly { readonly id: string; readonly reason: string }[]
  readonly notes: readonly string[]
}

/** A test file alone, which has to pass with all of its tests; or with more files, and a look at the result. */
export type Fact =
  | string
  | {
      readonly test: string
      readonly files?: FileTree
      readonly check?: (result: FactResult) => void
    }

export interface FactsProject {
  /** Files outside of the facts' folders: `src/...`, setup files. */
  readonly files?: FileTree
  /** Fields of `test` in the config, as source text. */
  readonly test?: string
  /** Argument of the plugin, as source text. */
  readonly options?: string
  readonly args?: readonly string[]
  readonly run?: RunOptions
  /** A sentence -> the fact. */
  readonly facts: Readonly<Record<string, Fact>>
}

/** Runs the project once, and declares a test for each fact. */
export function describeFacts(host: Host, title: string, facts: FactsProject): void {
  describe(title, () => {
    const results = new Map<string, FactResult>()

    beforeAll(async () => {
      const app = await factsProject(host, facts)
      const run = await app.run(['--reporter=./meta-reporter.mjs', ...(facts.args ?? [])], {
        timeout: 400_000,
        ...facts.run,
      })
      for (const sentence of Object.keys(facts.facts)) {
        const file = join(app.dir, 'facts', folderOf(sentence), 'case.test.ts')
        results.set(sentence, resultOf(run, file))
      }
    }, 500_000)

    for (const [sentence, fact] of Object.entries(facts.facts)) {
      test(sentence, () => {
        const result = results.get(sentence) as FactResult
        const check = typeof fact === 'string' ? undefined : fact.check
        if (check) check(result)
        else allPass(result)
      })
    }
  })
}

function factsProject(host: Host, { files, test, options, facts }: FactsProject) {
  const tree: Record<string, string> = {
    'meta-reporter.mjs': META_REPORTER,
    'vitest.config.ts': configWith({ ...(test ? { test } : {}), ...(options ? { options } : {}) }),
    ...COUNTER,
    ...files,
  }
  for (const [sentence, fact] of Object.entries(facts)) {
    const { test, files = {} } = typeof fact === 'string' ? { test: fact } : fact
    for (const [path, contents] of Object.entries({ ...files, 'case.test.ts': test })) {
      tree[join('facts', folderOf(sentence), path)] = contents
    }
  }
  return project(host.name, tree)
}

/** Every test of the file passed, and there were some. */
export function allPass({ tests, message, run }: FactResult): void {
  const failed = tests.filter(({ status }) => status === 'failed').flatMap(({ messages }) => messages)
  if (failed.length > 0 || message) throw new Error([...failed, message].join('\n\n'))
  expect(tests.length, run.output).toBeGreaterThan(0)
}

/** Status by name, for facts in which some tests have to fail. */
export function statuses({ tests }: FactResult): Record<string, string> {
  return Object.fromEntries(tests.map(({ name, status }) => [name, status]))
}

/** What a failed test printed. */
export function messagesOf({ tests }: FactResult, name: string): string {
  return tests
    .filter((one) => one.name === name)
    .flatMap(({ messages }) => messages)
    .join('\n')
}

/** State that each test can find dirty: two modules and what they share. */
export const COUNTER: FileTree = {
  'src/counter.ts': `
    import { shared } from './shared'
    export { shared }
    export let count = 0
    export const increase = () => { shared.total++; return ++count }
  `,
  'src/shared.ts': 'export const shared = { total: 0 }',
}

const SUMMARY = '@@fresh-modules '

/** Prints what the file's meta says: the JSON reporter leaves it out. */
const META_REPORTER = `
  export default class {
    onTestModuleEnd(file) {
      const meta = file.meta().freshModules
      if (meta) console.log(${JSON.stringify(SUMMARY)} + JSON.stringify({ file: file.moduleId, meta }))
    }
  }
`

function resultOf(run: RunResult, file: string): FactResult {
  const summaries = run.stdout.split('\n').flatMap((line) => {
    if (!line.startsWith(SUMMARY)) return []
    const told = JSON.parse(line.slice(SUMMARY.length)) as { file: string; meta: FileSummary }
    return told.file === file ? [told.meta] : []
  })
  return {
    tests: run.tests.filter((one) => one.file === file),
    summary: summaries.at(-1),
    message: run.files.find((one) => one.file === file && one.status === 'failed')?.message ?? '',
    run,
  }
}

function folderOf(sentence: string): string {
  return sentence
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
