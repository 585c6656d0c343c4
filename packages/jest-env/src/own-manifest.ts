import { readFileSync } from 'node:fs'
import path from 'node:path'

interface OwnManifest {
  readonly name: string
  readonly version: string
}

let own: OwnManifest | undefined

/** Name and version of this package: its manifest is one folder up, from `src` and from `dist`. Read once. */
export function ownManifest(): OwnManifest {
  own ??= JSON.parse(readFileSync(path.join(__dirname, '../package.json'), 'utf8')) as OwnManifest
  return own
}
