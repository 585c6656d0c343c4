import { expect, test } from 'vitest'
import { asOneLine, exampleOf } from '../docs/examples.ts'
import { describeHosts } from '../harness/describe-hosts.ts'
import { browserMode } from './browser.ts'
import { configWith, vitestProject } from './support.ts'

const value = { 'value.ts': 'export const value = {}' }

describeHosts('vitest', (host) => {
  test('a project in browser mode is left alone, which is said once, and a helper that is called there fails', async () => {
    const app = await vitestProject(host, {
      ...value,
      'page.ts': `
        export let count = 0
        export const increase = () => ++count
        export const shown = () => document.createElement('p')
      `,
      'node.test.ts': `
        import { importFresh } from 'fresh-modules'
        import { expect, test } from 'vitest'
        import { count, increase } from './page'
        test.each([1, 2])('is fresh in each test, %i', async () => {
          expect([count, increase()]).toEqual([0, 1])
          expect(await importFresh('./value')).not.toBe(await import('./value'))
        })
      `,
      'plain.browser.ts': `
        import { expect, test } from 'vitest'
        import { count, increase, shown } from './page'
        test.each([0, 1])('is as without the plugin, %i', (before) => {
          expect([count, increase(), shown().localName]).toEqual([before, before + 1, 'p'])
        })
      `,
      'helper.browser.ts': `
        import { importFresh } from 'fresh-modules'
        import { test } from 'vitest'
        test('calls a helper', async () => { await importFresh('./value') })
      `,
      'vitest.config.ts': configWith({
        test: `projects: [
          { extends: true, test: { name: 'dom', include: ['*.test.ts'], environment: 'jsdom' } },
          { extends: true, test: { name: 'page', include: ['*.browser.ts'], ${(await browserMode()).test} } },
        ]`,
        top: (await browserMode()).top,
      }),
    })
    const { output, tests } = await app.run()
    expect(Object.fromEntries(tests.map(({ name, status }) => [name, status])), output).toEqual({
      'is fresh in each test, 1': 'passed',
      'is fresh in each test, 2': 'passed',
      'is as without the plugin, 0': 'passed',
      'is as without the plugin, 1': 'passed',
      'calls a helper': 'failed',
    })
    expect(output.match(/runs in browser mode and is left alone/g), output).toHaveLength(1)
    expect(asOneLine(output)).toContain(`UnsupportedHostError: ${exampleOf('ERR_UNSUPPORTED_HOST')}`)
  })
})
