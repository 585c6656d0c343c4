/**
 * Environments as Jest has them, as far as we rely on it. Types of our own: `@jest/environment` is no dependency, and a
 * strict package manager would not find it.
 */

/** What an environment is constructed with. */
export interface EnvironmentConfig {
  readonly globalConfig: {
    readonly seed?: number
    readonly rootDir: string
    readonly maxWorkers: number
    readonly watch?: boolean
    readonly watchAll?: boolean
    readonly detectLeaks?: boolean
    readonly collectCoverage?: boolean
    readonly coverageProvider?: string
  }
  readonly projectConfig: {
    readonly id: string
    readonly rootDir: string
    readonly restoreMocks: boolean
    readonly runtime?: string
    readonly globals?: Record<string, unknown>
    readonly detectLeaks?: boolean
    readonly coveragePathIgnorePatterns?: readonly string[]
    readonly forceCoverageMatch?: readonly string[]
    readonly testEnvironmentOptions: Record<string, unknown>
  }
}

/** What it is given about its test file. */
export interface EnvironmentContext {
  readonly console: object
  readonly docblockPragmas: Record<string, string | string[]>
  readonly testPath: string
}

export interface Environment {
  // biome-ignore lint/suspicious/noExplicitAny: each environment has globals of its own
  global: any
  moduleMocker: { restoreAllMocks(): void } | null
  setup(): Promise<void>
  teardown(): Promise<void>
  getVmContext(): object | null
}

/** A class of environments, as Jest constructs them. One that says what it is given more closely is another type. */
export type EnvironmentClass<Config = EnvironmentConfig, Context = EnvironmentContext> = new (
  config: Config,
  context: Context,
) => Environment
