/**
 * An ES module that stands for a CommonJS or JSON copy, so that ES modules can import it: Node's own goes by file,
 * and a file has one registered copy. Node's too has the exports under the names that the lexer finds.
 */
import type { LoadFnOutput } from 'node:module'
import { fileOf, type ModuleId } from '../../host/module-id.ts'
import { exportNames, shownNames } from '../cjs/names.ts'
import { withoutTypes } from '../format.ts'
import { newModule, textAsItRuns } from '../node-internals.ts'
import { WORLD_EXPRESSION } from '../world-slot.ts'
import type { Mark } from './urls.ts'

/** The text of the facade; undefined for what the loader can evaluate again by itself. */
export function facadeOf(mark: Mark, id: ModuleId, { format, source }: LoadFnOutput): string | undefined {
  if (format === 'json') return textOfFacade(mark, id, [], ['default'])
  if (format !== 'commonjs' && (format as string) !== 'commonjs-typescript') return undefined
  const file = fileOf(id)
  const text = source == null ? (textAsItRuns(file) ?? '') : decoded(source)
  const names = exportNames(newModule(file), format === 'commonjs' ? text : withoutTypes(text))
  return textOfFacade(mark, id, [...names], shownNames(names))
}

function decoded(source: NonNullable<LoadFnOutput['source']>): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source)
}

function textOfFacade(
  mark: Mark,
  id: ModuleId,
  names: readonly string[],
  exported: readonly string[],
): string {
  const args = [mark, id, names].map((arg) => JSON.stringify(arg)).join(', ')
  return [
    `const bindings = ${WORLD_EXPRESSION}.commonJsBindings(${args})`,
    ...exported.map((name, index) => `const e${index} = bindings.get(${JSON.stringify(name)})`),
    `export { ${exported.map((name, index) => `e${index} as ${JSON.stringify(name)}`).join(', ')} }`,
  ].join('\n')
}
