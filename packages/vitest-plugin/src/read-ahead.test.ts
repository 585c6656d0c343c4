import { expect, test } from 'vitest'
import { openProject, type Project } from '../test-host/project.ts'
import { ReadAhead } from './read-ahead.ts'

const FILES = {
  'a.test.ts': 'export const name = "a"',
  'b.test.ts': 'import "./b.ts"; export const name = "b"',
  'b.ts': '',
  'broken.test.ts': 'export const = 1',
}

function open(): Project & { ahead: ReadAhead } {
  const project = openProject(FILES)
  const files = ['a.test.ts', 'b.test.ts', 'broken.test.ts'].map((file) => ({ filepath: project.id(file) }))
  Object.assign(project.host.worker, { ctx: { pool: 'forks', files } })
  return { ...project, ahead: new ReadAhead(project.host) }
}

test('a file that was read ahead is not asked for again, and is evaluated when it is imported', async () => {
  const { ahead, fetched, id, import: load, node } = open()
  ahead.begin()
  ahead.begin()
  await ahead.end()
  expect([fetched, node('a.test.ts').evaluated]).toEqual([[id('a.test.ts')], false])
  expect(await load('a.test.ts')).toMatchObject({ name: 'a' })
  expect(fetched).toEqual([id('a.test.ts')])
})

test('the next file is the one behind this one in the order in which the worker runs them', async () => {
  const { ahead, fetched, host, id } = open()
  ahead.beginNext()
  await ahead.end(id('b.test.ts'))
  expect(fetched).toEqual([id('b.test.ts')])
  for (const filepath of [id('broken.test.ts'), id('elsewhere.test.ts')]) {
    Object.assign(host.worker, { filepath })
    ahead.beginNext()
    await ahead.end(filepath)
  }
  expect(fetched).toEqual([id('b.test.ts')])
})

test('a file that has changed since it was read is read again', async () => {
  const { ahead, fetched, id, import: load, write } = open()
  ahead.beginNext()
  await expect.poll(() => fetched).toEqual([id('b.test.ts')])
  write('b.test.ts', 'export const name = "b, written by a"')
  await ahead.end(id('b.test.ts'))
  expect(await load('b.test.ts')).toMatchObject({ name: 'b, written by a' })
})

test('mocks that wait for the next import do not come into force by it', async () => {
  const { ahead, fetched, host, id, import: load, mock } = open()
  mock('b.ts', () => ({}))
  ahead.begin(id('b.test.ts'))
  await ahead.end(id('b.test.ts'))
  expect(fetched).toEqual([])
  expect(host.runner.mocker.getDependencyMock(id('b.ts'))).toBeUndefined()
  await load('b.test.ts')
  expect(host.runner.mocker.getDependencyMock(id('b.ts'))).toMatchObject({ type: 'manual' })
})

test('what is wrong with a file is for its own import to say', async () => {
  const { ahead, id, import: load } = open()
  ahead.begin(id('broken.test.ts'))
  ahead.begin(id('absent.test.ts'))
  await ahead.end(id('broken.test.ts'))
  await ahead.end(id('absent.test.ts'))
  await expect(load('broken.test.ts')).rejects.toThrow()
  await expect(load('absent.test.ts')).rejects.toThrow('absent.test.ts')
})
