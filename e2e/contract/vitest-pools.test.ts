/** The contract in Vitest's other pools, and where files share a worker. */
import { describe } from 'vitest'
import { describeNewestHosts } from '../harness/describe-hosts.ts'
import { contractHosts } from './hosts.ts'
import { describeContract } from './run-contract.ts'
import { vitestFramework } from './vitest-framework.ts'

const modes = {
  threads: ['--pool=threads'],
  vmThreads: ['--pool=vmThreads'],
  vmForks: ['--pool=vmForks'],
  'isolate: false': ['--no-isolate'],
}

describeNewestHosts('vitest', (host) => {
  for (const [mode, args] of Object.entries(modes)) {
    describe(mode, () => {
      describeContract(host, {
        framework: vitestFramework,
        contractHost: contractHosts.vitest,
        args,
        // What is left on the heap does not depend on the pool, and takes a while. Cases of resets ask what was reset,
        // which where files share a worker includes what other cases have loaded: `resets/` has its own for those.
        without: ['heap', 'resets'],
      })
    })
  }
})
