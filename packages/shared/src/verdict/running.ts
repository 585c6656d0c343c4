/** Which code of a module runs while it is evaluated: what stands at its top level, and what that calls. */
import {
  childNodesOf,
  type FunctionNode,
  isClass,
  isFunction,
  isInstanceField,
  listAt,
  type Node,
  nodeAt,
  unwrap,
} from './ast.ts'
import type { Binding, Names } from './bindings.ts'
import type { Imports } from './imports.ts'
import { definesExports, isHelperName } from './mechanics.ts'

/** Methods and functions that keep a callback for later. */
const LATER = new Set([
  'on',
  'once',
  'off',
  'addListener',
  'prependListener',
  'addEventListener',
  'subscribe',
  'watch',
  'then',
  'catch',
  'finally',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'nextTick',
  'queueMicrotask',
  'requestAnimationFrame',
  'defineProperty',
  'defineProperties',
  'lazy',
  'memo',
  'onUnload',
  'beforeEach',
  'afterEach',
  'beforeAll',
  'afterAll',
  'aroundEach',
  'aroundAll',
  'before',
  'after',
  'test',
  'it',
  'forwardRef',
]) // prettier-ignore

export class Running {
  readonly #names: Names
  readonly #imports: Imports
  /** Functions that run for certain. */
  readonly #certain = new Set<FunctionNode>()
  /** Functions that are handed to others, which may call them at once. */
  readonly #possible = new Set<FunctionNode>()

  constructor(program: Node, names: Names, imports: Imports) {
    this.#names = names
    this.#imports = imports
    this.#go(program, true)
  }

  /** The nodes that run, or that may run, each before what stands in it. */
  nodes(program: Node, enough: 'certain' | 'possible'): readonly Node[] {
    const found: Node[] = []
    const runs = (fn: FunctionNode) =>
      this.#certain.has(fn) || (enough === 'possible' && this.#possible.has(fn))
    const visit = (node: Node) => {
      found.push(node)
      for (const child of childNodesOf(node)) {
        if (isInstanceField(child)) visitField(child)
        else if (!isFunction(child) || runs(child)) visit(child)
      }
    }
    const visitField = (field: Node) => {
      for (const decorator of listAt(field, 'decorators')) visit(decorator)
      if (field['computed']) visit(field['key'] as Node)
      const value = nodeAt(field, 'value')
      if (value && runs(field)) visit(value)
    }
    visit(program)
    return found
  }

  /** Whether a node runs while the module is evaluated. */
  isCertain(node: Node): boolean {
    return this.#runs(node, (fn) => this.#certain.has(fn))
  }

  isPossible(node: Node): boolean {
    return this.#runs(node, (fn) => this.#certain.has(fn) || this.#possible.has(fn))
  }

  /** Whether a function runs where it stands, once: what it declares is the module's own. */
  isImmediate(fn: FunctionNode): boolean {
    const call = this.#names.parentOf.get(fn)
    if (call?.type === 'CallExpression') return unwrap(call['callee'] as Node) === fn && this.isCertain(call)
    // `(function () {}).call(this)`, and what parentheses leave.
    if (call?.type === 'ParenthesizedExpression') return this.isImmediate(call)
    return false
  }

  /** What a parameter of a function that runs where it stands is given: `N || (N = {})`. */
  givenTo({ kind, declaration, inside }: Binding): Node | undefined {
    if (kind !== 'parameter' || !inside || declaration.type !== 'Identifier') return undefined
    if (!this.isImmediate(inside)) return undefined
    const call = this.#names.parentOf.get(inside)
    const index = listAt(inside, 'params').indexOf(declaration)
    return call?.type === 'CallExpression' ? listAt(call, 'arguments')[index] : undefined
  }

