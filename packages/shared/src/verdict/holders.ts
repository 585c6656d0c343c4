/** Names whose values tell all the state that they hold: whether that is as evaluation left it can be seen by comparing. */
import { isFunction, keyOf, listAt, type Node, nodeAt, unwrap } from './ast.ts'
import { type Binding, type Reference, targetsOf } from './bindings.ts'
import type { Changes } from './changes.ts'
import { type HandedOut, TAKES_CALLBACK } from './handed-out.ts'
import { calledName } from './mechanics.ts'
import type { ModuleCode } from './module-code.ts'
import { pathOfGlobal, rootOf } from './roots.ts'
import { functionOf } from './running.ts'
import type { Values } from './values.ts'

export interface HoldersOptions {
  readonly code: ModuleCode
  readonly values: Values
  readonly changes: Changes
  /** Names that are exported directly. */
  readonly exported: ReadonlySet<Binding>
  readonly handedOut: HandedOut
}

export class Holders {
  readonly #code: ModuleCode
  readonly #values: Values
  readonly #changes: Changes
  readonly #exported: ReadonlySet<Binding>
  readonly #handedOut: HandedOut

  constructor({ code, values, changes, exported, handedOut }: HoldersOptions) {
    this.#code = code
    this.#values = values
    this.#changes = changes
    this.#exported = exported
    this.#handedOut = handedOut
  }

