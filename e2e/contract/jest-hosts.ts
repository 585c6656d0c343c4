/** The contract hosts of Jest by version: what the older of the supported ones do not have yet. */
import { type Capability, type ContractHost, contractHosts } from './hosts.ts'

const since: readonly { capability: Capability; hosts: readonly string[]; why: string }[] = [
  {
    capability: 'module-children',
    hosts: ['jest29', 'jest300', 'jest303', 'jest304'],
    why: 'Jest keeps this list from 30.5 on',
  },
  { capability: 'import-meta-resolve', hosts: ['jest29'], why: 'Jest has it from 30 on' },
]

/** @param hostName the name of the installed host, as in `hosts.ts` of the harness */
export function jestContractHost(hostName: string, base: 'jest-cjs' | 'jest-esm'): ContractHost {
  const { lacks, ...rest } = contractHosts[base]
  const own = Object.fromEntries(
    since.filter(({ hosts }) => hosts.includes(hostName)).map(({ capability, why }) => [capability, why]),
  )
  // What no version has keeps its own reason.
  return { ...rest, lacks: { ...own, ...lacks } }
}
