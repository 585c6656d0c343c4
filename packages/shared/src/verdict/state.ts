/** Whether a module holds state: something of its own that could be another one after a test than before. */
import { childNodesOf, isClass, isFunction, keyOf, listAt, type Node, nameOf, nodeAt, unwrap } from './ast.ts'
import type { Binding } from './bindings.ts'
import { Changes, isUnseen } from './changes.ts'
import { exportedBindings, isOfExports } from './exported.ts'
import { HandedOut } from './handed-out.ts'
import { Holders, isPattern } from './holders.ts'
import {
  appliesDecorators,
  calledName,
  isCompilersOwn,
  isHelperName,
  isInterop,
  readsPrivateField,
} from './mechanics.ts'
import type { ModuleCode } from './module-code.ts'
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
  readonly #changes: Changes
  readonly #holders: Holders
  /** Names that are exported directly: what they hold is compared as it is. */
  readonly #exported: ReadonlySet<Binding>
  readonly #handedOut: HandedOut

  constructor(code: ModuleCode) {
    this.#code = code
    const values = new Values(code)
    this.#values = values
    this.#changes = new Changes(code, values)
    this.#exported = exportedBindings(code)
    this.#handedOut = new HandedOut(
      code,
      (binding) => this.#isOfModule(binding) && this.#isComparedOrPrivate(binding),
    )
    this.#holders = new Holders({
      code,
      values,
      changes: this.#changes,
      exported: this.#exported,
      handedOut: this.#handedOut,
    })
  }

  all(): State | undefined {
    const found: Place[] = []
    for (const binding of this.#code.names.bindings) {
      const node = this.#ofBinding(binding)
      if (node) found.push({ node, holder: this.#holders.isComparable(binding) ? binding : undefined })
    }
    for (const node of this.#code.running.nodes(this.#code.program, 'certain')) {
      const place = this.#ofNode(node)
      if (place) found.push({ node: place, holder: this.#holders.of(node) })
    }
    for (const node of this.#exportsChangedLater()) found.push({ node, holder: undefined })
    const [first] = found.sort((one, other) => one.node.start - other.node.start)
    if (!first) return undefined
    const holders = new Set(found.map(({ holder }) => holder?.name))
    return { node: first.node, holders: holders.has(undefined) ? undefined : ([...holders] as string[]) }
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
    const later = writes.find((write) => !this.#changes.isInitial(write, binding))
    if (later) return later.node
    const kind = writes.reduce<Kind>(
      (worst, { node }) => worse(worst, this.#changes.assigned(node)),
      this.#values.ofBinding(binding),
    )
    const changed = binding.references.find((reference) => this.#changes.isLater(reference))
    if (this.#isPrivateField(binding)) return undefined
    if (changed) return changed.node
    if (kind === 'fixed' || isCompilersOwn(binding.name)) return undefined
    const isSafe = kind === 'data' ? this.#isComparedOrPrivate(binding) : this.#isOnlyRead(binding, kind)
    return isSafe ? undefined : binding.declaration
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
      if (isPattern(this.#code, binding)) return isStringArgument(parent, node)
      const isLater = functionAround.has(node) && !this.#code.running.isCertain(node)
      return !isLater && !this.#isKept(node)
    })
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
        if (this.#changes.isLater({ node, inside: method, isWrite: false })) return node
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
