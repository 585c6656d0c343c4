/** A reporter that reports nothing: it writes down what Vitest has made of the suite's config. */
import { writeFileSync } from 'node:fs'
import { type Facts, type ProjectFacts, readRunFile } from './run-file.ts'

interface Project {
  readonly name: string
  readonly config: {
    readonly pool: string
    readonly isolate: boolean
    readonly environment: string
    readonly browser?: { readonly enabled?: boolean }
  }
  readonly vite?: { readonly config: { readonly plugins: readonly { readonly name: string }[] } }
}

interface Vitest {
  readonly config: { readonly maxWorkers: number }
  readonly projects: readonly Project[]
}

export default class FactsReporter {
  onInit({ config, projects }: Vitest): void {
    const facts: Facts = { maxWorkers: config.maxWorkers, projects: projects.map(factsOf) }
    writeFileSync(readRunFile().facts, JSON.stringify(facts))
  }
}

const factsOf = ({ name, config, vite }: Project): ProjectFacts => ({
  name,
  pool: config.pool,
  isolate: config.isolate,
  environment: config.environment,
  isBrowser: config.browser?.enabled === true,
  hasFreshModules: vite?.config.plugins.some((plugin) => plugin.name === 'fresh-modules') ?? false,
})
