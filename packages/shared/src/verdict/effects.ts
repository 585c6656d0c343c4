/** What a module's body does to things that are not its own. */
import { childNodesOf, isClass, isFunction, listAt, type Node, unwrap } from './ast.ts'
import {
  appliesDecorators,
  calledName,
  definesExports,
  doesNothingTwice,
  isCounterName,
  isDecoratorsName,
  isHelperName,
  isHelperPackage,
  isInterop,
  isMetadataName,
} from './mechanics.ts'
import type { ModuleCode } from './module-code.ts'
import { pureExport, pureGlobal } from './pure-callees.ts'
import { firstArgument, pathOfGlobal, type Root, rootOf } from './roots.ts'
import { initOf } from './running.ts'

export interface FoundEffect {
  readonly node: Node
  /** The specifier of the module that it goes into; undefined for a global. */
  readonly specifier: string | undefined
  /** What it is called in the source. */
  readonly name: string
}

/** Functions of the realm that only act on their first argument. */
const ACTS_ON_FIRST =
  /^(?:Object|Reflect)\.(?:defineProperty|defineProperties|assign|freeze|seal|preventExtensions|setPrototypeOf|set|deleteProperty)$/

/** Functions of the realm that leave nothing behind. */
export const HARMLESS =
  /^(?:console|Object|Reflect|JSON|Math|Symbol|String|Number|Boolean|Array|Promise|Error|RegExp|Date|Intl|BigInt|performance|structuredClone|parseInt|parseFloat|require|eval|__dirname|__filename|vi|jest|vitest|expect)(?:\.|$)/

/** What keeps running when the body has ended, also where its result is kept. */
const KEEPS_RUNNING = /^(?:setInterval|setTimeout|setImmediate|requestAnimationFrame)$/

/** Methods by which something of the module's own holds the process: a port, a watcher. */
const OPENS = new Set(['listen'])

export function effectsOf(code: ModuleCode): FoundEffect[] {
  const found: FoundEffect[] = []
  for (const node of code.running.nodes(code.program, 'certain')) collect(code, node, found)
  return found
}

function collect(code: ModuleCode, node: Node, found: FoundEffect[]): void {
  switch (node.type) {
    case 'ExpressionStatement':
      for (const thrownAway of statementsOf(node['expression'] as Node)) {
        const effect = ofStatement(code, thrownAway)
        if (effect) found.push({ node: thrownAway, ...effect })
      }
      return
    case 'Decorator': {
      const effect = ofDecorator(code, node['expression'] as Node)
      if (effect) found.push({ node, ...effect })
      return
    }
    case 'CallExpression': {
      const callee = node['callee'] as Node
      const decorator = namedDecorator(code, callee)
      if (appliesDecorators(code.imports.calledName(callee))) found.push(...appliedDecorators(code, node))
      else if (decorator) {
        const effect = ofDecorator(code, decorator)
        if (effect) found.push({ node: decorator, ...effect })
      } else {
        const root = rootOf(code, node['callee'] as Node)
        if (root.kind === 'global' && KEEPS_RUNNING.test(pathOfGlobal(root)) && !isStatement(code, node)) {
          found.push({ node, specifier: undefined, name: pathOfGlobal(root) })
        }
      }
    }
  }
}

function isStatement(code: ModuleCode, node: Node): boolean {
  return code.names.parentOf.get(node)?.type === 'ExpressionStatement'
}

/** The expressions whose results are thrown away: `a(), b()`, `x && a()`, `await a()`. */
function statementsOf(expression: Node): Node[] {
  switch (expression.type) {
    case 'SequenceExpression':
      return listAt(expression, 'expressions').flatMap(statementsOf)
    case 'LogicalExpression':
      return statementsOf(expression['right'] as Node)
    case 'ConditionalExpression':
      return [
        ...statementsOf(expression['consequent'] as Node),
        ...statementsOf(expression['alternate'] as Node),
      ]
    case 'AwaitExpression':
    case 'UnaryExpression':
      if (expression['operator'] === 'delete') return [expression]
      return statementsOf(expression['argument'] as Node)
    case 'ParenthesizedExpression':
    case 'ChainExpression':
      return statementsOf(expression['expression'] as Node)
    default:
      return [expression]
  }
}

type Into = Pick<FoundEffect, 'specifier' | 'name'>

function ofStatement(code: ModuleCode, node: Node): Into | undefined {
  switch (node.type) {
    case 'CallExpression':
    case 'NewExpression':
      return ofCall(code, node)
    case 'AssignmentExpression':
      return ofTarget(code, node['left'] as Node)
    case 'UpdateExpression':
    case 'UnaryExpression':
      return ofTarget(code, node['argument'] as Node)
    case 'TaggedTemplateExpression':
      return into(rootOf(code, node['tag'] as Node))
    default:
      return undefined
  }
}

