/** To whom an expression leads: `process.env.X` to a global, `program.command('x').action` to an import. */
import { keyOf, listAt, type Node, unwrap } from './ast.ts'
import type { Binding } from './bindings.ts'
import type { Imported } from './imports.ts'
import type { ModuleCode } from './module-code.ts'
import { initOf } from './running.ts'

export type Root =
  | { readonly kind: 'import'; readonly imported: Imported }
  | { readonly kind: 'global'; readonly name: string; readonly path: string }
  | { readonly kind: 'own'; readonly binding: Binding | undefined }

/** The realm itself by its other names. */
const REALM = new Set(['globalThis', 'window', 'self', 'global', 'top', 'parent'])

export function rootOf(code: ModuleCode, expression: Node, seen: Set<Binding> = new Set()): Root {
  const node = unwrap(expression)
  const imported = code.imports.ofExpression(node)
  if (imported) return { kind: 'import', imported }
  switch (node.type) {
    case 'Identifier': {
      const binding = code.names.bindingOf.get(node)
      if (!binding) return { kind: 'global', name: node['name'] as string, path: node['name'] as string }
      return rootOfBinding(code, binding, seen)
    }
    case 'MemberExpression': {
      const root = rootOf(code, node['object'] as Node, seen)
      return root.kind === 'global' ? { ...root, path: `${root.path}.${keyOf(node) ?? '[]'}` } : root
    }
    // A chain: what a package's function returns is the package's as long as it is not kept under a name.
    case 'CallExpression':
      return rootOf(code, node['callee'] as Node, seen)
    case 'AwaitExpression':
      return rootOf(code, node['argument'] as Node, seen)
    default:
      return { kind: 'own', binding: undefined }
  }
}

/** A name for something of a package or of the realm leads there; what a call has made is the module's own. */
function rootOfBinding(code: ModuleCode, binding: Binding, seen: Set<Binding>): Root {
  const own: Root = { kind: 'own', binding }
  if (seen.has(binding)) return own
  seen.add(binding)
  const init = initOf(binding, code.names) ?? code.running.givenTo(binding)
  if (!init || (init.type !== 'MemberExpression' && init.type !== 'Identifier')) return own
  if (init.type === 'MemberExpression' && hasCall(init)) return own
  return rootOf(code, init, seen)
}

function hasCall(expression: Node): boolean {
  const node = unwrap(expression)
  if (node.type === 'MemberExpression') return hasCall(node['object'] as Node)
  return node.type === 'CallExpression' || node.type === 'NewExpression' || node.type === 'AwaitExpression'
}

/** `globalThis.process.env` without the realm's own name. */
export function pathOfGlobal({ path }: Extract<Root, { kind: 'global' }>): string {
  const names = path.split('.')
  const own = names.findIndex((name) => !REALM.has(name))
  return own <= 0 ? path : names.slice(own).join('.')
}

/** Whether it is the realm itself, by any of its names. */
export function isRealm({ path }: Extract<Root, { kind: 'global' }>): boolean {
  return path.split('.').every((name) => REALM.has(name))
}

/** The first argument of a call. */
export function firstArgument(call: Node): Node | undefined {
  return listAt(call, 'arguments')[0]
}
