import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type FakeInstalled, fakeInstalled } from '../../test-host/fake-host.ts'
import { type Tree, writeTree } from '../../test-host/tree.ts'
import { setRuntimeFlag } from '../helpers/live-spec.ts'
import type { ModuleFacts } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import { FLAGS, type Flag, type SpecRule } from '../host/module-spec.ts'
import { runSync } from '../host/steps.ts'
import { refuses, resolveSpec, specSteps, warnOnce } from './specs.ts'

const SOURCE: ModuleFacts = { kind: 'source' }
const id = (text: string) => text as ModuleId
const A = id('/app/a.js')

function withRules(...specs: SpecRule[]): FakeInstalled {
  return fakeInstalled({}, { specs })
}

function flagOf(installed: FakeInstalled, module: ModuleId, flag: Flag, facts: ModuleFacts = SOURCE) {
  const { value, provenance } = resolveSpec(installed, module, facts).flags[flag]
  return { value, ...provenance }
}

test('without anything said all flags are true, by default', () => {
  const { flags } = resolveSpec(withRules(), A, SOURCE)
  for (const flag of FLAGS) expect(flags[flag]).toEqual({ value: true, provenance: { source: 'default' } })
})

test('the spec is what its host says of the module', () => {
  const installed = fakeInstalled()
  installed.host.known.set(A, { kind: 'builtin' })
  const spec = runSync(specSteps(installed, A), () => new Error('it had to wait'))
  expect(FLAGS.filter((flag) => refuses(spec, flag))).toEqual(['allowReload', 'allowReimport', 'allowUnload'])
})

describe('sources', () => {
  let tree: Tree
  beforeEach(() => {
    tree = writeTree({
      'node_modules/react/package.json': { name: 'react', version: '19.0.0' },
      'node_modules/quiet/package.json': {
        name: 'quiet',
        freshModules: { allowReimport: false, allowUnload: false, reason: 'said by the package' },
      },
      'node_modules/wrong/package.json': { name: 'wrong', freshModules: { allowReimports: false } },
    })
  })
  const react = () => id(tree.at('node_modules/react/index.js'))
  const quiet = () => id(tree.at('node_modules/quiet/index.js'))

  test('a known singleton refuses reimport, with what users see today', () => {
    const said = flagOf(withRules(), react(), 'allowReimport')
    expect(said).toMatchObject({ value: false, source: 'known-singleton', where: 'react' })
    expect(said.reason).toContain('Invalid hook call')
  })

  test('the table of known singletons may be switched off', () => {
    const installed = withRules()
    installed.state.knownSingletons = false
    expect(flagOf(installed, react(), 'allowReimport')).toEqual({ value: true, source: 'default' })
  })

  test('a package of the same name that is not installed is no known singleton', () => {
    const own = writeTree({ 'package.json': { name: 'react' } })
    expect(flagOf(withRules(), id(own.at('src/index.js')), 'allowReimport').value).toBe(true)
  })

  test('each wins over those before it: loader, package.json, config, module, run time', () => {
    const loader = [{ flags: { allowUnload: true, allowReload: false }, reason: 'said by the loader' }]
    const facts: ModuleFacts = { kind: 'source', loader }
    expect(flagOf(withRules(), quiet(), 'allowReload', facts)).toMatchObject({
      value: false,
      source: 'loader',
    })
    expect(flagOf(withRules(), quiet(), 'allowUnload', facts)).toMatchObject({
      value: false,
      source: 'package.json',
      reason: 'said by the package',
    })
    const installed = withRules({ match: /quiet/, allowUnload: true, reason: 'said by a rule' })
    expect(flagOf(installed, quiet(), 'allowUnload', facts)).toMatchObject({
      value: true,
      source: 'config',
      reason: 'said by a rule',
    })
    const docblock = { flags: { allowUnload: false }, reason: 'said by the docblock' }
    const withDocblock = { ...facts, docblock }
    expect(flagOf(installed, quiet(), 'allowUnload', withDocblock)).toMatchObject({
      value: false,
      source: 'module',
    })
    installed.state.declared.set(quiet(), { flags: { allowUnload: true }, reason: 'said by declareSpec' })
    expect(flagOf(installed, quiet(), 'allowUnload', withDocblock)).toMatchObject({
      value: true,
      reason: 'said by declareSpec',
    })
    setRuntimeFlag(installed, quiet(), 'allowUnload', false, 'said at run time')
    expect(flagOf(installed, quiet(), 'allowUnload', withDocblock)).toEqual({
      value: false,
      source: 'runtime',
      reason: 'said at run time',
    })
  })

  test('merge flag by flag: one source may set one flag and another one the other', () => {
    const installed = withRules({ match: 'quiet', allowReload: false })
    const of = (flag: Flag) => flagOf(installed, quiet(), flag).source
    expect(FLAGS.map(of)).toEqual(['config', 'package.json', 'package.json', 'default'])
  })

  test('of what is wrong in a package.json the user is told once', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const installed = withRules()
    try {
      for (const file of ['a.js', 'b.js'])
        resolveSpec(installed, id(tree.at(`node_modules/wrong/${file}`)), SOURCE)
      expect(warn).toHaveBeenCalledOnce()
      expect(warn.mock.calls[0]?.[0]).toContain('allowReimports')
    } finally {
      warn.mockRestore()
    }
  })
})