function ofCall(code: ModuleCode, call: Node): Into | undefined {
  const callee = unwrap(call['callee'] as Node)
  const helper = code.imports.calledName(callee)
  if (appliesDecorators(helper) || definesExports(helper) || isInterop(helper)) return undefined
  if (code.imports.required(call) !== undefined) return undefined
  const root = rootOf(code, callee)
  const name = calledName(callee) ?? ''
  switch (root.kind) {
    case 'global': {
      const path = pathOfGlobal(root)
      const first = firstArgument(call)
      if (ACTS_ON_FIRST.test(path)) return first && ofTarget(code, first)
      if (HARMLESS.test(path) || pureGlobal(path) || isCommonJsName(path)) return undefined
      return { specifier: undefined, name: root.name }
    }
    case 'import': {
      const { specifier, name: exported } = root.imported
      if (pureExport(specifier, exported) || pureExport(specifier, name)) return undefined
      // What a module tells us of itself ends with its copy.
      if (specifier === 'fresh-modules' || isHelperPackage(specifier)) return undefined
      if (doesNothingTwice(specifier, name)) return undefined
      return { specifier, name: specifier }
    }
    case 'own':
      if (root.binding && isHelperName(root.binding.name)) return undefined
      return OPENS.has(name) ? { specifier: undefined, name: `what ${name}() holds` } : undefined
  }
}

/** `exports.x = …`, `module.exports = …` and `this.x = …` are the module's own. */
function ofTarget(code: ModuleCode, target: Node): Into | undefined {
  const node = unwrap(target)
  if (node.type === 'Identifier') {
    if (code.names.bindingOf.has(node) || isCommonJsName(node['name'] as string)) return undefined
    return { specifier: undefined, name: node['name'] as string }
  }
  if (node.type !== 'MemberExpression') return undefined
  const root = rootOf(code, node['object'] as Node)
  if (root.kind === 'global' && isCommonJsName(pathOfGlobal(root).split('.')[0] as string)) return undefined
  return into(root)
}

function into(root: Root): Into | undefined {
  if (root.kind === 'import') return { specifier: root.imported.specifier, name: root.imported.specifier }
  if (root.kind === 'own' || isCounterName(root.name)) return undefined
  return { specifier: undefined, name: pathOfGlobal(root).split('.')[0] as string }
}

function isCommonJsName(name: string): boolean {
  return name === 'exports' || name === 'module' || name === 'module.exports' || isCounterName(name)
}

/** `Entity()`, `Reflect.metadata('key', String)`: metadata belongs to what is decorated. */
function ofDecorator(code: ModuleCode, decorator: Node): Into | undefined {
  const root = rootOf(code, decorator)
  return root.kind === 'global' && HARMLESS.test(pathOfGlobal(root)) ? undefined : into(root)
}

/** What Babel calls `_dec` and applies itself: `_dec = Entity(), _dec(_class = class User {})`. */
function namedDecorator(code: ModuleCode, node: Node): Node | undefined {
  const binding = code.names.bindingOf.get(unwrap(node))
  return binding && isDecoratorsName(binding.name) ? initOf(binding, code.names) : undefined
}

/** `__decorate([Entity(), …], User)` */
function appliedDecorators(code: ModuleCode, call: Node): FoundEffect[] {
  const found: FoundEffect[] = []
  const visit = (node: Node) => {
    if (isFunction(node) || isClass(node) || node.type === 'ObjectExpression') return
    const named = namedDecorator(code, node)
    if (named?.type === 'ArrayExpression') visit(named)
    else if (named || node.type === 'CallExpression') {
      const decorator = named ?? node
      const name = code.imports.calledName(
        decorator.type === 'CallExpression' ? (decorator['callee'] as Node) : decorator,
      )
      if (name && isMetadataName(name)) return
      const effect = ofDecorator(code, decorator)
      if (effect) found.push({ node: decorator, ...effect })
    } else if (node.type === 'ArrayExpression') {
      for (const element of listAt(node, 'elements')) {
        const plain = unwrap(element)
        // `[log, 2, "method"]`: a decorator that is not called.
        const effect =
          plain.type === 'Identifier' || plain.type === 'MemberExpression'
            ? ofDecorator(code, plain)
            : undefined
        if (effect?.specifier !== undefined) found.push({ node: element, ...effect })
        else visit(element)
      }
    } else if (node.type !== 'MemberExpression') for (const child of childNodesOf(node)) visit(child)
  }
  for (const argument of listAt(call, 'arguments')) visit(argument)
  return found
}
