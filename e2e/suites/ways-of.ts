/** The ways in which published suites are run. */
import {
  asIs,
  type Framework,
  isolatedDefaults,
  isolatedFiles,
  isPossible,
  sharedDefaults,
  sharedFiles,
  sharedRaw,
  type Way,
  ways,
} from '../../packages/shared/src/doctor/ways.ts'

const usual: Readonly<Record<Framework, readonly Way[]>> = {
  vitest: [sharedRaw, sharedFiles, sharedDefaults, isolatedDefaults],
  jest: [sharedFiles, sharedDefaults, isolatedFiles, isolatedDefaults],
}

/**
 * The ways besides `as-is` in which a suite can be run: those that were asked for, else the usual ones.
 *
 * @param sharesRealms whether the adapter for Jest knows the option `isolate`: Jest itself has no such thing
 */
export function waysOf(
  framework: Framework,
  asked: readonly string[] | undefined,
  sharesRealms: boolean,
): readonly Way[] {
  const chosen = asked ? ways.filter(({ name }) => asked.includes(name)) : usual[framework]
  return chosen.filter((way) => way !== asIs && isPossible(way, framework, sharesRealms))
}
