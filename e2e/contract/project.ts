/** Writes contract cases as one project for a framework's own command: a folder for each case. */
import type { FileTree } from '../harness/index.ts'
import { type ContractCase, folderOf, rulesIn } from './case.ts'
import { TEST_FILE, testFile } from './test-file.ts'

/** How a framework is told of a contract project. A new host adds one of these. */
export interface ContractFramework {
  /** The line that brings `expect` and `test` to a test file; empty where they are globals. */
  readonly imports: string
  /** An expression for the folder of the running test file. */
  readonly dir: string
  /** Files at the root, its config among them. `options`: those of the adapter. */
  config(options: Readonly<Record<string, unknown>>): FileTree
  /** For hosts that run CommonJS: turns the source of an ES module into what they run. Left out: as it is. */
  convert?(path: string, contents: string): string
}

export const CASES = 'cases'

/** What the adapter is given unless a case says otherwise: cases are about calls, and say so if they are about resets. */
const defaultOptions = { resetBetween: 'never' } as const

/** Cases that can share a project: its rules are merged, and its other options have to be the same. */
export function groupsByOptions(cases: readonly ContractCase[]): readonly (readonly ContractCase[])[] {
  const groups = new Map<string, ContractCase[]>()
  for (const contractCase of cases) {
    const { specs, ...options } = contractCase.options ?? {}
    const key = JSON.stringify(options)
    groups.set(key, [...(groups.get(key) ?? []), contractCase])
  }
  return [...groups.values()]
}

/** The file tree of a project for cases of one group. */
export function contractProject(cases: readonly ContractCase[], framework: ContractFramework): FileTree {
  const specs = cases.flatMap((contractCase) => rulesIn(`${CASES}/${folderOf(contractCase)}`, contractCase))
  const tree: Record<string, string> = {
    ...framework.config({ ...defaultOptions, ...cases[0]?.options, specs }),
  }
  for (const contractCase of cases) {
    const folder = `${CASES}/${folderOf(contractCase)}`
    const text = testFile(contractCase, framework.imports, framework.dir)
    for (const [path, contents] of Object.entries({ ...contractCase.files, [TEST_FILE]: text })) {
      tree[`${folder}/${path}`] = framework.convert?.(path, contents) ?? contents
    }
  }
  return tree
}

/** A value as JavaScript source: JSON with regular expressions. */
export function toSource(value: unknown): string {
  if (value instanceof RegExp) return String(value)
  if (Array.isArray(value)) return `[${value.map(toSource).join(', ')}]`
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${toSource(item)}`)
    return `{ ${entries.join(', ')} }`
  }
  return JSON.stringify(value) ?? 'undefined'
}
