import type { GlobalsPart } from '../src/change.ts'

/** Puts back what has changed, and says what that was. */
export function undoAll(part: GlobalsPart): string[] {
  return [...part.changes()].map((change) => {
    change.undo()
    return change.what
  })
}
