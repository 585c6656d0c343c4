/** What changes the value of a name, or what it holds. */
import { listAt, type Node } from './ast.ts'
import type { Binding, Reference } from './bindings.ts'
import { CHANGES, methodOf } from './handed-out.ts'
import { calledName } from './mechanics.ts'
import type { ModuleCode } from './module-code.ts'
import { rootOf } from './roots.ts'
import type { Kind, Values } from './values.ts'

export class Changes {
  readonly #code: ModuleCode
  readonly #values: Values

  constructor(code: ModuleCode, values: Values) {
    this.#code = code
    this.#values = values
  }

  /** A write that happens while the module is evaluated, once. */
  isInitial({ node, inside }: Reference, { declaration }: Binding): boolean {
    if (inside === undefined) return true
    // `function f() { f = … }` of a compiler: asked for lazily, then always the same.
    if (inside === declaration) return false
    return this.#code.running.isImmediate(inside) && this.#code.running.isCertain(node)
  }

  /** What a write gives the name. */
  assigned(target: Node): Kind {
    let at = target
    for (let parent = this.#code.names.parentOf.get(at); parent; parent = this.#code.names.parentOf.get(at)) {
      if (parent.type === 'AssignmentExpression' && parent['left'] === at)
        return this.#values.of(parent['right'] as Node)
      if (parent.type === 'UpdateExpression') return 'fixed'
      // `({ c: [_User, _initClass] } = _applyDecs(this, …))`
      if (!/Pattern$|^Property$/.test(parent.type)) return 'mutable'
      at = parent
    }
    return 'mutable'
  }

  /** `table.x = 1`, `list.push(1)`, `delete table.x` within a function that runs later; or mutable content, whenever. */
  isLater({ node }: Reference): boolean {
    const { parentOf } = this.#code.names
    let at: Node = node
    for (let parent = parentOf.get(at); parent; parent = parentOf.get(at)) {
      if (parent.type === 'MemberExpression' && parent['object'] === at) {
        at = parent
        continue
      }
      if (parent.type === 'ChainExpression' || parent.type === 'ParenthesizedExpression') {
        at = parent
        continue
      }
      if (at === node) return this.#isTargetOfAssign(node, parent)
      const isLater = !this.#code.running.isCertain(at)
      if (parent.type === 'AssignmentExpression' && parent['left'] === at) {
        return isLater || isUnseen(this.#values.of(parent['right'] as Node))
      }
      if (parent.type === 'UpdateExpression') return isLater
      if (parent.type === 'UnaryExpression' && parent['operator'] === 'delete') return isLater
      if (parent.type === 'CallExpression' && parent['callee'] === at) {
        const method = calledName(at) ?? ''
        if (!CHANGES.has(method) || methodOf(this.#code, at)) return false
        return isLater || listAt(parent, 'arguments').some((given) => isUnseen(this.#values.of(given)))
      }
      return false
    }
    return false
  }

  /** `Object.assign(table, …)` in a function that runs later. */
  #isTargetOfAssign(node: Node, parent: Node): boolean {
    return this.#isAssign(node, parent) && !this.#code.running.isCertain(node)
  }

  #isAssign(node: Node, parent: Node): boolean {
    if (parent.type !== 'CallExpression' || listAt(parent, 'arguments')[0] !== node) return false
    const name = calledName(parent['callee'] as Node) ?? ''
    if (!/^(?:assign|defineProperty|defineProperties|setPrototypeOf|set)$/.test(name)) return false
    return rootOf(this.#code, parent['callee'] as Node).kind === 'global'
  }

  /** What is put into an object at the top level, by a use of its name. */
  given(node: Node): Kind[] {
    const { parentOf } = this.#code.names
    let at = node
    let parent = parentOf.get(at)
    while (parent?.type === 'MemberExpression' && parent['object'] === at) {
      at = parent
      parent = parentOf.get(at)
    }
    if (parent?.type === 'AssignmentExpression' && parent['left'] === at)
      return [this.#values.of(parent['right'] as Node)]
    if (parent?.type !== 'CallExpression') return []
    const isGiven = at === node ? this.#isAssign(node, parent) : CHANGES.has(calledName(at) ?? '')
    const [, ...others] = listAt(parent, 'arguments')
    if (!isGiven) return []
    return (at === node ? others : listAt(parent, 'arguments')).map((given) => this.#values.of(given))
  }
}

/** Content that comparing own values does not see. */
export function isUnseen(kind: Kind): boolean {
  return kind === 'table' || kind === 'mutable'
}
