/** What a module's body does to things that are not its own, and what it reads of the world. */
import { childrenOf, isClass, isFunction, keyOf, listAt, type Node, unwrap } from './ast.ts'
import {
  appliesDecorators,
  calledName,
  definesExports,
  isCounterName,
  isHelperName,
  isInterop,
} from './mechanics.ts'
import type { ModuleCode } from './module-code.ts'
import { pureExport, pureGlobal } from './pure-callees.ts'
import { firstArgument, pathOfGlobal, type Root, rootOf } from './roots.ts'

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
const HARMLESS =
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
      const effect = into(rootOf(code, node['expression'] as Node))
      if (effect) found.push({ node, ...effect })
      return
    }
    case 'CallExpression': {
      if (appliesDecorators(node['callee'] as Node)) found.push(...appliedDecorators(code, node))
      else {
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
  if (appliesDecorators(callee) || definesExports(callee) || isInterop(callee)) return undefined
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
      if (specifier === 'fresh-modules') return undefined
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

/** `__decorate([Entity(), …], User)` */
function appliedDecorators(code: ModuleCode, call: Node): FoundEffect[] {
  const found: FoundEffect[] = []
  const visit = (node: Node) => {
    if (isFunction(node) || isClass(node)) return
    if (node.type === 'ArrayExpression') {
      for (const element of listAt(node, 'elements')) {
        if (element.type === 'ArrayExpression') visit(element)
        else {
          const name = calledName(element.type === 'CallExpression' ? (element['callee'] as Node) : element)
          // What TypeScript writes of types and parameters.
          if (name && /^_{0,2}(?:ts_)?(?:metadata|param)$/.test(name)) continue
          const effect = into(rootOf(code, element))
          if (effect) found.push({ node: element, ...effect })
        }
      }
      return
    }
    for (const child of childrenOf(node)) visit(child)
  }
  for (const argument of listAt(call, 'arguments')) visit(argument)
  return found
}

/** Globals that stand for the world outside of the module: what they say may differ from one evaluation to the next. */
const WORLD =
  /^(?:process\.(?:env|argv|cwd|platform|stdout|stdin)|performance|document|location|navigator|localStorage|sessionStorage|history|screen|matchMedia|innerWidth|innerHeight|Date\.now|Math\.random|crypto\.(?:randomUUID|getRandomValues)|fetch|Deno|Bun)(?:\.|$)/

const FILE_SYSTEM = /^(?:node:)?(?:fs|fs\/promises|os|child_process)$|^(?:fs-extra|graceful-fs)$/

/** The first thing that the body reads of the world while it runs. */
export function worldRead(code: ModuleCode): Node | undefined {
  const found: Node[] = []
  for (const { node } of code.names.globals) {
    if (!code.running.isPossible(node)) continue
    const outer = outermostMember(code, node)
    const root = rootOf(code, outer)
    if (root.kind !== 'global') continue
    const path = pathOfGlobal(root)
    const parent = code.names.parentOf.get(outer)
    if (parent?.type === 'UnaryExpression' && parent['operator'] === 'typeof') continue
    if (WORLD.test(path) || isForeignGlobal(root) || isNow(parent, outer, path)) found.push(outer)
  }
  for (const node of code.running.nodes(code.program, 'possible')) {
    if (isEnv(node)) found.push(node)
    else if (node.type === 'CallExpression') {
      const imported = code.imports.ofExpression(node['callee'] as Node)
      if (imported && FILE_SYSTEM.test(imported.specifier)) found.push(node)
    }
  }
  return found.sort((one, other) => one.start - other.start)[0]
}

/** What the realm has by itself; whatever else is there, somebody has put there, and may replace. */
const BUILTINS: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(globalThis),
  ...[
    'exports',
    'module',
    'require',
    '__filename',
    '__dirname',
    'arguments',
    'undefined',
    'window',
    'self',
    'top',
    'parent',
  ],
])

/** A global that somebody has defined: `__VERSION__`, `globalThis.settings`. A framework's own are no values. */
function isForeignGlobal(root: Extract<Root, { kind: 'global' }>): boolean {
  const [name = ''] = pathOfGlobal(root).split('.')
  return !BUILTINS.has(name) && !isCounterName(name) && !HARMLESS.test(name) && !DEFINES_TESTS.test(name)
}

const DEFINES_TESTS =
  /^(?:describe|suite|it|test|bench|before|after|beforeAll|beforeEach|afterAll|afterEach|x?f?(?:describe|it|test))$/

/** `new Date()`, without a time. */
function isNow(parent: Node | undefined, node: Node, path: string): boolean {
  if (path !== 'Date' || !parent || parent['callee'] !== node) return false
  return listAt(parent, 'arguments').length === 0
}

function isEnv(node: Node): boolean {
  if (node.type !== 'MemberExpression' || keyOf(node) !== 'env') return false
  return (node['object'] as Node).type === 'MetaProperty'
}

function outermostMember(code: ModuleCode, node: Node): Node {
  let at = node
  for (let parent = code.names.parentOf.get(at); parent; parent = code.names.parentOf.get(at)) {
    if (parent.type !== 'MemberExpression' || parent['object'] !== at) return at
    at = parent
  }
  return at
}
