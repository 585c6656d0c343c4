/** What a request is made of, as Vite's compiled code and runner have it. */
import { posix } from 'node:path'
import type { RequestMetadata, RunnerModule } from './runner-internals.ts'

export const DYNAMIC: RequestMetadata = { isDynamicImport: true }

/** Dynamic imports of a variable come as they are written; static ones are urls already. */
export function resolveRelative(url: string, { url: importer }: RunnerModule): string {
  return url.startsWith('.') ? posix.resolve(posix.dirname(importer), url) : url
}
