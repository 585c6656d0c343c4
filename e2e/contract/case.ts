/** The form of a contract case: one fact about the helpers, told by a tiny project and a test that any host can run. */
import type { FileTree } from '../harness/index.ts'
import type { Capability, ContractHostName } from './hosts.ts'

export interface ContractCase {
  /** A sentence that states the fact. Names are unique: they become folders. */
  readonly name: string
  /**
   * Path -> contents of the project around the test file, which is `case.test.js`. Sources are ES modules in plain
   * JavaScript; hosts that run CommonJS convert them, and what is passed on as `import.meta` becomes `module`.
   * A file that must be CommonJS ends in `.cjs`. Packages stand under `node_modules/` with a `package.json`.
   */
  readonly files: FileTree
  /** Statements at the top of the test file: static imports, and what several tests share. */
  readonly top?: string
  /**
   * The body of an async test function; or several tests by name, which run in this order in one file. In scope:
   * `expect`, every helper of fresh-modules, and the tools of `test-file.ts` (`caught`, `events`, `write` and so on).
   */
  readonly test: string | Readonly<Record<string, string>>
  /** Options of the adapter. Rules of `specs` are relative to the case's folder; package names must be its own. */
  readonly options?: CaseOptions
  /** In milliseconds, where the framework's own limit is too short. */
  readonly timeout?: number
  /** What the host must be able to do. Hosts that cannot say why, in `hosts.ts`. */
  readonly needs?: readonly Capability[]
  /** Hosts that the fact does not hold for, with the reason. */
  readonly except?: Readonly<Partial<Record<ContractHostName, string>>>
}

interface CaseOptions {
  readonly specs?: readonly CaseRule[]
  readonly [option: string]: unknown
}

export interface CaseRule {
  readonly match: string | RegExp | readonly (string | RegExp)[]
  readonly [key: string]: unknown
}

/** The folder of a case in a project of many: `importFresh gives a new copy` -> `importfresh-gives-a-new-copy`. */
export function folderOf({ name }: ContractCase): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

/** Its tests by name. */
export function testsOf({ name, test }: ContractCase): [name: string, body: string][] {
  return typeof test === 'string' ? [[name, test]] : Object.entries(test)
}

/** The rules of a case as they read in a project where it stands in `folder`. */
export function rulesIn(folder: string, { options }: ContractCase): CaseRule[] {
  const place = (match: string | RegExp) => {
    if (typeof match !== 'string' || !/^\.\/|\*/.test(match)) return match
    return match.startsWith('./') ? `./${folder}/${match.slice(2)}` : `${folder}/${match}`
  }
  return (options?.specs ?? []).map((rule) => ({
    ...rule,
    match: Array.isArray(rule.match) ? rule.match.map(place) : place(rule.match as string | RegExp),
  }))
}