  /** Whether all that a name holds when the module has been evaluated can be compared later, however deep it lies. */
  isComparable(binding: Binding): boolean {
    if (!this.#isInReach(binding)) return false
    if (isPattern(this.#code, binding) && binding.references.every(({ isWrite }) => !isWrite)) return true
    if (!this.#isOutOfReachLater(binding)) return false
    return (
      this.#values.ofBinding(binding) !== 'mutable' &&
      binding.references.every((reference) => {
        const { node, isWrite } = reference
        if (isOfPrivateName(this.#code.names.parentOf.get(node))) return false
        if (this.#code.names.functionAround.has(node) && !this.#code.running.isPossible(node))
          return this.#endsAtOnce(reference)
        const put = isWrite ? [this.#changes.assigned(node)] : this.#changes.given(node)
        return put.every((kind) => kind !== 'mutable')
      })
    )
  }

  /**
   * Whether what an earlier test has left running can change nothing past the module's functions. An object that the module
   * itself changes and that others can get hold of is theirs to change whenever they like; one that it never changes is
   * compared as exported data is.
   */
  #isOutOfReachLater(binding: Binding): boolean {
    const isPlain =
      this.#values.ofBinding(binding) === 'fixed' &&
      binding.references.every(({ node, isWrite }) => {
        if (!this.#code.running.isPossible(node)) return true
        const put = isWrite ? [this.#changes.assigned(node)] : this.#changes.given(node)
        return put.every((kind) => kind === 'fixed')
      })
    if (isPlain || (!this.#exported.has(binding) && !this.#handedOut.isGivenAway(binding))) return true
    return binding.references.every(
      (reference) =>
        !this.#changes.isLater(reference) &&
        (!reference.isWrite || this.#changes.isInitial(reference, binding)),
    )
  }

  /**
   * Whether what a use that runs later does to the value is done when the call of a function of the module has returned, by
   * whatever name it goes on. What runs after a test has ended must not find the state of the next one.
   *
   * @param seen names that are being looked at
   */
  #endsAtOnce(reference: Reference, seen = new Set<Binding>()): boolean {
    const { node, isWrite } = reference
    const isChange = isWrite || this.#changes.isLater(reference)
    if (isChange && !this.#isAtOnce(node)) return false
    const aliases = this.#aliasesAt(node)
    if (!aliases) return false
    return aliases.every((alias) => {
      if (seen.has(alias)) return true
      seen.add(alias)
      return alias.references.every((use) => this.#endsAtOnce(use, seen))
    })
  }

  /** Names within the module that have the same value by a use of one; undefined where it is kept otherwise. */
  #aliasesAt(node: Node): readonly Binding[] | undefined {
    const { parentOf, bindings, bindingOf } = this.#code.names
    const parent = parentOf.get(node)
    if (parent?.type === 'VariableDeclarator' && parent['init'] === node)
      return bindings.filter(({ declaration }) => declaration === parent)
    if (parent?.type === 'AssignmentExpression' && parent['right'] === node) {
      const alias = bindingOf.get(parent['left'] as Node)
      return alias && [alias]
    }
    if (parent?.type !== 'CallExpression' || parent['callee'] === node) return []
    const called = unwrap(parent['callee'] as Node)
    const callee = isFunction(called) ? called : functionOf(bindingOf.get(called), this.#code.names)
    if (!callee) return []
    const parameter = listAt(callee, 'params')[listAt(parent, 'arguments').indexOf(node)]
    if (!parameter) return undefined
    const names = new Set(targetsOf(parameter).map(({ name }) => name))
    return bindings.filter(
      ({ inside, kind, name }) => inside === callee && kind === 'parameter' && names.has(name),
    )
  }

  /** Whether code has run when the call of a function of the module has returned. */
  #isAtOnce(node: Node): boolean {
    const { functionAround, parentOf } = this.#code.names
    for (let fn = functionAround.get(node); fn; fn = functionAround.get(fn)) {
      if (fn['async'] || fn['generator']) return false
      const call = parentOf.get(fn)
      const isCallback =
        call?.type === 'CallExpression' &&
        call['callee'] !== fn &&
        TAKES_CALLBACK.has(calledName(call['callee'] as Node) ?? '')
      if (functionAround.has(fn) && !isCallback) return false
    }
    return true
  }

  /** Whether the end of the module sees the name. */
  #isInReach({ inside, kind, declaration }: Binding): boolean {
    if (inside !== undefined || (kind !== 'variable' && kind !== 'function' && kind !== 'class')) return false
    const { parentOf } = this.#code.names
    const parent = parentOf.get(declaration)
    const statement = parent?.type === 'VariableDeclaration' ? parentOf.get(parent) : parent
    return statement?.type === 'Program' || /^Export/.test(statement?.type ?? '')
  }

  /** `const counter = { n: 0, inc() { this.n++ } }`, `class A { static made = 0 }` */
  of(node: Node): Binding | undefined {
    const { parentOf, bindings } = this.#code.names
    const parent = parentOf.get(node)
    let declaration: Node | undefined
    if (node.type === 'ObjectExpression' && parent?.type === 'VariableDeclarator') {
      const own = bindings.find((binding) => binding.declaration === parent)
      if (own && !this.#exported.has(own) && !this.#handedOut.isGivenAway(own)) declaration = parent
    }
    if (node.type === 'PropertyDefinition' && keyOf(node) !== undefined && !isOfPrivateName(node)) {
      const value = nodeAt(node, 'value')
      const around = parent && parentOf.get(parent)
      if (!value || this.#values.of(value) === 'fixed') declaration = around
    }
    const holder = declaration && bindings.find((binding) => binding.declaration === declaration)
    return holder && this.isComparable(holder) ? holder : undefined
  }
}

/** `/a/g`, `new RegExp(a, 'g')`: all that changes of a pattern is where it has matched last. */
export function isPattern(code: ModuleCode, { declaration }: Binding): boolean {
  const init = nodeAt(declaration, 'init')
  const node = init && unwrap(init)
  if (node?.type !== 'NewExpression' && node?.type !== 'CallExpression') return node?.type === 'Literal'
  const root = rootOf(code, node['callee'] as Node)
  return root.kind === 'global' && pathOfGlobal(root) === 'RegExp'
}

/** `A.#n`, `static #n` */
function isOfPrivateName(node: Node | undefined): boolean {
  const name = node && (nodeAt(node, 'property') ?? nodeAt(node, 'key'))
  return name?.type === 'PrivateIdentifier'
}
