/** How many objects stand within each other in what an expression gives: how far into it somebody could get who has it. */
import { isFunction, listAt, type Node, nodeAt, unwrap } from './ast.ts'
import { calledName } from './mechanics.ts'
import type { ModuleCode } from './module-code.ts'
import { rootOf } from './roots.ts'
import { initOf } from './running.ts'

/** How many objects stand within each other in a literal; what is not known may be of any depth. */
export function depthOf(code: ModuleCode, expression: Node): number {
  const node = unwrap(expression)
  if (isFunction(node)) return 0
  switch (node.type) {
    case 'Literal':
    case 'TemplateLiteral':
    case 'UnaryExpression':
    case 'BinaryExpression':
    case 'ClassExpression':
      return 0
    case 'LogicalExpression':
      return Math.max(depthOf(code, node['left'] as Node), depthOf(code, node['right'] as Node))
    case 'AssignmentExpression':
      return depthOf(code, node['right'] as Node)
    case 'ArrayExpression':
      return 1 + deepest(code, listAt(node, 'elements'))
    case 'ObjectExpression':
      return (
        1 +
        deepest(
          code,
          listAt(node, 'properties').map((one) => nodeAt(one, 'value') ?? one),
        )
      )
    case 'Identifier':
    case 'MemberExpression':
      return depthOfNamed(code, node)
    case 'CallExpression':
    case 'NewExpression': {
      const name = calledName(node['callee'] as Node) ?? ''
      const [first] = listAt(node, 'arguments')
      const callee = unwrap(node['callee'] as Node)
      if (callee.type === 'MemberExpression' && SAME_DEPTH.has(name) && !(first && name === 'concat'))
        return depthOf(code, callee['object'] as Node)
      if (name !== 'Map' && name !== 'Set' && name !== 'freeze') return Number.POSITIVE_INFINITY
      if (!first) return 1
      // A map's pairs are no objects of their own.
      return name === 'Map' ? Math.max(1, depthOf(code, first) - 1) : depthOf(code, first)
    }
    default:
      return Number.POSITIVE_INFINITY
  }
}

/** What another module has made is for that one to answer. */
function depthOfNamed(code: ModuleCode, node: Node): number {
  if (rootOf(code, node).kind === 'import') return 0
  const binding = code.names.bindingOf.get(node)
  const init = binding?.references.some(({ isWrite }) => isWrite)
    ? undefined
    : binding && initOf(binding, code.names)
  return init && isOfLiterals(init) ? depthOf(code, init) : Number.POSITIVE_INFINITY
}

/** `['a', ['b']]`: names in it are not followed, which may lead in a circle. */
function isOfLiterals(node: Node): boolean {
  if (node.type === 'Literal' || node.type === 'TemplateLiteral') return true
  return node.type === 'ArrayExpression' && listAt(node, 'elements').every(isOfLiterals)
}

function deepest(code: ModuleCode, parts: readonly Node[]): number {
  return parts.reduce((depth, part) => Math.max(depth, depthOf(code, part)), 0)
}

/** Methods that give a list as deep as the one that they are called on. */
const SAME_DEPTH = new Set(['slice', 'reverse', 'filter', 'sort', 'toSorted', 'toReversed', 'concat'])
