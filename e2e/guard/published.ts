/** Published packages that break when they are doubled, apart from those that every host has. Projects get copies of them. */
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hostDir, type Project, packagesDir } from '../harness/index.ts'

const DEPENDENCIES = {
  '@opentelemetry/api': '^1.9.0',
  '@sinclair/typebox': '^0.34.0',
  graphql: '^16.11.0',
  mongoose: '^8.19.0',
  'styled-components': '^6.1.0',
  // Native addons whose binaries are part of the package.
  'tree-sitter': '~0.21.1',
  'tree-sitter-json': '^0.24.8',
  yjs: '^13.6.0',
  zod: '^4.1.0',
  // Second versions.
  graphql15: 'npm:graphql@^15.10.0',
  typebox33: 'npm:@sinclair/typebox@~0.33.0',
  yjs135: 'npm:yjs@~13.5.0',
  zod3: 'npm:zod@^3.25.0',
}

export type Published = keyof typeof DEPENDENCIES | 'react' | 'prom-client'

/**
 * Copies a package and what it depends on into a folder of the project, as an installer would. Peer dependencies are
 * left to what the project finds. `as`: the name of its folder.
 */
export async function addPackage(
  app: Project,
  name: Published,
  { into = 'node_modules', as = name }: { into?: string; as?: string } = {},
): Promise<void> {
  const extra = await packagesDir('guarded', DEPENDENCIES)
  // The framework's own folder is above that of our packages.
  const from = name in DEPENDENCIES ? extra : join(await hostDir(app.host.name), '..')
  const copied = new Set<string>()
  const copy = (name: string, as: string): void => {
    const source = join(from, 'node_modules', name)
    if (copied.has(name) || !existsSync(source)) return
    copied.add(name)
    cpSync(source, join(app.dir, into, as), { recursive: true })
    const { dependencies = {} } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as {
      dependencies?: object
    }
    for (const dependency of Object.keys(dependencies)) copy(dependency, dependency)
  }
  copy(name, as)
}
