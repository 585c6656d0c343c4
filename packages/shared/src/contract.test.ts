/** The contract on the in-memory host: the core's algorithms without any framework's peculiarities. */
import { describe, expect, test } from 'vitest'
import { contractCases } from '../../../e2e/contract/cases/index.ts'
import { contractHosts, reasonAgainst } from '../../../e2e/contract/hosts.ts'
import { runCase } from '../test-host/run-case.ts'

for (const [topic, cases] of Object.entries(contractCases)) {
  const held = cases.filter((contractCase) => reasonAgainst(contractHosts.memory, contractCase) === undefined)
  if (held.length === 0) continue
  describe(topic, () => {
    for (const contractCase of held) {
      test(contractCase.name, () => runCase(contractCase, { expect }), contractCase.timeout)
    }
  })
}
