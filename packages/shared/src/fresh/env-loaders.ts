/** Packages that set the environment when one of their files is evaluated: `import 'dotenv/config'`. */
import { basename } from 'node:path'
import { fileOf, isFileId, isFirstParty, type ModuleId } from '../host/module-id.ts'
import { packageOf } from '../host/packages.ts'

const PACKAGES: ReadonlySet<string> = new Set([
  'dotenv',
  'dotenv-defaults',
  'dotenv-expand',
  'dotenv-flow',
  'dotenv-safe',
  '@dotenvx/dotenvx',
])

/** Whether the module is the file of such a package that does it: `dotenv` itself only when it is called. */
export function loadsEnv(id: ModuleId): boolean {
  if (!isFileId(id) || isFirstParty(id)) return false
  const file = fileOf(id)
  return /^config\.[cm]?js$/.test(basename(file)) && PACKAGES.has(packageOf(file)?.name ?? '')
}
