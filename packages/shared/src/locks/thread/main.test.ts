import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { tempFolder } from '../fixtures/temp-folder.ts'
import { threadFile } from '../thread-file.ts'
import type { LockRequest } from '../types.ts'
import {
  type Answer,
  type Hello,
  type KeeperOptions,
  LIFE,
  LIFE_WORDS,
  type News,
  type Question,
} from '../wire.ts'

const DB: LockRequest = { key: '/app/db.ts', module: 'db.ts' }

let dir: string
let thread: Worker
let ports: MessagePort[]

beforeEach(() => {
  dir = join(tempFolder(), 'locks')
  ports = []
  thread = new Worker(threadFile(), { execArgv: [], env: {} })
  thread.on('error', () => {})
})

afterEach(async () => {
  for (const port of ports) port.close()
  await thread.terminate()
})

/** A line to the thread, as one `WorkerLocks` object has it. */
function connect(more: Partial<KeeperOptions> = {}) {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1)
  const life = new Int32Array(new SharedArrayBuffer(LIFE_WORDS * Int32Array.BYTES_PER_ELEMENT))
  const options = {
    dir,
    staleMs: 2_000,
    lockTimeout: undefined,
    mode: 'throw',
    worker: 'w',
    ...more,
  } as const
  const hello: Hello = { port: port2, life: life.buffer as SharedArrayBuffer, options }
  thread.postMessage(hello, [port2])
  const mail: (Answer | News)[] = []
  port1.on('message', (message) => mail.push(message))
  async function ask(question: Question): Promise<Answer> {
    port1.postMessage(question)
    return vi.waitFor(() => {
      const answer = mail.find((message) => 'id' in message && message.id === question.id)
      if (!answer) throw new Error('no answer yet')
      return answer as Answer
    }, 10_000)
  }
  const acquire = (id: number, request = DB) => ask({ id, ask: 'acquire', request })
  const release = (id: number, keys?: string[]) => ask({ id, ask: 'release', keys })
  return { port: port1, life, mail, ask, acquire, release }
}

describe('the helper thread', { timeout: 20_000 }, () => {
  test('takes and gives up locks as it is asked, and says which', async () => {
    const line = connect()
    expect(await line.acquire(1)).toEqual({ id: 1, say: 'outcome', request: DB, outcome: { ok: true } })
    expect(readdirSync(dir)).toHaveLength(2)
    expect(await line.release(2)).toEqual({ id: 2, say: 'released', keys: [DB.key] })
    expect(readdirSync(dir)).toEqual([])
  })

  test('gives up only what was named', async () => {
    const line = connect()
    await line.acquire(1)
    expect(await line.release(2, ['/app/other.ts'])).toMatchObject({ keys: ['/app/other.ts'] })
    expect(await connect().acquire(1)).toMatchObject({ outcome: { ok: false, reason: 'held' } })
  })

  test('answers questions that came while it was starting', async () => {
    const line = connect()
    expect(await Promise.all([line.acquire(1), line.acquire(2), line.release(3)])).toHaveLength(3)
  })

  test('serves each line with its own options, and holds locks against the other ones', async () => {
    const [one, two] = [connect({ worker: 'one' }), connect({ mode: 'wait', lockTimeout: 100 })]
    await one.acquire(1)
    expect(await two.acquire(1)).toMatchObject({
      outcome: { reason: 'timeout', holder: { worker: 'one' } },
    })
    await one.release(2)
    expect(await two.acquire(2)).toMatchObject({ outcome: { ok: true } })
  })

  test('gives up the locks of a line that was closed, and goes on to serve the others', async () => {
    const [one, two] = [connect(), connect({ mode: 'wait' })]
    await one.acquire(1)
    const waiting = two.acquire(1)
    one.port.close()
    expect(await waiting).toMatchObject({ outcome: { ok: true } })
  })

  test('touches nothing for a line that asks for nothing', async () => {
    const line = connect()
    await line.release(1)
    expect(existsSync(dir)).toBe(false)
  })
})

describe('the shared memory', { timeout: 20_000 }, () => {
  test('counts each message, for callers that sleep', async () => {
    const line = connect()
    await line.acquire(1)
    await line.release(2)
    expect(Atomics.load(line.life, LIFE.mail)).toBe(line.mail.length)
    expect(line.mail).toHaveLength(2)
  })

  test('wakes a caller that sleeps', async () => {
    const line = connect()
    await line.release(1)
    const mail = Atomics.load(line.life, LIFE.mail)
    line.port.postMessage({ id: 2, ask: 'release', keys: undefined } satisfies Question)
    expect(Atomics.wait(line.life, LIFE.mail, mail, 10_000)).not.toBe('timed-out')
  })

  test('shows that the thread lives, for as long as the line is open', async () => {
    const [open, closed] = [connect(), connect()]
    const beat = ({ life }: typeof open) => Atomics.load(life, LIFE.beat)
    await vi.waitFor(() => expect(beat(closed)).toBeGreaterThan(0), 10_000)
    closed.port.close()
    await once(closed.port, 'close')
    const secondBeat = beat(open) + 2
    await vi.waitFor(() => expect(beat(open)).toBeGreaterThanOrEqual(secondBeat), 10_000)
    const [last, now] = [beat(closed), beat(open)]
    await vi.waitFor(() => expect(beat(open)).toBeGreaterThan(now + 1), 10_000)
    expect(beat(closed)).toBe(last)
  })

  test('shows each caller that the thread has ended, when it ends by itself', async () => {
    const [one, two] = [connect(), connect()]
    await Promise.all([one.release(1), two.release(1)])
    const ended = new Promise((resolve) => thread.once('exit', resolve))
    // A greeting that it cannot read: it fails.
    thread.postMessage({})
    await ended
    expect([one, two].map(({ life }) => Atomics.load(life, LIFE.gone))).toEqual([1, 1])
  })
})
