import { describe, expect, test } from 'vitest'
import { type FakeInstalled, fakeInstalled } from '../../test-host/fake-host.ts'
import { resolveSpec } from '../flags/specs.ts'
import { fileEnded, testEnded, testStarted } from '../host/lifecycle.ts'
import type { ModuleFacts } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import { FLAGS, type Flag, type SpecRule } from '../host/module-spec.ts'
import { liveSpec, setRuntimeFlag } from './live-spec.ts'

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

describe('a flag set at run time', () => {
  const isAllowed = (installed: FakeInstalled) => flagOf(installed, A, 'allowReload').value

  test('lasts until the test that set it ends', async () => {
    const installed = withRules()
    testStarted(installed.state, 'test 1')
    setRuntimeFlag(installed, A, 'allowReload', false)
    expect(isAllowed(installed)).toBe(false)
    await testEnded(installed.state, 'test 1')
    expect(isAllowed(installed)).toBe(true)
    expect(installed.state.runtimeFlags.size).toBe(0)
  })

  test('outside of tests lasts until the file ends, and comes back after a test that set it otherwise', async () => {
    const installed = withRules()
    setRuntimeFlag(installed, A, 'allowReload', false, 'for the file')
    testStarted(installed.state, 'test 1')
    setRuntimeFlag(installed, A, 'allowReload', true)
    expect(isAllowed(installed)).toBe(true)
    await testEnded(installed.state, 'test 1')
    expect(flagOf(installed, A, 'allowReload')).toMatchObject({ value: false, reason: 'for the file' })
    await fileEnded(installed.state)
    expect(isAllowed(installed)).toBe(true)
    expect(installed.state.runtimeFlags.size).toBe(0)
  })

  test('twice in one test is gone after it', async () => {
    const installed = withRules()
    testStarted(installed.state, 'test 1')
    setRuntimeFlag(installed, A, 'allowReload', false)
    setRuntimeFlag(installed, A, 'allowReload', false)
    await testEnded(installed.state, 'test 1')
    expect(isAllowed(installed)).toBe(true)
    expect(installed.state.runtimeFlags.size).toBe(0)
  })

  test('in a test that ends first does not take away what a concurrent one has set later', async () => {
    const installed = withRules()
    testStarted(installed.state, 'a')
    setRuntimeFlag(installed, A, 'allowReload', true, 'by a')
    testStarted(installed.state, 'b')
    setRuntimeFlag(installed, A, 'allowReload', false, 'by b')
    await testEnded(installed.state, 'a')
    expect(flagOf(installed, A, 'allowReload')).toMatchObject({ value: false, reason: 'by b' })
    await testEnded(installed.state, 'b')
    expect(installed.state.runtimeFlags.size).toBe(0)
  })

  test('is of one flag and one module', () => {
    const installed = withRules()
    setRuntimeFlag(installed, A, 'allowReload', false)
    expect(flagOf(installed, A, 'allowUnload').source).toBe('default')
    expect(flagOf(installed, id('/app/b.js'), 'allowReload').source).toBe('default')
  })
})

describe('the spec that users hold', () => {
  test('shows what holds now, and its writes hold at once', () => {
    const installed = withRules()
    const spec = liveSpec(installed, A, SOURCE)
    expect(spec).toMatchObject({ id: A, package: undefined, allowReload: true })
    spec.allowReload = false
    expect(spec.allowReload).toBe(false)
    expect(spec.provenance.allowReload).toEqual({ source: 'runtime' })
    expect(liveSpec(installed, A, SOURCE).allowReload).toBe(false)
  })

  test('takes booleans only', () => {
    const spec = liveSpec(withRules(), A, SOURCE)
    expect(() => Object.assign(spec, { allowReload: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_BAD_OPTION' }),
    )
    expect(spec.allowReload).toBe(true)
  })

  test('has no other property to write, which would have no effect', () => {
    expect(() => Object.assign(liveSpec(withRules(), A, SOURCE), { allowReloads: false })).toThrow(TypeError)
  })

  test('shows all of its flags to whoever lists them', () => {
    const spec = liveSpec(withRules(), A, SOURCE)
    expect(Object.keys(spec)).toEqual(expect.arrayContaining([...FLAGS, 'id', 'package', 'provenance']))
    expect(JSON.parse(JSON.stringify(spec))).toMatchObject({ allowReload: true, id: A })
  })
})
