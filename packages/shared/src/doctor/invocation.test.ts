import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { invocationOf, type RunRequest } from './invocation.ts'
import type { RunFile } from './run-file.ts'
import type { Target } from './target.ts'
import { asIs, type Framework, isolatedDefaults, sharedFiles, sharedRaw } from './ways.ts'

const folder = mkdtempSync(join(tmpdir(), 'invocation-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const target = (framework: Framework): Target => ({
  framework,
  dir: '/app',
  version: '1.0.0',
  script: '/app/script.js',
  config: '/app/own.config.js',
  adapter: '/app/adapter.js',
  reader: '/app/reader.js',
})

function invoked(framework: Framework, request: RunRequest): { args: readonly string[]; run: RunFile } {
  const { args, env } = invocationOf(target(framework), request, { built: '/built', folder })
  return { args, run: JSON.parse(readFileSync(env['FRESH_MODULES_DOCTOR'] as string, 'utf8')) }
}

test.each(['vitest', 'jest'] as const)(
  'as it is, %s runs with its own config and without the adapter',
  (name) => {
    const { args, run } = invoked(name, { way: asIs })
    expect(args).toContain('--config=/app/own.config.js')
    expect(args.join(' ')).not.toMatch(/isolate|maxWorkers|runInBand/)
    expect(run).not.toHaveProperty('adapter')
    expect(run.keepsOwn).toBe(true)
  },
)

test('in other ways the config is that of the doctor, which finds the rest in its file', () => {
  const vitest = invoked('vitest', { way: sharedFiles })
  expect(vitest.args).toEqual(
    expect.arrayContaining(['--config=/built/doctor-vitest-config.js', '--no-isolate']),
  )
  expect(vitest.run).toMatchObject({
    config: '/app/own.config.js',
    adapter: '/app/adapter.js',
    options: { resetBetween: 'files' },
  })
  const jest = invoked('jest', { way: sharedFiles })
  expect(jest.args).toContain('--config=/built/doctor-jest-config.cjs')
  expect(jest.run.options).toEqual({ resetBetween: 'files', isolate: false })
  expect(invoked('jest', { way: isolatedDefaults }).run.options).toEqual({})
})

test('shared workers without fresh-modules go without the adapter, and without the one of the config', () => {
  const { args, run } = invoked('vitest', { way: sharedRaw, pool: 'threads' })
  expect(args).toEqual(expect.arrayContaining(['--no-isolate', '--pool=threads']))
  expect(run).not.toHaveProperty('adapter')
  expect(run).not.toHaveProperty('keepsOwn')
})

test('filters and options are passed on', () => {
  const request = { way: asIs, filters: ['src/cart'], options: ['--project=unit'] }
  expect(invoked('vitest', request).args).toEqual(expect.arrayContaining(['src/cart', '--project=unit']))
})

test('files in an order run in one worker and replace filters, as the suite is too', () => {
  const request = {
    way: asIs,
    filters: ['src'],
    options: ['--project=unit'],
    order: ['/app/b.js', '/app/a.js'],
  }
  const vitest = invoked('vitest', request)
  expect(vitest.args.slice(0, 4)).toEqual(['run', '/app/b.js', '/app/a.js', '--project=unit'])
  expect(vitest.args).toEqual(
    expect.arrayContaining(['--maxWorkers=1', '--config=/built/doctor-vitest-config.js']),
  )
  expect(vitest.run.order).toEqual(['/app/b.js', '/app/a.js'])
  const jest = invoked('jest', request)
  expect(jest.args.slice(0, 4)).toEqual(['/app/b.js', '/app/a.js', '--runTestsByPath', '--project=unit'])
  expect(jest.args).toEqual(
    expect.arrayContaining(['--runInBand', '--testSequencer=/built/doctor-jest-sequencer.cjs']),
  )
})

test('tests are chosen by their whole names, however a version joins the parts of them', () => {
  const { args } = invoked('vitest', { way: asIs, tests: ['cart adds (2 + 2)', 'cart #1'] })
  const pattern = /^--testNamePattern=(.*)$/.exec(args.at(-1) ?? '')?.[1] ?? ''
  const matches = (name: string): boolean => new RegExp(pattern).test(name)
  expect(['cart adds (2 + 2)', 'cart > adds (2 + 2)', 'cart > #1'].map(matches)).toEqual([true, true, true])
  expect(['cart adds (2 + 2) more', 'adds (2 + 2)', 'cart #12'].map(matches)).toEqual([false, false, false])
})

test('what Vitest keeps on disk goes into the temporary folder, where a version has an option for that', () => {
  const argsOf = (version: string): string =>
    invocationOf({ ...target('vitest'), version }, { way: asIs }, { built: '/built', folder }).args.join(' ')
  expect(argsOf('5.1.0')).toContain(`--fsModuleCachePath=${folder}`)
  expect(argsOf('4.1.9')).not.toContain('fsModuleCachePath')
})

test('a project without a config leaves it to the framework to go without', () => {
  const { config: _, ...without } = target('vitest')
  const { args } = invocationOf(without, { way: asIs }, { built: '/built', folder })
  expect(args.join(' ')).not.toContain('--config')
})
