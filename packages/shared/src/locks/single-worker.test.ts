import { existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { openProject, type Project } from '../../test-host/project.ts'
import { writeTree } from '../../test-host/tree.ts'
import { takeUnreported } from '../guard/guard.ts'
import type { ModuleId } from '../host/module-id.ts'
import type { SpecRule } from '../host/module-spec.ts'
import { SingleWorker, type SingleWorkerOptions } from './single-worker.ts'

const SINGLE: SpecRule = { match: './db.js', allowParallelWorkers: false }
const FILES = {
  'node_modules/pkg/package.json': '{}',
  'db.js': "import { onUnload } from 'fresh-modules'; onUnload(import.meta, () => { log.push('closed') })",
  'bus.js': '',
  'other.js': '',
}

let log: string[] = []
afterEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
})

function open(...rules: SpecRule[]): Project {
  log = []
  vi.stubGlobal('log', log)
  return openProject(FILES, { specs: rules })
}

/** Two of them in one process stand for two workers. */
function workerOf(project: Project, more: Partial<SingleWorkerOptions> = {}): SingleWorker {
  const worker = new SingleWorker(project, { mode: 'throw', worker: 'worker 1', report: () => {}, ...more })
  onTestFinished(() => worker.dispose())
  return worker
}

const keyOf = (worker: SingleWorker, id: ModuleId) => worker.needs(id, { kind: 'source' })

/** The folders that stand for locks which are held. */
function locksIn(project: Project): string[] {
  const folder = project.at('node_modules/.cache/fresh-modules/locks')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((entry) => entry.endsWith('.lock'))
    .map((entry) => path.join(folder, entry))
}

/** As a host does before an evaluation. */
async function admit(worker: SingleWorker, id: ModuleId): Promise<void> {
  const key = keyOf(worker, id)
  if (key !== undefined) await worker.acquire(id, key)
}

describe('a lock is needed', () => {
  test('by a module that may live in one worker at a time, until it is held', async () => {
    const project = open(SINGLE)
    const worker = workerOf(project)
    const db = project.id('db.js')
    expect(keyOf(worker, db)).toBe(db)
    await admit(worker, db)
    expect(keyOf(worker, db)).toBeUndefined()
  })

  test('by no other module, and nothing is touched for them', async () => {
    const project = open(SINGLE)
    const worker = workerOf(project)
    for (const id of [project.id('other.js'), 'node:fs' as ModuleId, 'virtual:x' as ModuleId]) {
      expect(keyOf(worker, id)).toBeUndefined()
    }
    await worker.fileEnded()
    expect(existsSync(project.at('node_modules/.cache'))).toBe(false)
  })

  test('under one key by modules that one rule lists together', () => {
    const project = open({ match: ['./db.js', './bus.js'], allowParallelWorkers: false })
    const worker = workerOf(project)
    expect(keyOf(worker, project.id('db.js'))).toBe(keyOf(worker, project.id('bus.js')))
  })
})

describe('another worker', () => {
  test('is refused while the lock is held, with the module and who holds it', async () => {
    const project = open(SINGLE)
    const db = project.id('db.js')
    await admit(workerOf(project, { worker: 'the holder' }), db)
    const other = workerOf(project)
    await expect(admit(other, db)).rejects.toMatchObject({
      code: 'ERR_PARALLEL_WORKER',
      message: expect.stringMatching(/db\.js.*the holder/s),
    })
    expect(() => other.acquireSync(db, db)).toThrow(expect.objectContaining({ code: 'ERR_PARALLEL_WORKER' }))
    expect(keyOf(other, db)).toBe(db)
  })

  test('goes on once the file of the holder has ended', async () => {
    const project = open(SINGLE)
    const db = project.id('db.js')
    const holder = workerOf(project)
    await admit(holder, db)
    const waiting = admit(workerOf(project, { mode: 'wait' }), db)
    await holder.fileEnded()
    await waiting
    expect(keyOf(holder, db)).toBe(db)
  })

  test('lies in one place, though a tool makes a node_modules for its cache meanwhile', async () => {
    vi.stubEnv('TMPDIR', writeTree({}).root)
    const project = openProject({ 'db.js': '' }, { specs: [SINGLE] })
    const db = project.id('db.js')
    await admit(workerOf(project), db)
    project.write({ 'node_modules/.vite/vitest/results.json': '{}' })
    await expect(admit(workerOf(project), db)).rejects.toMatchObject({ code: 'ERR_PARALLEL_WORKER' })
  })

  test('goes on once the realm of the holder is gone', async () => {
    const project = open(SINGLE)
    const db = project.id('db.js')
    const holder = workerOf(project)
    await admit(holder, db)
    await holder.dispose()
    await expect(admit(workerOf(project), db)).resolves.toBeUndefined()
  })
})

