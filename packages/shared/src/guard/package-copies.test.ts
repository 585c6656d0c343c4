import { beforeEach, describe, expect, test } from 'vitest'
import { fakeInstalled } from '../../test-host/fake-host.ts'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { resolveSpec } from '../flags/specs.ts'
import type { CoreState } from '../host/core-state.ts'
import type { GuardedCopy } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import type { SpecRule } from '../host/module-spec.ts'
import { forgetPackages } from '../host/packages.ts'
import { notePackage, otherPackageCopy } from './package-copies.ts'

let tree: Tree
beforeEach(() => forgetPackages())

/** Installs packages: folder below the root -> its files. A manifest without a name gets that of the folder. */
function install(packages: Record<string, Record<string, string | object>>): void {
  const files = Object.entries(packages).flatMap(([dir, own]) =>
    Object.entries({ 'package.json': {}, ...own }).map(([file, text]) => [`${dir}/${file}`, text] as const),
  )
  tree = writeTree({ 'package.json': { name: 'app' }, ...Object.fromEntries(files) })
}

const copy = (file: string, more: Partial<GuardedCopy> = {}): GuardedCopy => ({
  id: tree.at(file) as ModuleId,
  importedBy: [],
  loader: 'one loader',
  format: 'esm',
  ...more,
})

function newState(specs: readonly SpecRule[] = []): CoreState {
  return fakeInstalled({}, { specs, root: tree.root }).state
}

const specOf = (state: CoreState, { id }: GuardedCopy) =>
  resolveSpec({ host: fakeInstalled().host, state }, id, { kind: 'source' })

/** Notes one copy, and tells which one the other is a copy of. */
function firstOf(first: GuardedCopy, second: GuardedCopy, state = newState()): ModuleId | undefined {
  notePackage(state, specOf(state, first), first)
  return otherPackageCopy(state, specOf(state, second), second)?.id
}

const ONE = 'node_modules/pkg'
const TWO = 'node_modules/a/node_modules/pkg'
const V1 = { 'package.json': { version: '1.0.0' } }
const V2 = { 'package.json': { version: '2.0.0' } }
const ACROSS = (across: 'file' | 'places' | 'versions'): SpecRule[] => [{ match: 'pkg', across }]

describe('what is noted', () => {
  test('is the first copy of a package, with where it lies and of what version it is', () => {
    install({ [ONE]: V1, [TWO]: V2 })
    const state = newState()
    for (const file of [`${ONE}/index.js`, `${ONE}/sub.js`, `${TWO}/index.js`]) {
      notePackage(state, specOf(state, copy(file)), copy(file))
    }
    expect([...state.guard.packages]).toEqual([
      ['pkg', { ...copy(`${ONE}/index.js`), dir: tree.at(ONE), version: '1.0.0' }],
    ])
  })

  test('is no file of the project, no builtin, no virtual module, and nothing outside of packages', () => {
    install({ [ONE]: V1 })
    const state = newState()
    const ids = [tree.at('src/a.js'), 'node:fs', 'virtual:x', tree.at('node_modules/.vite/deps/pkg.js')]
    for (const id of ids) {
      const one = { ...copy(''), id: id as ModuleId }
      notePackage(state, specOf(state, one), one)
    }
    expect(state.guard.packages.size).toBe(0)
  })

  test('is not what a package loads of itself: that came in by another of its files', () => {
    install({ [ONE]: V1 })
    const state = newState()
    const own = copy(`${ONE}/sub.js`, { importedBy: [tree.at(`${ONE}/index.js`) as ModuleId] })
    notePackage(state, specOf(state, own), own)
    expect(state.guard.packages.size).toBe(0)
  })
})

