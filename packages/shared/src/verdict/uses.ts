/** Which imports a module's body uses the value of while it runs, and which it calls. */
import { listAt, type Node, nameOf, nodeAt, unwrap } from './ast.ts'
import type { Binding, Reference } from './bindings.ts'
import type { Imported } from './imports.ts'
import { calledName, definesExports, isHelperPackage, isInterop } from './mechanics.ts'
import type { ModuleCode } from './module-code.ts'

/** Specifier -> names of exports, `*` for the module itself. */
export type Uses = Map<string, Set<string>>

export interface ImportUses {
  readonly reads: Uses
  readonly calls: Uses
}

export function importUses(code: ModuleCode): ImportUses {
  const reads: Uses = new Map()
  const calls: Uses = new Map()
  for (const binding of code.names.bindings) {
    const imported = code.imports.of(binding)
    if (!imported || isHelperPackage(imported.specifier)) continue
    // `const { a } = require('./a')` has the value of now, whatever becomes of the export.
    if (imported.isTaken && binding.inside === undefined) add(reads, imported)
    for (const reference of binding.references) note(code, binding, imported, reference, { reads, calls })
  }
  collectRequired(code, { reads, calls })
  return { reads, calls }
}

function note(
  code: ModuleCode,
  binding: Binding,
  imported: Imported,
  reference: Reference,
  { reads, calls }: ImportUses,
): void {
  if (reference.isWrite || !code.running.isPossible(reference.node)) return
  if (isHandedOn(code, reference.node)) return
  const [used, expression] = exportOf(code, imported, reference.node)
  add(reads, used)
  if (isCalled(code, expression)) add(calls, used)
  if (binding.kind === 'function') add(reads, used)
}

/** `ns.a` of a namespace uses `a`; the outermost expression that is still the export itself. */
function exportOf(code: ModuleCode, imported: Imported, node: Node): [Imported, Node] {
  if (imported.name !== '*') return [imported, node]
  const parent = code.names.parentOf.get(node)
  if (parent?.type !== 'MemberExpression' || parent['object'] !== node) return [imported, node]
  return [code.imports.ofExpression(parent) ?? imported, parent]
}

/** Called, constructed, a tag, a decorator, or the root of a chain that is: `db.model('User')`. */
function isCalled(code: ModuleCode, expression: Node): boolean {
  let at = expression
  for (let parent = code.names.parentOf.get(at); parent; parent = code.names.parentOf.get(at)) {
    switch (parent.type) {
      case 'CallExpression':
      case 'NewExpression':
        return parent['callee'] === at
      case 'TaggedTemplateExpression':
        return parent['tag'] === at
      case 'Decorator':
        return true
      case 'MemberExpression':
        if (parent['object'] !== at) return false
        break
      case 'ChainExpression':
      case 'ParenthesizedExpression':
        break
      case 'SequenceExpression':
        if (listAt(parent, 'expressions').at(-1) !== at) return false
        break
      default:
        return false
    }
    at = parent
  }
  return false
}

/** What only hands the import on as a live binding: `export { x }`, and how compilers write it. */
function isHandedOn(code: ModuleCode, node: Node): boolean {
  const parent = code.names.parentOf.get(node)
  if (!parent) return false
  if (parent.type === 'ExportSpecifier') return true
  if (parent.type === 'UnaryExpression') return parent['operator'] === 'typeof'
  if (parent.type === 'CallExpression' && parent['callee'] !== node) {
    const helper = code.imports.calledName(parent['callee'] as Node)
    return isInterop(helper) || definesExports(helper) || isKeysOf(parent)
  }
  return isInStarExport(code, node)
}

/** `Object.keys(_a)`, by which Babel writes `export *`. */
function isKeysOf(call: Node): boolean {
  const callee = unwrap(call['callee'] as Node)
  return (
    callee.type === 'MemberExpression' &&
    nameOf(callee['object'] as Node) === 'Object' &&
    calledName(callee) === 'keys'
  )
}

function isInStarExport(code: ModuleCode, node: Node): boolean {
  const fn = code.names.functionAround.get(node)
  const call = fn && code.names.parentOf.get(fn)
  if (call?.type !== 'CallExpression' || calledName(call['callee'] as Node) !== 'forEach') return false
  const object = unwrap((call['callee'] as Node)['object'] as Node)
  return object.type === 'CallExpression' && isKeysOf(object)
}

/** `require('./a').b()` and the like, which have no name. */
function collectRequired(code: ModuleCode, { reads, calls }: ImportUses): void {
  for (const { node } of code.names.globals) {
    if (node['name'] !== 'require') continue
    const call = code.names.parentOf.get(node)
    if (call?.type !== 'CallExpression' || code.imports.required(call) === undefined) continue
    if (!code.running.isPossible(call)) continue
    const parent = code.names.parentOf.get(call)
    if (!parent || parent.type === 'ExpressionStatement' || parent.type === 'VariableDeclarator') continue
    if (parent.type === 'CallExpression' && parent['callee'] !== call) {
      const helper = code.imports.calledName(parent['callee'] as Node)
      if (isInterop(helper) || definesExports(helper)) continue
    }
    const imported = code.imports.ofExpression(call) as Imported
    if (isHelperPackage(imported.specifier)) continue
    const [used, expression] = exportOf(code, imported, call)
    if (isReexport(parent)) continue
    add(reads, used)
    if (isCalled(code, expression)) add(calls, used)
  }
}

/** `module.exports = require('./a')`: the very same object. */
function isReexport(parent: Node): boolean {
  if (parent.type !== 'AssignmentExpression') return false
  const left = parent['left'] as Node
  return left.type === 'MemberExpression' && nameOf(nodeAt(left, 'object')) === 'module'
}

function add(uses: Uses, { specifier, name }: Imported): void {
  const names = uses.get(specifier)
  if (names) names.add(name)
  else uses.set(specifier, new Set([name]))
}
