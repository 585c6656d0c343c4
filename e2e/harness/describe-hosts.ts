import { describe, test } from 'vitest'
import { chosenHosts, type Framework, type Host } from './hosts.ts'

type Frameworks = Framework | readonly Framework[]

/** One `describe` for each host of these frameworks that this run has chosen; one skipped test where there is none. */
export function describeHosts(frameworks: Frameworks, body: (host: Host) => void): void {
  describeAll(frameworks, hostsOf(frameworks), body)
}

/**
 * The same for suites that take minutes and hardly depend on the framework's version: where nobody names hosts, as in a
 * plain `npm test`, they have the newest of each framework. `npm run matrix` has them all.
 */
export function describeNewestHosts(frameworks: Frameworks, body: (host: Host) => void): void {
  const chosen = hostsOf(frameworks)
  const isFirst = ({ framework }: Host, index: number) =>
    chosen.findIndex((other) => other.framework === framework) === index
  describeAll(frameworks, process.env['FRESH_MODULES_HOSTS'] ? chosen : chosen.filter(isFirst), body)
}

function hostsOf(frameworks: Frameworks): readonly Host[] {
  const wanted = [frameworks].flat()
  return chosenHosts().filter((host) => wanted.includes(host.framework))
}

function describeAll(frameworks: Frameworks, chosen: readonly Host[], body: (host: Host) => void): void {
  for (const host of chosen) describe(host.name, () => body(host))
  if (chosen.length === 0) test.skip(`no host of ${[frameworks].flat().join(', ')} was chosen`)
}
