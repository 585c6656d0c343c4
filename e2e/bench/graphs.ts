/** Graphs of modules for the bars that time single calls. */
import type { FileTree } from '../harness/index.ts'

/** As many modules as a real one has, with some functions each. */
const body = (functions: number, n: number): string =>
  Array.from(
    { length: functions },
    (_, f) => `function work${f}(value) { return [value, ${n}, ${f}].map((one) => one * ${f + 1}) }`,
  ).join('\n')

/** A tree: module n imports 2n + 1 and 2n + 2. */
const importsOf = (n: number, size: number): number[] => [2 * n + 1, 2 * n + 2].filter((m) => m < size)

/** `<dir>/m0.cjs` is the root of `size` CommonJS modules. */
export function commonJsGraph(dir: string, size: number, functions = 10): FileTree {
  return Object.fromEntries(
    Array.from({ length: size }, (_, n) => [
      `${dir}/m${n}.cjs`,
      `${importsOf(n, size)
        .map((m) => `const m${m} = require('./m${m}.cjs')`)
        .join('\n')}
${body(functions, n)}
exports.state = { touched: 0 }
exports.beneath = [${importsOf(n, size)
        .map((m) => `m${m}`)
        .join(', ')}]
exports.work = [${Array.from({ length: functions }, (_, f) => `work${f}`).join(', ')}]`,
    ]),
  )
}

/** `<dir>/m0.<ending>` is the root of `size` ES modules. */
export function esGraph(dir: string, size: number, functions = 10, ending = 'js'): FileTree {
  const from = ending === 'js' ? '.js' : ''
  return Object.fromEntries(
    Array.from({ length: size }, (_, n) => [
      `${dir}/m${n}.${ending}`,
      `${importsOf(n, size)
        .map((m) => `import * as m${m} from './m${m}${from}'`)
        .join('\n')}
${body(functions, n).replace(/\(value\)/g, ending === 'ts' ? '(value: number)' : '(value)')}
export const state = { touched: 0 }
export const beneath = [${importsOf(n, size)
        .map((m) => `m${m}`)
        .join(', ')}]
export const work = [${Array.from({ length: functions }, (_, f) => `work${f}`).join(', ')}]`,
    ]),
  )
}
