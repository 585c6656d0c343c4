/** For unit tests of the DOM in Vitest's jsdom environment, of which each test file has one. */
import { type DomRealm, domOf, type RealWindow } from '../src/dom/window.ts'

// biome-ignore lint/suspicious/noExplicitAny: the types of the DOM are no part of this package
export const page = globalThis as any

export const { realm, window } = domOf(globalThis) as { realm: DomRealm; window: RealWindow }
