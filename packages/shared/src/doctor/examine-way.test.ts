import { expect, test } from 'vitest'
import { FakeRunner, runWith, silent } from '../../test-host/runs.ts'
import { type ExaminedWay, examineWay } from './examine-way.ts'
import type { SuiteRun } from './suite-runner.ts'
import { isolatedDefaults, sharedDefaults, sharedRaw, type Way } from './ways.ts'

const green = runWith({ 'a > 1': 'passed', 'b > 1': 'passed' })
const red = runWith({ 'a > 1': 'passed', 'b > 1': 'failed' })

async function examined(
  way: Way,
  runs: readonly SuiteRun[],
  { maxWorkers, pool }: { maxWorkers?: number; pool?: string } = {},
): Promise<ExaminedWay & { readonly requests: FakeRunner['requests'] }> {
  const runner = new FakeRunner((_, index) => runs[index] as SuiteRun)
  const baseline = {
    green: ['a > 1', 'b > 1'],
    flaky: [],
    failedFiles: [],
    seconds: 10,
    exitCode: 0,
    results: green.results,
    facts: maxWorkers === undefined ? undefined : { maxWorkers, projects: [] },
  }
  const found = await examineWay({ runner, progress: silent(), baseline, pool }, way)
  return { ...found, requests: runner.requests }
}

test('an isolated way is run once', async () => {
  const { outcome, requests } = await examined(isolatedDefaults, [{ ...green, seconds: 12 }])
  expect(outcome).toMatchObject({ name: 'isolated-defaults', seconds: 12, failures: [], isSafe: true })
  expect(requests).toEqual([{ way: isolatedDefaults }])
})

test('a shared way is safe if it is in one worker too, and in reverse', async () => {
  const { outcome, requests } = await examined(sharedDefaults, [{ ...green, seconds: 2 }, green, green])
  expect(outcome).toMatchObject({ seconds: 2, isSafe: true })
  expect(requests).toEqual([
    { way: sharedDefaults },
    { way: sharedDefaults, oneWorker: true },
    { way: sharedDefaults, order: ['b', 'a'] },
  ])
})

test('where the suite has one worker it is not run in one again', async () => {
  const { requests } = await examined(sharedDefaults, [green, green], { maxWorkers: 1 })
  expect(requests).toEqual([{ way: sharedDefaults }, { way: sharedDefaults, order: ['b', 'a'] }])
})

test('what fails at first needs no further run', async () => {
  const { outcome, requests, order } = await examined(sharedRaw, [red])
  expect(outcome).toMatchObject({
    isSafe: false,
    failures: [{ test: 'b > 1', now: 'failed', error: 'Error: no', in: 'run' }],
  })
  expect(requests).toHaveLength(1)
  expect(order).toEqual(['a', 'b'])
})

test('what fails in one worker or in reverse is said to, with the time of the suite’s own workers', async () => {
  const inOne = await examined(sharedRaw, [{ ...green, seconds: 2 }, red])
  expect(inOne.outcome).toMatchObject({ seconds: 2, isSafe: false, failures: [{ in: 'one-worker' }] })
  const reversed = await examined(sharedRaw, [{ ...green, seconds: 2 }, green, red])
  expect(reversed.outcome).toMatchObject({ seconds: 2, isSafe: false, failures: [{ in: 'reversed' }] })
})

test('a way that does not run has a problem and no time', async () => {
  const { outcome } = await examined(sharedRaw, [{ ...green, broken: 'it was stopped after 120 s' }])
  expect(outcome).toMatchObject({ isSafe: false, problem: 'it was stopped after 120 s' })
  expect(outcome).not.toHaveProperty('seconds')
})

test('a run that ends badly with green tests is not safe, and one with a flaky test that fails is', async () => {
  const bad = await examined(isolatedDefaults, [{ ...green, exitCode: 1, output: 'Unhandled' }])
  expect(bad.outcome).toMatchObject({
    isSafe: false,
    problem: expect.stringContaining('exit code 1:\nUnhandled'),
  })
  const flaky = runWith({ 'a > 1': 'passed', 'b > 1': 'passed', 'b > flaky': 'failed' })
  expect((await examined(isolatedDefaults, [flaky])).outcome.isSafe).toBe(true)
})

test('shared workers are of another pool where the suite’s own cannot share', async () => {
  const { requests } = await examined(sharedRaw, [red], { pool: 'threads' })
  expect(requests).toEqual([{ way: sharedRaw, pool: 'threads' }])
})
