/**
 * The helper thread: its own timers, clock and event loop, which no test can fake or block. It serves every
 * `WorkerLocks` object of the thread that started it, each over its own port.
 *
 * A separate file in the published package, and it imports only what lies next to it and proper-lockfile. From source
 * Node runs it as it is, by stripping the types: hence `.ts` in its imports and no syntax that needs compiling.
 */
import process from 'node:process'
import { parentPort } from 'node:worker_threads'
import type { LockOutcome } from '../types.ts'
import { type Answer, BEAT_MS, type Hello, LIFE, type News, type Question } from '../wire.ts'
import { LockKeeper } from './lock-keeper.ts'
import { describeIo } from './wording.ts'

/** The shared memories of all whom we serve; one is removed when its port closes. */
const lives = new Set<Int32Array>()

parentPort?.on('message', (hello: Hello) => void serve(hello))

setInterval(() => {
  for (const life of lives) Atomics.add(life, LIFE.beat, 1)
}, BEAT_MS).unref()

process.on('exit', () => {
  for (const life of lives) {
    Atomics.store(life, LIFE.gone, 1)
    Atomics.notify(life, LIFE.mail)
  }
})

async function serve({ port, life: memory, options }: Hello): Promise<void> {
  const life = new Int32Array(memory)
  lives.add(life)

  function tell(message: Answer | News): void {
    port.postMessage(message)
    Atomics.add(life, LIFE.mail, 1)
    Atomics.notify(life, LIFE.mail)
  }

  const keeper = await loadKeeper()
  port.on('message', (question: Question) => void answer(question))
  port.on('close', () => {
    lives.delete(life)
    if (keeper instanceof LockKeeper) keeper.close()
  })

  async function loadKeeper(): Promise<LockKeeper | { error: unknown }> {
    try {
      return new LockKeeper(options, await import('proper-lockfile'), tell)
    } catch (error) {
      return { error }
    }
  }

  async function answer(question: Question): Promise<void> {
    const { id } = question
    if (question.ask === 'release') {
      const keys = keeper instanceof LockKeeper ? keeper.release(question.keys) : []
      return tell({ id, say: 'released', keys })
    }
    const { request } = question
    const outcome = keeper instanceof LockKeeper ? await keeper.acquire(request) : broken(keeper.error)
    tell({ id, say: 'outcome', request, outcome })
  }

  function broken(error: unknown): LockOutcome {
    return { ok: false, reason: 'io', message: describeIo(options.dir, error), waitedMs: 0 }
  }
}
