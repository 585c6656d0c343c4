/** The report of runs in Jest: no reporter is configured. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, jestProject } from '../jest/support.ts'
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

const BABEL = `transform: { '\\\\.[jt]s$': ['babel-jest', {
  presets: [['@babel/preset-env', { targets: { node: 'current' } }], '@babel/preset-typescript'],
}] }`

/** Holds a module that lives in one worker until the other file is about to ask for it. */
const holder = (name: string) => `
  const { existsSync, writeFileSync } = require('node:fs')
  const { setTimeout } = require('node:timers/promises')
  test('uses it', async () => {
    writeFileSync('asks-${name}', '')
    require('./db')
    while (!existsSync('asks-one') || !existsSync('asks-two')) await setTimeout(20)
    await setTimeout(300)
  }, 60_000)
`

describeHosts(['jest'], (host) => {
  test('files of several workers: what would leak, what it cost, who waits for whom', async () => {
    const app = await jestProject(host, {
      ...leakyFiles(),
      'src/db.ts': '/** @fresh-modules single-worker: owns a port */\nexport const db = {}',
      'src/one.test.ts': holder('one'),
      'src/two.test.ts': holder('two'),
      'jest.config.cjs': configWith(`maxWorkers: 2, ${BABEL}`, '{ report: true }'),
    })
    const temp = join(app.dir, '../temp')
    mkdirSync(temp)
    const { output, exitCode } = await app.run([], { env: { TMPDIR: temp } })
    expect(exitCode, output).toBe(0)
    const { report, json, page } = writtenIn(app)
    expect(report.runs).toMatchObject([{ host: expect.stringMatching(/^Jest \d/), workers: 2 }])
    expect(leaksOf(report, 'src/a.test.ts')).toEqual({
      'process.env.SECRET_TOKEN': 'isolated',
      'process listeners of "SIGUSR2" (added)': 'isolated',
      'globalThis.leaked': 'isolated',
      'setInterval(54321 ms)': 'isolated',
    })
    expect(report.files).toMatchObject([
      { path: 'src/a.test.ts', world: 'own', dirty: [{ path: 'src/counter.ts' }], resets: 0 },
      { path: 'src/b.test.ts', dirty: [{ path: 'src/counter.ts' }], resets: 1, leaks: [] },
      { path: 'src/clean.test.ts', dirty: [], leaks: [] },
      { path: 'src/one.test.ts', leaks: [] },
      { path: 'src/two.test.ts', leaks: [] },
    ])
    const module = (path: string) => report.modules.find((one) => one.path === path)
    expect(module('src/counter.ts')).toMatchObject({ verdict: 'state', files: 2 })
    expect(module('src/pure.ts')?.verdict).toBe('none')
    expect(module('src/register.ts')?.verdict).toBe('effects')
    // Once for a, once for b, once more for its second test.
    const { evaluations = 0, selfMs = 0 } = module('src/heavy.ts') ?? {}
    expect(evaluations).toBe(3)
    expect(selfMs).toBeGreaterThanOrEqual(3 * 60)
    // It waits for what takes long, which is not its own time.
    expect(module('node_modules/wrapper/index.js')).toMatchObject({ evaluations: 2, files: 2 })
    expect(report.packages).toMatchObject([
      {
        name: 'twofold',
        files: ['src/b.test.ts'],
        copies: [
          { version: '1.0.0', chain: ['src/b.test.ts'] },
          { version: '2.0.0', chain: ['node_modules/wrapper/index.js', 'src/b.test.ts'] },
        ],
      },
    ])
    const [wait, another] = report.waits
    expect(another).toBeUndefined()
    expect(wait?.module).toBe('src/db.ts')
    expect([wait?.file, wait?.heldBy].sort()).toEqual(['src/one.test.ts', 'src/two.test.ts'])
    for (const text of [json, page]) {
      expect(text).not.toContain('hunter2')
      expect(text).not.toContain(app.dir)
    }
    // Once, whatever number of workers leave.
    expect(output.match(/fresh-modules: the report of 5 test files/g), output).toHaveLength(1)
    expect(output).toContain(
      'leaks  2 of 5 files leave something behind that files in a shared worker would see',
    )
    // Though an interval keeps one of them from ending by itself.
    expect(output).toContain('failed to exit gracefully')
    expect(readdirSync(join(temp, 'fresh-modules-report'))).toEqual([])
  })

  test('in the main process, by the environment alone; nothing of it is there without being asked for', async () => {
    const files = { ...leakyFiles(), 'spy.cjs': LOAD_SPY, 'src/field.test.ts': NO_FIELD }
    const app = await jestProject(host, { ...files, 'jest.config.cjs': configWith(BABEL) })
    const env = {
      NODE_OPTIONS: `--require=${join(app.dir, 'spy.cjs')}`,
      LOAD_LOG: join(app.dir, 'loads.log'),
    }
    const { output, exitCode } = await app.run(['--runInBand', '--forceExit'], { env })
    expect(exitCode, output).toBe(0)
    expect(hasWritten(app)).toBe(false)
    expect(existsSync(env.LOAD_LOG)).toBe(false)
    const asked = await app.run(['--runInBand', 'src/clean'], { env: { ...env, FRESH_MODULES_REPORT: '1' } })
    expect(asked.exitCode, asked.output).toBe(0)
    expect(readFileSync(env.LOAD_LOG, 'utf8')).toMatch(/internal[-/]report/)
    expect(writtenIn(app).report.files).toMatchObject([{ path: 'src/clean.test.ts', leaks: [], dirty: [] }])
    expect(asked.output).toContain('no file leaves anything behind')

    // In one realm for all files, what a file leaves is put back.
    app.write({ 'shared.config.cjs': configWith(BABEL, '{ isolate: false }') })
    const shared = await app.run(['--runInBand', '--config', 'shared.config.cjs', 'src/[ab]'], {
      env: { FRESH_MODULES_REPORT: '1' },
    })
    expect(shared.exitCode, shared.output).toBe(0)
    const { report } = writtenIn(app)
    expect(report.files).toMatchObject([
      { path: 'src/a.test.ts', world: 'shared', dirty: [{ path: 'src/counter.ts', fate: 'put back' }] },
      { path: 'src/b.test.ts', world: 'shared', dirty: [{ path: 'src/counter.ts', fate: 'put back' }] },
    ])
    expect(leaksOf(report, 'src/a.test.ts')).toEqual({
      'process.env.SECRET_TOKEN': 'put back',
      'process listeners of "SIGUSR2" (added)': 'put back',
      'globalThis.leaked': 'put back',
      'setInterval(54321 ms)': 'put back',
    })
    // A package that stays is evaluated once.
    expect(report.modules.find(({ path }) => path === 'node_modules/wrapper/index.js')?.evaluations).toBe(1)
  })

  test("the census: packages that nobody has marked, with onUnmarkedDuplicate: 'warn', once at the end of the run", async () => {
    const app = await jestProject(host, {
      ...censusFiles(),
      'jest.config.cjs': configWith(`maxWorkers: 2, ${BABEL}`, "{ onUnmarkedDuplicate: 'warn' }"),
      'off.config.cjs': configWith(BABEL),
    })
    const { output, exitCode } = await app.run()
    expect(exitCode, output).toBe(0)
    expect(censusIn(output), output).toEqual([censusLine('Jest')])
    expect(output).toContain(CENSUS_RULE)
    expect(hasWritten(app)).toBe(false)
    const inBand = await app.run(['--runInBand'], { env: { FRESH_MODULES_REPORT: '1' } })
    expect(censusIn(inBand.output), inBand.output).toEqual([censusLine('Jest')])
    expect(writtenIn(app).report.packages).toMatchObject([{ name: 'marked' }, { name: 'twofold' }])
    const quiet = await app.run(['--config', 'off.config.cjs'])
    expect(quiet.exitCode, quiet.output).toBe(0)
    expect(quiet.output).not.toContain('more than one copy')
  })
})
