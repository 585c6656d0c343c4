/** The command `fresh-modules doctor` on a project, and the small projects that it examines. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Examination, WayOutcome } from '../../packages/shared/src/doctor/examination.ts'
import { type FileTree, type Finished, type Host, hostDir, type Project } from '../harness/index.ts'

/** The script behind the command, as the packed manifest names it. */
export async function command(host: Host): Promise<string> {
  const dir = join(await hostDir(host.name), 'node_modules/fresh-modules')
  const { bin } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
  return join(dir, bin['fresh-modules'])
}

/** An examination takes a dozen runs of a framework and more. */
export const PATIENT = 280_000

export async function doctor(app: Project, args: readonly string[] = []): Promise<Finished> {
  return app.node([await command(app.host), 'doctor', ...args], { timeout: PATIENT })
}

export interface Examined {
  readonly exitCode: number | null
  readonly progress: string
  readonly examination: Examination
  way(name: string): WayOutcome
}

export async function examined(app: Project, args: readonly string[] = []): Promise<Examined> {
  const { exitCode, stdout, stderr } = await doctor(app, ['--json', ...args])
  let examination: Examination
  try {
    examination = JSON.parse(stdout)
  } catch {
    throw new Error(`The doctor printed no JSON, and:\n${stdout}${stderr}`)
  }
  const way = (name: string): WayOutcome => {
    const found = examination.ways.find((outcome) => outcome.name === name)
    if (!found) throw new Error(`There is no way ${name}:\n${JSON.stringify(examination, null, 2)}`)
    return found
  }
  return { exitCode, progress: stderr, examination, way }
}

interface Dialect {
  /** The ending of test files, and that of modules. */
  readonly test: string
  readonly module: string
  /** At the top of each test file. */
  readonly head: string
  exported(name: string, value: string): string
  imported(name: string, from: string): string
  /** What a test writes for the export. */
  used(name: string): string
}

export const vitestDialect: Dialect = {
  test: 'test.ts',
  module: 'ts',
  head: "import { expect, test } from 'vitest'\n",
  exported: (name, value) => `export const ${name} = ${value}\n`,
  imported: (name, from) => `import { ${name} } from '${from}'\n`,
  used: (name) => name,
}

export const jestDialect: Dialect = {
  test: 'test.js',
  module: 'js',
  head: '',
  exported: (name, value) => `exports.${name} = ${value}\n`,
  // What is taken out of a module is what was there then: see docs/jest.md.
  imported: (name, from) => `const ${name}Module = require('${from}')\n`,
  used: (name) => `${name}Module.${name}`,
}

/** Vitest and Jest alike begin with the largest file where they know nothing of earlier runs. */
const large = `// ${'large '.repeat(400)}\n`

/**
 * A test file that leaves a zone for one that comes later, a file whose second test relies on its first one, and a test that is
 * red in every second run.
 */
export function leakySuite({ test, module, head, exported, imported, used }: Dialect): FileTree {
  const [zone, cart] = [used('zone'), used('cart')]
  const importsZone = imported('zone', './zone')
  return {
    [`src/zone.${module}`]: exported('zone', "{ name: 'UTC' }"),
    [`src/cart.${module}`]: exported('cart', '[]'),
    [`src/sets-zone.${test}`]: `${head}${importsZone}
      test('knows the zone', () => expect(${zone}.name).toBe('UTC'))
      test('sets the zone', () => { ${zone}.name = 'CET' })
      test('knows nothing', () => {})
      ${large}`,
    [`src/reads-zone.${test}`]: `${head}${importsZone}test('reads the zone', () => expect(${zone}.name).toBe('UTC'))\n`,
    [`src/cart.${test}`]: `${head}${imported('cart', './cart')}
      test('is empty', () => expect(${cart}).toEqual([]))
      test('adds', () => expect(${cart}.push('apple')).toBe(1))
      test('has what was added', () => expect(${cart}).toEqual(['apple']))
    `,
    [`src/flaky.${test}`]: `${head}
        const { appendFileSync, readFileSync } = process.getBuiltinModule('node:fs')
      test('is red in every second run', () => {
        appendFileSync('runs.txt', '.')
        expect(readFileSync('runs.txt', 'utf8').length % 2).toBe(1)
      })
    `,
  }
}
