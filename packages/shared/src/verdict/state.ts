/** Whether a module holds state: something of its own that could be another one after a test than before. */
import { childNodesOf, isClass, isFunction, keyOf, listAt, type Node, nameOf, nodeAt, unwrap } from './ast.ts'
import type { Binding, Reference } from './bindings.ts'
import { exportedBindings, isOfExports } from './exported.ts'
import { CHANGES, HandedOut, methodOf, TAKES_CALLBACK } from './handed-out.ts'
import {
  appliesDecorators,
  calledName,
  isCompilersOwn,
  isHelperName,
  isInterop,
  readsPrivateField,
} from './mechanics.ts'
import type { ModuleCode } from './module-code.ts'
import { pathOfGlobal, rootOf } from './roots.ts'
import { initOf } from './running.ts'
import { type Kind, Values, worse } from './values.ts'

export interface State {
  /** The first place that shows it. */
  readonly node: Node
  /**
   * Names at the top level that hold all of it, as values whose contents can be compared; undefined where some of it lies
   * elsewhere: in closures, in objects that are not known, in private fields.
   */
  readonly holders: readonly string[] | undefined
}

/** Undefined for a module that holds none. */
export function stateOf(code: ModuleCode): State | undefined {
  return new StateSearch(code).all()
}

/** A place that shows state, and the name whose value holds it, if that can be compared. */
interface Place {
  readonly node: Node
  readonly holder: Binding | undefined
}

class StateSearch {
  readonly #code: ModuleCode
  readonly #values: Values
  /** Names that are exported directly: what they hold is compared as it is. */
  readonly #exported: ReadonlySet<Binding>
  readonly #handedOut: HandedOut

