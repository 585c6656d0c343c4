/** What coverage counts has to be executed for each file: what is kept is counted for the first one only. */
import type { EnvironmentConfig } from '../environment-types.ts'

/** Whether coverage may count what a package executes. By default it ignores all of them. */
export function isCounted({ globalConfig, projectConfig }: EnvironmentConfig): (file: string) => boolean {
  if (!globalConfig.collectCoverage) return () => false
  const { coveragePathIgnorePatterns = [], forceCoverageMatch = [] } = projectConfig
  if (forceCoverageMatch.length > 0) return () => true
  const ignored = coveragePathIgnorePatterns.map((pattern) => new RegExp(pattern))
  return (file) => !ignored.some((pattern) => pattern.test(file))
}

/** Whether the engine counts, by function: one that was compiled for an earlier file counts for that one. */
export function isCountedByEngine({ globalConfig }: EnvironmentConfig): boolean {
  return globalConfig.collectCoverage === true && globalConfig.coverageProvider === 'v8'
}
