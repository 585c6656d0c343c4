/** Ctrl-C: what the doctor has started and written goes with it. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { type FileTree, type Host, nodeBinary, project } from '../harness/index.ts'
import { command } from './support.ts'

/** Writes down which processes run it, and never ends. */
const hanging = `
  test('hangs', async () => {
    process.getBuiltinModule('node:fs').writeFileSync('pids', process.pid + ' ' + process.ppid)
    await new Promise(() => setInterval(() => {}, 1000))
  }, 1e9)
`

const suites: Readonly<Record<string, FileTree>> = {
  vitest: { 'a.test.js': `import { test } from 'vitest'\n${hanging}` },
  jest: {
    'package.json': '{ "jest": { "transform": {} } }',
    'a.test.js': hanging,
    // With one file alone Jest would run it in its own process.
    'b.test.js': "test('passes', () => {})",
  },
}

/** What nobody has waited for yet is in the table of processes still, as a zombie. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

const treeOf = (dir: string): string[] => readdirSync(dir, { recursive: true }).map(String).sort()

async function interrupted({ name, framework }: Host, signal: NodeJS.Signals): Promise<void> {
  const app = await project(name, suites[framework] ?? {})
  const before = treeOf(app.dir)
  const temp = realpathSync(mkdtempSync(join(app.dir, '../temp-')))
  const node = await nodeBinary()
  const env = app.env(node, { TMPDIR: temp, TMP: temp, TEMP: temp })
  const child = spawn(node, [await command(app.host), 'doctor'], { cwd: app.dir, env, stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))

  const file = join(app.dir, 'pids')
  await expect
    .poll(() => existsSync(file) && readFileSync(file, 'utf8') !== '', { timeout: 60_000 })
    .toBe(true)
  const pids = readFileSync(file, 'utf8').split(' ').map(Number)
  expect(pids.map(isRunning)).toEqual([true, true])
  expect(readdirSync(temp)).not.toEqual([])

  child.kill(signal)
  expect(await ended).toBe(signal === 'SIGINT' ? 130 : 143)
  await expect.poll(() => pids.map(isRunning), { timeout: 10_000 }).toEqual([false, false])
  expect(readdirSync(temp)).toEqual([])
  expect(treeOf(app.dir)).toEqual([...before, 'pids'].sort())
}

describeHosts(['vitest', 'jest'], (host) => {
  test('Ctrl-C ends all processes and removes all files', () => interrupted(host, 'SIGINT'))
})

describeHosts('vitest', (host) => {
  test('so does the end of the terminal or of a CI job', () => interrupted(host, 'SIGTERM'))
})
