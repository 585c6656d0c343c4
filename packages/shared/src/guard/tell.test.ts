import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createGuardState } from '../host/guard-state.ts'
import { tellOnce } from './tell.ts'

const warn = vi.fn()
let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tell-'))
  vi.spyOn(os, 'tmpdir').mockReturnValue(folder)
  vi.spyOn(console, 'warn').mockImplementation(warn.mockReset())
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

const told = () => warn.mock.calls.flat()
const worker = (run: string | undefined) => ({ ...createGuardState(), run })

test('a worker tells once of each package', () => {
  const guard = worker(undefined)
  for (const name of ['react', 'react', 'graphql']) tellOnce(guard, name, () => `two of ${name}`)
  expect(told()).toEqual(['[fresh-modules] two of react', '[fresh-modules] two of graphql'])
  expect(readdirSync(folder)).toEqual([])
})

test('of several workers of a run the first one tells; the next run tells again', () => {
  const [run, next] = [randomUUID(), randomUUID()]
  for (const of of [run, run, next]) tellOnce(worker(of), 'react', () => 'two')
  expect(told()).toHaveLength(2)
})

test('what runs of other days have left is removed', () => {
  const left = path.join(folder, 'fresh-modules-told', 'left')
  mkdirSync(path.dirname(left))
  writeFileSync(left, '')
  utimesSync(left, 0, 0)
  tellOnce(worker(randomUUID()), 'react', () => 'two')
  expect(existsSync(left)).toBe(false)
})

test('where nothing can be written, each worker tells', () => {
  writeFileSync(path.join(folder, 'fresh-modules-told'), '')
  const run = randomUUID()
  for (let time = 0; time < 2; time++) tellOnce(worker(run), 'react', () => 'two')
  expect(told()).toHaveLength(2)
})
