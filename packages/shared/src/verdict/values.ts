/** What kind of value an expression gives: whether somebody could change it later. */
import { childNodesOf, isClass, isFunction, listAt, type Node, nameOf, nodeAt, unwrap } from './ast.ts'
import type { Binding } from './bindings.ts'
import { CHANGES } from './handed-out.ts'
import {
  appliesDecorators,
  calledName,
  isDecoratorsName,
  isHelperName,
  isHelperPackage,
  isInterop,
  makesClass,
} from './mechanics.ts'
import type { ModuleCode } from './module-code.ts'
import { pureExport, pureGlobal } from './pure-callees.ts'
import { firstArgument, pathOfGlobal, rootOf } from './roots.ts'
import { functionOf } from './running.ts'

/**
 * - `fixed`: a primitive, a function, something of another module, or frozen data: nobody can change it, or it is not
 *   the module's to answer for;
 * - `data`: objects and arrays of fixed values and of data;
 * - `table`: a `Map` or `Set` of such;
 * - `mutable`: everything else.
 */
export type Kind = 'fixed' | 'data' | 'table' | 'mutable'

const RANK: Readonly<Record<Kind, number>> = { fixed: 0, data: 1, table: 2, mutable: 3 }

export function worse(one: Kind, other: Kind): Kind {
  return RANK[one] >= RANK[other] ? one : other
}

/** What classes of the realm make: objects that hold nothing that changes. */
const FIXED_CLASSES =
  /^(?:Intl\.\w+|TextEncoder|TextDecoder|Error|TypeError|RangeError|SyntaxError|String|Number|Boolean)$/

export class Values {
  readonly #code: ModuleCode
  readonly #known = new Map<Binding, Kind>()

  constructor(code: ModuleCode) {
    this.#code = code
  }

  /** What the binding is made with; later assignments are another matter. */
  ofBinding(binding: Binding): Kind {
    const known = this.#known.get(binding)
    if (known) return known
    // In a circle each is as fixed as the others.
    this.#known.set(binding, 'fixed')
    const kind = this.#ofDeclaration(binding)
    this.#known.set(binding, kind)
    return kind
  }

  #ofDeclaration(binding: Binding): Kind {
    // What a function is given is the caller's.
    if (binding.kind !== 'variable') return 'fixed'
    if (this.#code.imports.of(binding)) return 'fixed'
    const { declaration } = binding
    if (declaration.type !== 'VariableDeclarator') return 'fixed'
    const init = nodeAt(declaration, 'init')
    if (!init) return 'fixed'
    return this.of(init)
  }

