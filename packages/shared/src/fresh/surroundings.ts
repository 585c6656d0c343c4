/** `env` and `globals` of `importFresh`: what has to be put back, so calls with them run one after another. */
import type { CoreState } from '../host/core-state.ts'
import { NotFreshError } from '../host/errors.ts'
import { enclosingCalls, runWithin } from '../host/pending-calls.ts'

export type Env = Readonly<Record<string, string | undefined>>
type GlobalValues = Readonly<Record<string, unknown>>

/** What a module sees around it while it is evaluated; undefined where it is as it is. */
export interface Surroundings {
  readonly env: Env | undefined
  readonly globals: GlobalValues | undefined
}

/** Variables that are set for a call now -> notes what else is not as it was. */
const settings = new WeakMap<Env, () => void>()

/** A package that sets the environment has done so within the call: that is put back with what the call has set. */
export function noteEnvLoaded(env: Env): void {
  settings.get(env)?.()
}

/** Sets the named variables in the realm's own `process.env`; returns what puts back those, and what was noted. */
function setEnv(env: Env): () => void {
  const all = { ...process.env }
  const before = new Map(Object.keys(env).map((key) => [key, process.env[key]]))
  const outer = settings.get(env)
  settings.set(env, () => {
    for (const key of new Set([...Object.keys(all), ...Object.keys(process.env)])) {
      if (!before.has(key) && process.env[key] !== all[key]) before.set(key, all[key])
    }
  })
  const assign = (key: string, value: string | undefined) => {
    if (value === undefined) delete process.env[key]
    else process.env[key] = value
  }
  for (const [key, value] of Object.entries(env)) assign(key, value)
  return () => {
    for (const [key, value] of before) assign(key, value)
    if (outer) settings.set(env, outer)
    else settings.delete(env)
  }
}

/**
 * Sets the named properties of the realm's own `globalThis`; returns what puts only those back.
 *
 * @throws `ERR_NOT_FRESH` for one that cannot be changed; nothing is changed then
 */
function setGlobals(globals: GlobalValues, target: string): () => void {
  const undos: (() => void)[] = []
  const putBack = () => {
    for (const undo of undos.splice(0).reverse()) undo()
  }
  for (const [key, value] of Object.entries(globals)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, key)
    if (!setGlobal(key, value, before)) {
      putBack()
      throw new NotFreshError(
        target,
        `globalThis.${key} cannot be changed in this realm, whose window or framework has defined it for good`,
        'Leave it out of globals, or test the module in a file whose environment is node.',
      )
    }
    undos.push(() => {
      if (before) Object.defineProperty(globalThis, key, before)
      else Reflect.deleteProperty(globalThis, key)
    })
  }
  return putBack
}

function setGlobal(key: string, value: unknown, before: PropertyDescriptor | undefined): boolean {
  if (value === undefined && Reflect.deleteProperty(globalThis, key) && !(key in globalThis)) return true
  // What is inherited, as from a window's prototype, is hidden by an own property.
  const { enumerable = true, configurable = true, writable = false } = before ?? {}
  if (!configurable) return writable && Reflect.set(globalThis, key, value)
  return Reflect.defineProperty(globalThis, key, { value, enumerable, writable: true, configurable: true })
}

function surround({ env, globals }: Surroundings, target: string): () => void {
  // Globals first: one that cannot be changed leaves the environment alone.
  const putBackGlobals = globals ? setGlobals(globals, target) : undefined
  const putBackEnv = env ? setEnv(env) : undefined
  return () => {
    putBackGlobals?.()
    putBackEnv?.()
  }
}

/**
 * A call made inside of another's evaluation nests; any other waits for its turn.
 *
 * @param target for messages
 */
export async function withSurroundings<T>(
  state: CoreState,
  wanted: Surroundings,
  target: string,
  run: () => Promise<T>,
): Promise<T> {
  if (!wanted.env && !wanted.globals) return run()
  const parent = [...enclosingCalls(state)]
  const isNested = parent.some(({ kind }) => kind === 'surroundings')
  const before = state.surroundingsTail
  let done = () => {}
  if (!isNested) {
    state.surroundingsTail = new Promise((resolve) => {
      done = resolve
    })
    await before
  }
  try {
    const putBack = surround(wanted, target)
    try {
      return await runWithin(state, { kind: 'surroundings', parent: parent[0] }, run)
    } finally {
      putBack()
    }
  } finally {
    done()
  }
}

export function withSurroundingsSync<T>(wanted: Surroundings, target: string, run: () => T): T {
  if (!wanted.env && !wanted.globals) return run()
  const putBack = surround(wanted, target)
  try {
    return run()
  } finally {
    putBack()
  }
}
