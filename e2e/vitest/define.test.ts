/** What the config's `define` puts on `import.meta` is there in every copy. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { project } from '../harness/index.ts'

describeHosts('vitest', ({ name }) => {
  test('copies and resets see what define adds to import.meta', async () => {
    const app = await project(name, {
      'vitest.config.js': `
        import { freshModules } from '@fresh-modules/vitest-plugin'
        export default { plugins: [freshModules()], define: { 'import.meta.flavour': '"plain"' } }
      `,
      'flavour.js': 'export const flavour = import.meta.flavour\nexport const mode = import.meta.env.MODE',
      'flavour.test.js': `
        import { importFresh } from 'fresh-modules'
        import { expect, test } from 'vitest'
        import { flavour, mode } from './flavour.js'
        for (const name of ['first', 'second', 'third']) {
          test(name, async () => {
            expect([flavour, mode]).toEqual(['plain', 'test'])
            for (let call = 0; call < 3; call++) {
              expect(await importFresh('./flavour.js')).toMatchObject({ flavour: 'plain', mode: 'test' })
            }
          })
        }
      `,
    })
    const result = await app.run()
    expect(result.failed, result.output).toBe(0)
    expect(result.passed).toBe(3)
  })
})
