/** Which bindings a module exports, however that is written. */
import { isFunction, keyOf, listAt, type Node, nameOf, nodeAt, unwrap } from './ast.ts'
import type { Binding } from './bindings.ts'
import type { ModuleCode } from './module-code.ts'

/** What is exported by name, as default, or as a property of a literal that is exported. */
export function exportedBindings({ program, names }: ModuleCode): Set<Binding> {
  const exported = new Set<Binding>()
  const add = (node: Node | undefined) => {
    if (!node) return
    const plain = unwrap(node)
    const binding = names.bindingOf.get(plain)
    if (binding && !exported.has(binding)) {
      exported.add(binding)
      const init = nodeAt(binding.declaration, 'init')
      if (init) add(init)
      return
    }
    if (plain.type === 'ObjectExpression')
      for (const property of listAt(plain, 'properties')) add(nodeAt(property, 'value'))
    if (plain.type === 'ArrayExpression') for (const element of listAt(plain, 'elements')) add(element)
    if (plain.type === 'AssignmentExpression') {
      add(plain['right'] as Node)
      // `exports.Color = Color = {}`
      add(plain['left'] as Node)
    }
  }
  for (const statement of listAt(program, 'body')) {
    if (statement.type === 'ExportNamedDeclaration') {
      for (const specifier of listAt(statement, 'specifiers')) add(nodeAt(specifier, 'local'))
      const declared = nodeAt(statement, 'declaration')
      for (const declarator of declared ? listAt(declared, 'declarations') : []) add(nodeAt(declarator, 'id'))
    }
    if (statement.type === 'ExportDefaultDeclaration') add(nodeAt(statement, 'declaration'))
    const expression = nodeAt(statement, 'expression')
    if (expression?.type === 'CallExpression') addDefined(expression, add)
  }
  for (const { node } of names.globals) {
    if (node['name'] !== 'exports' && node['name'] !== 'module') continue
    const assignment = assignmentTo(names, node)
    if (!assignment) continue
    add(assignment['right'] as Node)
    for (const name of namesOf(names, assignment)) add(name)
  }
  return exported
}

/** The assignment to `exports.a` or `module.exports`, wherever that stands. */
function assignmentTo({ parentOf }: ModuleCode['names'], exportsName: Node): Node | undefined {
  let at = exportsName
  for (let parent = parentOf.get(at); parent?.type === 'MemberExpression'; parent = parentOf.get(at))
    at = parent
  const parent = parentOf.get(at)
  return parent?.type === 'AssignmentExpression' && parent['left'] === at ? parent : undefined
}

/** `var list = exports.list = []`, as Babel writes it: the names that have the same value as the export. */
function* namesOf({ parentOf }: ModuleCode['names'], assignment: Node): Generator<Node> {
  let at = assignment
  for (let parent = parentOf.get(at); parent; parent = parentOf.get(at)) {
    if (parent.type === 'VariableDeclarator') {
      if (parent['init'] === at) yield parent['id'] as Node
      return
    }
    if (parent.type !== 'AssignmentExpression' || parent['right'] !== at) return
    yield parent['left'] as Node
    at = parent
  }
}

/** `Object.defineProperty(exports, 'a', { get: () => a })`, `_export(exports, { a: () => a })` */
function addDefined(call: Node, add: (node: Node | undefined) => void): void {
  for (const argument of listAt(call, 'arguments')) {
    if (argument.type !== 'ObjectExpression') continue
    for (const property of listAt(argument, 'properties')) {
      const value = nodeAt(property, 'value')
      if (!value || !isFunction(value)) continue
      const body = value['body'] as Node
      if (body.type !== 'BlockStatement') add(body)
      else add(nodeAt(listAt(body, 'body')[0] ?? body, 'argument'))
    }
  }
}

/** `exports.a`, `module.exports`, `module.exports.a` */
export function isOfExports(target: Node): boolean {
  if (target.type !== 'MemberExpression') return false
  const object = unwrap(target['object'] as Node)
  const name = nameOf(object)
  if (object.type === 'Identifier')
    return name === 'exports' || (name === 'module' && keyOf(target) === 'exports')
  return isOfExports(object)
}