describe('another place', () => {
  test.each([
    ['file', undefined],
    ['places', ONE],
    ['versions', ONE],
  ] as const)('of the same version, where copies count across %s: %s', (across, first) => {
    install({ [ONE]: V1, [TWO]: V1 })
    const found = firstOf(copy(`${ONE}/index.js`), copy(`${TWO}/index.js`), newState(ACROSS(across)))
    expect(found).toBe(first && tree.at(`${first}/index.js`))
  })

  test.each([
    ['places', undefined],
    ['versions', ONE],
  ] as const)('of another version, where copies count across %s: %s', (across, first) => {
    install({ [ONE]: V1, [TWO]: V2 })
    const found = firstOf(copy(`${ONE}/index.js`), copy(`${TWO}/index.js`), newState(ACROSS(across)))
    expect(found).toBe(first && tree.at(`${first}/index.js`))
  })

  test('under another name counts as the package that it is', () => {
    install({
      [ONE]: V1,
      'node_modules/pkg-too': { 'package.json': { name: 'pkg', version: '1.0.0' } },
    })
    const second = copy('node_modules/pkg-too/index.js')
    expect(firstOf(copy(`${ONE}/index.js`), second, newState(ACROSS('places')))).toBeDefined()
  })

  test('counts whatever the loader or the format: it is another one anyway', () => {
    install({ [ONE]: V1, [TWO]: V1 })
    const second = copy(`${TWO}/index.js`, { loader: 'another loader', format: 'cjs' })
    expect(firstOf(copy(`${ONE}/index.js`), second)).toBeUndefined()
    expect(firstOf(copy(`${ONE}/index.js`), second, newState(ACROSS('places')))).toBeDefined()
  })

  test('of another package is none', () => {
    install({ [ONE]: V1, 'node_modules/other': V1 })
    const second = copy('node_modules/other/index.js')
    expect(
      firstOf(copy(`${ONE}/index.js`), second, newState([{ match: /./, across: 'places' }])),
    ).toBeUndefined()
  })

  test('counts as the last rule that says anything of it says', () => {
    install({ [ONE]: V1, [TWO]: V1 })
    const rules: SpecRule[] = [...ACROSS('file'), ...ACROSS('places'), { match: 'pkg', reason: 'r' }]
    const [first, second] = [copy(`${ONE}/index.js`), copy(`${TWO}/index.js`)]
    expect(firstOf(first, second, newState(rules))).toBeDefined()
    expect(firstOf(first, second, newState([...rules, ...ACROSS('file')]))).toBeUndefined()
  })

  test('counts as the table says where no rule does, unless it is switched off', () => {
    const [one, two] = ['node_modules/react', 'node_modules/a/node_modules/react']
    install({ [one]: V1, [two]: V1 })
    const [first, second] = [copy(`${one}/index.js`), copy(`${two}/index.js`)]
    expect(firstOf(first, second)).toBeDefined()
    const state = newState()
    state.knownSingletons = false
    expect(firstOf(first, second, state)).toBeUndefined()
  })
})

describe('the same place', () => {
  const [main, sub] = [`${ONE}/index.js`, `${ONE}/sub.js`]

  test('is one copy by one loader in one format, or where the format is not known', () => {
    install({ [ONE]: V1 })
    expect(firstOf(copy(main), copy(sub))).toBeUndefined()
    expect(firstOf(copy(main), copy(sub, { format: undefined }))).toBeUndefined()
    expect(firstOf(copy(main, { format: undefined }), copy(sub))).toBeUndefined()
  })

  test('is two copies by two loaders, but for what is no more than an entry', () => {
    install({ [ONE]: V1 })
    const second = copy(sub, { loader: 'another loader' })
    expect(firstOf(copy(main), second)).toBe(tree.at(main))
    expect(firstOf(copy(main), { ...second, isEntryOnly: true })).toBeUndefined()
    expect(firstOf(copy(main, { isEntryOnly: true }), second)).toBeUndefined()
  })

  test('is its own affair where it loads more of itself, in whatever format', () => {
    install({ [ONE]: V1 })
    const importedBy = [tree.at(main), tree.at('src/a.js')] as ModuleId[]
    expect(firstOf(copy(main), copy(sub, { format: 'cjs', importedBy }))).toBeUndefined()
    const fromOutside = [...importedBy].reverse()
    expect(firstOf(copy(main), copy(sub, { format: 'cjs', importedBy: fromOutside }))).toBe(tree.at(main))
    const virtual = ['virtual:x' as ModuleId]
    expect(firstOf(copy(main), copy(sub, { format: 'cjs', importedBy: virtual }))).toBe(tree.at(main))
  })
})

describe('an ES module next to the CommonJS build', () => {
  const COMMONJS = { type: 'commonjs' }
  const MODULE = { type: 'module' }

  /** Whether `entry.mjs` counts as a second copy next to the CommonJS build. */
  function counts(entry: string, more: Record<string, string | object> = {}): boolean {
    install({ [ONE]: { 'entry.mjs': entry, ...more } })
    const esm = copy(`${ONE}/entry.mjs`)
    const cjs = copy(`${ONE}/index.cjs`, { format: 'cjs' })
    const [there, back] = [firstOf(esm, cjs) !== undefined, firstOf(cjs, esm) !== undefined]
    expect(there, 'it must not matter which comes first').toBe(back)
    return there
  }

  test.each([
    ['by a default import', "import pkg from './index.cjs'\nexport default pkg"],
    ['by a re-export', 'export * from "./index.cjs"'],
    ['by an import of nothing', "import './index.cjs'"],
    ['from a folder above', "import pkg from '../pkg/index.cjs'"],
    ['of TypeScript', "export * from './index.cts'"],
    ['by code without spaces', 'import a from"./index.cjs";export{a}'],
    ['together with imports of its own', "import './own.mjs'\nimport a from './index.cjs'"],
  ])('is no copy where it hands that out %s', (_, entry) => {
    expect(counts(entry)).toBe(false)
  })

  test.each([
    ['nothing', 'export const a = 1'],
    ['ES modules', "export * from './own.mjs'"],
    ['other packages', "import a from 'other/index.cjs'"],
    ['data', "import data from './data.json' with { type: 'json' }"],
  ])('is a copy where it imports %s', (_, entry) => {
    expect(counts(entry)).toBe(true)
  })

  test('is a copy whatever the CommonJS build imports', () => {
    expect(counts('export const a = 1', { 'index.cjs': "// import './helper.cjs'" })).toBe(true)
  })

  test('is a copy where its file cannot be read', () => {
    install({ [ONE]: V1 })
    const second = copy(`${ONE}/index.cjs`, { format: 'cjs' })
    expect(firstOf(copy(`${ONE}/absent.mjs`), second)).toBeDefined()
  })

  describe('is told by what Node makes of a file that it imports', () => {
    const entry = "export * from './build/deep/index.js'"
    test.each<[string, boolean, Record<string, string | object>]>([
      ['a package that says nothing', false, {}],
      ['a package of CommonJS', false, { 'package.json': COMMONJS }],
      ['a package of ES modules', true, { 'package.json': MODULE }],
      ['a folder of ES modules', true, { 'build/deep/package.json': MODULE }],
      ['a folder further up of ES modules', true, { 'build/package.json': MODULE }],
      [
        'a folder of CommonJS in a package of ES modules',
        false,
        { 'package.json': MODULE, 'build/package.json': COMMONJS },
      ],
      [
        'a folder of CommonJS in one of ES modules',
        false,
        { 'build/package.json': MODULE, 'build/deep/package.json': COMMONJS },
      ],
      [
        'a folder that says nothing in a package of ES modules',
        false,
        { 'package.json': MODULE, 'build/package.json': { sideEffects: false } },
      ],
      ['a folder whose package.json is broken', true, { 'package.json': MODULE, 'build/package.json': '{' }],
    ])('%s: %j', (_, isCopy, more) => {
      expect(counts(entry, more)).toBe(isCopy)
    })
  })
})

