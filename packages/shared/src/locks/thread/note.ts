import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Holder } from '../types.ts'
import type { LockFolder } from './lock-folder.ts'

/** What a holder leaves next to its lock. The token is new for each time a lock is taken. */
export interface HolderNote extends Holder {
  readonly token: string
}

/** Written whole or not at all: readers must not see half a note. */
export function writeNote(folder: LockFolder, name: string, note: HolderNote): void {
  const draft = folder.path(`${name}~${note.workerId}.tmp`)
  try {
    writeFileSync(draft, `${JSON.stringify(note, null, 2)}\n`)
    renameSync(draft, folder.note(name))
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** Undefined: there is none, or it is junk, which is no more than a holder without a name. */
export function readNote(folder: LockFolder, name: string): HolderNote | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(folder.note(name), 'utf8'))
    return isNote(note) ? note : undefined
  } catch {
    return undefined
  }
}

export function withoutToken({ token: _, ...holder }: HolderNote): Holder {
  return holder
}

export function removeNote(folder: LockFolder, name: string): void {
  // Recursive for what is not our own note: a folder in its place.
  rmSync(folder.note(name), { recursive: true, force: true })
}

function isNote(note: unknown): note is HolderNote {
  if (typeof note !== 'object' || note === null) return false
  const fields = note as Record<string, unknown>
  const texts = ['host', 'worker', 'workerId', 'module', 'since', 'token']
  return typeof fields['pid'] === 'number' && texts.every((field) => typeof fields[field] === 'string')
}
