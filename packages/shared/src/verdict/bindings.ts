/** Who is meant by each name of a module: its bindings, and what refers to them. */
import {
  childNodesOf,
  type FunctionNode,
  isClass,
  isFunction,
  isInstanceField,
  listAt,
  type Node,
  nameOf,
  nodeAt,
} from './ast.ts'

export interface Reference {
  readonly node: Node
  /** The innermost function that it stands in; undefined at the top level. */
  readonly inside: FunctionNode | undefined
  /** `=`, `+=`, `++`, a loop's target, a pattern's target. */
  readonly isWrite: boolean
}

export interface Binding {
  readonly name: string
  readonly kind: 'import' | 'function' | 'class' | 'variable' | 'parameter'
  /** What declares it: a declarator, a function, a class, an import specifier, a parameter. */
  readonly declaration: Node
  /** The innermost function that declares it; undefined at the top level. */
  readonly inside: FunctionNode | undefined
  readonly references: Reference[]
}

class Scope {
  readonly bindings = new Map<string, Binding>()
  readonly parent: Scope | undefined
  /** The function whose scope it is, or that it is a block of. */
  readonly owner: FunctionNode | undefined
  readonly isFunctionScope: boolean

  constructor(parent: Scope | undefined, owner: FunctionNode | undefined, isFunctionScope: boolean) {
    this.parent = parent
    this.owner = owner
    this.isFunctionScope = isFunctionScope
  }

  find(name: string): Binding | undefined {
    return this.bindings.get(name) ?? this.parent?.find(name)
  }

  declare(name: string, kind: Binding['kind'], declaration: Node): void {
    const known = this.bindings.get(name)
    // `var` and functions may be declared again; a function that a `var` follows stays one.
    if (known && (known.kind !== 'parameter' || kind === 'parameter')) return
    this.bindings.set(name, { name, kind, declaration, inside: this.owner, references: [] })
  }

  get functionScope(): Scope {
    return this.isFunctionScope || !this.parent ? this : this.parent.functionScope
  }
}

export interface Names {
  /** Each identifier that refers to a binding of the module -> that binding. */
  readonly bindingOf: ReadonlyMap<Node, Binding>
  readonly bindings: readonly Binding[]
  /** Identifiers that refer to nothing in the module: globals. */
  readonly globals: readonly Reference[]
  /** Node -> what it stands in. */
  readonly parentOf: ReadonlyMap<Node, Node>
  /** Node -> the innermost function around it; nodes at the top level have none. */
  readonly functionAround: ReadonlyMap<Node, FunctionNode>
}

export function namesOf(program: Node): Names {
  return new Resolver(program).names
}

class Resolver {
  readonly names: Names
  readonly #bindingOf = new Map<Node, Binding>()
  readonly #bindings: Binding[] = []
  readonly #globals: Reference[] = []
  readonly #parentOf = new Map<Node, Node>()
  readonly #functionAround = new Map<Node, FunctionNode>()

  constructor(program: Node) {
    const scope = new Scope(undefined, undefined, true)
    this.#hoist(program, scope)
    for (const child of childNodesOf(program)) this.#visit(child, scope, program)
    this.#collect(scope)
    this.names = {
      bindingOf: this.#bindingOf,
      bindings: this.#bindings,
      globals: this.#globals,
      parentOf: this.#parentOf,
      functionAround: this.#functionAround,
    }
  }

