/** Whether a module holds state: something of its own that could be another one after a test than before. */
import { isClass, isFunction, keyOf, listAt, type Node, nameOf, nodeAt, unwrap } from './ast.ts'
import { calledName, definesExports, isHelperName } from './mechanics.ts'
import type { ModuleCode } from './module-code.ts'
import { rootOf } from './roots.ts'
import type { Binding, Reference } from './scope.ts'
import { type Kind, Values, worse } from './values.ts'

/** The first place that shows it. */
export function stateOf(code: ModuleCode): Node | undefined {
  return new StateSearch(code).first()
}

class StateSearch {
  readonly #code: ModuleCode
  readonly #values: Values
  /** Names that are exported directly: what they hold is compared as it is. */
  readonly #exported: ReadonlySet<Binding>

  constructor(code: ModuleCode) {
    this.#code = code
    this.#values = new Values(code)
    this.#exported = exportedBindings(code)
  }

  first(): Node | undefined {
    const found: Node[] = []
    for (const binding of this.#code.names.bindings) {
      const place = this.#ofBinding(binding)
      if (place) found.push(place)
    }
    for (const node of this.#code.running.nodes(this.#code.program, 'certain')) {
      const place = this.#ofNode(node)
      if (place) found.push(place)
    }
    found.push(...this.#exportsChangedLater())
    return found.sort((one, other) => one.start - other.start)[0]
  }

  /** Declared at the top level, or in a function that runs where it stands. */
  #isOfModule({ inside, kind }: Binding): boolean {
    if (kind === 'import' || kind === 'parameter') return false
    if (inside === undefined) return true
    return this.#code.running.isImmediate(inside) && !this.#isOfHelper(inside)
  }

