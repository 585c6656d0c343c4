/** What a module's body reads of the world while it runs: the environment, the clock, files, what others have put on the realm. */
import { keyOf, listAt, type Node, nameOf, nodeAt } from './ast.ts'
import { type Binding, targetsOf } from './bindings.ts'
import { HARMLESS } from './effects.ts'
import { isCounterName } from './mechanics.ts'
import type { ModuleCode } from './module-code.ts'
import { isRealm, pathOfGlobal, type Root, rootOf } from './roots.ts'

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
    if (parent?.type === 'UnaryExpression' && parent['operator'] === 'typeof') {
      // Whether there is a page does not change; what somebody may put on the realm does.
      if (outer !== node && isForeignGlobal(root) && !OF_A_PAGE.test(path)) found.push(outer)
      continue
    }
    if (WORLD.test(path) || isForeignGlobal(root) || isNow(parent, outer, path)) found.push(outer)
  }
  for (const binding of code.names.bindings) found.push(...readByName(code, binding))
  for (const node of code.running.nodes(code.program, 'possible')) {
    if (isEnv(node) || takesWorld(code, node)) found.push(node)
    else if (node.type === 'CallExpression') {
      const imported = code.imports.ofExpression(node['callee'] as Node)
      if (imported && FILE_SYSTEM.test(imported.specifier)) found.push(node)
    }
  }
  return found.sort((one, other) => one.start - other.start)[0]
}

/** What is read by a name that stands for the realm or the process: `const g = globalThis; g.settings`. */
function readByName(code: ModuleCode, binding: Binding): Node[] {
  const imported = code.imports.of(binding)
  if (imported ? !PROCESS.test(imported.specifier) : rootOfName(code, binding)?.kind !== 'global') return []
  const read: Node[] = []
  for (const { node } of binding.references) {
    if (!code.running.isPossible(node)) continue
    const outer = outermostMember(code, node)
    const isWhole = imported?.name === '*' || imported?.name === 'default'
    const path = imported
      ? ['process', ...(isWhole ? [] : [imported.name]), ...keysOf(code, node)].join('.')
      : undefined
    if (path === undefined ? isReadOfRealm(code, outer) : WORLD.test(path)) read.push(outer)
  }
  return read
}

function rootOfName(code: ModuleCode, binding: Binding): Root | undefined {
  const [first] = binding.references
  return first && rootOf(code, first.node)
}

function isReadOfRealm(code: ModuleCode, outer: Node): boolean {
  const root = rootOf(code, outer)
  const parent = code.names.parentOf.get(outer)
  if (outer.type !== 'MemberExpression' || root.kind !== 'global') return false
  if (parent?.type === 'AssignmentExpression' && parent['left'] === outer) return false
  return WORLD.test(pathOfGlobal(root)) || isForeignGlobal(root)
}

/** `const { settings } = globalThis`, `'settings' in globalThis` */
function takesWorld(code: ModuleCode, node: Node): boolean {
  if (node.type === 'VariableDeclarator') {
    if ((node['id'] as Node).type !== 'ObjectPattern') return false
    const init = nodeAt(node, 'init')
    const root = init && rootOf(code, init)
    if (root?.kind !== 'global') return false
    return targetsOf(node['id'] as Node).some(({ key }) => isWorld(root, key ?? '[]'))
  }
  if (node.type !== 'BinaryExpression' || node['operator'] !== 'in') return false
  const key = nameOf(node['left'] as Node)
  const root = rootOf(code, node['right'] as Node)
  if (key === undefined || root.kind !== 'global') return false
  return isRealm(root) && isWorld(root, key) && !OF_A_PAGE.test(key)
}

function isWorld(root: Extract<Root, { kind: 'global' }>, key: string): boolean {
  const part = { ...root, path: `${root.path}.${key}` }
  return WORLD.test(pathOfGlobal(part)) || isForeignGlobal(part)
}

const PROCESS = /^(?:node:)?process$/

/** What tells a page, a worker or another runtime from Node: tests do not put it there and take it away. */
const OF_A_PAGE =
  /^(?:document|navigator|location|history|screen|localStorage|sessionStorage|matchMedia|importScripts|define|chrome|[A-Z]\w*)(?:\.|$)/

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

/** The names by which what an identifier stands for is read: `env` and `A` of `process.env.A`. */
function keysOf(code: ModuleCode, node: Node): string[] {
  const keys: string[] = []
  let at = node
  for (let parent = code.names.parentOf.get(at); parent; parent = code.names.parentOf.get(at)) {
    if (parent.type !== 'MemberExpression' || parent['object'] !== at) break
    keys.push(keyOf(parent) ?? '[]')
    at = parent
  }
  return keys
}

function outermostMember(code: ModuleCode, node: Node): Node {
  let at = node
  for (let parent = code.names.parentOf.get(at); parent; parent = code.names.parentOf.get(at)) {
    if (parent.type !== 'MemberExpression' || parent['object'] !== at) return at
    at = parent
  }
  return at
}
