/** Runs the contract by a framework's own command, and reports each case as a test of its own. */
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Host, project, type RunResult } from '../harness/index.ts'
import { type ContractCase, folderOf, testsOf } from './case.ts'
import { contractCases } from './cases/index.ts'
import { type ContractHost, reasonAgainst } from './hosts.ts'
import { CASES, type ContractFramework, contractProject, groupsByOptions } from './project.ts'
import { TEST_FILE } from './test-file.ts'

export interface ContractRun {
  readonly framework: ContractFramework
  readonly contractHost: ContractHost
  /** Arguments of the framework's command. */
  readonly args?: readonly string[]
  readonly nodeArgs?: readonly string[]
  /** Topics to leave out, where another mode of the same host runs them. */
  readonly without?: readonly string[]
}

interface Result {
  readonly result: RunResult
  readonly dir: string
}

interface Chosen {
  readonly name: string
  readonly mode: string
  readonly tasks?: readonly Chosen[]
}

/** How long a host may take for all cases of one project. */
const TIMEOUT = 300_000

/** Declares one test for each case that the host runs, in a suite for each topic. */
export function describeContract(host: Host, run: ContractRun): void {
  const topics = Object.entries(contractCases)
    .filter(([topic]) => !run.without?.includes(topic))
    .map(([topic, cases]) => [topic, cases.filter((one) => !reasonAgainst(run.contractHost, one))] as const)
    .filter(([, cases]) => cases.length > 0)
  /** Folder of a case -> what its project's run reported. */
  const results = new Map<string, Result>()

  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern which fixtures a hook wants
  beforeAll(async ({}, suite) => {
    const wanted = namesOfChosen(suite)
    const chosen = topics.flatMap(([, cases]) => cases.filter(({ name }) => wanted.has(name)))
    for (const cases of groupsByOptions(chosen)) {
      const { dir, run: start } = await project(host.name, contractProject(cases, run.framework))
      const result = await start(run.args, { timeout: TIMEOUT, nodeArgs: run.nodeArgs ?? [] })
      for (const contractCase of cases) results.set(folderOf(contractCase), { result, dir })
    }
  }, 2 * TIMEOUT)

  test('the command finds no other fault than those of the tests', () => {
    for (const { result } of results.values()) {
      if (result.failed === 0) expect(result.exitCode, result.output).toBe(0)
    }
  })

  for (const [topic, cases] of topics) {
    describe(topic, () => {
      for (const contractCase of cases) {
        test(contractCase.name, () => assertPassed(contractCase, results.get(folderOf(contractCase))))
      }
    })
  }
}

/** Names of the tests below a suite that this run was not told to skip, as by `-t`. */
function namesOfChosen(
  { tasks }: { readonly tasks: readonly Chosen[] },
  names = new Set<string>(),
): Set<string> {
  for (const task of tasks) {
    if (task.tasks) namesOfChosen({ tasks: task.tasks }, names)
    else if (task.mode !== 'skip') names.add(task.name)
  }
  return names
}

function assertPassed(contractCase: ContractCase, run: Result | undefined): void {
  if (!run) throw new Error('The project of this case did not run.')
  const { result, dir } = run
  const file = join(dir, CASES, folderOf(contractCase), TEST_FILE)
  const own = result.tests.filter((test) => test.file === file)
  const failed = own.filter(({ status }) => status !== 'passed').flatMap(({ messages }) => messages)
  const whole = result.files.find((report) => report.file === file)
  if (whole?.status === 'failed' && failed.length === 0) failed.push(whole.message)
  if (own.length === 0 && failed.length === 0) failed.push(`It was not run.\n${result.output}`)
  if (failed.length > 0) throw new Error(failed.join('\n\n'))
  expect(own.map(({ name }) => name)).toEqual(testsOf(contractCase).map(([name]) => name))
}
