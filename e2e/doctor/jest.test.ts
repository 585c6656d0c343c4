/** `fresh-modules doctor` on a small suite of Jest. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { project } from '../harness/index.ts'
import { examined, jestDialect, leakySuite, PATIENT } from './support.ts'

/** Says whether the environment that is installed can keep a realm for many files. */
const asksForRealms = `
  const { checkAdapterOptions } = require('fresh-modules/internal/core')
  try { checkAdapterOptions('jest', { isolate: false }); console.log('yes') } catch { console.log('no') }
`

describeHosts('jest', (host) => {
  test('a leaky suite: what fails in which way, who makes it fail, and what to write', {
    timeout: PATIENT,
  }, async () => {
    const app = await project(host.name, {
      'package.json': '{ "name": "app", "private": true }\n',
      ...leakySuite(jestDialect),
      'dom/page.test.js': `test('has a page', () => expect(document.title).toBe(''))`,
      'jest.config.js': `module.exports = {
        projects: [
          { displayName: 'unit', testMatch: ['<rootDir>/src/**/*.test.js'], transform: {} },
          '<rootDir>/dom',
        ],
      }`,
      'dom/jest.config.js': `module.exports = { displayName: 'dom', testEnvironment: 'jsdom', transform: {} }`,
      'ask.cjs': asksForRealms,
    })
    const sharesRealms = (await app.node(['ask.cjs'])).stdout.trim() === 'yes'
    const { exitCode, progress, examination, way } = await examined(app)

    expect(examination).toMatchObject({ version: 1, framework: 'jest', green: 8 })
    expect(examination.flaky).toEqual(['src/flaky.test.js > is red in every second run'])
    expect(examination.projects.map(({ name, environment }) => [name, environment])).toEqual([
      ['unit', 'node'],
      ['dom', 'jsdom'],
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
    expect(progress).toContain('to fill the cache of what Jest compiles')
  })
})
