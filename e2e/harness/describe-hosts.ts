import { describe, test } from 'vitest'
import { chosenHosts, type Framework, type Host } from './hosts.ts'

/** One `describe` for each host of these frameworks that this run has chosen; one skipped test where there is none. */
export function describeHosts(
  frameworks: Framework | readonly Framework[],
  body: (host: Host) => void,
): void {
  const wanted = [frameworks].flat()
  const chosen = chosenHosts().filter((host) => wanted.includes(host.framework))
  for (const host of chosen) describe(host.name, () => body(host))
  if (chosen.length === 0) test.skip(`no host of ${wanted.join(', ')} was chosen`)
}
