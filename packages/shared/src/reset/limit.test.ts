import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openProject } from '../../test-host/project.ts'
import { resetModules } from '../helpers/reset-modules.ts'
import { resetInstalled } from './reset.ts'

let openGate: () => void
beforeEach(() => {
  const gate = new Promise<void>((resolve) => {
    openGate = resolve
  })
  vi.stubGlobal('gate', gate)
})
afterEach(() => vi.unstubAllGlobals())

const FILES = {
  'test.js': "import './a.js'",
  'a.js':
    "import { onUnload } from 'fresh-modules'; onUnload(import.meta, () => gate); export let n = 0; export const up = () => { n++ }",
}

async function open() {
  const project = openProject(FILES)
  await project.load('test.js')
  const a = await project.load('a.js')
  a.up()
  const reset = (limit: number) => resetInstalled(project, 'tests', { limit })
  return { project, a, reset }
}

test('a callback that does not settle ends the reset with an error, also while timers are faked', async () => {
  const { project, reset } = await open()
  vi.useFakeTimers()
  try {
    await expect(reset(20)).rejects.toMatchObject({
      code: 'ERR_NOT_FRESH',
      message: expect.stringContaining('an onUnload callback has not settled within 20 ms'),
    })
  } finally {
    vi.useRealTimers()
  }
  expect(project.state.reset).toBeUndefined()
})

test('what is given up changes nothing any more, and the next reset works', async () => {
  const { a, reset } = await open()
  const { up } = a
  await expect(reset(20)).rejects.toThrow('has not settled')
  openGate()
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect([a.n, a.up]).toEqual([1, up])
  await reset(1000)
  expect(a.n).toBe(0)
})

test('a reset by hand that it waits for is given up with it', async () => {
  const { a, reset } = await open()
  const byHand = resetModules()
  await expect(reset(20)).rejects.toThrow('has not settled')
  openGate()
  await expect(byHand).resolves.toMatchObject({ reloaded: [], dropped: [] })
  expect(a.n).toBe(1)
})

test.each([0, Number.POSITIVE_INFINITY])('a limit of %d is none', async (limit) => {
  const { a, reset } = await open()
  setTimeout(openGate, 30)
  await reset(limit)
  expect(a.n).toBe(0)
})
