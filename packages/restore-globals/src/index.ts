/** Puts back what test files that share a realm change apart from modules. Knows no framework. */
export { sitesOf } from './callers.ts'
export type { Change, Found, GlobalsPart, Kind, Outcome } from './change.ts'
export { read } from './dom/dom-objects.ts'
export { type DomRealm, domOf, type PageRealm, type RealWindow } from './dom/window.ts'
export { createGlobals, type FrameworkRealm, type Globals, type GlobalsOptions } from './globals.ts'
export { forgetsBetweenFiles, PackageStates } from './packages/package-states.ts'
export { ArraysPart } from './process-part.ts'
export type { Realm } from './realm.ts'
