/** What the doctor says while it works, on standard error: what runs, and how long that may take. */
export class Progress {
  readonly #write: (text: string) => void
  #expected = 0
  #started = 0

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  /** So many runs of the whole suite are to come. */
  expects(runs: number): void {
    this.#expected += runs
  }

  /** One of the expected runs. @param atMost seconds, where anything is known yet */
  async ofRun<T extends { readonly seconds: number }>(
    what: string,
    atMost: number | undefined,
    run: () => Promise<T>,
  ): Promise<T> {
    this.#started++
    const time = atMost === undefined ? 'as long as your suite takes' : `up to about ${timeOf(atMost)}`
    this.#write(`[${this.#started} of ${this.#expected}] ${what}: ${time} …`)
    const result = await run()
    this.#write(` ${timeOf(result.seconds)}\n`)
    return result
  }

  /** Several short runs. @param eachAtMost seconds */
  async ofSearch<T>(
    what: string,
    eachAtMost: number,
    search: () => Promise<readonly [T, string]>,
  ): Promise<T> {
    this.#write(`${what}: runs of up to about ${timeOf(eachAtMost)} each …`)
    const [result, said] = await search()
    this.#write(` ${said}\n`)
    return result
  }
}

/** `0.4 s`, `12 s`, `3 min 5 s`. */
export function timeOf(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
