/** A published project's own tests: where they come from, and how they are run. */
export interface Suite {
  readonly name: string
  readonly framework: 'vitest' | 'jest'
  /** `owner/name` on GitHub. */
  readonly repository: string
  /** The commit that was measured. */
  readonly commit: string
  /** Run once in its folder. */
  readonly install: string
  /** How it sets up its framework: what makes it worth measuring. */
  readonly setup: string
  /** Its folder inside the one that is given, if not its name: several suites may share a checkout. */
  readonly checkout?: string
  /** Where in its folder the framework is started; at the top, if left out. */
  readonly folder?: string
  /** Its config, from there; if left out, the one that the framework finds by itself. */
  readonly config?: string
  /** Arguments that its own scripts give too, as `--project`, or that leave out what needs a service. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}