describe('when the file ends', () => {
  test('the module is unloaded, with its callbacks, and no lock is left', async () => {
    const project = open(SINGLE)
    const worker = workerOf(project)
    await admit(worker, project.id('db.js'))
    await project.load('db.js')
    await worker.fileEnded()
    expect(log).toEqual(['closed'])
    expect(project.host.record(project.id('db.js'))).toBeUndefined()
    const locks = readdirSync(project.at('node_modules/.cache/fresh-modules/locks'))
    expect(readdirSync(project.at(`node_modules/.cache/fresh-modules/locks/${locks[0]}`))).toEqual([])
  })

  test('callbacks run before the lock is given up, though the module has left the registry by another way', async () => {
    const project = open(SINGLE)
    const db = project.id('db.js')
    const worker = workerOf(project)
    await admit(worker, db)
    await project.load('db.js')
    project.host.drop([db])
    await project.load('db.js')
    project.host.drop([db])
    await worker.fileEnded()
    expect(log).toEqual(['closed', 'closed'])
    expect(project.state.lockHolders.size).toBe(0)
    await worker.fileEnded()
    expect(log).toHaveLength(2)
  })

  test('a module that cannot be unloaded holds its lock', async () => {
    const project = open({ ...SINGLE, allowUnload: false })
    const db = project.id('db.js')
    const worker = workerOf(project)
    await admit(worker, db)
    await project.load('db.js')
    await worker.fileEnded()
    expect(log).toEqual([])
    expect(keyOf(worker, db)).toBeUndefined()
    await expect(admit(workerOf(project), db)).rejects.toMatchObject({ code: 'ERR_PARALLEL_WORKER' })
  })

  test('the lock is given up even if a callback throws', async () => {
    const project = open(SINGLE)
    const db = project.id('db.js')
    project.write({
      'db.js':
        "import { onUnload } from 'fresh-modules'; onUnload(import.meta, () => { throw new Error('stuck') })",
    })
    const worker = workerOf(project)
    await admit(worker, db)
    await project.load('db.js')
    await expect(worker.fileEnded()).rejects.toMatchObject({ errors: [{ message: 'stuck' }] })
    await expect(admit(workerOf(project), db)).resolves.toBeUndefined()
  })
})

describe('a lock that is taken over', () => {
  test('fails the test that runs, which may never ask for the module again', async () => {
    const project = open(SINGLE)
    const db = project.id('db.js')
    await admit(workerOf(project), db)
    project.state.runningTests.add('the test')
    for (const lock of locksIn(project)) rmSync(lock, { recursive: true })
    await vi.waitFor(() => expect(project.state.guard.unreported).toHaveLength(1), 10_000)
    expect(takeUnreported(project, 'the test')).toEqual([
      expect.objectContaining({ code: 'ERR_PARALLEL_WORKER', message: expect.stringContaining(db) }),
    ])
  })
})

describe('the locks of a project', () => {
  test('are its own: another checkout of it is not held up', async () => {
    const [one, other] = [open(SINGLE), open(SINGLE)]
    await admit(workerOf(one), one.id('db.js'))
    await expect(admit(workerOf(other), other.id('db.js'))).resolves.toBeUndefined()
  })

  test('lie in the cache of the workspace that it is a package of, each package with its own', async () => {
    const workspace = open(SINGLE)
    const db = workspace.id('db.js')
    for (const root of ['packages/a', 'packages/b']) {
      const host = Object.assign(Object.create(workspace.host), { root: workspace.at(root) })
      await admit(workerOf({ ...workspace, host }), db)
      expect(existsSync(workspace.at(`${root}/node_modules`))).toBe(false)
    }
    expect(locksIn(workspace)).toHaveLength(2)
  })

  test('lie in the temporary folder where there is no node_modules to have a cache in', async () => {
    const { 'node_modules/pkg/package.json': _, ...files } = FILES
    log = []
    vi.stubGlobal('log', log)
    const project = openProject(files, { specs: [SINGLE] })
    const temp = writeTree({})
    vi.stubEnv('TMPDIR', temp.root)
    await admit(workerOf(project), project.id('db.js'))
    expect(existsSync(project.at('node_modules'))).toBe(false)
    expect(readdirSync(temp.at('fresh-modules/locks'))).toHaveLength(1)
  })
})

describe('a test that has timed out', () => {
  const timeout = () => new Error('Test timed out in 200ms.')

  test('is told that it waited for a lock, and how long', async () => {
    const project = open(SINGLE)
    const holder = workerOf(project)
    const waiter = workerOf(project, { mode: 'wait', worker: 'worker 2' })
    await admit(holder, project.id('db.js'))
    const waiting = admit(waiter, project.id('db.js'))
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const [own, other] = [timeout(), new Error('something else')]
    waiter.explainTimeouts([own, other])
    expect(own.message).toMatch(/Of this time the test waited for .*: \d+ ms for ".*db\.js"\.$/)
    expect(own.stack).toContain('the test waited for')
    expect(other.message).toBe('something else')
    await holder.dispose()
    await waiting
  })

  test('is told nothing where nobody waited', async () => {
    const project = open(SINGLE)
    const worker = workerOf(project)
    await admit(worker, project.id('db.js'))
    const error = timeout()
    worker.explainTimeouts([error])
    expect(error.message).toBe('Test timed out in 200ms.')
  })
})
