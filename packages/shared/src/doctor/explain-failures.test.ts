import { expect, test } from 'vitest'
import { FakeRunner, runWith, type Statuses, silent } from '../../test-host/runs.ts'
import type { ExaminedWay, Ward } from './examine-way.ts'
import { explain } from './explain-failures.ts'
import type { RunRequest } from './invocation.ts'
import { asIs, isolatedDefaults, sharedDefaults, sharedRaw, type Way } from './ways.ts'

const all: Statuses = { 'a > 1': 'passed', 'b > 1': 'passed', 'b > 2': 'passed', 'c > 1': 'passed' }

function ward(fails: (test: string, request: RunRequest) => boolean): Ward & { readonly runner: FakeRunner } {
  const runner = new FakeRunner((request) => {
    const isIn = (name: string): boolean => request.order?.includes(name.split(' > ')[0] ?? '') ?? true
    const isChosen = (name: string): boolean => request.tests?.includes(name.split(' > ')[1] ?? '') ?? true
    const statuses = Object.keys(all)
      .filter(isIn)
      .map((name): [string, Statuses[string]] => [
        name,
        isChosen(name) ? (fails(name, request) ? 'failed' : 'passed') : 'skipped',
      ])
    return runWith(Object.fromEntries(statuses))
  })
  const { results } = runWith(all)
  const baseline = {
    green: Object.keys(all),
    flaky: [],
    failedFiles: [],
    seconds: 1,
    exitCode: 0,
    results,
    facts: undefined,
  }
  return { runner, progress: silent(), baseline, pool: undefined }
}

function failing(way: Way, ...tests: readonly string[]): ExaminedWay {
  const failures = tests.map((test) => ({ test, now: 'failed' as const, error: '', in: 'run' as const }))
  const { name, title } = way
  return {
    way,
    order: ['a', 'b', 'c'],
    outcome: { name, title, seconds: 1, failures, isSafe: failures.length === 0 },
  }
}

test('the first failure of each file is looked into, for as many files as were asked for', async () => {
  const afterA = (test: string, { order }: RunRequest): boolean => !test.startsWith('a') && order?.[0] === 'a'
  const patient = ward(afterA)
  const [found] = await explain(patient, [failing(sharedRaw, 'b > 1', 'b > 2', 'c > 1')], 1)
  expect(found?.outcome.failures).toMatchObject([
    { test: 'b > 1', blame: { kind: 'file', file: 'a' } },
    { test: 'b > 2' },
    { test: 'c > 1' },
  ])
  expect(found?.outcome.failures.slice(1).some(({ blame }) => blame)).toBe(false)
  expect(patient.runner.requests.every(({ way, order }) => way === sharedRaw && order?.at(-1) === 'b')).toBe(
    true,
  )
})

test('what fails in isolation is explained by that in shared workers too, and not looked into again', async () => {
  const needs = (test: string, { way }: RunRequest): boolean => test === 'b > 2' && way !== asIs
  const patient = ward(needs)
  const ways = [failing(sharedDefaults, 'b > 2'), failing(isolatedDefaults, 'b > 2')]
  const found = await explain(patient, ways, 3)
  expect(found.map(({ way }) => way)).toEqual([sharedDefaults, isolatedDefaults])
  for (const { outcome } of found) expect(outcome.failures).toMatchObject([{ blame: { kind: 'itself' } }])
  expect(patient.runner.requests.some(({ way }) => way === sharedDefaults)).toBe(false)
})

test('nothing is run where nothing is asked for, or nothing fails', async () => {
  const patient = ward(() => true)
  await explain(patient, [failing(sharedRaw, 'b > 1')], 0)
  await explain(patient, [failing(sharedRaw)], 5)
  expect(patient.runner.requests).toEqual([])
})
