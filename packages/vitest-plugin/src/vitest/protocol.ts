/**
 * What plugin (in the server) and host (in the worker) say to each other. Options travel by Vitest's documented
 * `provide`. For the way back there is no channel but asking for modules: a request to drop what the server caches of
 * a file is a specifier to resolve. Resolving leaves nothing behind in the server; fetching would, for each request.
 */
import {
  checkAdapterOptions,
  deserializeRules,
  type FreshModulesOptions,
  type SerializedRule,
  serializeRules,
} from 'fresh-modules/internal'
import type { Verdict } from 'fresh-modules/internal/verdict'

export function serializeOptions(options: FreshModulesOptions): string {
  return JSON.stringify({ ...options, specs: serializeRules(options.specs ?? []) })
}

export function deserializeOptions(text: string): FreshModulesOptions {
  const options = JSON.parse(text) as Omit<FreshModulesOptions, 'specs'> & { specs: SerializedRule[] }
  return checkAdapterOptions('@fresh-modules/vitest-plugin', {
    ...options,
    specs: deserializeRules(options.specs),
  })
}

const DROP = 'virtual:fresh-modules/drop?'

/** The specifier whose resolution drops what the server holds of a file. */
export function dropRequest(file: string): string {
  return `${DROP}${new URLSearchParams({ file })}`
}

export function fileToDrop(specifier: string): string | undefined {
  if (!specifier.startsWith(DROP)) return undefined
  return new URLSearchParams(specifier.slice(DROP.length)).get('file') ?? undefined
}

const JUDGE = 'virtual:fresh-modules/judge?'
const JUDGED = 'virtual:fresh-modules/judged?'

/** The specifier that resolves to what the code of modules shows: nobody was to judge them when they were transformed. */
export function judgeRequest(ids: readonly string[]): string {
  return `${JUDGE}${new URLSearchParams({ ids: JSON.stringify(ids) })}`
}

export function idsToJudge(specifier: string): string[] | undefined {
  if (!specifier.startsWith(JUDGE)) return undefined
  return JSON.parse(new URLSearchParams(specifier.slice(JUDGE.length)).get('ids') ?? '[]') as string[]
}

/** One for each id; null for what could not be judged. */
export function judgedAnswer(verdicts: readonly (Verdict | null)[]): string {
  return `${JUDGED}${new URLSearchParams({ verdicts: JSON.stringify(verdicts) })}`
}

export function verdictsIn(answer: string | undefined): (Verdict | null)[] {
  if (!answer?.startsWith(JUDGED)) return []
  return JSON.parse(
    new URLSearchParams(answer.slice(JUDGED.length)).get('verdicts') ?? '[]',
  ) as (Verdict | null)[]
}
