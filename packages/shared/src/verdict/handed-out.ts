/** Whether somebody outside of a module may get hold of an object that the module keeps, or the module itself changes it. */
import { isFunction, keyOf, listAt, type Node, nameOf, nodeAt, unwrap } from './ast.ts'
import { type Binding, targetsOf } from './bindings.ts'
import { depthOf } from './depth.ts'
import { calledName, copiesList, definesExports, readsPrivateField } from './mechanics.ts'
import type { ModuleCode } from './module-code.ts'
import { pathOfGlobal, rootOf } from './roots.ts'
import { initOf } from './running.ts'

export class HandedOut {
  readonly #code: ModuleCode
  /** Whether what a name at the top level holds is compared, or kept to itself. */
  readonly #isAnsweredFor: (binding: Binding) => boolean
  /** Whether changes by the module itself count. */
  #countsChanges = true
  /** What is being looked at. */
  readonly #asked = new Set<Binding>()
  /** Declarator or parameter -> the bindings that it declares. */
  #declared: Map<Node, Binding[]> | undefined

  constructor(code: ModuleCode, isAnsweredFor: (binding: Binding) => boolean) {
    this.#code = code
    this.#isAnsweredFor = isAnsweredFor
  }

  /**
   * Whether any use of a binding gives away an object that it holds when the module has been evaluated. What the module does
   * to it later, and what it puts into it then, is another matter.
   */
  isGivenAway(binding: Binding): boolean {
    this.#countsChanges = false
    try {
      return this.isAny(binding)
    } finally {
      this.#countsChanges = true
    }
  }

  /** Whether any use of a binding gives away an object that it holds, or changes it later. */
  isAny(binding: Binding): boolean {
    // Lists that hold each other: what is asked of both is answered by the rest of their uses.
    if (this.#asked.has(binding)) return false
    this.#asked.add(binding)
    const depth = this.#depthOf(binding)
    const isAny = binding.references.some(({ node }) => this.#is(node, depth))
    this.#asked.delete(binding)
    return isAny
  }

  /**
   * Whether an expression gives an object to somebody who could change it, or changes it later.
   * @param depth How many objects there are within each other: 0 for a primitive value or a function
   */
  #is(node: Node, depth: number): boolean {
    const parent = this.#code.names.parentOf.get(node)
    if (depth <= 0 || !parent) return false
    switch (parent.type) {
      case 'MemberExpression':
        return parent['object'] === node && this.#isPart(parent, depth)
      case 'ForOfStatement':
        return parent['right'] === node && this.#isLoop(parent['left'] as Node, depth - 1)
      case 'SpreadElement': {
        // A new object with the same parts.
        const around = this.#code.names.parentOf.get(parent)
        return (
          depth > 1 &&
          (around?.type === 'CallExpression' || (around !== undefined && this.#is(around, depth)))
        )
      }
      case 'ForInStatement':
      case 'BinaryExpression':
      case 'UnaryExpression':
      case 'TemplateLiteral':
      case 'IfStatement':
      case 'ExpressionStatement':
        return false
      case 'CallExpression':
        return parent['callee'] !== node && this.#isArgument(parent, node, depth)
      case 'ConditionalExpression':
        return parent['test'] !== node && this.#is(parent, depth)
      case 'LogicalExpression':
      case 'ChainExpression':
      case 'ParenthesizedExpression':
        return this.#is(parent, depth)
      case 'VariableDeclarator':
        return this.#isDeclared(parent, depth)
      case 'AssignmentExpression':
        // `exports.E = E = {}`: names are looked at by themselves.
        return parent['right'] === node && !isOfName(parent['left'] as Node)
      case 'Property':
      case 'ArrayExpression':
      case 'ObjectExpression':
        // A part of other data of the module, which is looked at there.
        return !this.#code.running.isCertain(node) || this.#is(parent, depth + 1)
      default:
        return true
    }
  }

  /** `table.a`, `table.find(…)` */
  #isPart(member: Node, depth: number): boolean {
    const parent = this.#code.names.parentOf.get(member)
    if (parent?.type === 'CallExpression' && parent['callee'] === member)
      return this.#isMethod(member, parent, depth)
    const isChanged =
      (parent?.type === 'AssignmentExpression' && parent['left'] === member) ||
      parent?.type === 'UpdateExpression' ||
      (parent?.type === 'UnaryExpression' && parent['operator'] === 'delete')
    return isChanged ? this.#isChange(member) : this.#is(member, depth - 1)
  }

  #isMethod(member: Node, call: Node, depth: number): boolean {
    const name = calledName(member) ?? ''
    // `table[key]()`: a function of the table is called.
    if (member['computed']) return false
    const parts = depth - 1
    if (GIVES_PARTS.has(name) || GIVES_VALUES.has(name)) {
      if (parts > 0 && this.#isCallback(call, name, parts)) return true
      if (GIVES_VALUES.has(name)) return false
      return this.#is(call, GIVES_ONE.has(name) ? parts : parts > 0 ? depth : 0)
    }
    const own = methodOf(this.#code, member)
    if (own) return this.#countsChanges && hasThis(own)
    return CHANGES.has(name) ? this.#isChange(call) : true
  }

  #isChange(node: Node): boolean {
    return this.#countsChanges && !this.#code.running.isCertain(node)
  }

  /** `list.map((part) => …)` hands each part to the callback. */
  #isCallback(call: Node, method: string, parts: number): boolean {
    const [callback] = listAt(call, 'arguments')
    if (!callback || !TAKES_CALLBACK.has(method)) return false
    const fn = unwrap(callback)
    if (!isFunction(fn)) return nameOf(fn) !== 'Boolean'
    const parameter = listAt(fn, 'params')[method.startsWith('reduce') ? 1 : 0]
    return parameter !== undefined && this.#isPattern(parameter, parts)
  }

  #isLoop(left: Node, parts: number): boolean {
    if (parts <= 0) return false
    const [declarator] = left.type === 'VariableDeclaration' ? listAt(left, 'declarations') : []
    return !declarator || this.#isPattern(declarator['id'] as Node, parts, declarator)
  }