  #runs(node: Node, has: (fn: FunctionNode) => boolean): boolean {
    for (let fn = this.#names.functionAround.get(node); fn; fn = this.#names.functionAround.get(fn)) {
      if (!has(fn)) return false
    }
    return true
  }

  #go(node: Node, isCertain: boolean): void {
    switch (node.type) {
      case 'CallExpression':
      case 'NewExpression':
        this.#call(node, isCertain)
        break
      case 'TaggedTemplateExpression':
        this.#enter(this.#functionOf(node['tag'] as Node), isCertain)
        break
    }
    for (const child of childNodesOf(node)) {
      if (isInstanceField(child)) this.#field(child, isCertain)
      else if (!isFunction(child)) this.#go(child, isCertain)
    }
  }

  /** Its key and decorators run with the class. */
  #field(field: Node, isCertain: boolean): void {
    for (const decorator of listAt(field, 'decorators')) this.#go(decorator, isCertain)
    if (field['computed']) this.#go(field['key'] as Node, isCertain)
  }

  #call(call: Node, isCertain: boolean): void {
    const callee = unwrap(call['callee'] as Node)
    this.#enter(this.#functionOf(callee), isCertain)
    if (call.type === 'NewExpression') this.#construct(callee, isCertain)
    const name = this.#imports.calledName(callee)
    if (definesExports(name) || (name !== undefined && (LATER.has(name) || isHelperName(name)))) return
    for (const argument of listAt(call, 'arguments')) {
      const given = unwrap(argument)
      if (isFunction(given)) this.#enter(given, false)
      else if (given.type === 'Identifier') this.#enter(this.#functionOf(given), false)
    }
    if (callee.type === 'MemberExpression') this.#methodOf(callee)
  }

  /** A method of an object of the module's own may call any function that the object was made with. */
  #methodOf(callee: Node): void {
    const binding = this.#names.bindingOf.get(unwrap(callee['object'] as Node))
    const init = binding && initOf(binding, this.#names)
    if (init?.type === 'ObjectExpression') {
      for (const property of listAt(init, 'properties')) {
        const value = nodeAt(property, 'value')
        if (value && isFunction(value)) this.#enter(value, false)
      }
    }
    if (binding?.kind === 'class') {
      for (const method of listAt(nodeAt(binding.declaration, 'body') as Node, 'body')) {
        if (method['static'] && method['value']) this.#enter(nodeAt(method, 'value'), false)
      }
    }
  }

  #construct(callee: Node, isCertain: boolean): void {
    const binding = this.#names.bindingOf.get(callee)
    const made = binding
      ? binding.kind === 'class'
        ? binding.declaration
        : initOf(binding, this.#names)
      : callee
    if (!made || !isClass(made)) return
    for (const member of listAt(nodeAt(made, 'body') as Node, 'body')) {
      const value = nodeAt(member, 'value')
      if (!value || member['static']) continue
      if (member['kind'] === 'constructor') this.#enter(value, isCertain)
      else if (member.type === 'MethodDefinition') this.#enter(value, false)
      else if (isInstanceField(member)) {
        ;(isCertain ? this.#certain : this.#possible).add(member)
        this.#go(value, isCertain)
      }
    }
  }

  #functionOf(expression: Node): FunctionNode | undefined {
    const node = unwrap(expression)
    if (isFunction(node)) return node
    if (node.type === 'MemberExpression') {
      // `(function () {}).call(this)`
      const object = unwrap(node['object'] as Node)
      return isFunction(object) ? object : undefined
    }
    const binding = this.#names.bindingOf.get(node)
    if (!binding || this.#imports.of(binding)) return undefined
    if (binding.kind === 'function') return binding.declaration
    const init = initOf(binding, this.#names)
    return init && isFunction(init) ? init : undefined
  }

  #enter(fn: FunctionNode | undefined, isCertain: boolean): void {
    if (!fn || this.#certain.has(fn) || (!isCertain && this.#possible.has(fn))) return
    if (isCertain) this.#certain.add(fn)
    else this.#possible.add(fn)
    for (const child of childNodesOf(fn)) if (!isFunction(child)) this.#go(child, isCertain)
  }
}

/** What a variable is made with: where it is declared, or by the one assignment that there is. */
export function initOf(
  { kind, declaration, references }: Binding,
  { parentOf }: Pick<Names, 'parentOf'>,
): Node | undefined {
  if (kind !== 'variable' || declaration.type !== 'VariableDeclarator') return undefined
  if ((declaration['id'] as Node).type !== 'Identifier') return undefined
  const init = nodeAt(declaration, 'init')
  if (init) return unwrap(init)
  const writes = references.filter(({ isWrite }) => isWrite)
  const [write] = writes
  const assignment = write && writes.length === 1 ? parentOf.get(write.node) : undefined
  if (assignment?.type !== 'AssignmentExpression' || assignment['operator'] !== '=') return undefined
  return assignment['left'] === write?.node ? unwrap(assignment['right'] as Node) : undefined
}

/** The function that a name stands for, for good; undefined where it may be another one. */
export function functionOf(
  binding: Binding | undefined,
  names: Pick<Names, 'parentOf'>,
): FunctionNode | undefined {
  if (!binding || binding.references.some(({ isWrite }) => isWrite)) return undefined
  const node = binding.kind === 'function' ? binding.declaration : initOf(binding, names)
  return node && isFunction(node) ? node : undefined
}
