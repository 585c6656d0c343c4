/**
 * Programs for tests of what only Node's own loader shows: they run in a process of their own, from our sources, since
 * Vitest's module runner takes each `import()` to itself.
 */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeTree } from './tree.ts'

const SOURCES = new URL('../src/', import.meta.url)

export interface Finished {
  /** What `print(value)` was called with, in order. */
  readonly printed: readonly unknown[]
  readonly status: number | null
  readonly stderr: string
  readonly dir: string
}

/**
 * Runs `main.mjs` of a tree of files. In all of them `core:` stands for the folder of our sources:
 * `import { importFresh } from 'core:index.ts'`.
 */
export function runProgram(
  files: Readonly<Record<string, string>>,
  nodeArgs: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Finished {
  const texts = Object.entries(files).map(([file, text]) => [
    file,
    text.replace(/core:/g, file.endsWith('.cjs') ? fileURLToPath(SOURCES) : SOURCES.href),
  ])
  const printing = "globalThis.print = (value) => console.log('print ' + JSON.stringify(value))"
  const tree = writeTree({
    'package.json': '{"type":"commonjs"}',
    'print.cjs': printing,
    ...Object.fromEntries(texts),
  })
  const { root: dir } = tree
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--require',
    path.join(dir, 'print.cjs'),
    ...nodeArgs,
    'main.mjs',
  ]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 30_000,
  })
  const printed = stdout
    .split('\n')
    .filter((line) => line.startsWith('print '))
    .map((line) => (line === 'print undefined' ? undefined : JSON.parse(line.slice('print '.length))))
  return { printed, status, stderr, dir }
}
