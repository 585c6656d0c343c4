/** What every part of a realm's state says in the same way: what is not as it was, and what became of it. */

/** To what a change belongs. */
export type Kind =
  /** A property of the global object, of a builtin, of a module of Node's, of a class or an object of the DOM. */
  | 'property'
  /** A variable of `process.env`. */
  | 'variable'
  /** Other state of the process: working directory, exit code, arguments. */
  | 'process'
  | 'listener'
  | 'timer'
  /** An animation frame or an observer that would call back. */
  | 'callback'
  /** A patch that a package keeps its own account of. */
  | 'package'
  /** What the document shows. */
  | 'document'
  | 'location'
  | 'cookies'
  | 'storage'
  | 'custom element'
  /** State of the framework's own, as matchers. */
  | 'framework'

/** One thing that is not as it was when the part was captured. */
export interface Change {
  /** What it is, as users know it: `process.env.PORT`. Unique among the changes of all parts. */
  readonly what: string
  readonly kind: Kind
  /** What is there now. Two looks at one and the same change find the same. */
  readonly now: unknown
  /** Puts back what was there. Throws where that cannot be done, without naming values. */
  undo(): void
  /** Makes what is there now what is put back from here on. */
  keep(): void
}

/** A part of the state of a realm that can be looked at and put back. */
export interface GlobalsPart {
  capture(): void
  changes(): Iterable<Change>
}

/** One thing that has changed, by its name. */
export type Found = Pick<Change, 'what' | 'kind'>

/** What became of one thing that a file has changed. It holds names, and never values: those may be secrets. */
export type Outcome = Found &
  ({ readonly restored: true } | { readonly restored: false; readonly why: string })

export function restored(kind: Kind, what: string): Outcome {
  return { what, kind, restored: true }
}
