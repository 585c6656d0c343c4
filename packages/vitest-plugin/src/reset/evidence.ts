/** What the server has found in a module's code, as the core asks for it. */
import type { Evidence } from 'fresh-modules/internal'
import type { Verdict } from 'fresh-modules/internal/verdict'
import { idOfMod, type Source } from '../vitest/sources.ts'

/** Undefined for what could not be judged, and for what another plugin has made up. */
export function evidenceOf(source: Source): Evidence | undefined {
  const { verdict } = source.stamp
  if (verdict) source.evidence ??= resolved(verdict)
  return source.evidence
}

function resolved({ state, reads = {}, calls = {}, effects = [] }: Verdict): Evidence {
  return {
    state,
    reads: Object.keys(reads).map(idOfMod),
    calls: Object.entries(calls).map(([id, names]) => [idOfMod(id), names] as const),
    effects: effects.map(({ into, ...effect }) => ({
      ...effect,
      into: into === undefined ? undefined : idOfMod(into),
    })),
  }
}

/** What the server has found when it was asked, of sources that it had not judged before. */
export function noteVerdict(source: Source, verdict: Verdict | null | undefined): void {
  source.evidence = verdict ? resolved(verdict) : undefined
}
