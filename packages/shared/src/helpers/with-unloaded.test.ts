import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openProject, type Project } from '../../test-host/project.ts'
import { guardEvaluation } from '../guard/guard.ts'
import { testEnded, testStarted } from '../host/lifecycle.ts'
import { withUnloaded } from './with-unloaded.ts'

let log: unknown[]
beforeEach(() => {
  log = []
  vi.stubGlobal('log', log)
})
afterEach(() => vi.unstubAllGlobals())

const tick = () => new Promise((resolve) => setTimeout(resolve, 1))
const A = { 'a.js': 'export const a = {}' }

async function loadedProject(
  files: Record<string, string> = A,
): Promise<{ project: Project; before: unknown }> {
  const project = openProject(files)
  return { project, before: await project.load('a.js') }
}

test('within it an import evaluates again, and afterwards the very same record is back', async () => {
  const { project, before } = await loadedProject()
  const inside = await withUnloaded('./a.js', () => project.load('a.js'), project.from)
  expect(inside).not.toBe(before)
  expect(await project.load('a.js')).toBe(before)
})

test('what was absent is absent afterwards', async () => {
  const project = openProject(A)
  await withUnloaded(['./a.js'], () => project.load('a.js'), project.from)
  expect(project.host.record(project.id('a.js'))).toBeUndefined()
})

test.each([
  [
    'throws',
    () => {
      throw new Error('x')
    },
  ],
  ['rejects later', () => tick().then(() => Promise.reject(new Error('x')))],
])('the records are back when the body %s', async (_, run) => {
  const { project, before } = await loadedProject()
  await expect(withUnloaded('./a.js', run as () => void, project.from)).rejects.toThrow('x')
  expect(await project.load('a.js')).toBe(before)
  expect(project.state.setAside.size).toBe(0)
  expect(project.state.unloadedQueue).toEqual([])
})

test('the records are back once the body has settled, not at its first await', async () => {
  const { project, before } = await loadedProject()
  await withUnloaded(
    './a.js',
    async () => {
      await tick()
      expect(project.host.record(project.id('a.js'))).toBeUndefined()
    },
    project.from,
  )
  expect(await project.load('a.js')).toBe(before)
})

test('no callback of what comes back runs, those of copies made within do', async () => {
  const { project } = await loadedProject({
    'a.js': "import { onUnload } from 'fresh-modules'; onUnload(import.meta, () => { log.push('closed') })",
  })
  await withUnloaded('./a.js', () => {}, project.from)
  expect(log).toEqual([])
  await withUnloaded('./a.js', () => project.load('a.js'), project.from)
  expect(log).toEqual(['closed'])
})

test('what the body loads first stays, unless it holds a copy made in there', async () => {
  const { project } = await loadedProject({
    ...A,
    'holds.js': "import './middle.js'",
    'middle.js': "import './a.js'",
    'free.js': '',
  })
  await withUnloaded(
    './a.js',
    async () => {
      await project.load('holds.js')
      await project.load('free.js')
    },
    project.from,
  )
  const isRegistered = (file: string) => project.host.record(project.id(file)) !== undefined
  expect(['free.js', 'middle.js', 'holds.js', 'a.js'].map(isRegistered)).toEqual([true, false, false, true])
})

test('what goes with a copy made in there is no first copy for the guard afterwards', async () => {
  const project = openProject({ ...A, 'holds.js': "import './a.js'" })
  await project.load('a.js')
  const evaluation = {
    id: project.id('holds.js'),
    facts: { kind: 'source', docblock: { flags: { allowReimport: false } } },
    importedBy: () => [],
    loader: 'x',
  } as const
  const evaluate = () => guardEvaluation(project, evaluation)
  await withUnloaded(
    './a.js',
    async () => {
      evaluate()
      await project.load('holds.js')
    },
    project.from,
  )
  expect(evaluate).not.toThrow()
})

describe('children', () => {
  const STORE = { 'a.js': '', 'store/index.js': "import './b.js'", 'store/b.js': 'export const b = {}' }

  test('are set aside with their target', async () => {
    const { project } = await loadedProject(STORE)
    await project.load('store/index.js')
    const b = project.host.record(project.id('store/b.js'))
    await withUnloaded(
      './store/index.js',
      () => {
        expect(project.host.record(project.id('store/b.js'))).toBeUndefined()
      },
      project.from,
    )
    expect(project.host.record(project.id('store/b.js'))).toBe(b)
  })

  test('that refuse reimport stay registered', async () => {
    const project = openProject(STORE, { specs: [{ match: './store/b.js', allowReimport: false }] })
    await project.load('store/index.js')
    const b = project.host.record(project.id('store/b.js'))
    await withUnloaded(
      './store/index.js',
      () => {
        expect(project.host.record(project.id('store/b.js'))).toBe(b)
        expect(project.host.record(project.id('store/index.js'))).toBeUndefined()
      },
      project.from,
    )
  })
})

