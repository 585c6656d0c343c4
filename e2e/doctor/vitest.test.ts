/** `fresh-modules doctor` on small suites of Vitest. */
import { expect, test } from 'vitest'
import { readPage } from '../docs/examples.ts'
import { describeHosts, describeNewestHosts } from '../harness/describe-hosts.ts'
import { project } from '../harness/index.ts'
import { doctor, examined, leakySuite, PATIENT, vitestDialect } from './support.ts'

describeNewestHosts('vitest', (host) => {
  test('a leaky suite: what fails in which way, who makes it fail, and what to write', {
    timeout: PATIENT,
  }, async () => {
    const app = await project(host.name, {
      ...leakySuite(vitestDialect),
      'vitest.config.ts': 'export default { test: { maxWorkers: 1 } }',
    })
    const { exitCode, progress, examination, way } = await examined(app)

    expect(examination).toMatchObject({ version: 1, framework: 'vitest', green: 7 })
    expect(examination.flaky).toEqual(['src/flaky.test.ts > is red in every second run'])
    expect(examination.ways.map(({ name, isSafe }) => [name, isSafe])).toEqual([
      ['shared-raw', false],
      ['shared-files', true],
      ['shared-defaults', false],
      ['isolated-defaults', false],
    ])
    expect(way('shared-raw').failures).toMatchObject([
      {
        test: 'src/reads-zone.test.ts > reads the zone',
        now: 'failed',
        error: expect.stringContaining('AssertionError: expected '),
        in: 'run',
        blame: {
          kind: 'file',
          file: 'src/sets-zone.test.ts',
          test: 'src/sets-zone.test.ts > sets the zone',
        },
      },
    ])
    const relies = [
      {
        test: 'src/cart.test.ts > has what was added',
        blame: { kind: 'needs', test: 'src/cart.test.ts > adds' },
      },
    ]
    expect(way('shared-defaults').failures).toMatchObject(relies)
    expect(way('isolated-defaults').failures).toMatchObject(relies)

    expect(exitCode).toBe(0)
    expect(examination.advice).toMatchObject({ way: 'shared-files' })
    expect(examination.advice?.config).toContain("plugins: [freshModules({ resetBetween: 'files' })],")
    expect(examination.advice?.config).toContain('test: { isolate: false },')
    expect(progress).toMatch(/^\[1 of 2\] the suite as it is: as long as your suite takes … [\d.]+ s\n/)
    expect(progress).toMatch(
      /^\[3 of \d\] shared workers, without fresh-modules: up to about [\d.]+ s … [\d.]+ s$/m,
    )
  })

  test('projects, by pattern and written out, run with the plugin', { timeout: PATIENT }, async () => {
    const files = (name: string) => ({
      [`${name}/state.ts`]: 'export const state = { touched: false }',
      [`${name}/a.test.ts`]: touches,
      [`${name}/b.test.ts`]: touches,
    })
    const touches = `
      import { expect, test } from 'vitest'
      import { state } from './state'
      test.each([1, 2])('touches %i', () => {
        expect(state.touched).toBe(false)
        state.touched = true
      })
    `
    const once = touches.replace('[1, 2]', '[1]')
    const app = await project(host.name, {
      ...files('packages/with-config'),
      'packages/with-config/vitest.config.ts': "export default { test: { name: 'named' } }",
      ...files('packages/without'),
      ...files('inline'),
      ...Object.fromEntries(
        ['packages/with-config', 'packages/without', 'inline'].flatMap((name) =>
          ['a', 'b'].map((file) => [`${name}/${file}.test.ts`, once]),
        ),
      ),
      'vitest.config.ts': `export default {
        test: { maxWorkers: 1, projects: ['packages/*', { test: { name: 'inline', include: ['inline/*.test.ts'] } }] },
      }`,
    })
    const { exitCode, examination, way } = await examined(app, ['--search', '0'])
    expect(examination.green).toBe(6)
    expect(examination.projects.map(({ name }) => name).sort()).toEqual(['inline', 'named', 'without'])
    // One of the two files of each project finds what the other one has left, and none with the plugin.
    expect(
      way('shared-raw')
        .failures.map(({ test }) => test.split('/').at(-2))
        .sort(),
    ).toEqual(['inline', 'with-config', 'without'])
    for (const name of ['shared-files', 'shared-defaults', 'isolated-defaults']) {
      expect(way(name), name).toMatchObject({ isSafe: true, failures: [] })
    }
    expect(exitCode).toBe(0)
  })

  test('a red suite is one error that names what is red, as its page shows', async () => {
    const app = await project(host.name, {
      'src/cart.test.ts': `
        import { expect, test } from 'vitest'
        test('adds up', () => expect(1 + 2).toBe(4))
      `,
    })
    const { exitCode, stdout, stderr } = await doctor(app)
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    const [, example] = /```text\n([\s\S]*?)```/.exec(readPage('docs/errors/ERR_RED_BASELINE.md')) ?? []
    expect(stderr).toMatch(/\nERR_RED_BASELINE: Failed to examine the suite: it is not green as it is\.\n/)
    expect(stderr.split('ERR_RED_BASELINE: ')[1]).toBe(example)
  })

  test('options of the framework are passed on, and those that are unknown are refused', async () => {
    const app = await project(host.name, { 'a.test.ts': '' })
    const absent = await doctor(app, ['nowhere', '--', '--passWithNoTests'])
    expect(absent.exitCode).toBe(2)
    expect(absent.stderr).toContain('ERR_RED_BASELINE: Failed to examine the suite: no test was found')
    const unknown = await doctor(app, ['--project=unit'])
    expect(unknown.exitCode).toBe(2)
    expect(unknown.stderr).toMatch(
      /ERR_BAD_OPTION: .*'--project'.*npx fresh-modules doctor src\/cart -- --project=unit/s,
    )
  })
})

describeHosts('node', (host) => {
  test('without a framework there is one error that says where to run it', async () => {
    const app = await project(host.name, {})
    const { exitCode, stderr } = await doctor(app)
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(
      /^ERR_NO_HOST: Failed to find the module system in charge: there is no Vitest or Jest in /,
    )
  })
})
