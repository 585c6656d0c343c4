/** The contract in real Vitest, by its own command: in its default pool, a process for each file. */
import { describeHosts } from '../harness/describe-hosts.ts'
import { contractHosts } from './hosts.ts'
import { describeContract } from './run-contract.ts'
import { vitestFramework } from './vitest-framework.ts'

describeHosts('vitest', (host) => {
  describeContract(host, { framework: vitestFramework, contractHost: contractHosts.vitest })
})
