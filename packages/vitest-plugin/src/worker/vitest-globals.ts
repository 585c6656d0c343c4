/** What of a realm's globals is Vitest's own: what it keeps there, and how its state is put back. */
import { createRequire } from 'node:module'
import { ArraysPart, type GlobalsOptions } from '@fresh-modules/restore-globals'
import { chai, expect, vi } from 'vitest'
import { type Expect, equalityTesters, SerializersPart } from './expect-part.ts'
import { WindowValuesPart } from './window-values.ts'

/** What Vitest, Vite, coverage and fresh-modules keep on the global object. */
const OWN_STRINGS = /^__(?:vitest|vite|coverage)/i
const OWN_SYMBOLS = /^(?:vitest:|fresh-modules|\$\$jest|matchers-object)/

/** Vitest sets these before each file, to what they are to be. */
const SET_BY_VITEST = new Set(['VITEST_WORKER_ID', 'VITEST_POOL_ID'])

/** Marks a listener of fresh-modules itself, which outlives the file that made it needed. */
export const OWN_LISTENER = Symbol.for('fresh-modules.own-listener')

export const vitestGlobals: GlobalsOptions = {
  isOwnGlobal: (key) =>
    typeof key === 'symbol' ? OWN_SYMBOLS.test(key.description ?? '') : OWN_STRINGS.test(String(key)),
  isOwnVariable: (name) => SET_BY_VITEST.has(name),
  isOwnListener: (listener) => OWN_LISTENER in listener,
  isClockFaked: () => vi.isFakeTimers(),
  undoOfFramework() {
    vi.useRealTimers()
    vi.unstubAllGlobals()
    vi.unstubAllEnvs()
  },
  // The jsdom that Vitest's environment has loaded.
  requireOfDom: (specifier) => createRequire(import.meta.resolve('vitest'))(specifier),
  parts: ({ page, adopt }) => [
    new ArraysPart('framework', { 'the equality testers of expect': equalityTesters(globalThis) }),
    new SerializersPart([expect, chai.expect] as unknown as Expect[]),
    ...(page ? [new WindowValuesPart(page, adopt)] : []),
  ],
}
