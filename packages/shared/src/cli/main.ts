#!/usr/bin/env node
/** The command `fresh-modules`. */
import { doctor } from './doctor.ts'
import { failureText } from './failure-text.ts'
import { report } from './report.ts'

const USAGE = `Usage: fresh-modules <command>

  doctor [filters] [-- options of Vitest or Jest]   what fresh-modules would do for a suite, and whether it is safe
  doctor --help                                     its options
  report merge <file> <file> …                      one report of several shards or machines`

/** Name → what runs it, and returns the exit code. */
const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  doctor,
  report,
}

const [name = '--help', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command) {
  process.exitCode = await command(args).catch((error: unknown) => {
    console.error(failureText(error))
    return 2
  })
} else if (name === '--help' || name === '-h') {
  console.log(USAGE)
} else {
  console.error(`There is no command "${name}".\n\n${USAGE}`)
  process.exitCode = 2
}
