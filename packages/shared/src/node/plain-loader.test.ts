import { expect, test } from 'vitest'
import { runProgram } from '../../test-host/program.ts'

/** Loads a file as copies do, and prints whether Node alone did it. */
const start = `
  import Module from 'node:module'
  import fs from 'node:fs'
  import { requireFresh } from 'core:index.ts'
  import { nodeWorld } from 'core:node/node-world.ts'
  const file = process.cwd() + '/a.cjs'
  let loader
  const isPlain = () => {
    requireFresh('./a.cjs')
    return loader.isPlain(file)
  }
`
const files = (text: string) => ({ 'a.cjs': 'exports.a = 1', 'main.mjs': start + text })
const begin = 'loader = nodeWorld().loader;'

function answers(text: string, nodeArgs: string[] = []): readonly unknown[] {
  const { printed, stderr, status } = runProgram(files(text), nodeArgs)
  expect(status, stderr).toBe(0)
  return printed
}

test('what has not been seen is not taken for plain, and what only Node loads is', () => {
  expect(
    answers(`${begin} print(loader.isPlain(file)); print(isPlain()); print(loader.isPlain('/x/b.js'))`),
  ).toEqual([false, true, true])
})

test.each([
  [
    'a handler',
    'const before = Module._extensions[".js"]; Module._extensions[".js"] = (...args) => before(...args)',
  ],
  [
    'a loader',
    'const { load } = Module.prototype; Module.prototype.load = function (name) { return load.call(this, name) }',
  ],
  [
    'a compiler',
    'const { _compile } = Module.prototype; Module.prototype._compile = function (...args) { return _compile.apply(this, args) }',
  ],
  ['a wrapper', 'Module.wrapper[0] += "let more;"'],
  ['a stub of fs', 'const { readFileSync } = fs; fs.readFileSync = (...args) => readFileSync(...args)'],
  ['source maps', 'process.setSourceMapsEnabled(true)'],
  ['a hook', 'Module.registerHooks({ load: (url, context, next) => next(url, context) })'],
])('%s of somebody else is noticed, before and after', (_, change) => {
  expect(answers(`${begin} print(isPlain()); ${change}; print(isPlain())`)).toEqual([true, false])
  if (!change.includes('fs.')) expect(answers(`${change}; ${begin} print(isPlain())`)).toEqual([false])
})

test('a handler of a longer ending is the one that counts', () => {
  expect(
    answers(
      `${begin} print(isPlain()); Module._extensions['.a.cjs'] = () => {}; print(loader.isPlain('/x/b.a.cjs'))`,
    ),
  ).toEqual([true, false])
})

test('hooks that were registered before are found by asking for nothing', () => {
  const hooks = (hook: string) => `Module.registerHooks({ ${hook}: (a, b, next) => next(a, b) }); ${begin}`
  for (const hook of ['resolve', 'load'])
    expect(answers(`${hooks(hook)} print(loader.hasForeignHooks)`)).toEqual([true])
  expect(answers(`${begin} print(loader.hasForeignHooks)`)).toEqual([false])
})

test('our own hooks are no foreign ones', () => {
  expect(
    answers(
      `${begin} loader.exceptOurs(() => Module.registerHooks({})); print(loader.hasForeignHooks); Module.registerHooks({}); print(loader.hasForeignHooks)`,
    ),
  ).toEqual([false, true])
})

test('stacks are formatted as before', () => {
  expect(
    answers(
      `const mine = () => 'mine'; Error.prepareStackTrace = mine; ${begin} isPlain(); print(Error.prepareStackTrace === mine)`,
    ),
  ).toEqual([true])
})
