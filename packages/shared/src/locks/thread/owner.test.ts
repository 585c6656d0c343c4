import { spawnSync } from 'node:child_process'
import { threadId, Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { isKnownDead, newOwnerId } from './owner.ts'

afterEach(() => vi.restoreAllMocks())

/** The same owner, but of another process. */
function ofProcess(pid: string | number): string {
  return newOwnerId().replace(`-${process.pid}-`, `-${pid}-`)
}

function killFailsWith(code: string) {
  return vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error(code), { code })
  })
}

describe('an owner', () => {
  test('is named by host, process and thread, and never twice', () => {
    const ids = Array.from({ length: 100 }, () => newOwnerId())
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) {
      expect(id).toMatch(new RegExp(`^[0-9a-f]{8}-${process.pid}-${threadId}-[0-9a-f]{8}$`))
    }
  })

  test('has the same host in every process of it, or the dead could not be told', () => {
    const hostOf = (id: string) => id.split('-')[0]
    const url = JSON.stringify(new URL('owner.ts', import.meta.url).href)
    const code = `console.log((await import(${url})).newOwnerId())`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
    expect(hostOf(stdout)).toBe(hostOf(newOwnerId()))
  })

  test('stands in names of files: it has no character that ends the field it stands in', () => {
    expect(newOwnerId()).toMatch(/^[\w-]+$/)
  })
})

describe('is known to be dead', () => {
  test('whose process has ended', () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    expect(isKnownDead(ofProcess(pid))).toBe(true)
  })
})

describe('is not known to be dead', () => {
  test('who runs, in this thread or in another one that has ended', async () => {
    expect(isKnownDead(newOwnerId())).toBe(false)
    const worker = new Worker('', { eval: true })
    const { threadId: other } = worker
    await worker.terminate()
    expect(isKnownDead(newOwnerId().replace(`-${threadId}-`, `-${other}-`))).toBe(false)
  })

  test('whose process may not be asked', () => {
    const kill = killFailsWith('EPERM')
    expect(isKnownDead(ofProcess(1))).toBe(false)
    expect(kill).toHaveBeenCalledWith(1, 0)
  })

  test('who is on another host: its processes are not ours to ask', () => {
    const kill = killFailsWith('ESRCH')
    const [, ...rest] = newOwnerId().split('-')
    expect(isKnownDead(['00000000', ...rest].join('-'))).toBe(false)
    expect(kill).not.toHaveBeenCalled()
  })

  // 0 and negative numbers would be asked of whole groups of processes.
  test.each(['', 'x', '-1', '1.5', '1 '])('whose process is no number: %j', (pid) => {
    const kill = killFailsWith('ESRCH')
    expect(isKnownDead(ofProcess(pid))).toBe(false)
    expect(kill).not.toHaveBeenCalled()
  })

  test.each(['', 'junk'])('who is none: %j', (id) => {
    expect(isKnownDead(id)).toBe(false)
  })
})
