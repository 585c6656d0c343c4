import type { Outcome } from '../src/change.ts'

/** The names of what was put back. */
export const restoredOf = (outcomes: readonly Outcome[]): string[] =>
  outcomes.filter(({ restored }) => restored).map(({ what }) => what)
