/** Namespaces of the module runner: plain objects whose exports are configurable getters. */
import type { RunnerModule } from '../vitest/runner-internals.ts'
import { endSpies } from './spies.ts'

export type Namespace = Record<string | symbol, unknown>

export function namespaceOf(mod: RunnerModule): Namespace {
  return mod.exports as Namespace
}

// Namespace -> the exports that its last evaluation by us has defined. For a first evaluation, which is the runner's,
// exports are recognised by their shape.
const defined = new WeakMap<object, Set<string | symbol>>()

/**
 * Moves the exports of a new evaluation onto the namespace that everybody holds, in one step: getters come along, so
 * that later assignments are live. Exports that no longer exist go; what others have put there stays.
 */
export function replaceExports(namespace: Namespace, fresh: Namespace): void {
  restoreSpies(namespace)
  const keys = Reflect.ownKeys(fresh).filter((key) => key !== Symbol.toStringTag)
  for (const key of exportsOf(namespace)) if (!keys.includes(key)) delete namespace[key]
  for (const key of keys) {
    Object.defineProperty(namespace, key, Object.getOwnPropertyDescriptor(fresh, key) as PropertyDescriptor)
  }
  defined.set(namespace, new Set(keys))
}

/** The exports of a namespace while Vitest's evaluator defines new ones there. */
export interface TakenExports {
  /** The evaluation has succeeded: what it has not defined again is gone. */
  finish(): void
  /** Every export as it was. */
  putBack(): void
}

export function takeExports(namespace: Namespace): TakenExports {
  const before = new Map<string | symbol, PropertyDescriptor>()
  for (const key of exportsOf(namespace)) {
    const descriptor = Object.getOwnPropertyDescriptor(namespace, key)
    if (descriptor) before.set(key, descriptor)
  }
  for (const key of before.keys()) delete namespace[key]
  const others = new Set(Reflect.ownKeys(namespace))
  const added = () => Reflect.ownKeys(namespace).filter((key) => !others.has(key))
  return {
    finish: () => {
      defined.set(namespace, new Set(added()))
    },
    putBack: () => {
      for (const key of added()) delete namespace[key]
      for (const [key, descriptor] of before) Object.defineProperty(namespace, key, descriptor)
    },
  }
}

export function newNamespace(): Namespace {
  const namespace = Object.create(null) as Namespace
  Object.defineProperty(namespace, Symbol.toStringTag, {
    value: 'Module',
    enumerable: false,
    configurable: false,
  })
  return namespace
}

/** What a module has defined on its namespace. */
export function exportsOf(namespace: Namespace): ReadonlySet<string | symbol> {
  return (
    defined.get(namespace) ?? new Set(Reflect.ownKeys(namespace).filter((key) => isExport(namespace, key)))
  )
}

/** Vite defines exports as getters without setter; `default` of inlined CommonJS is a value. */
function isExport(namespace: Namespace, key: string | symbol): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(namespace, key)
  if (!descriptor?.configurable) return false
  return key === 'default' || (descriptor.get !== undefined && descriptor.set === undefined)
}

/**
 * `vi.spyOn` keeps the old descriptor to put back, which would bring the old export back after a reload. So spies on
 * exports are restored first, for good.
 */
export function restoreSpies(namespace: Namespace): void {
  for (const key of Reflect.ownKeys(namespace)) {
    const descriptor = Object.getOwnPropertyDescriptor(namespace, key)
    if (!descriptor?.configurable || key === Symbol.toStringTag) continue
    for (const value of [descriptor.get, read(namespace, key)]) {
      if (isSpy(value)) value.mockRestore()
    }
  }
  endSpies(namespace)
}

function read(namespace: Namespace, key: string | symbol): unknown {
  try {
    return namespace[key]
  } catch {
    // A binding that its module never initialised.
    return undefined
  }
}

function isSpy(value: unknown): value is { mockRestore(): void } {
  return (
    typeof value === 'function' &&
    (value as { _isMockFunction?: boolean })._isMockFunction === true &&
    typeof (value as { mockRestore?: unknown }).mockRestore === 'function'
  )
}
