/** `vitest doctor`, which Vitest has from 5.1 on, recommends `isolate: false` where the suite stands it: with the plugin it does. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { type FileTree, type Finished, type Host, project } from '../harness/index.ts'
import { vitestBin } from '../vitest/support.ts'
import { PATIENT } from './support.ts'

/** Each file fails after the other one. */
const leaky: FileTree = {
  'state.ts': 'export const state = { touched: false }',
  ...Object.fromEntries(
    ['a', 'b'].map((name) => [
      `${name}.test.ts`,
      `import { expect, test } from 'vitest'
       import { state } from './state'
       test('touches', () => {
         expect(state.touched).toBe(false)
         state.touched = true
       })`,
    ]),
  ),
}

/** So that `isolate: false` is the one candidate. */
const settings = "maxWorkers: 1, pool: 'threads', fsModuleCache: true"

const withPlugin = `
  import { freshModules } from '@fresh-modules/vitest-plugin'
  export default { plugins: [freshModules()], test: { ${settings} } }
`
const without = `export default { test: { ${settings} } }`

async function vitestDoctor(host: Host, config: string): Promise<Finished> {
  const app = await project(host.name, { ...leaky, 'vitest.config.ts': config })
  return app.node([await vitestBin(host), 'doctor'], { timeout: PATIENT })
}

const hasDoctor = ({ dependencies }: Host): boolean =>
  Number.parseInt(dependencies['vitest']?.replace(/^\D+/, '') ?? '', 10) >= 5

describeHosts('vitest', (host) => {
  test.runIf(hasDoctor(host))('its candidate isolate: false is valid', { timeout: PATIENT }, async () => {
    const alone = await vitestDoctor(host, without)
    expect(alone.stdout).toMatch(/isolate: false +failed/)
    const { exitCode, stdout } = await vitestDoctor(host, withPlugin)
    expect(exitCode, stdout).toBe(0)
    expect(stdout).toMatch(/isolate: false +[\d.]+s/)
    expect(stdout).not.toMatch(/failed|depend on isolation/)
  })
})
