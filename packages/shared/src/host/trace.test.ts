import { expect, test } from 'vitest'
import { runProgram } from '../../test-host/program.ts'
import { isTracing } from './trace.ts'

const main = `
  import { importFresh, unload } from 'core:index.ts'
  import './a.cjs'
  await importFresh('./a.cjs')
  await unload('./a.cjs')
`

test('it is off where nobody asks for it, and nothing is written', () => {
  expect(isTracing).toBe(false)
  expect(runProgram({ 'a.cjs': '', 'main.mjs': main }).stderr).toBe('')
})

test('what is decided is written line by line', () => {
  const { stderr, dir } = runProgram({ 'a.cjs': '', 'main.mjs': main }, [], { NODE_DEBUG: 'fresh-modules' })
  const lines = stderr.split('\n').map((line) => line.replace(/^FRESH-MODULES \d+: /, ''))
  expect(lines).toContain(`scope: ${dir}/a.cjs is fresh, for ${dir}/main.mjs`)
  expect(lines).toContain(`drop: ${dir}/a.cjs, unloaded`)
  expect(lines).toContain('patch: Module.prototype.load')
  expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(/^host: Node .* is in charge/)]))
})
