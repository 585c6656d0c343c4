/** `fresh-modules doctor` on a small suite of Jest. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeNewestHosts } from '../harness/describe-hosts.ts'
import { project } from '../harness/index.ts'
import { examined, jestDialect, leakySuite, PATIENT } from './support.ts'

/** Says whether the environment that is installed can keep a realm for many files. */
const asksForRealms = `
  const { checkAdapterOptions } = require('fresh-modules/internal/core')
  try { checkAdapterOptions('jest', { isolate: false }); console.log('yes') } catch { console.log('no') }
`

/** A package that is evaluated in each realm: it writes down in which run. */
const writesItsRun = `
  const { appendFileSync } = require('node:fs')
  appendFileSync('evaluations.txt', process.env.FRESH_MODULES_DOCTOR + '\\n')
`

/** How often the package was evaluated, run by run. */
function evaluationsIn(dir: string): number[] {
  const runs = readFileSync(join(dir, 'evaluations.txt'), 'utf8').trim().split('\n')
  return [...new Set(runs)].map((run) => runs.filter((other) => other === run).length)
}

describeNewestHosts('jest', (host) => {
  test('a leaky suite: what fails in which way, who makes it fail, and what to write', {
    timeout: PATIENT,
  }, async () => {
    const app = await project(host.name, {
      'package.json': '{ "name": "app", "private": true }\n',
      ...leakySuite(jestDialect),
      'dom/page.test.js': `test('has a page', () => expect(document.title).toBe(''))`,
      'jest.config.js': `module.exports = {
        maxWorkers: 1,
        projects: [
          { displayName: 'unit', testMatch: ['<rootDir>/src/**/*.test.js'], transform: {} },
          '<rootDir>/dom',
          {
            displayName: 'own',
            testMatch: ['<rootDir>/own/*.test.js'],
            testEnvironment: '<rootDir>/own/environment.js',
            transform: {},
          },
        ],
      }`,
      'dom/jest.config.js': `module.exports = { displayName: 'dom', testEnvironment: 'jsdom', transform: {} }`,
      'own/environment.js': `module.exports = class extends require('jest-environment-node').TestEnvironment {
        async setup() {
          await super.setup()
          this.global.made = true
        }
      }`,
      'own/made.test.js': "test('is made', () => expect(made).toBe(true))",
      'ask.cjs': asksForRealms,
      'node_modules/once/index.js': writesItsRun,
      'src/once-a.test.js': "require('once'); test('loads a package', () => {})",
      'src/once-b.test.js': "require('once'); test('loads a package', () => {})",
    })
    const sharesRealms = (await app.node(['ask.cjs'])).stdout.trim() === 'yes'
    const { exitCode, progress, examination, way } = await examined(app)

    expect(examination).toMatchObject({ version: 1, framework: 'jest', green: 11 })
    expect(examination.flaky).toEqual(['src/flaky.test.js > is red in every second run'])
    expect(examination.projects.map(({ name, environment }) => [name, environment])).toEqual([
      ['unit', 'node'],
      ['dom', 'jsdom'],
      ['own', './own/environment.js'],
    ])
    expect(examination.ways.map(({ name, isSafe }) => [name, isSafe])).toEqual([
      ...(sharesRealms
        ? [
            ['shared-files', true],
            ['shared-defaults', false],
          ]
        : []),
      ['isolated-defaults', false],
    ])
    expect(way('isolated-defaults').failures).toMatchObject([
      {
        test: 'src/cart.test.js > has what was added',
        hint: expect.stringContaining('fresh-modules had reset src/cart.js before this test.'),
        blame: { kind: 'needs', test: 'src/cart.test.js > adds' },
      },
    ])
    expect(exitCode).toBe(sharesRealms ? 0 : 1)
    expect(examination.advice?.way).toBe(sharesRealms ? 'shared-files' : undefined)
    // Shared between files, in three orders of them; and between tests, where the first run has a failure.
    const once = evaluationsIn(app.dir).filter((count) => count === 1)
    expect(once).toHaveLength(sharesRealms ? 4 : 0)
    expect(progress).toContain('to fill the cache of what Jest compiles')
  })
})
