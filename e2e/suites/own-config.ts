/** The suite's own framework and config, and a config of ours beside it that adds the adapter and nothing else. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What starts the framework, besides the suite's own arguments and the place of the report. */
export interface Invocation {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What was written for this run into the suite's folder. */
  readonly files: readonly string[]
}

/** The first of these files that a folder holds. */
export function firstOf(dir: string, names: readonly string[]): string | undefined {
  return names.map((name) => join(dir, name)).find((file) => existsSync(file))
}

export interface Command {
  readonly version: string
  /** The script behind the command. */
  readonly script: string
}

/** The framework that a folder sees, as Node would look for it. */
export function commandOf(name: string, dir: string): Command {
  for (let at = dir; ; at = dirname(at)) {
    const manifest = join(at, 'node_modules', name, 'package.json')
    if (existsSync(manifest)) {
      const { version, bin } = JSON.parse(readFileSync(manifest, 'utf8'))
      return { version, script: join(dirname(manifest), typeof bin === 'string' ? bin : bin[name]) }
    }
    if (at === dirname(at)) throw new Error(`There is no ${name} in ${dir}: is the suite installed?`)
  }
}

/**
 * Beside the suite's own config, since what stands in it may be relative to that. The name is that of this process, so runs
 * of several builds do not meet.
 */
export function writeBeside(beside: string, ending: string, contents: string): string {
  const file = join(dirname(beside), `.fresh-modules-${process.pid}.${ending}`)
  writeFileSync(file, contents)
  return file
}