  /** Whether a function is a part of what makes a compiler's helper: `var __importStar = (function () { … })()`. */
  #isOfHelper(fn: Node): boolean {
    for (let at = this.#code.names.parentOf.get(fn); at; at = this.#code.names.parentOf.get(at)) {
      if (at.type === 'VariableDeclarator') return isHelperName(nameOf(nodeAt(at, 'id')) ?? '')
    }
    return false
  }

  #ofBinding(binding: Binding): Node | undefined {
    if (!this.#isOfModule(binding) || this.#code.imports.of(binding) || isHelperName(binding.name))
      return undefined
    const writes = binding.references.filter(({ isWrite }) => isWrite)
    const later = writes.find((write) => !this.#isInitial(write, binding))
    if (later) return later.node
    const kind = writes.reduce<Kind>(
      (worst, { node }) => worse(worst, this.#assigned(node)),
      this.#values.ofBinding(binding),
    )
    const changed = binding.references.find((reference) => this.#changesLater(reference))
    if (changed) return changed.node
    if (kind === 'fixed') return undefined
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
    const parent = this.#code.names.parentOf.get(target)
    if (parent?.type === 'AssignmentExpression' && parent['left'] === target)
      return this.#values.of(parent['right'] as Node)
    return parent?.type === 'UpdateExpression' ? 'fixed' : 'mutable'
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
        return isLater || this.#values.of(parent['right'] as Node) === 'mutable'
      }
      if (parent.type === 'UpdateExpression') return isLater
      if (parent.type === 'UnaryExpression' && parent['operator'] === 'delete') return isLater
      if (parent.type === 'CallExpression' && parent['callee'] === at) {
        const method = calledName(at) ?? ''
        if (!CHANGES.has(method)) return false
        return isLater || listAt(parent, 'arguments').some((given) => this.#values.of(given) === 'mutable')
      }
      return false
    }
    return false
  }

  /** `Object.assign(table, …)` in a function that runs later. */
  #isTargetOfAssign(node: Node, parent: Node): boolean {
    if (parent.type !== 'CallExpression' || listAt(parent, 'arguments')[0] !== node) return false
    const name = calledName(parent['callee'] as Node) ?? ''
    if (!/^(?:assign|defineProperty|defineProperties|setPrototypeOf|set)$/.test(name)) return false
    if (rootOf(this.#code, parent['callee'] as Node).kind !== 'global') return false
    return !this.#code.running.isCertain(node)
  }

  /** Data is compared where it is exported; where it is not, nobody else may have got hold of it. */
  #isComparedOrPrivate(binding: Binding): boolean {
    if (this.#exported.has(binding)) return true
    return binding.references.every(({ node }) => !this.#isHandedOut(node))
  }

  /** Whether a reference gives the object itself to somebody who could change it. */
  #isHandedOut(node: Node): boolean {
    const { parentOf } = this.#code.names
    const parent = parentOf.get(node)
    if (!parent) return false
    switch (parent.type) {
      case 'MemberExpression':
        // `table.a.b` may be an object, too; what is done with a part is not followed any further.
        return parent['object'] === node && this.#isObjectPartHandedOut(parent)
      case 'ForInStatement':
      case 'ForOfStatement':
        return parent['right'] === node && this.#values.of(node) !== 'data'
      case 'SpreadElement':
      case 'BinaryExpression':
      case 'UnaryExpression':
      case 'TemplateLiteral':
      case 'IfStatement':
        return false
      case 'CallExpression':
        return (
          parent['callee'] !== node && !definesExports(parent['callee'] as Node) && !this.#isReading(parent)
        )
      case 'ConditionalExpression':
        return parent['test'] !== node && this.#isHandedOut(parent)
      case 'VariableDeclarator':
        // `const { a } = table`
        return (parent['id'] as Node).type === 'Identifier' ? !this.#isTopLevelAlias(parent) : false
      case 'Property':
      case 'ArrayExpression':
      case 'ObjectExpression':
        // A part of other data of the module, which is looked at there.
        return !this.#code.running.isCertain(node) || this.#isHandedOut(parent)
      default:
        return true
    }
  }

  #isTopLevelAlias(declarator: Node): boolean {
    const alias = this.#code.names.bindings.find(({ declaration }) => declaration === declarator)
    return alias !== undefined && this.#isOfModule(alias) && this.#isComparedOrPrivate(alias)
  }

  /** A part of data is handed out where it may itself be an object. */
  #isObjectPartHandedOut(member: Node): boolean {
    const { parentOf } = this.#code.names
    const parent = parentOf.get(member)
    if (parent?.type === 'CallExpression' && parent['callee'] === member) {
      const method = calledName(member) ?? ''
      return !READS.has(method) && !isPlainLookup(member)
    }
    const root = rootOf(this.#code, member)
    const init = root.kind === 'own' && root.binding ? nodeAt(root.binding.declaration, 'init') : undefined
    return init !== undefined && holdsObjects(unwrap(init)) && this.#isHandedOut(member)
  }

  /** `Object.keys(table)`, `JSON.stringify(table)` */
  #isReading(call: Node): boolean {
    const callee = unwrap(call['callee'] as Node)
    const root = rootOf(this.#code, callee)
    return (
      root.kind === 'global' &&
      /^(?:Object\.(?:keys|values|entries|freeze|hasOwn|is)|JSON\.stringify|Array\.(?:isArray|from)|Math\.\w+|console\.\w+|String|Number|Boolean)$/.test(
        root.path,
      )
    )
  }

  /** A table, or an object that is not known: safe where all that is done with it only reads. */
  #isOnlyRead(binding: Binding, kind: Kind): boolean {
    if (this.#exported.has(binding)) return false
    const { parentOf, functionAround } = this.#code.names
    return binding.references.every(({ node }) => {
      const parent = parentOf.get(node)
      const isLater = functionAround.has(node) && !this.#code.running.isCertain(node)
      if (kind === 'mutable')
        return isPattern(binding) ? isStringArgument(parent, node) : !isLater && !this.#isKept(node)
      if (parent?.type === 'SpreadElement') return true
      if (parent?.type === 'ForOfStatement') return parent['right'] === node
      if (parent?.type !== 'MemberExpression' || parent['object'] !== node) return false
      const name = keyOf(parent) ?? ''
      return name === 'size' || READS.has(name)
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
    if (value && this.#values.of(value) !== 'fixed') return true
    const name = keyOf(field)
    return name === undefined || this.#isAssignedSomewhere(name)
  }

  /** What compilers make of static fields: `static { this.a = 1 }`. */
  #isStatefulBlock(block: Node): boolean {
    return listAt(block, 'body').some((statement) => {
      const expression = nodeAt(statement, 'expression')
      if (!expression) return true
      const node = unwrap(expression)
      if (node.type === 'CallExpression') return !isHelperName(calledName(node['callee'] as Node) ?? '')
      if (node.type !== 'AssignmentExpression') return true
      const left = node['left'] as Node
      const name = left.type === 'MemberExpression' ? keyOf(left) : undefined
      return (
        name === undefined ||
        this.#values.of(node['right'] as Node) !== 'fixed' ||
        this.#assignments(name) > 1
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

function isOfExports(target: Node): boolean {
  if (target.type !== 'MemberExpression') return false
  const object = unwrap(target['object'] as Node)
  const name = nameOf(object)
  if (object.type === 'Identifier')
    return name === 'exports' || (name === 'module' && keyOf(target) === 'exports')
  return isOfExports(object)
}

/** What is exported by name, as default, or as a property of a literal that is exported. */
function exportedBindings({ program, names }: ModuleCode): Set<Binding> {
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
    if (plain.type === 'AssignmentExpression') add(plain['right'] as Node)
  }
  for (const statement of listAt(program, 'body')) {
    if (statement.type === 'ExportNamedDeclaration') {
      for (const specifier of listAt(statement, 'specifiers')) add(nodeAt(specifier, 'local'))
      const declared = nodeAt(statement, 'declaration')
      for (const declarator of declared ? listAt(declared, 'declarations') : []) add(nodeAt(declarator, 'id'))
    }
    if (statement.type === 'ExportDefaultDeclaration') add(nodeAt(statement, 'declaration'))
    const expression = nodeAt(statement, 'expression')
    if (expression?.type === 'AssignmentExpression' && isOfExports(expression['left'] as Node))
      add(expression['right'] as Node)
    if (expression?.type === 'CallExpression') addDefined(expression, add)
  }
  return exported
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

/** Whether a literal holds objects, which its parts then are. */
function holdsObjects(init: Node): boolean {
  const parts = init.type === 'ArrayExpression' ? listAt(init, 'elements') : listAt(init, 'properties')
  if (init.type !== 'ArrayExpression' && init.type !== 'ObjectExpression') return true
  return parts.some((part) => {
    const value = part.type === 'Property' ? unwrap(part['value'] as Node) : unwrap(part)
    return value.type !== 'Literal' && value.type !== 'TemplateLiteral' && !isFunction(value)
  })
}

/** `table[key]()`: a function of the table is called. */
function isPlainLookup(member: Node): boolean {
  return Boolean(member['computed'])
}

function isPattern({ declaration }: Binding): boolean {
  const init = nodeAt(declaration, 'init')
  return init !== undefined && unwrap(init).type === 'Literal'
}

/** `text.replace(PATTERN, …)` begins at the start each time. */
function isStringArgument(parent: Node | undefined, node: Node): boolean {
  if (parent?.type !== 'CallExpression' || listAt(parent, 'arguments')[0] !== node) return false
  return /^(?:replace|replaceAll|match|matchAll|split|search)$/.test(
    calledName(parent['callee'] as Node) ?? '',
  )
}

const CHANGES = new Set([
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'sort',
  'reverse',
  'fill',
  'copyWithin',
  'set',
  'add',
  'delete',
  'clear',
])

const READS = new Set([
  'get',
  'has',
  'keys',
  'values',
  'entries',
  'forEach',
  'map',
  'filter',
  'find',
  'findIndex',
  'findLast',
  'some',
  'every',
  'includes',
  'indexOf',
  'join',
  'slice',
  'reduce',
  'reduceRight',
  'flatMap',
  'concat',
  'at',
  'toString',
  'hasOwnProperty',
  'length',
])
