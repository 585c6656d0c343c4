/**
 * Writes a suite of any size in which every test finds out whether module state is pristine, then dirties it. For the
 * end-to-end tests and for the benchmark.
 */
import type { FileTree } from '../harness/index.ts'

export interface SuiteSize {
  readonly modules: number
  readonly files: number
  /** How many tests each file has. */
  readonly tests?: number
  /** Functions in each module beside its state: what makes evaluating it cost something. */
  readonly functions?: number
}

/** Modules that a module imports: two with smaller numbers, so that the graph is deep, wide and without cycles. */
const importsOf = (n: number): number[] =>
  n === 0 ? [] : [...new Set([n - 1 - (n % 7), n >> 1])].filter((m) => m >= 0 && m < n)

/** The file tree: `src/module-<n>.ts` and `tests/file-<n>.test.ts`. Without a config. */
export function generateSuite({ modules, files, tests = 1, functions = 0 }: SuiteSize): FileTree {
  const tree: Record<string, string> = {}
  for (let n = 0; n < modules; n++) tree[`src/module-${n}.ts`] = moduleSource(n, functions)
  tree['src/index.ts'] = Array.from(
    { length: modules },
    (_, n) => `export * as m${n} from './module-${n}'`,
  ).join('\n')
  for (let n = 0; n < files; n++) tree[`tests/file-${n}.test.ts`] = testSource(n, tests)
  return tree
}

function moduleSource(n: number, functions: number): string {
  const imports = importsOf(n)
  return [
    ...imports.map((m) => `import { state as state${m} } from './module-${m}'`),
    `export interface State { touched: string[]; readonly beneath: readonly object[] }`,
    `export const state: State = { touched: [], beneath: [${imports.map((m) => `state${m}`).join(', ')}] }`,
    `export let count = 0`,
    `export function touch(by: string): void { count++; state.touched.push(by) }`,
    ...Array.from({ length: functions }, (_, f) => functionSource(n, f)),
  ].join('\n')
}

function functionSource(n: number, f: number): string {
  return `export function work${f}(value: number): number {
  const table = new Map([[${f}, ${n}], [${f + 1}, value]])
  return [...table.values()].reduce((sum, one) => sum + one * ${f + 1}, value)
}`
}

function testSource(n: number, tests: number): string {
  return `
import { expect, test } from 'vitest'
import * as modules from '../src/index'

test.each(${JSON.stringify(Array.from({ length: tests }, (_, t) => t))})('file ${n} finds every module pristine (%i)', (turn) => {
  const dirty = Object.entries(modules).filter(([, { count, state }]) => count > 0 || state.touched.length > 0)
  expect(dirty.map(([name, { state }]) => name + ' by ' + state.touched.join())).toEqual([])
  for (const { touch } of Object.values(modules)) touch('file ${n}, ' + turn)
  // One copy of each: what a module holds is what everybody holds.
  const states = new Set<object>(Object.values(modules).map(({ state }) => state))
  for (const { state } of Object.values(modules)) {
    for (const beneath of state.beneath) if (!states.has(beneath)) throw new Error('a module holds an old copy')
  }
})
`
}