  /** Whether what a pattern takes out of an object is handed out. */
  #isPattern(pattern: Node, depth: number, declaration = pattern): boolean {
    const isPlain = pattern.type === 'Identifier'
    const names = new Set(targetsOf(pattern).map(({ name }) => name))
    return this.#bindingsOf(declaration)
      .filter(({ name }) => names.has(name))
      .some(({ references }) => references.some(({ node }) => this.#is(node, isPlain ? depth : depth - 1)))
  }

  #isDeclared(declarator: Node, depth: number): boolean {
    const id = declarator['id'] as Node
    const [alias] = this.#bindingsOf(declarator)
    if (id.type === 'Identifier' && alias?.inside === undefined)
      return alias === undefined || !this.#isAnsweredFor(alias)
    return this.#isPattern(id, depth, declarator)
  }

  #isArgument(call: Node, node: Node, depth: number): boolean {
    const callee = unwrap(call['callee'] as Node)
    const helper = this.#code.imports.calledName(callee)
    if (definesExports(helper) || readsPrivateField(helper)) return false
    if (copiesList(helper)) return this.#is(call, depth > 1 ? depth : 0)
    if (isFunction(callee)) {
      const parameter = listAt(callee, 'params')[listAt(call, 'arguments').indexOf(node)]
      return parameter !== undefined && this.#isPattern(parameter, depth)
    }
    const root = rootOf(this.#code, callee)
    if (root.kind !== 'global') return true
    const path = pathOfGlobal(root)
    if (READS_ONLY.test(path)) return false
    // A new list of the parts, or the thing itself, which is frozen but not what it holds.
    return READS_PARTS.test(path) ? this.#is(call, depth > 1 ? depth : 0) : true
  }

