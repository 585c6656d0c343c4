/**
 * Spies on exports. `vi.spyOn` keeps what it has replaced, and `vi.restoreAllMocks` puts that back whenever it is
 * called, also where the spy was restored before (Vitest 4.0 to 5.1): after a reload that would be the old export. So a
 * spy gets a view of the namespace, through which it can change exports until it is restored for good.
 */
import { types } from 'node:util'

interface View {
  isOver: boolean
}

/** Namespace -> the views that spies on it hold. Emptied when its spies are restored for good. */
const views = new WeakMap<object, View[]>()

/** What `vi.spyOn` is to be given in place of an object: a view of it, if it is a namespace of the module runner. */
export function viewForSpy(object: object): object {
  if (!isNamespace(object)) return object
  const view: View = { isOver: false }
  const others = views.get(object)
  if (others) others.push(view)
  else views.set(object, [view])
  return new Proxy(object, {
    defineProperty(target, key, descriptor) {
      // Not by Reflect: what cannot be spied on has to fail with the error that Vitest knows.
      if (!view.isOver) Object.defineProperty(target, key, descriptor)
      return true
    },
  })
}

/** From now on no spy that there is changes the namespace. */
export function endSpies(namespace: object): void {
  for (const view of views.get(namespace) ?? []) view.isOver = true
  views.delete(namespace)
}

/** Not those of Node's loader, nor Vitest's proxies of them: they cannot be changed. */
function isNamespace(object: object): boolean {
  return (
    Object.prototype.toString.call(object) === '[object Module]' &&
    !types.isModuleNamespaceObject(object) &&
    !types.isProxy(object)
  )
}
