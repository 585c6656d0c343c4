/** Tells report or census that a module is about to be evaluated: of which package, and who imports it. */
import { importersChain, isBuiltinId } from 'fresh-modules/internal/core'
import type { LoadedCopy } from 'fresh-modules/internal/report'
import type { JestHost } from '../file/jest-host.ts'
import type { Evaluation } from '../jest/hook-points.ts'

interface Notes {
  notePackage(copy: LoadedCopy): void
}

export function notePackage(
  notes: Notes,
  host: JestHost | undefined,
  { id, importer, kind }: Pick<Evaluation, 'id' | 'importer' | 'kind'>,
): void {
  if (!host || isBuiltinId(id) || host.isProtected(id)) return
  const importedBy = () =>
    importer === undefined ? [] : [importer, ...importersChain(host.installed, importer)]
  notes.notePackage({ id, loader: 'Jest', format: () => (kind === 'import' ? 'esm' : 'cjs'), importedBy })
}
