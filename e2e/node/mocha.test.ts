/** mocha with `fresh-modules/register`: who fails, what a run tells, and its watch mode. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { type FileTree, nodeBinary, packagesDir, project } from '../harness/index.ts'

const mochaDir = () => packagesDir('node-mocha', { mocha: '^11.8.0' })

async function binOfMocha(): Promise<string> {
  return join(await mochaDir(), 'node_modules/mocha/bin/mocha.js')
}

const app = (freshModules: object): FileTree => ({
  'package.json': JSON.stringify({ name: 'app', private: true, type: 'commonjs', freshModules }),
  'db.js': 'exports.pool = {}',
  // As `--require fresh-modules/register`, which mocha looks for from its own folder: that is elsewhere here.
  'setup.cjs': "exports.mochaHooks = require('fresh-modules/register').mochaHooks",
})
const refusing = { specs: [{ match: './db.js', allowReimport: false, reason: 'owns the pool' }] }
const doubles = "delete require.cache[require.resolve('./db.js')]; require('./db.js')"

interface MochaReport {
  readonly passes: readonly { readonly title: string }[]
  readonly failures: readonly { readonly title: string; readonly err: { readonly message: string } }[]
}

describeHosts('node', (host) => {
  test('a second copy fails its test, once, and the run goes on', async () => {
    const { node } = await project(host.name, {
      ...app(refusing),
      'a.test.js': `
        require('./db.js')
        const swallowed = () => { try { ${doubles} } catch {} }
        it('fine', () => {})
        it('swallows it', swallowed)
        it('swallows it and waits', async () => { await null; swallowed() })
        it('swallows it and calls back', (done) => { swallowed(); setImmediate(done) })
        it('lets it through', () => { ${doubles} })
        it('fails by what comes of it', () => { swallowed(); throw new Error('of the test') })
        it('passes when it is tried again', function () {
          this.retries(1)
          if (this.test.currentRetry() === 0) swallowed()
        })
        it('is skipped', function () { this.skip() })
        describe('with a hook that swallows it', () => {
          beforeEach(swallowed)
          it('fails as well', () => {})
        })
        describe('with a hook that fails by it', () => {
          beforeEach(() => { ${doubles} })
          it('is not run', () => {})
        })
        describe('with a hook that swallows it afterwards', () => {
          afterEach(swallowed)
          it('fails late', () => {})
        })
      `,
      'b.test.js': "describe('next', () => { it('of the next file', () => {}) })",
    })
    const args = [await binOfMocha(), '--require', './setup.cjs', '--reporter', 'json']
    const { exitCode, stdout, stderr } = await node([...args, 'a.test.js', 'b.test.js'])
    const { passes, failures } = JSON.parse(stdout.slice(stdout.indexOf('{\n'))) as MochaReport
    expect(passes.map(({ title }) => title)).toEqual([
      'fine',
      'passes when it is tried again',
      // Mocha has called it passed before the hook runs.
      'fails late',
      'of the next file',
    ])
    const told = failures.map(({ title, err }) => [title, err.message.includes('owns the pool')])
    expect(told).toEqual([
      ['swallows it', true],
      ['swallows it and waits', true],
      ['swallows it and calls back', true],
      ['lets it through', true],
      ['fails by what comes of it', true],
      ['fails as well', true],
      ['"before each" hook for "is not run"', true],
      ['fails late', true],
    ])
    expect(stdout + stderr).not.toContain('"after each" hook')
    expect(exitCode).toBe(failures.length)
  })

  test('what mocha drops between two runs of its watch mode is no second copy', async () => {
    const watched = await project(host.name, {
      ...app(refusing),
      'a.test.js':
        "const { pool } = require('./db.js')\nit('holds it', () => { if (!pool) throw new Error() })",
    })
    const node = await nodeBinary()
    const args = [await binOfMocha(), '--require', './setup.cjs', '--watch', 'a.test.js']
    const child = spawn(node, args, {
      cwd: watched.dir,
      env: watched.env(node),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let printed = ''
    let onPrinted = () => {}
    const runs = () => printed.split('waiting for changes').length - 1
    const printedRuns = (count: number) =>
      new Promise<void>((resolve) => {
        onPrinted = () => (runs() >= count || child.exitCode !== null) && resolve()
        onPrinted()
      })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        onPrinted()
      })
    }
    child.once('exit', () => onPrinted())
    try {
      await printedRuns(1)
      for (const run of [2, 3]) {
        // What asks mocha to run all of it again.
        child.stdin.write('rs\n')
        await printedRuns(run)
      }
    } finally {
      child.kill('SIGKILL')
    }
    expect(printed).not.toContain('ERR_DUPLICATE_MODULE')
    expect(printed.match(/1 passing/g), printed).toHaveLength(3)
  })
})