  #collect(scope: Scope): void {
    for (const binding of scope.bindings.values()) this.#bindings.push(binding)
  }

  /** Declares what a function's or the program's own `var`s and functions are, and what stands directly in it. */
  #hoist(container: Node, scope: Scope): void {
    for (const child of childNodesOf(container)) this.#hoistVars(child, scope)
    this.#declareBlock(container, scope)
  }

  /** Only statements declare: what stands in expressions is not looked at. */
  #hoistVars(node: Node, scope: Scope): void {
    switch (node.type) {
      case 'VariableDeclaration':
        if (node['kind'] !== 'var') return
        for (const declarator of listAt(node, 'declarations')) {
          for (const { name } of targetsOf(declarator['id'] as Node))
            scope.declare(name, 'variable', declarator)
        }
        return
      case 'BlockStatement':
      case 'IfStatement':
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'TryStatement':
      case 'CatchClause':
      case 'SwitchStatement':
      case 'SwitchCase':
      case 'LabeledStatement':
      case 'WithStatement':
      case 'ExportNamedDeclaration':
        for (const child of childNodesOf(node)) this.#hoistVars(child, scope)
    }
  }

  /** `let`, `const`, classes, functions and imports of a block. */
  #declareBlock(block: Node, scope: Scope): void {
    const body = Array.isArray(block['body']) ? listAt(block, 'body') : listAt(block, 'consequent')
    for (const statement of body) {
      const declared = statement.type.startsWith('Export') ? nodeAt(statement, 'declaration') : statement
      if (declared) this.#declareStatement(declared, scope)
    }
  }

  #declareStatement(node: Node, scope: Scope): void {
    switch (node.type) {
      case 'VariableDeclaration':
        if (node['kind'] === 'var') return
        for (const declarator of listAt(node, 'declarations')) {
          for (const { name } of targetsOf(declarator['id'] as Node))
            scope.declare(name, 'variable', declarator)
        }
        return
      case 'FunctionDeclaration':
      case 'ClassDeclaration': {
        const name = nameOf(nodeAt(node, 'id'))
        if (name) scope.declare(name, node.type === 'ClassDeclaration' ? 'class' : 'function', node)
        return
      }
      case 'ImportDeclaration':
        for (const specifier of listAt(node, 'specifiers')) {
          scope.declare(nameOf(nodeAt(specifier, 'local')) as string, 'import', specifier)
        }
    }
  }

  #visit(node: Node, scope: Scope, parent: Node): void {
    this.#parentOf.set(node, parent)
    if (scope.owner) this.#functionAround.set(node, scope.owner)
    if (isFunction(node)) {
      this.#visitFunction(node, scope)
      return
    }
    switch (node.type) {
      case 'Identifier':
        this.#refer(node, scope)
        return
      case 'ImportDeclaration':
        for (const specifier of listAt(node, 'specifiers')) this.#parentOf.set(specifier, node)
        return
      case 'ExportAllDeclaration':
        return
      case 'ExportNamedDeclaration':
        if (nodeAt(node, 'source')) return
        break
      case 'ExportSpecifier': {
        const local = nodeAt(node, 'local')
        if (local) {
          this.#parentOf.set(local, node)
          this.#refer(local, scope)
        }
        return
      }
      case 'MemberExpression':
        this.#visit(node['object'] as Node, scope, node)
        if (node['computed']) this.#visit(node['property'] as Node, scope, node)
        return
      case 'Property':
      case 'PropertyDefinition':
      case 'MethodDefinition':
      case 'AccessorProperty': {
        for (const decorator of listAt(node, 'decorators')) this.#visit(decorator, scope, node)
        if (node['computed']) this.#visit(node['key'] as Node, scope, node)
        const value = nodeAt(node, 'value')
        // A shorthand's value may be the very same node as its key.
        if (value) this.#visit(value, isInstanceField(node) ? new Scope(scope, node, true) : scope, node)
        return
      }
      case 'LabeledStatement':
        this.#visit(node['body'] as Node, scope, node)
        return
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'MetaProperty':
        return
      case 'CatchClause':
      case 'BlockStatement':
      case 'StaticBlock':
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
      case 'SwitchStatement':
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#visitBlock(node, scope)
        return
    }
    for (const child of childNodesOf(node)) this.#visit(child, scope, node)
  }

  #visitBlock(node: Node, outer: Scope): void {
    const scope = new Scope(outer, outer.owner, false)
    if (node.type === 'CatchClause') {
      const parameter = nodeAt(node, 'param')
      if (parameter) {
        for (const { name } of targetsOf(parameter)) scope.declare(name, 'parameter', parameter)
      }
    }
    if (node.type === 'ClassExpression') {
      const name = nameOf(nodeAt(node, 'id'))
      if (name) scope.declare(name, 'class', node)
    }
    for (const key of ['init', 'left']) {
      const head = nodeAt(node, key)
      if (head?.type === 'VariableDeclaration') this.#declareStatement(head, scope)
    }
    if (node.type === 'SwitchStatement')
      for (const one of listAt(node, 'cases')) this.#declareBlock(one, scope)
    this.#declareBlock(node, scope)
    for (const child of childNodesOf(node)) this.#visit(child, scope, node)
    this.#collect(scope)
  }

  #visitFunction(node: FunctionNode, outer: Scope): void {
    const scope = new Scope(outer, node, true)
    const ownName = node.type === 'FunctionExpression' ? nameOf(nodeAt(node, 'id')) : undefined
    if (ownName) scope.declare(ownName, 'function', node)
    for (const parameter of listAt(node, 'params')) {
      for (const { name } of targetsOf(parameter)) scope.declare(name, 'parameter', parameter)
    }
    const body = node['body'] as Node
    if (body.type === 'BlockStatement') this.#hoist(body, scope)
    for (const parameter of listAt(node, 'params')) this.#visit(parameter, scope, node)
    this.#parentOf.set(body, node)
    this.#functionAround.set(body, node)
    if (body.type === 'BlockStatement') {
      for (const child of childNodesOf(body)) this.#visit(child, scope, body)
    } else this.#visit(body, scope, node)
    this.#collect(scope)
  }

  #refer(node: Node, scope: Scope): void {
    const reference = { node, inside: scope.owner, isWrite: this.#isWrite(node) }
    const binding = scope.find(node['name'] as string)
    if (!binding) this.#globals.push(reference)
    else {
      this.#bindingOf.set(node, binding)
      if (!this.#isDeclaration(node)) binding.references.push(reference)
    }
  }

  /** Whether the identifier is the place that declares the binding. */
  #isDeclaration(node: Node): boolean {
    let at = node
    for (let parent = this.#parentOf.get(at); parent; parent = this.#parentOf.get(at)) {
      if (parent.type === 'VariableDeclarator') return parent['id'] === at
      if (isFunction(parent)) return parent['id'] === at || listAt(parent, 'params').includes(at)
      if (isClass(parent)) return parent['id'] === at
      if (parent.type === 'CatchClause') return parent['param'] === at
      if (!isPatternPart(parent, at)) return false
      at = parent
    }
    return false
  }

  #isWrite(node: Node): boolean {
    let at = node
    for (let parent = this.#parentOf.get(at); parent; parent = this.#parentOf.get(at)) {
      switch (parent.type) {
        case 'AssignmentExpression':
        case 'ForInStatement':
        case 'ForOfStatement':
          return parent['left'] === at
        case 'UpdateExpression':
          return true
        default:
          if (!isPatternPart(parent, at)) return false
          at = parent
      }
    }
    return false
  }
}

function isPatternPart(parent: Node, child: Node): boolean {
  switch (parent.type) {
    case 'ObjectPattern':
    case 'ArrayPattern':
    case 'RestElement':
      return true
    case 'Property':
      return parent['value'] === child
    case 'AssignmentPattern':
      return parent['left'] === child
    default:
      return false
  }
}

/** The names that a pattern declares, with the property that each is taken from where that is plain. */
export function targetsOf(pattern: Node): { name: string; key: string | undefined; node: Node }[] {
  switch (pattern.type) {
    case 'Identifier':
      return [{ name: pattern['name'] as string, key: undefined, node: pattern }]
    case 'AssignmentPattern':
      return targetsOf(pattern['left'] as Node)
    case 'RestElement':
      return targetsOf(pattern['argument'] as Node)
    case 'ArrayPattern':
      return listAt(pattern, 'elements').flatMap(targetsOf)
    case 'ObjectPattern':
      return listAt(pattern, 'properties').flatMap((property) => {
        if (property.type === 'RestElement') return targetsOf(property)
        const key = property['computed'] ? undefined : nameOf(nodeAt(property, 'key'))
        return targetsOf(property['value'] as Node).map((target) => ({ ...target, key }))
      })
    default:
      return []
  }
}
