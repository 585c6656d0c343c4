/** Vitest's collectors of tests and hooks: how to hear of each hook that is registered. */

export type Hook = (...args: never[]) => unknown

/** What collects the tests and hooks of a file, or of a `describe`. Vitest 4.1 and 5.1 have both. */
export interface Collector {
  on?: (name: string, ...hooks: Hook[]) => unknown
  /** The collectors of inner suites, each there before its callback runs, and tests. */
  readonly tasks?: object[]
}

/**
 * @param onHook called for each hook that is registered at the top level of a file
 * @param onInner the same within a `describe`, however deep
 */
export function watchCollector(
  collector: Collector,
  onHook: (name: string, hooks: readonly Hook[]) => void,
  onInner: (name: string, hooks: readonly Hook[]) => void,
): void {
  const { on } = collector
  if (!on) return
  collector.on = (name, ...hooks) => {
    onHook(name, hooks)
    return on.call(collector, name, ...hooks)
  }
  watchInner(collector, onInner)
}

function watchInner({ tasks }: Collector, onInner: (name: string, hooks: readonly Hook[]) => void): void {
  if (!tasks) return
  const { push } = tasks
  tasks.push = (...added: object[]) => {
    for (const task of added as Collector[]) watchCollector(task, onInner, onInner)
    return push.apply(tasks, added)
  }
}
