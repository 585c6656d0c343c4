import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { project } from '../harness/index.ts'
import { examplesOf } from './examples.ts'

const pages = ['README.md', 'docs/helpers.md', 'docs/flags.md', 'docs/resets.md']

/** Pages that show no config mean that of the README. */
const config = { 'vitest.config.ts': examplesOf('README.md')['vitest.config.ts'] ?? '' }

describeHosts('vitest', ({ name }) => {
  test.each(pages)('the examples of %s pass', async (page) => {
    const examples = examplesOf(page)
    const tests = Object.keys(examples).filter((path) => path.endsWith('.test.ts'))
    const app = await project(name, { ...config, ...examples })
    const result = await app.run()
    expect(result, result.output).toMatchObject({ exitCode: 0, failed: 0 })
    expect(result.files.map(({ file }) => file.slice(app.dir.length + 1)).sort()).toEqual(tests.sort())
  })
})

/** In Jest `test` and `expect` are globals. The README's config of Vitest is no business of Jest's. */
function exampleForJest(): Record<string, string> {
  const { 'vitest.config.ts': _, ...files } = examplesOf('README.md')
  const inJest = Object.entries(files).map(([path, code]) => [
    path,
    code.replace(/^import .* from 'vitest'\n/m, ''),
  ])
  return {
    ...Object.fromEntries(inJest),
    'package.json': '{ "name": "app", "private": true }',
    'babel.config.cjs': `module.exports = {
      presets: [['@babel/preset-env', { targets: { node: 'current' } }], '@babel/preset-typescript'],
    }`,
  }
}

describeHosts('jest', ({ name }) => {
  test('the example of README.md passes', async () => {
    const app = await project(name, exampleForJest())
    const result = await app.run()
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 1, failed: 0 })
  })
})
