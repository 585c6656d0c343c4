/** For unit tests: small file trees in a temporary folder. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { toSlashes } from '../src/host/paths.ts'

export interface Tree {
  /** By real path, as module ids are. */
  readonly root: string
  at(file: string): string
  write(files: Record<string, string | object>): void
}

/**
 * Writes a tree: path -> text, or an object that is written as JSON. It is there until the test that writes it, or whose
 * `beforeEach` does, has finished.
 */
export function writeTree(files: Record<string, string | object>): Tree {
  const root = toSlashes(fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'fresh-modules-'))))
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }))
  const tree: Tree = {
    root,
    at: (file) => `${root}/${file}`,
    write(more) {
      for (const [file, content] of Object.entries(more)) {
        fs.mkdirSync(path.dirname(tree.at(file)), { recursive: true })
        fs.writeFileSync(tree.at(file), typeof content === 'string' ? content : JSON.stringify(content))
      }
    },
  }
  tree.write(files)
  return tree
}
