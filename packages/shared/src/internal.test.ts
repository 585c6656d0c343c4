import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import * as publicNames from './index.ts'
import * as internal from './internal.ts'

const repository = fileURLToPath(new URL('../../../', import.meta.url))

/** What code outside of the core imports from 'fresh-modules/internal'. */
function importedNames(): Set<string> {
  const files = globSync('packages/{vitest-plugin,jest-env}/src/**/*.ts', { cwd: repository }).filter(
    (file) => !file.endsWith('.test.ts'),
  )
  const imports = /import\s+(?:type\s+)?\{([^}]*)\}\s*from\s*'fresh-modules\/internal(?:\/core)?'/g
  const lists = files.flatMap((file) =>
    Array.from(readFileSync(`${repository}/${file}`, 'utf8').matchAll(imports), ([, list = '']) => list),
  )
  const names = lists
    .flatMap((list) => list.split(','))
    .map((name) => name.replace(/^\s*(?:type )?|\s*$/g, ''))
  return new Set(names.map((name) => name.replace(/ as .*/, '')).filter(Boolean))
}

// The core itself requires the first, in order to load the host for Node only where it is needed; the contract suite the second.
const OWN = ['installNodeHost', 'registerNode']
// Types that exported ones are made of: a declaration file must be able to name them.
const MENTIONED = ['CompiledRules', 'ModuleKind', 'ResolvedSpec']

/** Names that may be there. */
function expectedNames(): Set<string> {
  return new Set([...importedNames(), ...OWN])
}

describe('fresh-modules/internal', () => {
  test('holds what adapters use, and nothing that none of them uses', () => {
    const unused = Object.keys(internal).filter((name) => !expectedNames().has(name))
    expect(unused).toEqual([])
  })

  test('holds types by the same measure', () => {
    const source = ['internal-core.ts', 'internal.ts']
      .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
      .join('\n')
    const exported = [...source.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) => list.split(','))
    const names = exported.map((name) => name.replace('type ', '').trim()).filter(Boolean)
    expect([...expectedNames(), ...MENTIONED].sort()).toEqual(names.sort())
  })

  test('has the very same thing where a name is public as well', () => {
    const shared = Object.keys(internal).filter((name) => name in publicNames)
    expect(shared).toContain('FreshModulesError')
    for (const name of shared) expect(internal).toHaveProperty(name, Reflect.get(publicNames, name))
  })
})
