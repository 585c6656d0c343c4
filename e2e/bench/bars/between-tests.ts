/** Bars 4 and 5: what a fresh start costs in each test. */
import { project } from '../../harness/index.ts'
import { generateSuite } from '../../resets/generate-suite.ts'
import { type Bar, ratio, rounds } from '../bar.ts'
import { jestConfigs, withoutPlugin, withPlugin } from '../configs.ts'
import { MEASURE, measured, rowsOf } from '../contenders.ts'

const TESTS = 100

// Not in a hook: a suite with an `afterAll` shares state by that.
const noteAtEnd = (name: string, tests: number): string =>
  `if (turn === ${tests - 1}) noteGaps('${name}', starts)`

const staticFile = (name: string, pristine: boolean): string => `
import { expect, test } from 'vitest'
import * as modules from '../src/index'
${MEASURE}
const starts: number[] = []
test.each(Array.from({ length: ${TESTS} }, (_, turn) => turn))('test %i', (turn) => {
  starts.push(now())
  ${noteAtEnd(name, TESTS)}
  ${pristine ? 'if (modules.m299.count !== 0) throw new Error("it is not fresh")' : 'expect(modules.m299).toBeDefined()'}
  modules.m299.touch('a test')
})
`

export const betweenTests: Bar = {
  name: 'tests',
  title: 'A reset between tests: 300 modules, imported statically',
  async run(scale) {
    await using app = await project('bench-vitest', {
      ...generateSuite({ modules: 300, files: 0, functions: 30 }),
      'fresh.config.ts': withPlugin('testTimeout: 60_000', "{ resetBetween: 'tests' }"),
      'plain.config.ts': withoutPlugin('testTimeout: 60_000'),
      'tests/fresh.test.ts': staticFile('fresh', true),
      'tests/nothing.test.ts': staticFile('nothing', false),
      'tests/again.test.ts': `
import { beforeEach, test, vi } from 'vitest'
${MEASURE}
const starts: number[] = []
let modules: typeof import('../src/index')
beforeEach(async () => { vi.resetModules(); modules = await import('../src/index') })
test.each(Array.from({ length: ${TESTS} }, (_, turn) => turn))('test %i', (turn) => {
  starts.push(now())
  ${noteAtEnd('again', TESTS)}
  if (modules.m299.count !== 0) throw new Error('it is not fresh')
  modules.m299.touch('a test')
})
`,
    })
    const noted: Record<string, number>[] = []
    for (let round = 0; round < rounds(scale, 3); round++) {
      noted.push({
        ...(await measured(app, ['--config', 'fresh.config.ts', 'tests/fresh.test.ts'])),
        ...(await measured(app, ['--config', 'plain.config.ts', 'tests/again.test.ts'])),
        ...(await measured(app, ['--config', 'plain.config.ts', 'tests/nothing.test.ts'])),
      })
    }
    const rows = rowsOf(
      noted,
      {
        fresh: 'fresh-modules, static imports',
        again: 'vi.resetModules() and import() in beforeEach',
        nothing: 'nothing (state leaks)',
      },
      'ms',
    )
    return {
      rows: Object.values(rows),
      ratios: [
        ratio('resetModules and import / fresh-modules, per test', rows.again, rows.fresh, { atLeast: 3 }),
        ratio('fresh-modules / nothing, per test', rows.fresh, rows.nothing),
      ],
      notes: ['Time from the start of one test to the start of the next, the framework included.'],
    }
  },
}

const parts = Array.from({ length: 20 }, (_, n) => n)

/** First-party modules over react-dom and the component library, and one with state. */
const jestApp = {
  'package.json': '{ "name": "app" }',
  'src/state.js': 'export const state = { count: 0 }\nexport const increase = () => ++state.count',
  ...Object.fromEntries(
    parts.map((n) => [
      `src/part-${n}.js`,
      `import { createElement } from 'react'
import { Box, Button } from '@mui/material'
import { state } from './state'
export const Part${n} = () => createElement(Box, null, createElement(Button, null, state.count))`,
    ]),
  ),
  'src/app.js': `import * as client from 'react-dom/client'
export { renderToString } from 'react-dom/server'
${parts.map((n) => `export { Part${n} } from './part-${n}'`).join('\n')}
export { state, increase } from './state'
export const start = (element) => client.createRoot(element)`,
}

/** The other way takes a second a test: these are enough for a median. */
const TESTS_AGAIN = 8

export const jestTests: Bar = {
  name: 'jest-tests',
  title: 'Jest: a reset between tests over react-dom and MUI, one module dirty',
  async run(scale) {
    await using app = await project('bench-jest', {
      ...jestApp,
      ...jestConfigs('testTimeout: 120_000'),
      'fresh.test.js': `
import * as app from './src/app'
${MEASURE}
const starts = []
test.each(Array.from({ length: ${TESTS} }, (_, turn) => turn))('test %i', (turn) => {
  starts.push(now())
  ${noteAtEnd('fresh', TESTS)}
  if (app.state.count !== 0) throw new Error('it is not fresh')
  app.increase()
})
`,
      'again.test.js': `
${MEASURE}
const starts = []
let app
beforeEach(() => { jest.resetModules(); app = require('./src/app') })
test.each(Array.from({ length: ${TESTS_AGAIN} }, (_, turn) => turn))('test %i', (turn) => {
  starts.push(now())
  ${noteAtEnd('again', TESTS_AGAIN)}
  if (app.state.count !== 0) throw new Error('it is not fresh')
  app.increase()
})
`,
    })
    const noted: Record<string, number>[] = []
    for (let round = 0; round < rounds(scale, 2); round++) {
      noted.push({
        ...(await measured(app, ['--config', 'fresh.config.cjs', 'fresh.test.js'])),
        ...(await measured(app, ['--config', 'plain.config.cjs', 'again.test.js'])),
      })
    }
    const rows = rowsOf(
      noted,
      {
        fresh: `fresh-modules, static imports, ${TESTS} tests`,
        again: `jest.resetModules() and require in beforeEach, ${TESTS_AGAIN} tests`,
      },
      'ms',
    )
    return {
      rows: Object.values(rows),
      ratios: [
        ratio('resetModules and require / fresh-modules, per test', rows.again, rows.fresh, { atLeast: 20 }),
      ],
      notes: ['Time from the start of one test to the start of the next, the framework included.'],
    }
  },
}
