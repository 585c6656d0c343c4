/** A test runner of the user's own, composed with ours. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, failsWith, helpersProject, passes, vitestBin, vitestProject } from './support.ts'

const ownRunner = `
  import { TestRunner } from 'vitest'
  import { suffix } from './suffix'

  export default class OwnRunner extends TestRunner {
    override async onBeforeTryTask(test: never, options: never): Promise<void> {
      await (super.onBeforeTryTask as (...args: unknown[]) => unknown).call(this, test, options)
      ;(globalThis as { tries?: string[] }).tries ??= []
      ;(globalThis as { tries?: string[] }).tries?.push((test as { name: string }).name + suffix)
    }
  }
`
const files = {
  ...helpersProject,
  'runners/own.ts': ownRunner,
  'runners/suffix.ts': "export const suffix: string = '!'",
  'src/own.test.ts': `
    import { importFresh } from 'fresh-modules'
    import { expect, test } from 'vitest'
    test('the own runner runs', async () => {
      expect((globalThis as { tries?: string[] }).tries).toEqual(['the own runner runs!'])
      expect(await importFresh('./lazy')).not.toBe(await import('./lazy'))
    })
  `,
}

describeHosts('vitest', (host) => {
  test('a runner in TypeScript that extends TestRunner is composed with by itself', async () => {
    await passes(host, { ...files, 'vitest.config.ts': configWith({ test: "runner: './runners/own.ts'" }) })
  })

  test('withFreshModules composes by hand, and the plugin does not compose twice', async () => {
    await passes(host, {
      ...files,
      'runners/composed.ts': `
        import { withFreshModules } from '@fresh-modules/vitest-plugin/runner'
        import Own from './own'
        export default withFreshModules(Own)
      `,
      'vitest.config.ts': configWith({ test: "runner: './runners/composed.ts'" }),
    })
  })

  test('a runner set by a plugin that comes later is composed with', async () => {
    await passes(host, {
      ...files,
      'vitest.config.ts': configWith({
        plugins: "{ name: 'late', config: () => ({ test: { runner: './runners/own.ts' } }) }",
      }),
    })
  })

  test('a runner whose default export is no class is a clear error', async () => {
    const { output } = await failsWith(host, {
      ...files,
      'runners/own.ts': 'export default { importFile() {} }',
      'vitest.config.ts': configWith({ test: "runner: './runners/own.ts'" }),
    })
    expect(output).toContain('its default export is not a class of test runners')
    expect(output).toContain("Export a class that extends TestRunner from 'vitest' as default.")
  })

  test('a class that is no TestRunner is a clear error', async () => {
    const { output } = await failsWith(host, {
      ...files,
      'runners/own.ts': 'export default class {}',
      'vitest.config.ts': configWith({ test: "runner: './runners/own.ts'" }),
    })
    expect(output).toContain("Export a class that extends TestRunner from 'vitest' as default.")
  })

  test('a plugin given twice keeps the own runner', async () => {
    await passes(host, {
      ...files,
      'vitest.config.ts': configWith({ test: "runner: './runners/own.ts'", plugins: 'freshModules()' }),
    })
  })

  test('benchmarks run', async () => {
    const bench = await vitestProject(host, {
      'src/value.ts': 'export const value = {}',
      'src/a.bench.ts': `
        import { importFresh } from 'fresh-modules'
        import * as vitest from 'vitest'
        const run = async () => {
          if ((await importFresh('./value')) === (await import('./value'))) throw new Error('not fresh')
        }
        // Vitest 5 hands it to tests; before, it was a function of its own.
        if (typeof (vitest as any).bench !== 'function') {
          vitest.test('bench', async ({ bench }: any) => {
            await bench('importing', { iterations: 2, time: 1 }, run).run()
          })
        } else {
          (vitest as any).bench('importing', run, { iterations: 2, time: 1 })
        }
      `,
    })
    const { stdout, stderr, exitCode } = await bench.node([await vitestBin(host), 'bench', '--run'])
    expect(exitCode, stdout + stderr).toBe(0)
    expect(stdout).toContain('importing')
  })

  test('a runner that throws while it is loaded fails with its own error', async () => {
    const { output } = await failsWith(host, {
      ...files,
      'runners/own.ts': "throw new Error('runner is broken')",
      'vitest.config.ts': configWith({ test: "runner: './runners/own.ts'" }),
    })
    expect(output).toContain('runner is broken')
  })
})
