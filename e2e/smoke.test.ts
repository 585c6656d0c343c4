import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { describeHosts } from './harness/describe-hosts.ts'
import { hostDir, project } from './harness/index.ts'

const entries = {
  vitest: ['fresh-modules', 'fresh-modules/internal', '@fresh-modules/vitest-plugin'],
  jest: [
    'fresh-modules',
    'fresh-modules/internal',
    '@fresh-modules/jest-env',
    '@fresh-modules/jest-env/jsdom',
  ],
  node: ['fresh-modules', 'fresh-modules/internal'],
}

const passingTest = {
  vitest: {
    'sum.test.js': `import { expect, test } from 'vitest'\ntest('adds', () => expect(1 + 1).toBe(2))\n`,
  },
  jest: { 'sum.test.cjs': `test('adds', () => expect(1 + 1).toBe(2))\n` },
  node: { 'sum.test.js': `import { test } from 'node:test'\ntest('adds', () => {})\n` },
}

describeHosts(['vitest', 'jest', 'node'], ({ name, framework }) => {
  test('a project imports and requires the packed packages', async () => {
    const app = await project(name, {
      'main.js': `
        import { createRequire } from 'node:module'
        const require = createRequire(import.meta.url)
        for (const entry of ${JSON.stringify(entries[framework])}) {
          await import(entry)
          console.log(import.meta.resolve(entry))
        }
        for (const entry of ${JSON.stringify(entries[framework])}) {
          if (entry !== '@fresh-modules/vitest-plugin') require(entry)
        }
      `,
    })
    const { exitCode, stdout, stderr } = await app.node(['main.js'])
    expect(exitCode, stderr).toBe(0)
    for (const resolved of stdout.trim().split('\n')) expect(resolved).toContain(await hostDir(name))
  })

  test('the framework runs the tests of a project and reports them', async () => {
    const app = await project(name, {
      ...passingTest[framework],
      'jest.config.json': '{ "testMatch": ["**/*.test.cjs"] }',
    })
    const result = await app.run(framework === 'node' ? ['--test'] : [])
    expect(result, result.output).toMatchObject({ exitCode: 0, passed: 1, failed: 0 })
    expect(result.tests).toMatchObject([{ name: 'adds', status: 'passed', messages: [] }])
    expect(dirname(result.tests[0]?.file ?? '')).toBe(realpathSync(app.dir))
  })
})
