import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type GuardedCopy, type ModuleId, NODE_LOADER } from 'fresh-modules/internal'
import { afterAll, describe, expect, test } from 'vitest'
import { REMEDIES } from './remedies.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'remedies-')))
afterAll(() => rmSync(root, { recursive: true }))
const installed = (name: string, type: string): string => {
  const file = join(root, 'node_modules', name, 'index.js')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(join(dirname(file), 'package.json'), JSON.stringify({ name, version: '1.0.0', type }))
  return file
}
const esmUser = installed('esm-user', 'module')
const cjsUser = installed('cjs-user', 'commonjs')

const copy = (id: string, importer: string, more: Partial<GuardedCopy> = {}): GuardedCopy => ({
  id: id as ModuleId,
  importedBy: [importer as ModuleId],
  loader: "Vitest's module runner",
  format: 'esm',
  ...more,
})
const own = copy('/app/node_modules/graphql/index.mjs', '/app/a.ts')

describe('a package in two places', () => {
  test('is deduplicated for modules of the project', () => {
    expect(REMEDIES.dedupe('graphql', own)).toContain("Add resolve: { dedupe: ['graphql'] } to the config")
  })

  test('is deduplicated for an ES module package once that is inlined', () => {
    const remedy = REMEDIES.dedupe('graphql', copy('/g/index.mjs', esmUser))
    expect(remedy).toContain(
      "dedupe: ['graphql'] }, and test: { server: { deps: { inline: ['esm-user'] } } }",
    )
  })

  test('is to be installed once where a CommonJS package requires it by itself', () => {
    expect(REMEDIES.dedupe('graphql', copy('/g/index.js', cjsUser))).toContain(
      'npm dedupe: "cjs-user" requires',
    )
  })
})

describe('a package by two loaders', () => {
  const byNode = (importer: string) =>
    copy('/app/node_modules/graphql/index.js', importer, { loader: NODE_LOADER, format: 'cjs' })

  test('is inlined with the ES module package that has Node load it, whichever copy came first', () => {
    const inline = "inline: ['graphql', 'esm-user']"
    expect(REMEDIES.oneLoader('graphql', own, byNode(esmUser))).toContain(inline)
    expect(REMEDIES.oneLoader('graphql', byNode(esmUser), own)).toContain(inline)
  })

  test("is led to Node's file for all others", () => {
    const alias = "{ find: /^graphql$/, replacement: '/app/node_modules/graphql/index.js' }"
    expect(REMEDIES.oneLoader('graphql', own, byNode(cjsUser))).toContain(alias)
    expect(REMEDIES.oneLoader('graphql', own, byNode('/app/b.ts'))).toContain(alias)
  })

  test('is named so that the pattern is a valid one', () => {
    expect(REMEDIES.oneLoader('@a/b', own, byNode(cjsUser))).toContain('find: /^@a\\/b$/')
    expect(REMEDIES.oneLoader('/app/db.cjs', own, byNode('/app/b.ts'))).toContain('find: "/app/db.cjs"')
  })
})

test('two builds of a package are led to the CommonJS one, and importers that are installed are inlined', () => {
  const cjs = copy('/g/index.js', cjsUser, { format: 'cjs' })
  expect(REMEDIES.oneFormat('graphql', own, cjs)).toMatch(/replacement: '\/g\/index\.js' \}\] \}\.$/)
  expect(REMEDIES.oneFormat('graphql', cjs, copy('/g/index.mjs', esmUser))).toContain("inline: ['esm-user']")
})
