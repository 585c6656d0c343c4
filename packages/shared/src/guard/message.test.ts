import { beforeEach, describe, expect, test } from 'vitest'
import { fakeInstalled } from '../../test-host/fake-host.ts'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { resolveSpec } from '../flags/specs.ts'
import { NODE_LOADER } from '../host/guard-state.ts'
import type { GuardedCopy, ModuleHost } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import { duplicateMessage } from './message.ts'

const copyOf = (id: string, more: Partial<GuardedCopy> = {}): GuardedCopy => ({
  id: id as ModuleId,
  importedBy: [],
  loader: 'one loader',
  format: 'esm',
  ...more,
})

interface Situation {
  readonly overrides?: Partial<ModuleHost>
  readonly rawReset?: { what: string; at: string | undefined }
}

function message(first: GuardedCopy, second: GuardedCopy, { overrides, rawReset }: Situation = {}): string {
  const installed = fakeInstalled(
    {},
    {
      specs: [{ match: ['./db.js', 'react'], allowReimport: false, reason: 'there is one' }],
      ...overrides,
    },
  )
  installed.state.guard.rawReset = rawReset
  return duplicateMessage(installed, resolveSpec(installed, second.id, { kind: 'source' }), first, second)
}

test('says which module, who set the flag and why, and who imported which copy', () => {
  const first = copyOf('/app/db.js', { importedBy: ['/app/a.js', '/app/a.test.js'] as ModuleId[] })
  const second = copyOf('/app/db.js?x=1', { importedBy: ['/app/b.js'] as ModuleId[] })
  const text = message(first, second)
  expect(text).toMatch(
    /^Failed to evaluate a second copy of "\/app\/db\.js": .* allowReimport: false, set by config/,
  )
  expect(text).toContain('"there is one"')
  expect(text).toContain('First copy:  /app/db.js, imported by /app/a.js <- /app/a.test.js\n')
  expect(text).toContain('Second copy: /app/db.js?x=1, imported by /app/b.js\n')
})

test('says nothing of importers that are not known', () => {
  expect(message(copyOf('/app/db.js'), copyOf('/app/db.js'))).not.toContain('imported by')
})

describe('the reason and what to do', () => {
  const db = copyOf('/app/db.js')

  test('of a raw reset are the call, where it was made, and to remove it', () => {
    const text = message(db, db, { rawReset: { what: 'vi.resetModules()', at: '/app/a.test.js:3:5' } })
    expect(text).toContain('dropped from the registry by vi.resetModules(), called at /app/a.test.js:3:5.')
    expect(text).toContain('Remove that reset')
    expect(message(db, db, { rawReset: { what: 'jest.resetModules()', at: undefined } })).toContain(
      'by jest.resetModules().',
    )
  })

  test('of a drop by something unknown say so', () => {
    expect(message(db, db)).toContain('dropped from the registry by something other than unload()')
  })

  test('of another id are to import it as the first', () => {
    const text = message(copyOf('/app/db.js?v=1'), db)
    expect(text).toContain('The same file was imported under another id')
    expect(text).toContain('Import it as "/app/db.js" everywhere.')
  })

  test('of two formats are to have one', () => {
    expect(message(db, copyOf('/app/db.js', { format: 'cjs' }))).toContain('the other the CommonJS build')
  })

  test('of two loaders are what the host proposes, or to have one', () => {
    const other = copyOf('/app/db.js', { loader: 'another loader', importedBy: ['/app/b.js'] as ModuleId[] })
    expect(message(db, other)).toContain('One copy is loaded by one loader, the other by another loader.')
    expect(message(db, other)).toContain('Have one of them load "/app/db.js" for everybody.')
    const remedies = {
      dedupe: (name: string) => `dedupe ${name}`,
      oneLoader: (name: string, _: GuardedCopy, second: GuardedCopy) =>
        `inline ${name} for ${second.importedBy[0]}`,
      oneFormat: (name: string) => `one format of ${name}`,
    }
    expect(message(db, other, { overrides: { remedies } })).toContain('inline /app/db.js for /app/b.js')
    expect(message(db, copyOf('/app/db.js', { format: 'cjs' }), { overrides: { remedies } })).toContain(
      'one format of /app/db.js',
    )
  })

  test("of a second evaluation by Node's loader are the deleted entry, whatever was reset before", () => {
    const byNode = copyOf('/app/db.js', { loader: NODE_LOADER, format: 'cjs' })
    const text = message(byNode, byNode, { rawReset: { what: 'vi.resetModules()', at: undefined } })
    expect(text).toContain('Its entry was deleted from require.cache')
    expect(text).not.toContain('vi.resetModules()')
  })
})

describe('copies of one installed package', () => {
  let tree: Tree
  beforeEach(() => {
    tree = writeTree({
      'node_modules/react/package.json': { name: 'react', version: '19.0.0' },
      'node_modules/a/node_modules/react/package.json': { name: 'react', version: '19.0.0' },
      'node_modules/b/node_modules/react/package.json': { name: 'react', version: '18.0.0' },
    })
  })
  const react = (folder = '', more: Partial<GuardedCopy> = {}) =>
    copyOf(tree.at(`${folder}node_modules/react/index.js`), more)

  test('are named by the package', () => {
    expect(message(react(), react())).toMatch(/^Failed to evaluate a second copy of "react": /)
  })

  test('of two versions: both versions with their folders, and to align them', () => {
    const text = message(react(), react('node_modules/b/'))
    expect(text).toContain(`Two versions are installed: 19.0.0 in ${tree.at('node_modules/react')}`)
    expect(text).toContain(`18.0.0 in ${tree.at('node_modules/b/node_modules/react')}`)
    expect(text).toContain('npm ls react')
  })

  test('in two places: both folders, and to install it once', () => {
    const text = message(react(), react('node_modules/a/', { loader: 'another', format: 'cjs' }))
    expect(text).toContain(`It is installed in two places: ${tree.at('node_modules/react')} and `)
    expect(text).toContain('npm dedupe')
  })
})
