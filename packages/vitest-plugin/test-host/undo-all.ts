import type { GlobalsPart } from '@fresh-modules/restore-globals'

/** Puts back what has changed, and says what that was. */
export function undoAll(part: GlobalsPart): string[] {
  return [...part.changes()].map((change) => {
    change.undo()
    return change.what
  })
}
