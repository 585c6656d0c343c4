/** The line under the failure of a test that had modules reset before it. */
import { fileOf, isFileId, type ModuleId } from '../host/module-id.ts'
import { relativeTo } from '../host/paths.ts'

const NAMED = 3

/** @param freshened what the reset has evaluated again or dropped */
export function failureHint(root: string, freshened: readonly ModuleId[]): string | undefined {
  if (freshened.length === 0) return undefined
  const names = freshened.slice(0, NAMED).map((id) => (isFileId(id) ? relativeTo(root, fileOf(id)) : id))
  const more = freshened.length - names.length
  const list = more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ')
  return (
    `fresh-modules had reset ${list} before this test. If it relies on what an earlier test left there, begin the file with: ` +
    '/** @fresh-modules reset-between-files: <why> */'
  )
}
