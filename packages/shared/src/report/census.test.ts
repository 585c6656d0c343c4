import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fakeInstalled } from '../../test-host/fake-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import type { SpecRule } from '../host/module-spec.ts'
import { censusLines, WorkerCensus } from './census.ts'
import { PartWriter, readParts } from './parts.ts'

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), 'census-unit-')))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** A package in two places, of two versions unless they are the same. */
function twoOf(name: string, { versions = ['1.0.0', '2.0.0'], manifest = {} } = {}): ModuleId[] {
  return ['node_modules', 'node_modules/other/node_modules'].map((place, index) => {
    const dir = path.join(root, place, name)
    mkdirSync(dir, { recursive: true })
    writeFileSync(
      path.join(dir, 'package.json'),
      JSON.stringify({ name, version: versions[index], ...manifest }),
    )
    return path.join(dir, 'index.js') as ModuleId
  })
}

/** What is told of a run in which each of `workers` workers has loaded all of these in one file. */
function toldOf(ids: readonly ModuleId[], specs: SpecRule[] = [], workers = 1): string[] {
  const folder = path.join(root, 'parts')
  for (let worker = 0; worker < workers; worker++) {
    const writer = new PartWriter(folder, `worker-${worker}`)
    writer.write({ type: 'worker', worker: `${worker}`, host: 'Jest 30', node: 'v24', root })
    const census = new WorkerCensus(writer)
    const importedBy = () => [path.join(root, 'src/a.test.js') as ModuleId]
    for (const id of ids) census.notePackage({ id, loader: 'Jest', format: () => 'cjs', importedBy })
    census.endFile(fakeInstalled({}, { specs }), path.join(root, 'src/a.test.js'))
  }
  return censusLines(readParts(folder))
}

describe('the census', () => {
  test('has a line for each package, whatever number of workers has loaded it, and the rules to write', () => {
    expect(toldOf([...twoOf('beta'), ...twoOf('alpha')], [], 2)).toEqual([
      'fresh-modules: 2 packages that nobody has marked were loaded in more than one copy',
      '  alpha: 1.0.0 CommonJS by Jest (imported by src/a.test.js); 2.0.0 CommonJS by Jest (imported by src/a.test.js)',
      '  beta: 1.0.0 CommonJS by Jest (imported by src/a.test.js); 2.0.0 CommonJS by Jest (imported by src/a.test.js)',
      "  Add { match: 'alpha', allowReimport: false, across: 'versions' } to the specs option to have a second copy refused, or { match: 'alpha', allowReimport: true } where two are fine.",
    ])
  })

  test('names the rule for two places of one version, which count by that alone', () => {
    expect(toldOf(twoOf('pkg', { versions: ['1.0.0', '1.0.0'] })).at(-1)).toContain(
      "Add { match: 'pkg', allowReimport: false, across: 'places' } to",
    )
  })

  test.each<[string, SpecRule[], object?]>([
    ['a rule refuses', [{ match: 'pkg', allowReimport: false }]],
    ['a rule allows', [{ match: 'pkg', allowReimport: true }]],
    ['a rule is silent about', [{ match: 'pkg', onDuplicate: 'off' }]],
    ['a manifest speaks of', [], { freshModules: { allowReimport: false } }],
  ])('leaves out a package that %s', (_, specs, manifest = {}) => {
    expect(toldOf(twoOf('pkg', { manifest }), specs)).toEqual([])
  })

  test('leaves known singletons to the guard', () => {
    expect(toldOf(twoOf('graphql'))).toEqual([])
  })

  test('says nothing where each package was loaded once', () => {
    expect(toldOf(twoOf('pkg').slice(1))).toEqual([])
  })
})