describe('a package of the workspace', () => {
  const REG = 'packages/reg'
  const files = {
    'package.json': { name: 'reg', version: '1.0.0', main: './dist/index.js' },
    'src/index.ts': '',
    'src/other.ts': '',
    'src/data/table.ts': '',
    'dist/index.js': '',
    'dist/other.js': '',
  }
  const NAMED: SpecRule[] = [{ match: 'reg', allowReimport: false }]
  const [source, build] = [`${REG}/src/index.ts`, `${REG}/dist/index.js`]

  test.each([
    ['by its source and by its build', source, build, true],
    ['the other way round', build, source, true],
    ['by the source of another file than the entry', build, `${REG}/src/other.ts`, true],
    ['by two files of its source', source, `${REG}/src/other.ts`, false],
    ['by two files of its build', build, `${REG}/dist/other.js`, false],
    ['by what stands next to its build alone', build, `${REG}/src/data/table.ts`, false],
  ])('that a rule names, loaded %s', (_, first, second, isCopy) => {
    for (const across of [undefined, 'file', 'places', 'versions'] as const) {
      install({ [REG]: files })
      const rules = across === undefined ? NAMED : [...NAMED, { match: 'reg', across }]
      const found = firstOf(copy(first), copy(second), newState(rules))
      expect(found).toBe(isCopy ? tree.at(first) : undefined)
    }
  })

  test('that says itself that there may be one', () => {
    install({
      [REG]: {
        ...files,
        'package.json': { ...files['package.json'], freshModules: { allowReimport: false } },
      },
    })
    expect(firstOf(copy(source), copy(build))).toBe(tree.at(source))
  })

  test('whose files a rule names by their paths is none: these are files of the project', () => {
    install({ [REG]: files })
    const rules: SpecRule[] = [{ match: 'packages/reg/**', allowReimport: false }]
    expect(firstOf(copy(source), copy(build), newState(rules))).toBeUndefined()
  })

  test('one entry of which leads to both', () => {
    const exports = {
      '.': { source: './src/index.ts', default: './dist/index.js' },
      './data': './src/data/table.ts',
    }
    install({ [REG]: { ...files, 'package.json': { name: 'reg', exports } } })
    expect(firstOf(copy(source), copy(build), newState(NAMED))).toBe(tree.at(source))
    const data = copy(`${REG}/src/data/table.ts`)
    expect(firstOf(data, copy(build), newState(NAMED))).toBeUndefined()
  })
})

describe("Yarn's Plug'n'Play", () => {
  const virtual = (hash: string) => `.yarn/__virtual__/pkg-virtual-${hash}/0/cache/pkg.zip/node_modules/pkg`
  const workspace = (hash: string) => `.yarn/__virtual__/pkg-virtual-${hash}/1/packages/pkg`

  test.each([
    ['of an archive', virtual],
    ['of the workspace', workspace],
  ])('one package under two virtual paths, %s, is two places of it', (_, folder) => {
    const manifest = { 'package.json': { name: 'pkg', version: '1.0.0' } }
    install({ [folder('one')]: manifest, [folder('two')]: manifest })
    const found = (across: 'file' | 'places' | 'versions') =>
      firstOf(copy(`${folder('one')}/index.js`), copy(`${folder('two')}/index.js`), newState(ACROSS(across)))
    expect(found('file')).toBeUndefined()
    for (const across of ['places', 'versions'] as const)
      expect(found(across)).toBe(tree.at(`${folder('one')}/index.js`))
  })
})