describe('a target that refuses reimport', () => {
  test('is a refusal before the body runs', async () => {
    const project = openProject(A, { specs: [{ match: './a.js', allowReimport: false }] })
    const before = await project.load('a.js')
    const run = vi.fn()
    await expect(withUnloaded('./a.js', run, project.from)).rejects.toMatchObject({
      code: 'ERR_REIMPORT_REFUSED',
    })
    expect(run).not.toHaveBeenCalled()
    expect(await project.load('a.js')).toBe(before)
  })

  test('need not allow unloading, since it comes back', async () => {
    const project = openProject(A, { specs: [{ match: './a.js', allowUnload: false }] })
    await expect(withUnloaded('./a.js', () => 'ran', project.from)).resolves.toBe('ran')
  })

  test('may be the running test file, which is never set aside', async () => {
    const project = openProject({ 'test.js': '' })
    await project.load('test.js')
    await expect(withUnloaded('./test.js', () => {}, project.from)).rejects.toMatchObject({
      code: 'ERR_REIMPORT_REFUSED',
    })
  })
})

describe('calls', () => {
  const nested = (project: Project, outer: string, inner: string) =>
    withUnloaded(
      outer,
      async () => {
        await tick()
        return withUnloaded(inner, () => 'ran', project.from)
      },
      project.from,
    )

  test('that are nested restore innermost first', async () => {
    const { project, before } = await loadedProject()
    await withUnloaded(
      './a.js',
      async () => {
        const outer = await project.load('a.js')
        await withUnloaded(
          './a.js',
          async () => {
            const inner = await project.load('a.js')
            expect(new Set([before, outer, inner]).size).toBe(3)
          },
          project.from,
        )
        expect(await project.load('a.js')).toBe(outer)
      },
      project.from,
    )
    expect(await project.load('a.js')).toBe(before)
  })

  test('that share a module run one after the other, others at once', async () => {
    const { project } = await loadedProject({ ...A, 'b.js': '' })
    const run = (name: string, target: string) =>
      withUnloaded(
        target,
        async () => {
          log.push(`${name} begins`)
          await tick()
          log.push(`${name} ends`)
        },
        project.from,
      )
    await Promise.all([run('first', './a.js'), run('second', './a.js')])
    expect(log).toEqual(['first begins', 'first ends', 'second begins', 'second ends'])
    log.length = 0
    await Promise.all([run('a', './a.js'), run('b', './b.js')])
    expect(log.slice(0, 2).sort()).toEqual(['a begins', 'b begins'])
  })

  test('that would wait for each other for good fail, and the others go on', async () => {
    const { project, before } = await loadedProject({ ...A, 'b.js': '' })
    const b = await project.load('b.js')
    const settled = await Promise.allSettled([
      nested(project, './a.js', './b.js'),
      nested(project, './b.js', './a.js'),
    ])
    const [failed, ...more] = settled.filter((result) => result.status === 'rejected')
    expect(more).toEqual([])
    expect(failed?.reason).toMatchObject({ code: 'ERR_NOT_FRESH' })
    expect(settled).toContainEqual({ status: 'fulfilled', value: 'ran' })
    expect(project.state.unloadedQueue).toEqual([])
    expect([await project.load('a.js'), await project.load('b.js')]).toEqual([before, b])
  })

  test('of three that would wait in a circle: one fails', async () => {
    const { project } = await loadedProject({ ...A, 'b.js': '', 'c.js': '' })
    const settled = await Promise.allSettled([
      nested(project, './a.js', './b.js'),
      nested(project, './b.js', './c.js'),
      nested(project, './c.js', './a.js'),
    ])
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  })

  test('that are nested in the same order wait without a circle', async () => {
    const { project } = await loadedProject({ ...A, 'b.js': '' })
    const inOrder = () => nested(project, './a.js', './b.js')
    const alone = withUnloaded('./b.js', tick, project.from)
    expect(await Promise.all([inOrder(), inOrder(), alone])).toEqual(['ran', 'ran', undefined])
  })

  test('that waited go on after one that failed', async () => {
    const { project, before } = await loadedProject()
    const failing = withUnloaded('./a.js', () => Promise.reject(new Error('x')), project.from)
    const next = withUnloaded('./a.js', () => 'ran', project.from)
    await expect(failing).rejects.toThrow('x')
    expect(await next).toBe('ran')
    expect(await project.load('a.js')).toBe(before)
  })

  test('outlive the end of a test around them', async () => {
    const { project, before } = await loadedProject()
    testStarted(project.state, 'test 1')
    await withUnloaded('./a.js', () => testEnded(project.state, 'test 1'), project.from)
    expect(await project.load('a.js')).toBe(before)
  })
})

test('bad input is refused before anything is set aside', async () => {
  const { project, before } = await loadedProject()
  const wrong: readonly unknown[][] = [
    ['', () => {}, project.from],
    [[], () => {}, project.from],
    ['./a.js', 'run', project.from],
    ['./a.js', () => {}, { fresh: [] }],
  ]
  for (const input of wrong) {
    await expect(withUnloaded(...(input as [string, () => void]))).rejects.toMatchObject({
      code: 'ERR_BAD_OPTION',
    })
  }
  await expect(withUnloaded(['./a.js', './absent.js'], () => {}, project.from)).rejects.toMatchObject({
    code: 'ERR_MODULE_NOT_FOUND',
  })
  expect(await project.load('a.js')).toBe(before)
})
