/** Keeps docs/parity.md true: which facts of the contract hold where, and why not elsewhere. `vitest -u` writes it. */
import { expect, test } from 'vitest'
import type { ContractCase } from './case.ts'
import { contractCases } from './cases/index.ts'
import { type ContractHost, contractHosts, reasonAgainst } from './hosts.ts'
import { jestContractHost } from './jest-hosts.ts'

/** The columns of the table. */
const columns: readonly { title: string; host: ContractHost }[] = [
  { title: 'Vitest 5.1, 5.0, 4.1', host: contractHosts.vitest },
  { title: 'Jest 30.5, CommonJS', host: jestContractHost('jest30', 'jest-cjs') },
  { title: 'Jest 30.0, CommonJS', host: jestContractHost('jest300', 'jest-cjs') },
  { title: 'Jest 29.7, CommonJS', host: jestContractHost('jest29', 'jest-cjs') },
  { title: 'Jest 30.5, native ESM', host: jestContractHost('jest30', 'jest-esm') },
  { title: 'Jest 30.0, native ESM', host: jestContractHost('jest300', 'jest-esm') },
  { title: 'Jest 29.7, native ESM', host: jestContractHost('jest29', 'jest-esm') },
  { title: 'Node, CommonJS', host: contractHosts['node-cjs'] },
  { title: 'Node, ES modules', host: contractHosts['node-esm'] },
]

const all = Object.values(contractCases).flat()

test('docs/parity.md says which facts hold where', async () => {
  await expect(document()).toMatchFileSnapshot('../../docs/parity.md')
})

function document(): string {
  return [
    '# The same in every host',
    '',
    `The contract of the helpers is ${all.length} facts, each a small project and a test. One suite runs them in every host. This`,
    'page is made from it: for each host the facts that do not hold there, and why.',
    '',
    '| host | holds | does not |',
    '|---|---|---|',
    ...columns.map(({ title, host }) => {
      const lacking = all.filter((one) => reasonAgainst(host, one)).length
      return `| ${title} | ${all.length - lacking} | ${lacking || '–'} |`
    }),
    '',
    ...differences(),
  ].join('\n')
}

/** One section for each reason, with the hosts that give it and the facts that it is about. */
function differences(): string[] {
  const byReason = new Map<string, { titles: Set<string>; cases: Set<ContractCase> }>()
  for (const { title, host } of columns) {
    for (const one of all) {
      const reason = reasonAgainst(host, one)
      if (reason === undefined) continue
      const entry = byReason.get(reason) ?? { titles: new Set(), cases: new Set() }
      byReason.set(reason, entry)
      entry.titles.add(title)
      entry.cases.add(one)
    }
  }
  return [...byReason].flatMap(([reason, { titles, cases }]) => [
    `## ${reason.replace(/^[a-z](?!\w*\.)/, (letter) => letter.toUpperCase())}`,
    '',
    `${[...titles].join('; ')}:`,
    '',
    ...[...cases].map(({ name }) => `- ${name}`),
    '',
  ])
}