  constructor(code: ModuleCode) {
    this.#code = code
    this.#values = new Values(code)
    this.#exported = exportedBindings(code)
    this.#handedOut = new HandedOut(
      code,
      (binding) => this.#isOfModule(binding) && this.#isComparedOrPrivate(binding),
    )
  }

  all(): State | undefined {
    const found: Place[] = []
    for (const binding of this.#code.names.bindings) {
      const node = this.#ofBinding(binding)
      if (node) found.push({ node, holder: this.#isComparable(binding) ? binding : undefined })
    }
    for (const node of this.#code.running.nodes(this.#code.program, 'certain')) {
      const place = this.#ofNode(node)
      if (place) found.push({ node: place, holder: this.#holderOf(node) })
    }
    for (const node of this.#exportsChangedLater()) found.push({ node, holder: undefined })
    const [first] = found.sort((one, other) => one.node.start - other.node.start)
    if (!first) return undefined
    const holders = new Set(found.map(({ holder }) => holder?.name))
    return { node: first.node, holders: holders.has(undefined) ? undefined : ([...holders] as string[]) }
  }

  /** Whether all that a name holds when the module has been evaluated can be compared later, however deep it lies. */
  #isComparable(binding: Binding): boolean {
    if (!this.#isInReach(binding)) return false
    if (this.#isPattern(binding) && binding.references.every(({ isWrite }) => !isWrite)) return true
    if (!this.#isOutOfReachLater(binding)) return false
    return (
      this.#values.ofBinding(binding) !== 'mutable' &&
      binding.references.every((reference) => {
        const { node, isWrite } = reference
        if (isOfPrivateName(this.#code.names.parentOf.get(node))) return false
        if (this.#code.names.functionAround.has(node) && !this.#code.running.isPossible(node))
          return (!isWrite && !this.#changesLater(reference)) || this.#isAtOnce(node)
        const put = isWrite ? [this.#assigned(node)] : this.#given(node)
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
        const put = isWrite ? [this.#assigned(node)] : this.#given(node)
        return put.every((kind) => kind === 'fixed')
      })
    if (isPlain || (!this.#exported.has(binding) && !this.#handedOut.isGivenAway(binding))) return true
    return binding.references.every(
      (reference) =>
        !this.#changesLater(reference) && (!reference.isWrite || this.#isInitial(reference, binding)),
    )
  }

  /**
   * Whether code has run when the call of a function of the module has returned. What runs later, after a test has ended,
   * must not find the state of the next one.
   */
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

  /** What is put into an object at the top level, by a use of its name. */
  #given(node: Node): Kind[] {
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

  /** `const counter = { n: 0, inc() { this.n++ } }`, `class A { static made = 0 }` */
  #holderOf(node: Node): Binding | undefined {
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
    return holder && this.#isComparable(holder) ? holder : undefined
  }

  /** Declared at the top level, or in a function that runs where it stands. */
  #isOfModule({ inside, kind }: Binding): boolean {
    if (kind === 'import' || (kind === 'parameter' && !this.#isGiven(inside))) return false
    if (inside === undefined) return true
    return this.#code.running.isImmediate(inside) && !this.#isOfHelper(inside)
  }

  /** `(function (N) { N.count = 0 })(N || (N = {}))`: a namespace of TypeScript has its name as parameter. */
  #isGiven(fn: Node | undefined): boolean {
    return fn !== undefined && this.#code.running.isImmediate(fn) && !this.#isOfHelper(fn)
  }

  /** Whether a function is a part of what makes a compiler's helper: `var __importStar = (function () { … })()`. */
  #isOfHelper(fn: Node): boolean {
    for (let at = this.#code.names.parentOf.get(fn); at; at = this.#code.names.parentOf.get(at)) {
      if (at.type === 'VariableDeclarator' || at.type === 'FunctionDeclaration')
        return isHelperName(nameOf(nodeAt(at, 'id')) ?? '')
    }
    return false
  }

  /** A compiler's helper is a function, or what it takes one from; or it is used by one that remembers namespaces. */
  #isHelper(binding: Binding): boolean {
    const { kind, name, references } = binding
    if (isHelperName(name)) {
      const init = initOf(binding, this.#code.names)
      return kind === 'function' || (init !== undefined && isMadeAsFunction(init))
    }
    if (name !== 'cache' || references.length === 0) return false
    return references.every(({ inside }) => inside && isInterop(nameOf(nodeAt(inside, 'id'))))
  }

  #ofBinding(binding: Binding): Node | undefined {
    if (!this.#isOfModule(binding) || this.#code.imports.of(binding) || this.#isHelper(binding))
      return undefined
    const writes = binding.references.filter(({ isWrite }) => isWrite)
    const later = writes.find((write) => !this.#isInitial(write, binding))
    if (later) return later.node
    const kind = writes.reduce<Kind>(
      (worst, { node }) => worse(worst, this.#assigned(node)),
      this.#values.ofBinding(binding),
    )
    const changed = binding.references.find((reference) => this.#changesLater(reference))
    if (this.#isPrivateField(binding)) return undefined
    if (changed) return changed.node
    if (kind === 'fixed' || isCompilersOwn(binding.name)) return undefined
    const isSafe = kind === 'data' ? this.#isComparedOrPrivate(binding) : this.#isOnlyRead(binding, kind)
    return isSafe ? undefined : binding.declaration
  }

  /** A write that happens while the module is evaluated, once. */
  #isInitial({ node, inside }: Reference, { declaration }: Binding): boolean {
    if (inside === undefined) return true
    // `function f() { f = … }` of a compiler: asked for lazily, then always the same.
    if (inside === declaration) return false
    return this.#code.running.isImmediate(inside) && this.#code.running.isCertain(node)
  }

  #assigned(target: Node): Kind {
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
  #changesLater({ node }: Reference): boolean {
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

  /** Data is compared where it is exported; where it is not, nobody else may have got hold of it. */
  #isComparedOrPrivate(binding: Binding): boolean {
    return this.#exported.has(binding) || !this.#handedOut.isAny(binding)
  }

  /** A table, or an object that is not known: safe where all that is done with it only reads. */
  #isOnlyRead(binding: Binding, kind: Kind): boolean {
    if (this.#exported.has(binding)) return false
    if (kind === 'table') return !this.#handedOut.isAny(binding)
    const { parentOf, functionAround } = this.#code.names
    return binding.references.every(({ node, isWrite }) => {
      if (isWrite) return true
      const parent = parentOf.get(node)
      if (this.#isPattern(binding)) return isStringArgument(parent, node)
      const isLater = functionAround.has(node) && !this.#code.running.isCertain(node)
      return !isLater && !this.#isKept(node)
    })
  }

  /** `/a/g`, `new RegExp(a, 'g')`: all that changes of a pattern is where it has matched last. */
  #isPattern({ declaration }: Binding): boolean {
    const init = nodeAt(declaration, 'init')
    const node = init && unwrap(init)
    if (node?.type !== 'NewExpression' && node?.type !== 'CallExpression') return node?.type === 'Literal'
    const root = rootOf(this.#code, node['callee'] as Node)
    return root.kind === 'global' && pathOfGlobal(root) === 'RegExp'
  }

  /** A private field as compilers write it: a `WeakMap` that only their helpers use, by `this`. */
  #isPrivateField(binding: Binding): boolean {
    const init = initOf(binding, this.#code.names)
    if (init?.type !== 'NewExpression' || !/^Weak(?:Map|Set)$/.test(nameOf(init['callee'] as Node) ?? ''))
      return false
    return binding.references.every(({ node, isWrite }) => {
      if (isWrite) return true
      const parent = this.#code.names.parentOf.get(node)
      const call = parent?.type === 'MemberExpression' ? this.#code.names.parentOf.get(parent) : parent
      if (call?.type !== 'CallExpression') return false
      const others = listAt(call, 'arguments').filter((given) => given !== node)
      const helper = this.#code.imports.calledName(call['callee'] as Node)
      if (parent === call && readsPrivateField(helper)) return true
      const isOfHelper = parent === call && isHelperName(helper ?? '')
      // Of another object than `this` it is a static field, or a cache.
      return (isOfHelper || parent !== call) && others.some(({ type }) => type === 'ThisExpression')
    })
  }

  /** Used at the top level only: whether something of the module still has it afterwards. */
  #isKept(node: Node): boolean {
    const parent = this.#code.names.parentOf.get(node)
    if (parent?.type === 'MemberExpression' && parent['object'] === node) return true
    return parent?.type !== 'CallExpression' && parent?.type !== 'ExpressionStatement'
  }

  #ofNode(node: Node): Node | undefined {
    switch (node.type) {
      case 'ExportDefaultDeclaration': {
        const declared = node['declaration'] as Node
        if (isFunction(declared) || isClass(declared) || declared.type === 'Identifier') return undefined
        const kind = this.#values.of(declared)
        return kind === 'fixed' || kind === 'data' ? undefined : declared
      }
      case 'AssignmentExpression':
        return this.#ofExportsAssignment(node)
      case 'PropertyDefinition':
      case 'AccessorProperty':
        return node['static'] && this.#isStatefulField(node) ? node : undefined
      case 'StaticBlock':
        return this.#isStatefulBlock(node) ? node : undefined
      case 'ObjectExpression':
        return this.#changedByMethods(listAt(node, 'properties'), literalKeys(node))
      case 'ClassBody':
        return this.#changedByMethods(
          listAt(node, 'body').filter((member) => member['static']),
          undefined,
        )
      case 'WithStatement':
        return node
      case 'CallExpression': {
        const callee = unwrap(node['callee'] as Node)
        const isEval =
          nameOf(callee) === 'eval' && callee.type === 'Identifier' && !this.#code.names.bindingOf.has(callee)
        return isEval ? node : undefined
      }
      default:
        return undefined
    }
  }

  /**
   * `{ n: 0, inc() { this.n++ } }`, `static inc() { this.n = 1 }`
   * @param keys what `this` is known to have; methods of a component have another `this`
   */
  #changedByMethods(members: readonly Node[], keys: ReadonlySet<string> | undefined): Node | undefined {
    for (const member of members) {
      const method = nodeAt(member, 'value')
      if (!method || !isFunction(method) || method.type === 'ArrowFunctionExpression') continue
      for (const node of thisOf(method)) {
        const part = this.#code.names.parentOf.get(node)
        const key = part?.type === 'MemberExpression' ? keyOf(part) : undefined
        if (keys && (key === undefined || !keys.has(key))) continue
        if (this.#changesLater({ node, inside: method, isWrite: false })) return node
      }
    }
    return undefined
  }

  /** `exports.cache = new Map()`, `module.exports = new App()` */
  #ofExportsAssignment(node: Node): Node | undefined {
    if (!isOfExports(node['left'] as Node)) return undefined
    const right = unwrap(node['right'] as Node)
    // `exports.a = exports.b = void 0`
    if (right.type === 'AssignmentExpression') return undefined
    if (right.type === 'Identifier' && this.#code.names.bindingOf.has(right)) return undefined
    const kind = this.#values.of(right)
    return kind === 'fixed' || kind === 'data' ? undefined : node
  }

  /** `exports.count = count` within a function that runs later: a live binding as compilers write it. */
  #exportsChangedLater(): Node[] {
    const found: Node[] = []
    for (const { node } of this.#code.names.globals) {
      const name = node['name']
      if (name === 'eval') found.push(node)
      if (name !== 'exports' && name !== 'module') continue
      if (this.#code.running.isPossible(node)) continue
      let at: Node = node
      for (
        let parent = this.#code.names.parentOf.get(at);
        parent?.type === 'MemberExpression';
        parent = this.#code.names.parentOf.get(at)
      )
        at = parent
      const parent = this.#code.names.parentOf.get(at)
      if (
        at !== node &&
        (parent?.type === 'UpdateExpression' ||
          (parent?.type === 'AssignmentExpression' && parent['left'] === at))
      ) {
        found.push(node)
      }
    }
    return found
  }

  #isStatefulField(field: Node): boolean {
    const value = nodeAt(field, 'value')
    if (value && isUnseen(this.#values.of(value))) return true
    const name = keyOf(field)
    return name === undefined || this.#isAssignedSomewhere(name)
  }

  /** What compilers make of static fields: `static { this.a = 1 }`. */
  #isStatefulBlock(block: Node): boolean {
    return listAt(block, 'body').some((statement) => {
      const expression = nodeAt(statement, 'expression')
      if (statement.type === 'VariableDeclaration' || statement.type === 'IfStatement')
        return !isOfDecorators(block)
      if (!expression) return true
      const node = unwrap(expression)
      if (node.type === 'CallExpression') {
        const name = this.#code.imports.calledName(node['callee'] as Node) ?? ''
        return !isHelperName(name) && !isCompilersOwn(name)
      }
      if (node.type !== 'AssignmentExpression') return true
      const left = node['left'] as Node
      // `_classThis = this`, `({ c: [_User, _initClass] } = _applyDecs(this, …))`, `exports.User = _User`: seen by name.
      if (left.type !== 'MemberExpression' || isOfExports(left)) return false
      const name = keyOf(left)
      return (
        name === undefined || isUnseen(this.#values.of(node['right'] as Node)) || this.#assignments(name) > 1
      )
    })
  }

  #isAssignedSomewhere(name: string): boolean {
    return this.#assignments(name) > 0
  }

  #counts: Map<string, number> | undefined

  /** How often a property of that name is assigned in the module, whatever the object is. */
  #assignments(name: string): number {
    if (!this.#counts) {
      this.#counts = new Map()
      for (const node of allNodes(this.#code.program)) {
        const target =
          node.type === 'AssignmentExpression'
            ? (node['left'] as Node)
            : node.type === 'UpdateExpression'
              ? (node['argument'] as Node)
              : undefined
        const key = target?.type === 'MemberExpression' ? keyOf(target) : undefined
        if (key !== undefined) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
      }
    }
    return this.#counts.get(name) ?? 0
  }
}

function allNodes(program: Node): Node[] {
  const found = [program]
  // The list grows while it is gone through.
  for (const node of found) {
    for (const key in node) {
      const value = node[key]
      for (const child of Array.isArray(value) ? value : [value]) {
        if (child !== null && typeof child === 'object' && typeof (child as Node).type === 'string')
          found.push(child as Node)
      }
    }
  }
  return found
}

/** `A.#n`, `static #n` */
function isOfPrivateName(node: Node | undefined): boolean {
  const name = node && (nodeAt(node, 'property') ?? nodeAt(node, 'key'))
  return name?.type === 'PrivateIdentifier'
}

/** Content that comparing own values does not see. */
function isUnseen(kind: Kind): boolean {
  return kind === 'table' || kind === 'mutable'
}

/** `function () {}`, `Object.defineProperty`, `(this && this.__x) || function () {}`, `(function () { … })()` */
function isMadeAsFunction(init: Node): boolean {
  const node = unwrap(init)
  switch (node.type) {
    case 'MemberExpression':
      return true
    case 'LogicalExpression':
      return isMadeAsFunction(node['right'] as Node)
    case 'ConditionalExpression':
      return isMadeAsFunction(node['consequent'] as Node)
    case 'CallExpression':
      return isFunction(unwrap(node['callee'] as Node))
    default:
      return isFunction(node)
  }
}

/** The names of a literal's values that are no functions. */
function literalKeys(literal: Node): Set<string> {
  const keys = new Set<string>()
  for (const property of listAt(literal, 'properties')) {
    const value = nodeAt(property, 'value')
    const key = property.type === 'Property' ? keyOf(property) : undefined
    if (key !== undefined && value && !isFunction(value)) keys.add(key)
  }
  return keys
}

/** Each `this` of a function's own. */
function thisOf(fn: Node): Node[] {
  const found: Node[] = []
  const visit = (node: Node) => {
    if (node.type === 'ThisExpression') found.push(node)
    for (const child of childNodesOf(node)) {
      if (!isClass(child) && (!isFunction(child) || child.type === 'ArrowFunctionExpression')) visit(child)
    }
  }
  visit(fn)
  return found
}

/** Whether a static block is TypeScript's, which applies decorators there. */
function isOfDecorators(block: Node): boolean {
  return listAt(block, 'body').some((statement) => {
    const expression = nodeAt(statement, 'expression')
    return (
      expression?.type === 'CallExpression' && appliesDecorators(calledName(expression['callee'] as Node))
    )
  })
}

/** `text.replace(PATTERN, …)` begins at the start each time. */
function isStringArgument(parent: Node | undefined, node: Node): boolean {
  if (parent?.type !== 'CallExpression' || listAt(parent, 'arguments')[0] !== node) return false
  return /^(?:replace|replaceAll|match|matchAll|split|search)$/.test(
    calledName(parent['callee'] as Node) ?? '',
  )
}
