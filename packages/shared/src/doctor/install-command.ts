import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const managers = [
  { lockfile: 'pnpm-lock.yaml', command: 'pnpm add --save-dev' },
  { lockfile: 'yarn.lock', command: 'yarn add --dev' },
  { lockfile: 'bun.lock', command: 'bun add --dev' },
  { lockfile: 'package-lock.json', command: 'npm install --save-dev' },
]

/** The line that installs packages for development, by the package manager whose lockfile is nearest. */
export function installCommand(dir: string, packages: readonly string[]): string {
  for (let at = dir; ; at = dirname(at)) {
    const found = managers.find(({ lockfile }) => existsSync(join(at, lockfile)))
    if (found) return `${found.command} ${packages.join(' ')}`
    if (at === dirname(at)) return `npm install --save-dev ${packages.join(' ')}`
  }
}
