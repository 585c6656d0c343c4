/**
 * node e2e/locks-stress/run.mjs [--rounds 20] [--processes 8] [--parallel 2] [--stale 2000]
 *
 * Rounds of many processes over the same locks, with holders and waiters killed by SIGKILL at random. Each round must
 * end, nobody but the killed may fail, no two may hold one lock at once, and the next comer must find an empty folder
 * once it has taken and released each lock. Run it by hand after a change to the locks; it takes a few minutes.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findOverlap } from './interval-log.mjs'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    processes: { type: 'string', default: '8' },
    parallel: { type: 'string', default: '2' },
    stale: { type: 'string', default: '2000' },
  },
})
const [rounds, processes, parallel, staleMs] = ['rounds', 'processes', 'parallel', 'stale'].map((name) =>
  Number(values[name]),
)
const HANG_MS = 60_000
const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url))
// The locks run from source, so an older Node hands over to the one that the repository brings.
const NODE = process.features.typescript
  ? process.execPath
  : fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))

const root = mkdtempSync(join(tmpdir(), 'locks-stress é '))
const sum = { rounds: 0, entered: 0, killedHolding: 0, killedWaiting: 0, circles: 0, slowest: 0, failed: [] }
const started = performance.now()
let next = 0
await Promise.all(Array.from({ length: parallel }, runRounds))
rmSync(root, { recursive: true })
console.log(`${Math.round((performance.now() - started) / 1000)} s`, sum)
process.exitCode = sum.failed.length > 0 ? 1 : 0

async function runRounds() {
  while (next < rounds) {
    const round = next++
    const begun = performance.now()
    const failures = await runRound(round)
    sum.rounds += 1
    sum.slowest = Math.max(sum.slowest, Math.round(performance.now() - begun))
    sum.failed.push(...failures.map((failure) => `round ${round}: ${failure}`))
    if (failures.length > 0 || sum.rounds % 20 === 0) console.log(`${sum.rounds} rounds`, ...failures)
  }
}

async function runRound(round) {
  const dir = join(root, String(round), 'locks')
  const log = join(root, String(round), 'log')
  mkdirSync(join(root, String(round)))
  appendFileSync(log, '')
  // Every fifth round takes two locks, in either order: circles.
  const all = round % 5 === 4 ? ['/app/a.ts', '/app/b.ts'] : ['/app/a.ts']
  const children = Array.from({ length: processes }, (_, index) => {
    const keys = index % 2 ? all : all.toReversed()
    return start({ dir, log, keys, turns: 3, staleMs, sync: index % 4 === 1, suicide: 0.02 })
  })
  void killOneOf(children, log)
  const results = await Promise.all(children.map(({ ended }) => ended))
  const last = await start({ dir, log, keys: all, turns: 1, staleMs, sync: false, suicide: 0 }).ended
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  count(lines)
  const left = readdirSync(dir)
  return [
    ...[...results, last].filter((problem) => problem !== undefined),
    ...findOverlap(lines),
    ...(left.length > 0 ? [`left behind: ${left.join(', ')}`] : []),
  ]
}

/**
 * Whoever it hits: a holder, a waiter, one in the middle of a step. Only those who are at it, and only once somebody has
 * had a lock: on a busy machine a kill by the clock hits processes that are still starting, and shows nothing.
 */
async function killOneOf(children, log) {
  const read = () => readFileSync(log, 'utf8')
  while (!read().includes('enter') && children.some(isRunning)) await sleep(20)
  await sleep(Math.random() * 300)
  const ready = new Set([...read().matchAll(/^ready (\d+)/gm)].map(([, pid]) => Number(pid)))
  const running = children.filter((one) => isRunning(one) && ready.has(one.child.pid))
  const victim = running[Math.floor(Math.random() * running.length)]
  if (!victim) return
  // Stopped first: nothing it does may come between the line and its end.
  victim.child.kill('SIGSTOP')
  await sleep(5)
  appendFileSync(log, `kill ${victim.child.pid} -\n`)
  victim.child.kill('SIGKILL')
}

function isRunning({ child }) {
  return child.exitCode === null && child.signalCode === null
}

function start(job) {
  const child = spawn(NODE, [WORKER, JSON.stringify(job)], { stdio: ['ignore', 'inherit', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const hang = setTimeout(() => {
    said += 'hangs'
    child.kill('SIGKILL')
  }, HANG_MS)
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(hang)
      const isFine = (code === 0 || signal === 'SIGKILL') && said === ''
      resolve(isFine ? undefined : `${child.pid} ended with ${code ?? signal}: ${said}`)
    })
  })
  return { child, ended }
}

function count(lines) {
  const holding = new Set()
  for (const line of lines) {
    const [what, pid] = line.split(' ')
    if (what === 'enter') sum.entered += 1
    if (what === 'circle') sum.circles += 1
    if (what === 'enter') holding.add(pid)
    if (what === 'leave') holding.delete(pid)
    if (what === 'kill') sum[holding.has(pid) ? 'killedHolding' : 'killedWaiting'] += 1
  }
}
