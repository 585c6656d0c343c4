/** `env` of `importFresh`: the one thing that has to be put back, so calls with it run one after another. */
import type { CoreState } from '../host/core-state.ts'
import { enclosingCalls, runWithin } from '../host/pending-calls.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Sets the named variables in the realm's own `process.env`; returns what puts only those back. */
function setEnv(env: Env): () => void {
  const before = Object.keys(env).map((key) => [key, process.env[key]] as const)
  const assign = (key: string, value: string | undefined) => {
    if (value === undefined) delete process.env[key]
    else process.env[key] = value
  }
  for (const [key, value] of Object.entries(env)) assign(key, value)
  return () => {
    for (const [key, value] of before) assign(key, value)
  }
}

/** A call made inside of another's evaluation nests; any other waits for its turn. */
export async function withEnv<T>(state: CoreState, env: Env | undefined, run: () => Promise<T>): Promise<T> {
  if (!env) return run()
  const parent = [...enclosingCalls(state)]
  const isNested = parent.some(({ kind }) => kind === 'env')
  const before = state.envTail
  let done = () => {}
  if (!isNested) {
    state.envTail = new Promise((resolve) => {
      done = resolve
    })
    await before
  }
  const putBack = setEnv(env)
  try {
    return await runWithin(state, { kind: 'env', parent: parent[0] }, run)
  } finally {
    putBack()
    done()
  }
}

export function withEnvSync<T>(env: Env | undefined, run: () => T): T {
  if (!env) return run()
  const putBack = setEnv(env)
  try {
    return run()
  } finally {
    putBack()
  }
}
