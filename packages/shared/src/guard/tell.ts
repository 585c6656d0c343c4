/** What the guard says of second copies that are evaluated all the same: a line for each, once per run. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { GuardState } from '../host/guard-state.ts'

// Taken once: tests spy on fs.
const { mkdirSync, readdirSync, statSync, unlinkSync, writeFileSync } = fs

const DAY = 24 * 60 * 60 * 1000

/** @param subject the package, or the module of none, that is reported */
export function tellOnce({ run, warned }: GuardState, subject: string, line: () => string): void {
  if (warned.has(subject)) return
  warned.add(subject)
  if (run === undefined || isFirst(run, subject)) console.warn(`[fresh-modules] ${line()}`)
}

/** Whether no other worker of the run has reported it: who makes the file reports. */
function isFirst(run: string, subject: string): boolean {
  // Milliseconds for each worker that loads it, and most have nothing to tell.
  const { createHash } = process.getBuiltinModule('node:crypto')
  const name = createHash('sha256').update(`${run}\0${subject}`).digest('hex').slice(0, 32)
  const folder = path.join(os.tmpdir(), 'fresh-modules-told')
  try {
    mkdirSync(folder, { recursive: true })
    removeOld(folder)
  } catch {
    // Reported twice is better than not at all.
    return true
  }
  try {
    writeFileSync(path.join(folder, name), '', { flag: 'wx' })
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EEXIST'
  }
}

/** What runs that are long over have left. */
function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name)
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat && Date.now() - stat.mtimeMs > DAY) unlinkSync(file)
  }
}