describe('a rule that names exactly this module', () => {
  const docblock = { flags: { allowReimport: false, allowReload: true } }
  const facts: ModuleFacts = { kind: 'source', docblock }

  test('may allow what the module itself refuses', () => {
    const installed = withRules({ match: './a.js', allowReimport: true })
    expect(flagOf(installed, A, 'allowReimport', facts)).toMatchObject({ value: true, source: 'config' })
  })

  test('may not refuse what the module itself allows', () => {
    const installed = withRules({ match: './a.js', allowReload: false })
    expect(flagOf(installed, A, 'allowReload', facts)).toMatchObject({ value: true, source: 'module' })
  })

  test.each([['./*.js'], [/a\.js$/]])('is not one like %s, which may not', (match) => {
    expect(flagOf(withRules({ match, allowReimport: true }), A, 'allowReimport', facts).value).toBe(false)
  })
})

describe('what is written down', () => {
  test('is merged once for a module, as long as nothing about it changes', () => {
    const installed = withRules()
    const facts: ModuleFacts = { kind: 'source', docblock: { flags: { allowReload: false } } }
    const first = resolveSpec(installed, A, facts)
    expect(resolveSpec(installed, A, { ...facts })).toBe(first)
  })

  test('is merged again when the docblock, the loader or the module itself says something else', () => {
    const installed = withRules()
    expect(flagOf(installed, A, 'allowReload').value).toBe(true)
    const docblock = { flags: { allowReload: false } }
    expect(flagOf(installed, A, 'allowReload', { kind: 'source', docblock }).value).toBe(false)
    expect(flagOf(installed, A, 'allowReload').value).toBe(true)
    expect(flagOf(installed, A, 'allowReload', { kind: 'source', loader: [docblock] }).value).toBe(false)
    expect(flagOf(installed, A, 'allowReload', { kind: 'builtin' }).value).toBe(false)
    installed.state.declared.set(A, { flags: { allowReload: false } })
    expect(flagOf(installed, A, 'allowReload').source).toBe('module')
  })

  test('of one copy holds for all ids of the same module', () => {
    const installed = withRules({ match: './a.js', allowReimport: false })
    installed.state.declared.set(A, { flags: { allowUnload: false } })
    for (const other of [A, id(`${A}?x=1`), id(`mock:${A}`)]) {
      expect(flagOf(installed, other, 'allowReimport').value).toBe(false)
      expect(flagOf(installed, other, 'allowUnload').value).toBe(false)
    }
    expect(flagOf(installed, id(`${A}?raw`), 'allowUnload').value).toBe(true)
  })
})

describe('stretches of withFlags', () => {
  const stretch = (allowReload: boolean, identity = A) => ({ identity, flags: { allowReload } })

  test('win over flags set at run time', () => {
    const installed = withRules()
    setRuntimeFlag(installed, A, 'allowReload', false)
    installed.state.stretches.add(stretch(true))
    expect(flagOf(installed, A, 'allowReload')).toEqual({
      value: true,
      source: 'runtime',
      where: 'withFlags',
    })
  })

  test('that overlap: the stricter value holds, in whatever order they began', () => {
    for (const values of [
      [true, false],
      [false, true],
    ] as const) {
      const installed = withRules()
      for (const value of values) installed.state.stretches.add(stretch(value))
      expect(flagOf(installed, A, 'allowReload').value).toBe(false)
    }
  })

  test('of another module, or of other flags, change nothing', () => {
    const installed = withRules()
    installed.state.stretches.add(stretch(false, id('/app/b.js')))
    installed.state.stretches.add({ identity: A, flags: { allowUnload: false } })
    expect(flagOf(installed, A, 'allowReload').source).toBe('default')
  })
})

test('a warning is given once for a file', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  try {
    const { state } = withRules()
    for (const text of ['a', 'a', 'b']) warnOnce(state, text)
    expect(warn.mock.calls).toEqual([['[fresh-modules] a'], ['[fresh-modules] b']])
  } finally {
    warn.mockRestore()
  }
})
