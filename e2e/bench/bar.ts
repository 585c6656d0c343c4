/** What a bar of the benchmark is, and what it returns. */

export type Unit = 's' | 'ms' | 'µs' | 'MB' | 'kB'

/** All samples of one contender, one for each round. */
export interface Row {
  readonly contender: string
  readonly unit: Unit
  readonly samples: readonly number[]
}

export interface Ratio {
  /** A sentence: what is compared with what. */
  readonly what: string
  /** One for each round: what ran side by side is compared. */
  readonly samples: readonly number[]
  /** What the project asks for, if it does. */
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number }
}

export interface BarResult {
  readonly rows: readonly Row[]
  readonly ratios: readonly Ratio[]
  /** How this bar is scaled, and what its numbers do not say. */
  readonly notes?: readonly string[]
}

export interface Bar {
  /** For `npm run bench -- <name>`. */
  readonly name: string
  readonly title: string
  /** @param scale Multiplies the number of rounds; 1 makes the whole benchmark take less than ten minutes. */
  run(scale: number): Promise<BarResult>
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** How many times `slow` takes what `fast` takes, round by round. */
export function ratio(what: string, slow: Row, fast: Row, goal?: Ratio['goal']): Ratio {
  const samples = slow.samples.map((sample, round) => sample / (fast.samples[round] ?? Number.NaN))
  return { what, samples, ...(goal ? { goal } : {}) }
}

export const rounds = (scale: number, atScaleOne: number): number =>
  Math.max(1, Math.round(scale * atScaleOne))
