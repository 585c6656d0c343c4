/** The contract in real Vitest, by its own command. */
import { describeHosts } from '../harness/describe-hosts.ts'
import { contractHosts } from './hosts.ts'
import { CASES, type ContractFramework, toSource } from './project.ts'
import { describeContract } from './run-contract.ts'

const vitest: ContractFramework = {
  imports: "import { expect, test } from 'vitest'",
  dir: 'path.dirname(fileURLToPath(import.meta.url))',
  config: (options) => ({
    'vitest.config.js': `
      import { freshModules } from '@fresh-modules/vitest-plugin'
      export default {
        plugins: [freshModules(${toSource(options)})],
        test: {
          include: ['${CASES}/*/case.test.js'],
          // The packages of the cases: what Vitest leaves to Node is Node's to evaluate.
          server: { deps: { inline: [/\\/${CASES}\\/[^/]+\\/node_modules\\//] } },
        },
      }
    `,
  }),
}

describeHosts('vitest', (host) => {
  describeContract(host, { framework: vitest, contractHost: contractHosts.vitest })
})
