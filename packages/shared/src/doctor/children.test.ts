import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Children } from './children.ts'

let children: Children
afterEach(() => children?.end())

const options = { cwd: process.cwd(), env: process.env, timeout: 60_000 }

/** What nobody has waited for yet is in the table of processes still, as a zombie. */
const isRunning = (pid: number): boolean => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

/** Starts another process, writes both ids into a file, and waits. */
const parent = (file: string): string => `
  const { spawn } = require('node:child_process')
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'])
  require('node:fs').writeFileSync(${JSON.stringify(file)}, process.pid + ' ' + child.pid)
  setInterval(() => {}, 1e6)
`

async function startedIn(file: string): Promise<number[]> {
  while (!existsSync(file) || readFileSync(file, 'utf8') === '')
    await new Promise((resolve) => setTimeout(resolve, 5))
  return readFileSync(file, 'utf8').split(' ').map(Number)
}

test('a process is run to its end', async () => {
  children = new Children()
  const { exitCode, output, timedOut } = await children.run(
    ['-e', 'console.log("out"); process.exitCode = 3'],
    options,
  )
  expect({ exitCode, output, timedOut }).toEqual({ exitCode: 3, output: 'out\n', timedOut: false })
})

test('a process that takes too long is killed', async () => {
  children = new Children()
  const finished = await children.run(['-e', 'setInterval(() => {}, 1e6)'], { ...options, timeout: 50 })
  expect(finished).toMatchObject({ exitCode: null, timedOut: true })
})

test('the end leaves neither processes, those of processes included, nor files', async () => {
  children = new Children()
  const file = join(children.folder, 'pids')
  const run = children.run(['-e', parent(file)], options)
  const pids = await startedIn(file)
  expect(pids.map(isRunning)).toEqual([true, true])
  await children.end()
  await run
  await expect.poll(() => pids.map(isRunning)).toEqual([false, false])
  expect(existsSync(children.folder)).toBe(false)
})

test('a signal ends everything, then the process with the code of the signal', async () => {
  const before = process.listenerCount('SIGHUP')
  const exited = new Promise<number>((resolve) => {
    children = new Children(resolve)
  })
  writeFileSync(join(children.folder, 'left'), '')
  process.emit('SIGHUP', 'SIGHUP')
  expect(await exited).toBe(129)
  expect(existsSync(children.folder)).toBe(false)
  expect(process.listenerCount('SIGHUP')).toBe(before)
})
