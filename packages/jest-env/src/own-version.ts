import { readFileSync } from 'node:fs'
import path from 'node:path'

/** The version of this package: its manifest is one folder up, from `src` and from `dist`. */
export function ownVersion(): string {
  return JSON.parse(readFileSync(path.join(__dirname, '../package.json'), 'utf8')).version
}
