/** Modules that may live in one worker at a time, in plain Node: a process of `node --test` is a worker. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode, type FileTree, type Host, project } from '../harness/index.ts'

const register = ['--import', 'fresh-modules/register']

/** Binds a port, which fails while another process has it. */
const COMMONJS = `/** @fresh-modules single-worker: owns the port */
const { appendFileSync } = require('node:fs')
const { onUnload } = require('fresh-modules')
const net = require('node:net')
const log = (line) => appendFileSync(process.env.APP_LOG, line + ' ' + process.pid + '\\n')
log('begins')
const server = net.createServer().listen(Number(process.env.APP_PORT))
server.on('error', () => { log('taken'); process.exit(3) })
onUnload(module, () => { log('ends'); return new Promise((resolve) => server.close(resolve)) })
exports.server = server
`
const ESM = COMMONJS.replace(/const \{ (\w+) \} = require\('([\w:-]+)'\)/g, "import { $1 } from '$2'")
  .replace("const net = require('node:net')", "import net from 'node:net'")
  .replace('onUnload(module', 'onUnload(import.meta')
  .replace('exports.server = server', 'export { server }')

const uses = (load: string) => `
  const test = require('node:test')
  ${load}
  test('uses it', async () => {
    await new Promise((resolve) => setTimeout(resolve, 200))
  })
`

async function freePort(): Promise<string> {
  const server = createServer().listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return String(port)
}

async function lockProject(host: Host, files: FileTree, freshModules: object = {}) {
  const app = await project(host.name, {
    'node_modules/placeholder/package.json': '{}',
    'package.json': JSON.stringify({ name: 'app', type: 'commonjs', freshModules }),
    ...files,
  })
  const log = join(app.dir, 'log.txt')
  const env = { APP_LOG: log, APP_PORT: await freePort() }
  const locks = join(app.dir, 'node_modules/.cache/fresh-modules/locks')
  return {
    app,
    env,
    run: (args: string[] = ['--test', '--test-concurrency=4'], nodeArgs = register) =>
      app.run(args, { nodeArgs, env, timeout: 60_000 }),
    log: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    left: () =>
      existsSync(locks)
        ? readdirSync(locks, { recursive: true }).filter((name) => /\.(?:lock|json)/.test(String(name)))
        : [],
  }
}

/** Each `begins` is followed by the `ends` of the same process. */
function expectOneAfterAnother(log: readonly string[], times: number): void {
  expect(log.filter((line) => line.startsWith('begins'))).toHaveLength(times)
  expect(log).toHaveLength(2 * times)
  for (let at = 0; at < log.length; at += 2) {
    expect(log[at], log.join('\n')).toMatch(/^begins/)
    expect(log[at + 1], log.join('\n')).toBe(log[at]?.replace('begins', 'ends'))
  }
}

describeHosts('node', (host) => {
  test('CommonJS: files that need one port run one after the other, fresh copies as well', async () => {
    const plain = uses("require('./port.cjs')")
    const fresh = uses("require('fresh-modules').requireFresh('./port.cjs')")
    const { run, log, left } = await lockProject(host, {
      'port.cjs': COMMONJS,
      'a.test.cjs': plain,
      'b.test.cjs': plain,
      'c.test.cjs': fresh,
      'd.test.cjs': fresh,
    })
    const result = await run()
    expect(result, result.output).toMatchObject({ failed: 0, passed: 4 })
    expectOneAfterAnother(log(), 4)
    expect(left()).toEqual([])
  })

  test.skipIf(chosenNode() < 22)(
    'ES modules: by import, by require and as a fresh copy, with a rule instead of a docblock',
    async () => {
      const rules = { specs: [{ match: './port.mjs', allowParallelWorkers: false }] }
      const { run, log, left } = await lockProject(
        host,
        {
          'port.mjs': ESM.replace(/^.*\n/, ''),
          'a.test.mjs': uses("await import('./port.mjs')").replace(
            /const test.*/,
            "import test from 'node:test'",
          ),
          'b.test.mjs': uses("import './port.mjs'").replace(/const test.*/, "import test from 'node:test'"),
          'c.test.cjs': uses("require('./port.mjs')"),
          'd.test.mjs': uses(
            "import { importFresh } from 'fresh-modules'\nawait importFresh('./port.mjs')",
          ).replace(/const test.*/, "import test from 'node:test'"),
        },
        rules,
      )
      const result = await run()
      expect(result, result.output).toMatchObject({ failed: 0, passed: 4 })
      expectOneAfterAnother(log(), 4)
      expect(left()).toEqual([])
    },
  )

  test.runIf(chosenNode() < 22)(
    'ES modules on Node 20, which shows none: an error, not silence',
    async () => {
      const { app, run } = await lockProject(host, {
        'port.mjs': '/** @fresh-modules single-worker */\nexport const port = 1',
        'a.test.mjs': uses("import './port.mjs'").replace(/const test.*/, "import test from 'node:test'"),
        'script.mjs': "import './port.mjs'",
      })
      const result = await run()
      expect(result.exitCode, result.output).not.toBe(0)
      expect(result.output).toContain('ERR_PARALLEL_WORKER')
      expect(result.output).toContain('without its lock')
      const script = await app.node([...register, 'script.mjs'])
      expect(script).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ERR_PARALLEL_WORKER') })
    },
  )

  test('a holder is named, at once with onParallelWorker: throw, and a script holds until it ends', async () => {
    const { app, env, run, log, left } = await lockProject(
      host,
      {
        'port.cjs': COMMONJS,
        'script.cjs': `
          const { existsSync } = require('node:fs')
          require('./port.cjs').server.unref()
          const timer = setInterval(() => existsSync('stop') && clearInterval(timer), 20)
          // Whatever becomes of the test.
          setTimeout(() => process.exit(1), 60_000).unref()
        `,
        'a.test.cjs': uses("require('./port.cjs')"),
      },
      { onParallelWorker: 'throw' },
    )
    const script = app.node([...register, 'script.cjs'], { env })
    await expect.poll(log, { timeout: 20_000 }).toHaveLength(1)
    const refused = await run()
    expect(refused.exitCode, refused.output).not.toBe(0)
    expect(refused.output).toContain('ERR_PARALLEL_WORKER')
    expect(refused.output).toContain(`pid ${log()[0]?.split(' ')[1]}`)
    app.write({ stop: '' })
    expect(await script).toMatchObject({ exitCode: 0 })
    const free = await run()
    expect(free, free.output).toMatchObject({ failed: 0, passed: 1 })
    expect(left()).toEqual([])
  })
})
