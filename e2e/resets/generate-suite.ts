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
  /** Functions in each module, next to its state: what makes evaluating it cost something. */
  readonly functions?: number
  /** How many of ten modules hold no state. */
  readonly withoutState?: number
  /** How many more of ten keep their state to themselves. The rest export it. */
  readonly privateState?: number
  /** How many modules each test dirties; all that hold state, if left out. */
  readonly dirties?: number
}

/** Modules that a module imports: two with smaller numbers, so that the graph is deep, wide and without cycles. */
const importsOf = (n: number): number[] =>
  n === 0 ? [] : [...new Set([n - 1 - (n % 7), n >> 1])].filter((m) => m >= 0 && m < n)

/** The file tree: `src/module-<n>.ts` and `tests/file-<n>.test.ts`. Without a config. */
export function generateSuite({
  modules,
  files,
  tests = 1,
  functions = 0,
  withoutState = 0,
  privateState = 0,
  dirties,
}: SuiteSize): FileTree {
  const tree: Record<string, string> = {}
  const holdsState = (n: number) => n % 10 >= withoutState + privateState
  for (let n = 0; n < modules; n++) {
    const own = n % 10 >= withoutState ? PRIVATE_STATE : []
    tree[`src/module-${n}.ts`] = holdsState(n)
      ? moduleSource(n, functions, holdsState)
      : sourceWithoutState(n, functions, holdsState, own)
  }
  tree['src/index.ts'] = Array.from(
    { length: modules },
    (_, n) => `export * as m${n} from './module-${n}'`,
  ).join('\n')
  for (let n = 0; n < files; n++) tree[`tests/file-${n}.test.ts`] = testSource(n, tests, dirties)
  return tree
}

function moduleSource(n: number, functions: number, holdsState: (n: number) => boolean): string {
  const imports = importsOf(n)
  const others = imports.filter(holdsState)
  return [
    ...importLines(imports, holdsState),
    `export interface State { touched: string[]; readonly beneath: readonly object[] }`,
    `export const state: State = { touched: [], beneath: [${others.map((m) => `state${m}`).join(', ')}] }`,
    `export let count = 0`,
    `export function touch(by: string): void { count++; state.touched.push(by) }`,
    `export const by = (): string => state.touched.join()`,
    ...Array.from({ length: functions }, (_, f) => functionSource(n, f)),
  ].join('\n')
}

const PRIVATE_STATE = [
  `export let count = 0`,
  `const touched = new Map<number, string>()`,
  `export function touch(by: string): void { touched.set(count++, by) }`,
  `export const by = (): string => [...touched.values()].join()`,
]

function sourceWithoutState(
  n: number,
  functions: number,
  holdsState: (n: number) => boolean,
  own: readonly string[],
): string {
  const imports = importsOf(n)
  return [
    ...importLines(imports, holdsState),
    ...own,
    `export function beneath(): unknown[] { return [${imports.map((m) => `${holdsState(m) ? 'state' : 'beneath'}${m}`).join(', ')}] }`,
    ...Array.from({ length: functions }, (_, f) => functionSource(n, f)),
  ].join('\n')
}

function importLines(imports: readonly number[], holdsState: (n: number) => boolean): string[] {
  return imports.map((m) => {
    const name = holdsState(m) ? 'state' : 'beneath'
    return `import { ${name} as ${name}${m} } from './module-${m}'`
  })
}

function functionSource(n: number, f: number): string {
  return `export function work${f}(value: number): number {
  const table = new Map([[${f}, ${n}], [${f + 1}, value]])
  return [...table.values()].reduce((sum, one) => sum + one * ${f + 1}, value)
}`
}

function testSource(n: number, tests: number, dirties: number | undefined): string {
  return `
import { expect, test } from 'vitest'
import * as all from '../src/index'

const modules = Object.fromEntries(Object.entries(all).filter((entry) => 'touch' in entry[1])) as Record<string, {
  count: number; state?: { touched: string[]; beneath: readonly object[] }; touch(by: string): void; by(): string
}>

test.each(${JSON.stringify(Array.from({ length: tests }, (_, t) => t))})('file ${n} finds every module pristine (%i)', (turn) => {
  const dirty = Object.entries(modules).filter(([, { count, by }]) => count > 0 || by() !== '')
  expect(dirty.map(([name, { by }]) => name + ' by ' + by())).toEqual([])
  const own = Object.values(modules)
  for (const { touch } of ${dirties === undefined ? 'own' : `own.filter((_, at) => (at + ${n}) % own.length < ${dirties})`}) touch('file ${n}, ' + turn)
  // One copy of each: what a module holds is what everybody holds.
  const states = new Set<object>(own.flatMap(({ state }) => state ?? []))
  for (const { state } of own) {
    for (const beneath of state?.beneath ?? []) if (!states.has(beneath)) throw new Error('a module holds an old copy')
  }
  for (const one of Object.values(all) as { beneath?(): unknown[] }[]) {
    for (const held of one.beneath?.() ?? []) {
      if (typeof held === 'object' && !states.has(held as object)) throw new Error('a module without state holds an old copy')
    }
  }
})
`
}
