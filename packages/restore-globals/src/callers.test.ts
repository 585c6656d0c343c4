import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import vm from 'node:vm'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { fileOfTrace, type Trace, traceAbove } from './callers.ts'

const { prepareStackTrace, stackTraceLimit } = Error
afterEach(() => Object.assign(Error, { prepareStackTrace, stackTraceLimit }))

/** Writes files into a folder of this test, and tells their paths. */
function writeFiles(files: Readonly<Record<string, string>>): (name: string) => string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'restore-globals-unit-')))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
  return (name) => path.join(folder, name)
}

function watched(): Trace {
  return traceAbove(watched)
}

describe('the file that called', () => {
  test('is the one right above the function that asks', () => {
    expect(fileOfTrace(watched())).toBe(import.meta.filename)
  })

  test('is the nearest: a package in between, CommonJS or not', async () => {
    const file = writeFiles({
      'caller.cjs': 'module.exports = (run) => run()',
      'caller.mjs': 'export default (run) => run()',
      'import.cjs': 'module.exports = (url) => import(url)',
    })
    const require = createRequire(import.meta.url)
    const inCommonJs = require(file('caller.cjs'))
    expect(fileOfTrace(inCommonJs(watched))).toBe(file('caller.cjs'))
    const importByNode = require(file('import.cjs'))
    const { default: inEsm } = await importByNode(`${pathToFileURL(file('caller.mjs'))}?query#hash`)
    expect(fileOfTrace(inEsm(watched))).toBe(file('caller.mjs'))
  })

  test('is found above frames of Node itself', () => {
    const [trace] = [1].map(watched)
    expect(fileOfTrace(trace as Trace)).toBe(import.meta.filename)
    const { EventEmitter } = createRequire(import.meta.url)('node:events') as typeof import('node:events')
    let emitted: Trace = {}
    new EventEmitter()
      .on('event', () => {
        emitted = watched()
      })
      .emit('event')
    expect(fileOfTrace(emitted)).toBe(import.meta.filename)
  })

  test('is undefined where only Node is on the stack', async () => {
    const trace = await new Promise<Trace>((done) =>
      setImmediate(function own() {
        done(traceAbove(own))
      }),
    )
    expect(fileOfTrace(trace)).toBeUndefined()
  })

  test('is the name that a script was given', () => {
    const file = path.join(path.sep, 'app', 'script.js')
    const run = vm.runInThisContext('(run) => run()', { filename: file })
    expect(fileOfTrace(run(watched))).toBe(file)
  })
})

test('formatters that frameworks install are not asked, and stay', () => {
  const formatter = () => 'formatted'
  Error.prepareStackTrace = formatter
  expect(fileOfTrace(watched())).toBe(import.meta.filename)
  expect(Error.prepareStackTrace).toBe(formatter)
})

test('a trace that somebody has made text of says nothing', () => {
  const trace = watched()
  expect(String(trace.stack)).toContain('callers.test.ts')
  expect(fileOfTrace({ stack: 'Error\n  at /app/a.ts' })).toBeUndefined()
})

test('the limit of stack traces is as it was, and does not count', () => {
  Error.stackTraceLimit = 0
  const trace = watched()
  expect(Error.stackTraceLimit).toBe(0)
  expect(fileOfTrace(trace)).toBe(import.meta.filename)
})
