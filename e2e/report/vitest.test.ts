/** The report of runs in Vitest. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, vitestProject } from '../vitest/support.ts'
import { inOrder, sharedWorker } from '../vitest-globals/projects.ts'
import { censusFiles, leakyFiles } from './leaky.ts'
import {
  CENSUS_RULE,
  censusIn,
  censusLine,
  hasWritten,
  LOAD_SPY,
  leaksOf,
  NO_FIELD,
  writtenIn,
} from './support.ts'

const IMPORT = "import { expect, test } from 'vitest'"

/** Holds a module that lives in one worker until the other file is about to ask for it. */
const holder = (name: string) => `
  import { existsSync, writeFileSync } from 'node:fs'
  import { setTimeout } from 'node:timers/promises'
  ${IMPORT}
  test('uses it', { timeout: 60_000 }, async () => {
    writeFileSync('asks-${name}', '')
    await import('./db')
    while (!existsSync('asks-one') || !existsSync('asks-two')) await setTimeout(20)
    await setTimeout(300)
  })
`

describeHosts(['vitest'], (host) => {
  test('files that share a worker: what each left, what was put back, what it cost', async () => {
    const app = await vitestProject(host, {
      ...leakyFiles(IMPORT),
      'vitest.config.ts': configWith({
        top: inOrder,
        test: `${sharedWorker('forks')}, sequence: { sequencer: InOrder }`,
        options: '{ report: true }',
      }),
    })
    const { output, exitCode } = await app.run()
    expect(exitCode, output).toBe(0)
    const { report, json, page } = writtenIn(app)
    expect(report.runs).toMatchObject([{ host: expect.stringMatching(/^Vitest \d/), workers: 1 }])
    expect(leaksOf(report, 'src/a.test.ts')).toEqual({
      'process.env.SECRET_TOKEN': 'put back',
      'process listeners of "SIGUSR2" (added)': 'put back',
      'globalThis.leaked': 'put back',
      'setInterval(54321 ms)': 'put back',
    })
    expect(report.files).toMatchObject([
      { path: 'src/a.test.ts', dirty: [{ path: 'src/counter.ts', fate: 'put back' }], resets: 0 },
      { path: 'src/b.test.ts', dirty: [{ path: 'src/counter.ts' }], resets: 1, leaks: [] },
      { path: 'src/clean.test.ts', dirty: [], leaks: [] },
    ])
    expect(report.files[0]?.leaks).toContainEqual(
      expect.objectContaining({ kind: 'timer', by: 'src/a.test.ts' }),
    )
    const module = (path: string) => report.modules.find((one) => one.path === path)
    expect(module('src/counter.ts')).toMatchObject({ verdict: 'state', files: 2 })
    expect(module('src/pure.ts')?.verdict).toBe('none')
    expect(module('src/register.ts')?.verdict).toBe('effects')
    // Once for a, once for b, once more for its second test.
    const { evaluations = 0, selfMs = 0 } = module('src/heavy.ts') ?? {}
    expect(evaluations).toBe(3)
    expect(selfMs).toBeGreaterThanOrEqual(3 * 60)
    expect(module('node_modules/twofold/index.js')).toMatchObject({ evaluations: 1 })
    expect(report.packages).toMatchObject([
      {
        name: 'twofold',
        copies: [
          { version: '2.0.0', chain: ['node_modules/wrapper/index.js', 'src/a.test.ts'] },
          { version: '1.0.0', chain: ['src/b.test.ts'] },
        ],
      },
    ])
    for (const text of [json, page]) {
      expect(text).not.toContain('hunter2')
      expect(text).not.toContain(app.dir)
    }
    expect(page).toContain('"path":"src/a.test.ts"')
    expect(page).not.toMatch(/(?:src|href)=["']?(?:https?:)?\/\//)
    expect(output).toContain('leaks  2 of 3 files leave something behind')
    expect(output).toContain('src/heavy.ts: ')
    expect(output).toContain('twofold: 2.0.0 CommonJS')

    // Another shard of it, on another machine.
    const other = json.replaceAll(/"id":"[^"]+"/g, '"id":"other"')
    app.write({ 'one.json': json, 'two.json': other, 'three.json': '{}' })
    const merge = (...files: string[]) =>
      app.node([
        join(dirname(app.dir), '../node_modules/fresh-modules/dist/cli.js'),
        'report',
        'merge',
        ...files,
      ])
    const refused = await merge('one.json', 'three.json')
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('"three.json": it is no report'),
    })
    expect(writtenIn(app).json).toBe(json)
    const merged = await merge('one.json', 'two.json')
    expect(merged, merged.stderr).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('leaks  4 of 6 files leave something behind'),
    })
    expect(writtenIn(app).report).toMatchObject({
      runs: [{}, { id: 'other' }],
      packages: [{ name: 'twofold', copies: [{}, {}] }],
    })
    expect(writtenIn(app).report.modules.find(({ path }) => path === 'src/heavy.ts')).toMatchObject({
      evaluations: 6,
      files: 4,
    })
  })

  test('isolated files: what would leak, and who waits for whom; by the environment alone', async () => {
    const { 'src/a.test.ts': leaky = '', ...files } = leakyFiles(IMPORT)
    const app = await vitestProject(host, {
      ...files,
      'src/a.test.ts': leaky,
      'src/db.ts': '/** @fresh-modules single-worker: owns a port */\nexport const db = {}',
      'src/one.test.ts': holder('one'),
      'src/two.test.ts': holder('two'),
      'vitest.config.ts': configWith({ test: 'maxWorkers: 2', options: "{ resetBetween: 'never' }" }),
    })
    const { output, exitCode } = await app.run([], { env: { FRESH_MODULES_REPORT: '1' } })
    expect(exitCode, output).toBe(0)
    const { report } = writtenIn(app)
    expect(leaksOf(report, 'src/a.test.ts')).toEqual({
      'process.env.SECRET_TOKEN': 'isolated',
      'process listeners of "SIGUSR2" (added)': 'isolated',
      'globalThis.leaked': 'isolated',
      'setInterval(54321 ms)': 'isolated',
    })
    expect(report.files.map(({ path, world }) => [path, world])).toEqual(
      ['a', 'b', 'clean', 'one', 'two'].map((name) => [`src/${name}.test.ts`, 'own']),
    )
    expect(report.files.find(({ path }) => path === 'src/clean.test.ts')).toMatchObject({
      leaks: [],
      dirty: [],
    })
    expect(report.modules.find(({ path }) => path === 'src/counter.ts')?.verdict).toBe('state')
    const [wait, another] = report.waits
    expect(another).toBeUndefined()
    expect(wait?.module).toBe('src/db.ts')
    expect([wait?.file, wait?.heldBy].sort()).toEqual(['src/one.test.ts', 'src/two.test.ts'])
    expect(output).toContain('leave something behind that files in a shared worker would see')
  })

  test('nothing of it is there without being asked for', async () => {
    const files = {
      ...leakyFiles(IMPORT),
      'spy.cjs': LOAD_SPY,
      'src/field.test.ts': `${IMPORT}\n${NO_FIELD}`,
    }
    const app = await vitestProject(host, files)
    const env = {
      NODE_OPTIONS: `--require=${join(app.dir, 'spy.cjs')}`,
      LOAD_LOG: join(app.dir, 'loads.log'),
    }
    const { output, exitCode } = await app.run([], { env })
    expect(exitCode, output).toBe(0)
    expect(hasWritten(app)).toBe(false)
    expect(existsSync(env.LOAD_LOG)).toBe(false)
    expect(output).not.toContain('the report of')
    // The spy would have seen it.
    const asked = await app.run(['src/clean'], { env: { ...env, FRESH_MODULES_REPORT: '1' } })
    expect(asked.exitCode, asked.output).toBe(0)
    expect(readFileSync(env.LOAD_LOG, 'utf8')).toMatch(/internal[-/]report/)
    expect(hasWritten(app)).toBe(true)
    expect(asked.output).toContain('no file leaves anything behind')
  })

  test('an option that is no boolean is refused', async () => {
    const app = await vitestProject(host, {
      ...leakyFiles(IMPORT),
      'vitest.config.ts': configWith({ options: "{ report: 'yes' }" }),
    })
    const { output, exitCode } = await app.run()
    expect(exitCode).toBe(1)
    expect(output).toContain("report is 'yes' instead of a boolean")
  })

  test("the census: packages that nobody has marked, with onUnmarkedDuplicate: 'warn', once at the end of the run", async () => {
    const census = (options: string) => configWith({ options, test: 'maxWorkers: 2' })
    const app = await vitestProject(host, {
      ...censusFiles(IMPORT),
      'vitest.config.ts': census("{ onUnmarkedDuplicate: 'warn', onDuplicate: 'off' }"),
      'allowed.config.ts': census(
        "{ onUnmarkedDuplicate: 'warn', specs: [{ match: 'twofold', allowReimport: true }] }",
      ),
      'off.config.ts': census(''),
    })
    const { output, exitCode } = await app.run()
    expect(exitCode, output).toBe(0)
    expect(censusIn(output), output).toEqual([censusLine("Node's loader")])
    expect(output).toContain(CENSUS_RULE)
    expect(hasWritten(app)).toBe(false)
    for (const config of ['allowed', 'off']) {
      const quiet = await app.run(['--config', `${config}.config.ts`])
      expect(quiet.exitCode, quiet.output).toBe(0)
      expect(quiet.output).not.toContain('more than one copy')
    }
  })
})
