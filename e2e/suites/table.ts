/** What came out, as Markdown: a table, and below it each test that differs. */
import type { Difference } from '../../packages/shared/src/doctor/compare.ts'

export interface WayOutcome {
  readonly way: string
  /** Seconds, user and system, all processes together. */
  readonly cpu: number
  /** Seconds. */
  readonly wall: number
  /** How many tests the report holds. */
  readonly tests: number
  readonly exitCode: number | null
  readonly differences: readonly Difference[]
  /** Why there are no results: the end of what was printed. */
  readonly broken?: string
}

export interface SuiteOutcome {
  readonly suite: string
  readonly framework: string
  /** Version of the framework. */
  readonly version: string
  /** Tests that are green as the suite is. */
  readonly green: number
  readonly flaky: readonly string[]
  /** As it is: what all others are compared with. */
  readonly asIs: Omit<WayOutcome, 'differences'>
  readonly ways: readonly WayOutcome[]
}

export function markdownOf(outcomes: readonly SuiteOutcome[], waysShown: readonly string[]): string {
  const rows = outcomes.map((outcome) => [
    `${outcome.suite} (${outcome.framework} ${outcome.version})`,
    outcome.asIs.broken === undefined ? String(outcome.green) : 'did not run',
    outcome.asIs.cpu.toFixed(1),
    ...waysShown.map((name) => cellOf(outcome, name)),
  ])
  const header = ['suite', 'green tests', 'as-is: s of CPU', ...waysShown]
  const lines = [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`)
  return [...lines, ...outcomes.flatMap(detailsOf)].join('\n')
}

/** `3 differ, 1.05`: how many tests, and how many times the CPU time of `as-is`. */
function cellOf({ asIs, ways }: SuiteOutcome, name: string): string {
  const outcome = ways.find(({ way }) => way === name)
  if (!outcome) return '–'
  if (outcome.broken !== undefined) return 'did not run'
  const { length } = outcome.differences
  return `${length === 0 ? 'same' : `${length} differ`}, ${(outcome.cpu / asIs.cpu).toFixed(2)}`
}

function detailsOf({ suite, asIs, ways, flaky }: SuiteOutcome): readonly string[] {
  const lines: string[] = []
  if (asIs.broken !== undefined) lines.push('', `${suite} does not run as it is:`, ...quoted(asIs.broken))
  if (flaky.length > 0) {
    lines.push('', `${suite}: left out, since they differ from run to run as the suite is:`, '')
    lines.push(...flaky.map((test) => `- ${test}`))
  }
  for (const { way, differences, broken, exitCode } of ways) {
    if (broken !== undefined) lines.push('', `${suite}, ${way}, did not run:`, ...quoted(broken))
    else if (differences.length > 0) lines.push('', `${suite}, ${way}:`, '', ...differences.map(lineOf))
    else if (exitCode !== asIs.exitCode) {
      lines.push('', `${suite}, ${way}: all tests are the same, but it ended with exit code ${exitCode}.`)
    }
  }
  return lines
}

const lineOf = ({ test, now, error }: Difference): string =>
  `- ${test}: ${now}${error === '' ? '' : `: ${error}`}`

const quoted = (text: string): readonly string[] => ['', ...text.split('\n').map((line) => `    ${line}`)]
