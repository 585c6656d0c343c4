/** The CPU time of a process with all that it starts: a shell runs it and says what its children have used. */
import { readFileSync } from 'node:fs'

/** For `sh -c`, with the command as arguments: its exit code is the command's, and `$CPU_TIMES` names the file. */
export const TIMED = '"$@"; code=$?; times > "$CPU_TIMES"; exit $code'

/** Seconds, user and system. The second line of the shell's `times` is about children: "0m1.25s 0m0.40s". */
export function cpuSecondsIn(file: string): number {
  const times = readFileSync(file, 'utf8')
  const line = times.trim().split('\n')[1] ?? ''
  const parts = [...line.matchAll(/(\d+)m([\d.]+)s/g)]
  if (parts.length !== 2) throw new Error(`The shell's \`times\` printed "${times}".`)
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0)
}
