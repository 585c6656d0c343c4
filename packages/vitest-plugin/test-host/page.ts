/** For unit tests of the DOM in Vitest's jsdom environment, of which each test file has one. */
import { domOf, type PageRealm } from '@fresh-modules/restore-globals'

// biome-ignore lint/suspicious/noExplicitAny: the types of the DOM are no part of this package
export const page = globalThis as any

export const pageRealm = domOf({ global: globalThis }) as PageRealm

export const { window } = pageRealm
