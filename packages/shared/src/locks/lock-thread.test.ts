import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { expect, test, vi } from 'vitest'
import { heldIn } from './fixtures/open-locks.ts'
import { tempFolder } from './fixtures/temp-folder.ts'
import { LockThread } from './lock-thread.ts'
import type { LostLock } from './types.ts'
import { createWorkerLocks } from './worker-locks.ts'

test('Locks are lost loudly, and no more are given, when the helper thread dies', async () => {
  const dir = tempFolder()
  const report = vi.fn()
  const locks = createWorkerLocks({ dir, mode: 'wait', worker: 'w', report })
  const lost: LostLock[] = []
  locks.onLost((loss) => lost.push(loss))
  const started = once(process, 'worker')
  await locks.acquire({ key: 'a', module: 'a.ts' })
  const [thread] = (await started) as [Worker]
  await thread.terminate()
  await vi.waitFor(() => expect(lost).toHaveLength(1))
  expect(lost[0]?.message).toMatch(
    /^its lock is not kept any more: the helper thread that holds locks is gone/,
  )
  expect(await locks.acquire({ key: 'a', module: 'a.ts' })).toMatchObject({ ok: false, reason: 'io' })
  expect(locks.acquireSync({ key: 'b', module: 'b.ts' })).toMatchObject({ ok: false, reason: 'io' })
  await locks.dispose()
})

test('One helper thread serves all locks of a thread, and ends with the last of them', async () => {
  const join = vi.spyOn(LockThread, 'join').mockClear()
  const options = {
    dir: tempFolder(),
    mode: 'wait',
    worker: 'w',
    report: vi.fn(),
  } as const
  const [one, two] = [createWorkerLocks(options), createWorkerLocks(options)]
  expect(join).not.toHaveBeenCalled()
  await one.acquire({ key: 'a', module: 'a.ts' })
  await two.acquire({ key: 'b', module: 'b.ts' })
  expect(join.mock.results[0]?.value).toBe(join.mock.results[1]?.value)
  await one.dispose()
  expect(heldIn(options.dir)).toEqual(['b.ts'])
  await two.dispose()
  const three = createWorkerLocks(options)
  await three.acquire({ key: 'a', module: 'a.ts' })
  expect(join.mock.results[2]?.value).not.toBe(join.mock.results[0]?.value)
  await three.dispose()
})
