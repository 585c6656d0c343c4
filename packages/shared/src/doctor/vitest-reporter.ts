/**
 * The reporter with which the doctor runs Vitest. It writes what Jest's `--json` writes, with messages where Vitest's own
 * reporter for that has stacks, and what Vitest has made of the suite's config.
 */
import { writeFileSync } from 'node:fs'
import type { JsonReport } from './results.ts'
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

interface TestError {
  readonly name?: string
  readonly message: string
}

/** The documented classes of Vitest's reporters, as far as they are used here. */
interface Task {
  readonly name: string
  readonly parent: Task | TestModule
}
interface TestCase extends Task {
  readonly type: 'test'
  result(): { readonly state: string; readonly errors?: readonly TestError[] }
}
interface TestSuite extends Task {
  readonly type: 'suite'
  errors(): readonly TestError[]
}
interface TestModule {
  readonly type: 'module'
  readonly moduleId: string
  readonly children: { allTests(): Iterable<TestCase>; allSuites(): Iterable<TestSuite> }
  state(): string
  errors(): readonly TestError[]
}

export default class DoctorReporter {
  /** Test file -> its place in the order in which files were collected: they run as they come. */
  readonly #places = new Map<string, number>()

  onInit({ config, projects }: Vitest): void {
    const facts: Facts = { maxWorkers: config.maxWorkers, projects: projects.map(factsOf) }
    writeFileSync(readRunFile().facts, JSON.stringify(facts))
  }

  onTestModuleCollected({ moduleId }: TestModule): void {
    if (!this.#places.has(moduleId)) this.#places.set(moduleId, this.#places.size)
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly TestError[]): void {
    const report: JsonReport = {
      testResults: modules.map((module) => this.#resultOf(module)),
      unhandledErrors: unhandledErrors.map(textOf),
    }
    writeFileSync(readRunFile().report, JSON.stringify(report))
  }

  #resultOf(module: TestModule): JsonReport['testResults'][number] {
    const { moduleId, children } = module
    const errors = [...module.errors(), ...[...children.allSuites()].flatMap((suite) => suite.errors())]
    return {
      name: moduleId,
      status: module.state(),
      startTime: this.#places.get(moduleId) ?? this.#places.size,
      message: errors[0] ? textOf(errors[0]) : '',
      assertionResults: [...children.allTests()].map((test) => ({
        fullName: fullNameOf(test),
        status: test.result().state,
        failureMessages: (test.result().errors ?? []).map(textOf),
      })),
    }
  }
}

const textOf = ({ name = 'Error', message }: TestError): string => `${name}: ${message}`

/** With the suites around it, joined as Jest joins them: Vitest's own full names differ from version to version. */
function fullNameOf({ name, parent }: Task): string {
  return isModule(parent) ? name : `${fullNameOf(parent)} ${name}`
}

const isModule = (task: Task | TestModule): task is TestModule => 'moduleId' in task

const factsOf = ({ name, config, vite }: Project): ProjectFacts => ({
  name,
  pool: config.pool,
  isolate: config.isolate,
  environment: config.environment,
  isBrowser: config.browser?.enabled === true,
  hasFreshModules: vite?.config.plugins.some((plugin) => plugin.name === 'fresh-modules') ?? false,
})