  of(expression: Node): Kind {
    const node = unwrap(expression)
    if (isFunction(node) || isClass(node)) return 'fixed'
    switch (node.type) {
      case 'Literal':
        return isStatefulPattern(node) ? 'mutable' : 'fixed'
      case 'TemplateLiteral':
      case 'UnaryExpression':
      case 'UpdateExpression':
      case 'BinaryExpression':
      case 'MetaProperty':
        return 'fixed'
      case 'Identifier': {
        const binding = this.#code.names.bindingOf.get(node)
        return binding ? this.ofBinding(binding) : 'fixed'
      }
      case 'MemberExpression':
        return this.#ofMember(node)
      case 'LogicalExpression':
        return worse(this.of(node['left'] as Node), this.of(node['right'] as Node))
      case 'ConditionalExpression':
        return worse(this.of(node['consequent'] as Node), this.of(node['alternate'] as Node))
      case 'AssignmentExpression':
        return this.of(node['right'] as Node)
      case 'ArrayExpression':
        return listAt(node, 'elements').reduce<Kind>(
          (kind, element) => worse(kind, this.#part(element)),
          'data',
        )
      case 'ObjectExpression':
        return listAt(node, 'properties').reduce<Kind>(
          (kind, property) => worse(kind, this.#part(property)),
          'data',
        )
      case 'CallExpression':
        return this.#ofCall(node)
      case 'NewExpression':
        return this.#ofNew(node)
      // Text as it is written, with values in it.
      case 'TaggedTemplateExpression': {
        const root = rootOf(this.#code, node['tag'] as Node)
        return root.kind === 'global' && pathOfGlobal(root) === 'String.raw' ? 'fixed' : 'mutable'
      }
      default:
        return 'mutable'
    }
  }

  #part(node: Node): Kind {
    if (node.type === 'SpreadElement') {
      // A copy of the keys: what they hold is another's, or has been looked at where it was made.
      const kind = this.of(node['argument'] as Node)
      return kind === 'table' ? 'data' : kind
    }
    if (node.type === 'Property') return this.of(node['value'] as Node)
    return this.of(node)
  }

  #ofMember(node: Node): Kind {
    const root = rootOf(this.#code, node)
    if (root.kind !== 'own') return 'fixed'
    const object = unwrap(node['object'] as Node)
    if (object.type === 'MetaProperty') return 'fixed'
    // A part of it is seen with the whole, which is looked at by itself.
    return root.binding ? this.ofBinding(root.binding) : this.of(object)
  }

  #ofCall(call: Node): Kind {
    const { imports } = this.#code
    if (imports.ofExpression(call)) return 'fixed'
    const callee = unwrap(call['callee'] as Node)
    const helper = imports.calledName(callee)
    // What decorators leave of a class is the class, or another one.
    if (
      isInterop(helper) ||
      makesClass(helper) ||
      appliesDecorators(helper) ||
      isDecoratorsName(helper ?? '')
    )
      return 'fixed'
    const name = calledName(callee) ?? ''
    const root = rootOf(this.#code, callee)
    if (root.kind === 'global') {
      const path = pathOfGlobal(root)
      if (path === 'RegExp') return ofPattern(call)
      if (path === 'Object.freeze') return this.#frozen(call)
      const pure = pureGlobal(path)
      if (pure) return pure === 'value' ? 'fixed' : worse('data', this.#ofArguments(call))
    }
    if (root.kind === 'import') {
      const { specifier, name: exported } = root.imported
      if (isHelperPackage(specifier)) return this.#ofArguments(call)
      const pure = pureExport(specifier, exported) ?? pureExport(specifier, name)
      if (pure === 'element') return this.#ofArguments(call) === 'mutable' ? 'mutable' : 'fixed'
      if (pure) return pure === 'value' ? 'fixed' : worse('data', this.#ofArguments(call))
    }
    if (isFunction(callee)) return worse(this.#ofBody(callee), this.#ofArguments(call))
    if (root.kind === 'own' && callee.type === 'MemberExpression') return this.#ofMethod(callee, call, name)
    if (root.kind === 'own' && root.binding && isHelperName(root.binding.name)) return this.#ofArguments(call)
    const own = functionOf(this.#code.names.bindingOf.get(callee), this.#code.names)
    return own ? worse(this.#ofOwn(own), this.#ofArguments(call)) : 'mutable'
  }

  /** Methods of strings and of plain data that give a primitive value, or data again. */
  #ofMethod(callee: Node, call: Node, name: string): Kind {
    // `"a".concat(b, "c")`, as compilers write templates.
    if (name === 'concat' && isText(callee['object'] as Node)) return 'fixed'
    const object = this.of(callee['object'] as Node)
    if (TO_VALUE.has(name) && object !== 'mutable') return 'fixed'
    if (TO_DATA.has(name) && (object === 'data' || object === 'fixed')) {
      const [first] = listAt(call, 'arguments')
      const made = first && isFunction(unwrap(first)) ? this.#ofBody(unwrap(first)) : 'data'
      return worse('data', made)
    }
    return 'mutable'
  }

  #frozen(call: Node): Kind {
    const first = firstArgument(call)
    if (!first) return 'fixed'
    const kind = this.of(first)
    // What a frozen object holds can be changed all the same.
    if (kind !== 'data') return kind
    const node = unwrap(first)
    const parts = node.type === 'ArrayExpression' ? listAt(node, 'elements') : listAt(node, 'properties')
    const isDeep = parts.every((part) => this.#part(part) === 'fixed')
    return isDeep && parts.length > 0 ? 'fixed' : parts.length === 0 ? 'fixed' : 'data'
  }

  #ofArguments(call: Node): Kind {
    return listAt(call, 'arguments').reduce<Kind>(
      (kind, argument) => worse(kind, this.#part(argument)),
      'fixed',
    )
  }

  /** What a function that is called where it stands returns. */
  #ofBody(fn: Node): Kind {
    const body = fn['body'] as Node
    if (body.type !== 'BlockStatement') return this.of(body)
    if (fn['async'] || fn['generator']) return 'mutable'
    const returned: Node[] = []
    const visit = (node: Node) => {
      if (isFunction(node) || isClass(node)) return
      if (node.type === 'ReturnStatement') {
        const argument = nodeAt(node, 'argument')
        if (argument) returned.push(argument)
        return
      }
      for (const key of Object.keys(node)) {
        for (const child of [node[key]].flat()) {
          if (child !== null && typeof child === 'object' && typeof (child as Node).type === 'string')
            visit(child as Node)
        }
      }
    }
    visit(body)
    return returned.reduce<Kind>((kind, node) => worse(kind, this.of(node)), 'fixed')
  }

  /** Function -> what it returns; while it is being looked at it is as fixed as what else it returns. */
  readonly #returned = new Map<Node, Kind>()

  /** What a function of the module's own makes, which must not know of what it remembers. */
  #ofOwn(fn: Node): Kind {
    const known = this.#returned.get(fn)
    if (known) return known
    this.#returned.set(fn, 'fixed')
    const isSimple = !fn['async'] && !fn['generator'] && !makesFunctions(fn['body'] as Node)
    const kind = isSimple ? worse(this.#ofBody(fn), this.#ofLocals(fn)) : 'mutable'
    this.#returned.set(fn, kind)
    return kind
  }

  /** What is put into objects that a function makes: any of them may be what it returns. */
  #ofLocals(fn: Node): Kind {
    const { bindings, functionAround, parentOf } = this.#code.names
    let worst: Kind = 'fixed'
    for (const { inside, references } of bindings) {
      if (inside !== fn) continue
      for (const { node, isWrite } of references) {
        if (functionAround.get(node) !== fn) continue
        const parent = parentOf.get(node)
        const use =
          parent?.type === 'MemberExpression' && parent['object'] === node ? parentOf.get(parent) : parent
        if (use?.type === 'AssignmentExpression' && (isWrite || use['left'] === parent))
          worst = worse(worst, this.of(use['right'] as Node))
        else if (
          use?.type === 'CallExpression' &&
          use['callee'] === parent &&
          CHANGES.has(calledName(use['callee'] as Node) ?? '')
        )
          worst = worse(worst, this.#ofArguments(use))
      }
    }
    return worst
  }

  #ofNew(node: Node): Kind {
    const root = rootOf(this.#code, node['callee'] as Node)
    if (root.kind !== 'global') return 'mutable'
    const path = pathOfGlobal(root)
    if (FIXED_CLASSES.test(path)) return 'fixed'
    const first = firstArgument(node)
    if (path === 'RegExp') return ofPattern(node)
    if (path === 'Map' || path === 'Set') {
      const contents = first ? this.of(first) : 'data'
      return contents === 'mutable' ? 'mutable' : 'table'
    }
    return 'mutable'
  }
}

/** Whether code makes functions or classes, other than callbacks of lists: they may remember something. */
function makesFunctions(node: Node): boolean {
  if (isFunction(node) || isClass(node)) return true
  if (node.type === 'CallExpression' && TO_DATA_OR_VALUE.has(calledName(node['callee'] as Node) ?? '')) {
    return [node['callee'] as Node, ...listAt(node, 'arguments').map(unwrap)].some((part) =>
      isFunction(part) ? makesFunctions(part['body'] as Node) : makesFunctions(part),
    )
  }
  return childNodesOf(node).some(makesFunctions)
}

/** `RegExp(source, flags)`, with `new` or without. */
function ofPattern(call: Node): Kind {
  const flags = listAt(call, 'arguments')[1]
  return flags && /[gy]/.test(nameOf(flags) ?? 'g') ? 'mutable' : 'fixed'
}

/** Whether an expression is a text by the way it is written. */
function isText(expression: Node): boolean {
  const node = unwrap(expression)
  if (node.type === 'TemplateLiteral') return true
  if (node.type === 'Literal') return typeof node['value'] === 'string'
  if (node.type !== 'CallExpression') return false
  const callee = unwrap(node['callee'] as Node)
  return (
    callee.type === 'MemberExpression' && calledName(callee) === 'concat' && isText(callee['object'] as Node)
  )
}

/** A pattern with `g` or `y` remembers where it has matched last. */
function isStatefulPattern(node: Node): boolean {
  const regex = node['regex'] as { flags?: string } | undefined
  return regex !== undefined && /[gy]/.test(regex.flags ?? '')
}

const TO_VALUE = new Set([
  'join',
  'toString',
  'toLowerCase',
  'toUpperCase',
  'trim',
  'trimStart',
  'trimEnd',
  'replace',
  'replaceAll',
  'slice',
  'substring',
  'padStart',
  'padEnd',
  'repeat',
  'charAt',
  'charCodeAt',
  'codePointAt',
  'indexOf',
  'lastIndexOf',
  'includes',
  'startsWith',
  'endsWith',
  'toFixed',
  'some',
  'every',
  'has',
  'test',
  'bind',
  'findIndex',
  'localeCompare',
  'normalize',
])

const TO_DATA = new Set([
  'map',
  'filter',
  'flatMap',
  'flat',
  'concat',
  'split',
  'reverse',
  'sort',
  'toSorted',
  'toReversed',
  'keys',
  'entries',
])

const TO_DATA_OR_VALUE: ReadonlySet<string> = new Set([...TO_DATA, ...TO_VALUE, 'forEach', 'find', 'reduce'])
