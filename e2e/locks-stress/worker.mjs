/** One process of a round: takes its locks, holds them for a moment, gives them back. `run.mjs` starts and kills it. */
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createWorkerLocks } from '../../packages/shared/src/locks/index.ts'

const { dir, log, keys, turns, staleMs, sync, suicide } = JSON.parse(process.argv[2])

const locks = createWorkerLocks({ dir, staleMs, mode: 'wait', worker: String(process.pid), report: () => {} })
locks.onLost(({ message }) => fail(`lost: ${message}`))

write('ready', '-')
for (let turn = 0; turn < turns; ) {
  if (await takeAll()) turn += 1
  await locks.release()
}
await locks.dispose()

/** False: a circle of waiters was refused, so we give way and try again. */
async function takeAll() {
  const taken = []
  for (const key of keys) {
    const request = { key, module: key }
    const outcome = sync ? locks.acquireSync(request) : await locks.acquire(request)
    if (!outcome.ok && outcome.reason !== 'circle') fail(`${outcome.reason}: ${outcome.message}`)
    if (!outcome.ok) write('circle', key)
    else write('enter', key)
    if (!outcome.ok) break
    taken.push(key)
  }
  const isWhole = taken.length === keys.length
  if (isWhole) await sleep(Math.random() * 15)
  if (isWhole && Math.random() < suicide) {
    write('kill', '-')
    process.kill(process.pid, 'SIGKILL')
  }
  for (const key of taken) write('leave', key)
  return isWhole
}

/** One short `write` to a file opened for appending: lines of all processes stand in the order in which they happened. */
function write(what, key) {
  appendFileSync(log, `${what} ${process.pid} ${key}\n`)
}

function fail(why) {
  console.error(`${process.pid}: ${why}`)
  process.exit(3)
}
