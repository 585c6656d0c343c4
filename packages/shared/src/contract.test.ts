/** The contract on the in-memory host: the core's algorithms without any framework's peculiarities. */
import { describe, expect, test } from 'vitest'
import { contractCases } from '../../../e2e/contract/cases/index.ts'
import { contractHosts, reasonAgainst } from '../../../e2e/contract/hosts.ts'
import { runCase } from '../test-host/run-case.ts'

for (const [topic, cases] of Object.entries(contractCases)) {
  describe(topic, () => {
    for (const contractCase of cases) {
      if (reasonAgainst(contractHosts.memory, contractCase) !== undefined) continue
      test(contractCase.name, () => runCase(contractCase, { expect }), contractCase.timeout)
    }
  })
}