  #bindingsOf(declaration: Node): readonly Binding[] {
    if (!this.#declared) {
      this.#declared = new Map()
      for (const binding of this.#code.names.bindings) {
        const known = this.#declared.get(binding.declaration)
        if (known) known.push(binding)
        else this.#declared.set(binding.declaration, [binding])
      }
    }
    return this.#declared.get(declaration) ?? []
  }

  /** How deep what a binding holds is, with what is put into it at the top level. */
  #depthOf(binding: Binding): number {
    const init = initOf(binding, this.#code.names) ?? this.#code.running.givenTo(binding)
    let depth = init ? depthOf(this.#code, init) : Number.POSITIVE_INFINITY
    const { parentOf } = this.#code.names
    for (const { node } of binding.references) {
      if (!this.#countsChanges && !this.#code.running.isPossible(node)) continue
      const member = parentOf.get(node)
      const use =
        member?.type === 'MemberExpression' && member['object'] === node ? parentOf.get(member) : undefined
      if (use?.type === 'AssignmentExpression' && use['left'] === member)
        depth = Math.max(depth, 1 + depthOf(this.#code, use['right'] as Node))
      if (
        use?.type === 'CallExpression' &&
        use['callee'] === member &&
        CHANGES.has(calledName(use['callee'] as Node) ?? '')
      )
        for (const given of listAt(use, 'arguments')) depth = Math.max(depth, 1 + depthOf(this.#code, given))
    }
    return depth
  }
}

/** The function of a literal that a call of its property runs: `helpers.add()`. */
export function methodOf(code: ModuleCode, member: Node): Node | undefined {
  const root = rootOf(code, member)
  const name = keyOf(member)
  const init = root.kind === 'own' && root.binding ? initOf(root.binding, code.names) : undefined
  if (init?.type !== 'ObjectExpression' || name === undefined) return undefined
  const property = listAt(init, 'properties').find((one) => one.type === 'Property' && keyOf(one) === name)
  const value = property && nodeAt(property, 'value')
  return value && isFunction(value) ? value : undefined
}

function isOfName(target: Node): boolean {
  return target.type === 'Identifier'
}

/** Whether a function's own `this` is used in it. */
function hasThis(fn: Node): boolean {
  let has = false
  const visit = (node: Node) => {
    if (node.type === 'ThisExpression') has = true
    if (has || (node !== fn && isFunction(node) && node.type !== 'ArrowFunctionExpression')) return
    for (const key of Object.keys(node)) {
      for (const child of [node[key]].flat())
        if (child !== null && typeof child === 'object' && typeof (child as Node).type === 'string')
          visit(child as Node)
    }
  }
  visit(fn)
  return has
}

/** Functions of the realm that give nothing of what they are given. */
const READS_ONLY =
  /^(?:Object\.(?:keys|hasOwn|is)|JSON\.stringify|Array\.isArray|Math\.\w+|console\.\w+|String|Number|Boolean)$/

/** Functions of the realm that give the parts of what they are given. */
const READS_PARTS = /^(?:Object\.(?:values|entries|freeze)|Array\.from)$/

export const CHANGES: ReadonlySet<string> = new Set([
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

/** Methods that give primitive values only. */
const GIVES_VALUES = new Set([
  'has',
  'keys',
  'forEach',
  'findIndex',
  'findLastIndex',
  'some',
  'every',
  'includes',
  'indexOf',
  'lastIndexOf',
  'join',
  'toString',
  'hasOwnProperty',
  // What they give is what their callback gives, which is looked at by itself.
  'map',
  'flatMap',
  'reduce',
  'reduceRight',
])

/** Methods that give a part of the object. */
const GIVES_ONE = new Set(['get', 'find', 'findLast', 'at'])

/** Methods that give parts of the object, one or a new list of them. */
const GIVES_PARTS = new Set([
  ...GIVES_ONE,
  'values',
  'entries',
  'filter',
  'slice',
  'concat',
  'toSorted',
  'toReversed',
  'flat',
])

/** Methods that call what they are given before they return. */
export const TAKES_CALLBACK: ReadonlySet<string> = new Set([
  'forEach',
  'find',
  'findLast',
  'findIndex',
  'findLastIndex',
  'filter',
  'some',
  'every',
  'map',
  'flatMap',
  'reduce',
  'reduceRight',
  'toSorted',
])
