/** Runs the demo's project in a framework and pairs what its tests have shown with whether they passed. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FileTree, project, type RunResult } from '../harness/index.ts'

/** One value that a test has asserted, and then handed over. */
interface Note {
  readonly what: string
  readonly value: string
}

export interface Part {
  readonly passed: boolean
  readonly notes: readonly Note[]
}

export interface DemoRun {
  readonly result: RunResult
  /** Versions of what the project has installed, by package. */
  readonly versions: Readonly<Record<string, string>>
  /** What one test has shown: a topic with fresh-modules, or with what the framework offers today. */
  part(topic: string, side: Side): Part
}

type Side = 'with fresh-modules' | 'today'

const appDir = fileURLToPath(new URL('app', import.meta.url))

function appFiles(): FileTree {
  const files = readdirSync(appDir, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name)
      return [relative(appDir, file), readFileSync(file, 'utf8')]
    }),
  )
}

const packages = ['react', 'graphql', 'prom-client', 'vitest', 'jest']

export async function runDemo(hostName: string): Promise<DemoRun> {
  const app = await project(hostName, { ...appFiles(), 'notes.jsonl': '' })
  try {
    const notesFile = join(app.dir, 'notes.jsonl')
    const result = await app.run([], { env: { DEMO_NOTES: notesFile } })
    const { stdout } = await app.node(['--input-type=module', '--eval', printVersions])
    const notes: readonly (Note & { test: string })[] = readFileSync(notesFile, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
    const part = (topic: string, side: Side): Part => {
      const name = `${topic}, ${side}`
      const tests = result.tests.filter((test) => test.name === name)
      return {
        passed: tests.length === 1 && tests[0]?.status === 'passed',
        notes: notes
          .filter(({ test }) => test === name)
          .map(({ what, value }) => ({ what, value: value.replaceAll(`${app.dir}/`, '') })),
      }
    }
    return { result, versions: JSON.parse(stdout), part }
  } finally {
    app.remove()
  }
}

// From within the project: it finds what it has installed, wherever the harness has put that.
const printVersions = `
  import { createRequire } from 'node:module'
  import { join } from 'node:path'
  const require = createRequire(join(process.cwd(), 'package.json'))
  const versions = {}
  for (const name of ${JSON.stringify(packages)}) {
    try { versions[name] = require(name + '/package.json').version } catch {}
  }
  console.log(JSON.stringify(versions))
`
