/** Which bindings of a module are values of others: by `import`, by `require`, or taken from either. */
import { keyOf, listAt, type Node, nameOf, nodeAt, unwrap } from './ast.ts'
import { type Binding, type Names, targetsOf } from './bindings.ts'
import { calledName, helperNameOf, isHelperPackage, isInterop } from './mechanics.ts'

/** `*` is the module itself. */
export interface Imported {
  readonly specifier: string
  readonly name: string
  /** Taken out of the module when it was imported, so that a later value of that export does not show. */
  readonly isTaken: boolean
}

export class Imports {
  readonly #names: Names
  readonly #known = new Map<Binding, Imported | undefined>()

  constructor(names: Names) {
    this.#names = names
  }

  of(binding: Binding): Imported | undefined {
    if (!this.#known.has(binding)) {
      // A binding that is made of itself is none.
      this.#known.set(binding, undefined)
      this.#known.set(binding, this.#find(binding))
    }
    return this.#known.get(binding)
  }

  #find({ kind, declaration, name }: Binding): Imported | undefined {
    if (kind === 'import') return importedBy(declaration, this.#names.parentOf.get(declaration))
    if (kind === 'function') return this.#lazy(declaration, name)
    if (declaration.type !== 'VariableDeclarator') return undefined
    const init = nodeAt(declaration, 'init')
    const id = declaration['id'] as Node
    const from = init && this.ofExpression(init)
    if (!from) return undefined
    if (id.type === 'Identifier') return from
    const target = targetsOf(id).find((one) => one.name === name)
    if (!target) return undefined
    return {
      specifier: from.specifier,
      name: from.name === '*' ? (target.key ?? '*') : from.name,
      isTaken: true,
    }
  }

  /** Babel's `lazy`: `function _a() { const data = require('./a'); _a = function () { return data }; return data }` */
  #lazy(declaration: Node, name: string): Imported | undefined {
    const statements = listAt((nodeAt(declaration, 'body') ?? declaration) as Node, 'body')
    if (statements.length !== 3 || statements[0]?.type !== 'VariableDeclaration') return undefined
    const assigned = nodeAt(statements[1] as Node, 'expression')
    if (assigned?.type !== 'AssignmentExpression' || nameOf(nodeAt(assigned, 'left')) !== name)
      return undefined
    const init = nodeAt(listAt(statements[0], 'declarations')[0] as Node, 'init')
    return init ? this.ofExpression(init) : undefined
  }

  /** What an expression is of another module: `m`, `m.a`, `require('m').a`, `interop(require('m')).default`. */
  ofExpression(expression: Node): Imported | undefined {
    const node = unwrap(expression)
    switch (node.type) {
      case 'Identifier': {
        const binding = this.#names.bindingOf.get(node)
        return binding && this.of(binding)
      }
      case 'CallExpression': {
        const required = this.required(node)
        if (required !== undefined) return { specifier: required, name: '*', isTaken: false }
        const callee = node['callee'] as Node
        if (isInterop(this.calledName(callee))) return this.#ofArguments(node)
        // A lazy import of Babel's is called for its module.
        const binding = this.#names.bindingOf.get(unwrap(callee))
        return binding?.kind === 'function' ? this.of(binding) : undefined
      }
      case 'MemberExpression': {
        const from = this.ofExpression(node['object'] as Node)
        if (!from) return undefined
        const key = keyOf(node)
        // `_m.default` of a namespace that a helper made, `m.default.a`: the first name tells the export.
        return { ...from, name: from.name === '*' ? (key ?? '*') : from.name, isTaken: true }
      }
      case 'AwaitExpression':
        return this.ofExpression(node['argument'] as Node)
      case 'ImportExpression': {
        const specifier = nameOf(nodeAt(node, 'source'))
        return specifier === undefined ? undefined : { specifier, name: '*', isTaken: false }
      }
      default:
        return undefined
    }
  }

  #ofArguments(call: Node): Imported | undefined {
    const [first] = listAt(call, 'arguments')
    return first && this.ofExpression(first)
  }

  /** The name by which a callee ends, and by which a helper is known that comes from a package of helpers. */
  calledName(callee: Node): string | undefined {
    const helper = this.ofExpression(callee)
    if (helper && isHelperPackage(helper.specifier)) return helperNameOf(helper.specifier, helper.name)
    return calledName(callee)
  }

  /** The specifier of a call of the module's own `require`. */
  required(node: Node): string | undefined {
    if (node.type !== 'CallExpression') return undefined
    const callee = unwrap(node['callee'] as Node)
    const [first] = listAt(node, 'arguments')
    if (nameOf(callee) !== 'require' || callee.type !== 'Identifier' || !first) return undefined
    return this.#names.bindingOf.has(callee) ? undefined : nameOf(first)
  }
}

function importedBy(specifier: Node, statement: Node | undefined): Imported | undefined {
  const source = statement && nameOf(nodeAt(statement, 'source'))
  if (source === undefined) return undefined
  const imported = (name: string) => ({ specifier: source, name, isTaken: false })
  switch (specifier.type) {
    case 'ImportNamespaceSpecifier':
      return imported('*')
    case 'ImportDefaultSpecifier':
      return imported('default')
    default:
      return imported(nameOf(nodeAt(specifier, 'imported')) ?? 'default')
  }
}
