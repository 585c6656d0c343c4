/** What every part of the realm's state says in the same way: what is not as it was. */

/** One thing that is not as it was when the part was captured. */
export interface Change {
  /** What it is, as users know it: `process.env.PORT`. Unique among the changes of all parts. */
  readonly what: string
  /** What is there now. Two looks at one and the same change find the same. */
  readonly now: unknown
  /** Puts back what was there. Throws where that cannot be done. */
  undo(): void
  /** Makes what is there now what is put back from here on. */
  keep(): void
}

/** A part of the state of the realm that can be looked at and put back. */
export interface GlobalsPart {
  capture(): void
  changes(): Iterable<Change>
}

/** What restoring came to. */
export interface GlobalsReport {
  /** What was put back. */
  readonly restored: readonly string[]
  /** What could not be put back, why, and the file after which it was found. */
  readonly left: readonly { readonly what: string; readonly why: string; readonly file: string }[]
}
