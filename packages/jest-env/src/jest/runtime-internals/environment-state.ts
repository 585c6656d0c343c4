/**
 * What environments keep apart from their global object, for a realm that goes on. Private fields of `@jest/fake-timers`, `jest-mock`,
 * `jest-environment-node` and `expect`, 29.7 to 30.5; where one is missing, what it would have done is not done.
 */

interface FakeTimers {
  useRealTimers(): void
  readonly _fakingTime?: boolean
}

interface LegacyFakeTimers extends FakeTimers {
  reset(): void
  _moduleMocker?: object
}

interface Mocker {
  restoreAllMocks(): void
  clearAllMocks(): void
}

/** From Jest 30 on: what files put on the global object is noted, to be emptied when the environment is torn down. */
interface GlobalProxy {
  readonly propertyToValue?: Map<unknown, unknown>
  readonly leftovers?: unknown[]
}

/** The part of an environment that starts over in each file. */
export interface EnvironmentState {
  readonly global: object
  moduleMocker: Mocker | null
  readonly fakeTimers?: LegacyFakeTimers | null
  readonly fakeTimersModern?: FakeTimers | null
  readonly _globalProxy?: GlobalProxy
}

export function isClockFaked({ fakeTimers, fakeTimersModern }: EnvironmentState): boolean {
  return fakeTimers?._fakingTime === true || fakeTimersModern?._fakingTime === true
}

export function endFakeClock(environment: EnvironmentState): void {
  const { fakeTimers, fakeTimersModern } = environment
  if (fakeTimersModern?._fakingTime !== false) fakeTimersModern?.useRealTimers()
  if (fakeTimers?._fakingTime !== false) fakeTimers?.useRealTimers()
  fakeTimers?.reset()
}

/** Spies are put back and histories forgotten; kept packages may go on using mock functions that this mocker has made. */
export function endMocks({ moduleMocker }: EnvironmentState): void {
  moduleMocker?.restoreAllMocks()
  moduleMocker?.clearAllMocks()
}

/** Counts and registries of a mocker are a file's own: it gets its own mocker, of the same class. */
export function beginMocks(environment: EnvironmentState): void {
  const { moduleMocker, fakeTimers, global } = environment
  if (!moduleMocker) return
  const Mocker = moduleMocker.constructor as new (global: object) => Mocker
  environment.moduleMocker = new Mocker(global)
  // Legacy timers are mock functions.
  if (fakeTimers && '_moduleMocker' in fakeTimers) fakeTimers._moduleMocker = environment.moduleMocker
}

/** What files have put on the global object, and what was taken off it again, is held by nobody. */
export function forgetGlobals({ _globalProxy }: EnvironmentState): void {
  _globalProxy?.propertyToValue?.clear()
  _globalProxy?.leftovers?.splice(0)
}

/** Where `expect` keeps matchers, testers and state: on the global object, for good. */
export const MATCHERS = Symbol.for('$$jest-matchers-object')
const IS_OF_EXPECT = Symbol.for('$$jest-internal-matcher')

interface MatchersObject {
  readonly matchers: Record<PropertyKey, { readonly [IS_OF_EXPECT]?: boolean }>
  readonly customEqualityTesters?: unknown[]
  readonly state: Record<string, unknown>
}

/** The next file loads its own `expect`, which sets its matchers: those that were added go. */
export function endExpect(global: object): void {
  const { matchers, customEqualityTesters, state } = (Reflect.get(global, MATCHERS) ??
    {}) as Partial<MatchersObject>
  for (const key of Reflect.ownKeys(matchers ?? {})) {
    if (matchers?.[key]?.[IS_OF_EXPECT] !== true) Reflect.deleteProperty(matchers ?? {}, key)
  }
  customEqualityTesters?.splice(0)
  if (!state) return
  for (const key of Object.keys(state)) delete state[key]
  Object.assign(state, {
    assertionCalls: 0,
    expectedAssertionsNumber: null,
    isExpectingAssertions: false,
    numPassingAsserts: 0,
    suppressedErrors: [],
  })
}
