/** All that is known of one module's code, put together. */
import { Lines, type Node } from './ast.ts'
import { type Names, namesOf } from './bindings.ts'
import { Imports } from './imports.ts'
import { Running } from './running.ts'

export interface ModuleCode {
  readonly program: Node
  readonly lines: Lines
  readonly names: Names
  readonly imports: Imports
  readonly running: Running
}

export function moduleCode(program: Node, code: string): ModuleCode {
  const names = namesOf(program)
  const imports = new Imports(names)
  return { program, lines: new Lines(code), names, imports, running: new Running(program, names, imports) }
}
