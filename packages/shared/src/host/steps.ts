/**
 * One algorithm, two drivers. The helpers are generators that yield what may have to be waited for; `importFresh`
 * runs them asynchronously, `requireFresh` in one go. So the two can never drift apart.
 */
export type MaybePromise<T> = T | Promise<T>
export type Steps<T> = Generator<unknown, T, unknown>

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/** Waits for a value inside of steps. Values must not be module namespaces: one may export a `then`. */
export function* wait<T>(value: MaybePromise<T>): Steps<T> {
  return (isThenable(value) ? yield value : value) as T
}

export async function runAsync<T>(steps: Steps<T>): Promise<T> {
  return continueAsync(steps, steps.next())
}

async function continueAsync<T>(steps: Steps<T>, first: IteratorResult<unknown, T>): Promise<T> {
  let next = first
  while (!next.done) {
    let settled: unknown
    try {
      settled = await next.value
    } catch (error) {
      next = steps.throw(error)
      continue
    }
    next = steps.next(settled)
  }
  return next.value
}

/** Runs steps as far as they go at once: the plain result if nothing had to be waited for, else a promise. */
export function runMaybe<T>(steps: Steps<T>): MaybePromise<T> {
  const first = steps.next()
  return first.done ? first.value : continueAsync(steps, first)
}

/** Runs steps that must not wait; `onWait` makes the error for a step that would have to. */
export function runSync<T>(steps: Steps<T>, onWait: () => Error): T {
  let next = steps.next()
  while (!next.done) {
    // The promise that nobody will wait for must not surface as an unhandled rejection.
    ;(next.value as PromiseLike<unknown>).then(undefined, () => {})
    next = steps.throw(onWait())
  }
  return next.value
}
