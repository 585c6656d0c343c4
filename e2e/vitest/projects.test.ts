import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, passes, vitestProject } from './support.ts'

const value = { 'value.ts': 'export const value = {}' }

describeHosts('vitest', (host) => {
  test('each project has the options of its own plugin', async () => {
    const inProject = (allowed: boolean) => `
      import { specOf } from 'fresh-modules'
      import { expect, test } from 'vitest'
      test('reads its own rules', async () => {
        expect((await specOf('../value')).allowReimport).toBe(${allowed})
      })
    `
    await passes(host, {
      ...value,
      'strict/a.test.ts': inProject(false),
      'free/a.test.ts': inProject(true),
      'vitest.config.ts': `
        import { defineConfig } from 'vitest/config'
        import { freshModules } from '@fresh-modules/vitest-plugin'
        export default defineConfig({
          test: {
            projects: [
              {
                plugins: [freshModules({ specs: [{ match: './value.ts', allowReimport: false }] })],
                test: { name: 'strict', include: ['strict/*.test.ts'] },
              },
              { plugins: [freshModules()], test: { name: 'free', include: ['free/*.test.ts'] } },
            ],
          },
        })
      `,
    })
  })

  test('projects may share one plugin, and docblocks are read in each', async () => {
    const file = `
      import { specOf } from 'fresh-modules'
      import { expect, test } from 'vitest'
      for (const index of Array.from({ length: 20 }, (_, index) => index)) {
        test('docblock ' + index, async () => {
          expect((await specOf('./marked-' + index)).provenance.allowReimport.reason).toBe('number ' + index)
        })
      }
    `
    const marked = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [
        `marked-${index}.ts`,
        `/** @fresh-modules no-reimport: number ${index} */\nexport const value: number = ${index}`,
      ]),
    )
    await passes(host, {
      ...marked,
      'a.test.ts': file,
      'b.test.ts': file,
      'vitest.config.ts': `
        import { defineConfig } from 'vitest/config'
        import { freshModules } from '@fresh-modules/vitest-plugin'
        const plugins = [freshModules()]
        export default defineConfig({
          test: {
            projects: ['a', 'b'].map((name) => ({ plugins, test: { name, include: [name + '.test.ts'] } })),
          },
        })
      `,
    })
  })

  test('projects that extend the root have its plugin', async () => {
    await passes(host, {
      ...value,
      'a.test.ts': `
        import { importFresh } from 'fresh-modules'
        import { expect, test } from 'vitest'
        test('is fresh', async () => {
          expect(await importFresh('./value')).not.toBe(await import('./value'))
        })
      `,
      'vitest.config.ts': configWith({
        test: `projects: [
          { extends: true, test: { name: 'one', include: ['a.test.ts'] } },
          { extends: true, test: { name: 'two', include: ['a.test.ts'], environment: 'happy-dom' } },
          { extends: true, resolve: { alias: {} }, test: { name: 'three', include: ['a.test.ts'] } },
        ]`,
      }),
    })
  })

  test('a project without the plugin fails alone, and says which line is missing', async () => {
    const file = `
      import { importFresh } from 'fresh-modules'
      import { expect, test } from 'vitest'
      test('is fresh', async () => {
        expect(await importFresh('../value')).not.toBe(await import('../value'))
      })
    `
    const app = await vitestProject(host, {
      ...value,
      'with/a.test.ts': file,
      'without/b.test.ts': file,
      'vitest.config.ts': configWith({
        test: `projects: [
          { extends: true, test: { name: 'with', include: ['with/*.test.ts'] } },
          { extends: false, test: { name: 'without', include: ['without/*.test.ts'] } },
        ]`,
      }),
    })
    const { output, passed, failed } = await app.run()
    expect({ passed, failed }, output).toEqual({ passed: 1, failed: 1 })
    expect(output).toContain('NoHostError: Failed to find the module system in charge')
    expect(output).toContain('plugins: [freshModules()]')
  })
})
