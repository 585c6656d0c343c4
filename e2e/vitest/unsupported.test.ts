/** Modes in which the adapter cannot work, and mistakes in the config: one clear error each. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, failsWith } from './support.ts'

const usesImportFresh = `
  import { importFresh } from 'fresh-modules'
  import { expect, test } from 'vitest'
  test('uses importFresh', async () => {
    expect(await importFresh('./value')).toMatchObject({ value: 1 })
  })
`
const files = {
  'a.test.ts': usesImportFresh,
  'b.test.ts': usesImportFresh,
  'value.ts': 'export const value = 1',
}

describeHosts('vitest', (host) => {
  test('without the plugin a call names the missing line', async () => {
    const { output } = await failsWith(host, {
      ...files,
      'vitest.config.ts': 'export default {}',
    })
    expect(output).toContain('plugins: [freshModules()]')
    expect(output).toContain('NoHostError: Failed to find the module system in charge')
  })

  test('bad options are one error before any test, which names all of them', async () => {
    const { output, tests } = await failsWith(host, {
      ...files,
      'vitest.config.ts': configWith({
        options: "{ resetBetween: 'test', resetPackage: [], lockTimeout: '1s' } as never",
      }),
    })
    expect(output).toContain("resetBetween is 'test' instead of one of 'tests', 'files', 'never'")
    expect(output).toContain('there is no option "resetPackage"')
    expect(output).toContain("lockTimeout is '1s' instead of a number of milliseconds")
    expect(output.match(/Failed to configure @fresh-modules\/vitest-plugin/g)?.length).toBe(1)
    expect(tests).toEqual([])
  })

  test('a test.runner that is ours, without the plugin, says that the plugin is missing', async () => {
    const { output } = await failsWith(host, {
      ...files,
      'vitest.config.ts': `export default { test: { runner: '@fresh-modules/vitest-plugin/runner' } }`,
    })
    expect(output).toContain('the plugin is missing')
    expect(output).toContain('plugins: [freshModules()]')
  })
})
