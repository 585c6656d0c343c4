import { spawnSync } from 'node:child_process'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { fakeInstalled } from '../../test-host/fake-host.ts'
import { installedIn, installHost, requireHost } from './host-slot.ts'

describe('a realm', () => {
  test('has the host that was installed in it, until that is removed', () => {
    const realm = {}
    const mine = fakeInstalled()
    const uninstall = installHost(realm, mine)
    expect(installedIn(realm)).toBe(mine)
    expect(installedIn({})).toBeUndefined()
    uninstall()
    expect(installedIn(realm)).toBeUndefined()
  })

  test('has the latest of two, and removing the earlier one changes nothing', () => {
    const realm = {}
    const [first, second] = [fakeInstalled(), fakeInstalled()]
    const removeFirst = installHost(realm, first)
    installHost(realm, second)
    removeFirst()
    expect(installedIn(realm)).toBe(second)
  })

  test('may remove its host twice', () => {
    const realm = {}
    const uninstall = installHost(realm, fakeInstalled())
    uninstall()
    uninstall()
    expect(installedIn(realm)).toBeUndefined()
  })

  test('shows nothing of it to those who look at its properties', () => {
    const realm = {}
    installHost(realm, fakeInstalled())
    expect(Object.keys(realm)).toEqual([])
    expect({ ...realm }).toEqual({})
  })

  test('is shared by several copies of this package', async () => {
    const realm = {}
    const mine = fakeInstalled()
    installHost(realm, mine)
    vi.resetModules()
    const other = await import('./host-slot.ts')
    expect(other.installedIn).not.toBe(installedIn)
    expect(other.installedIn(realm)).toBe(mine)
  })
})

describe('the host in charge', () => {
  const uninstalls: (() => void)[] = []
  afterEach(() => {
    for (const uninstall of uninstalls.splice(0)) uninstall()
  })

  test('is the one of this realm', () => {
    const mine = fakeInstalled()
    uninstalls.push(installHost(globalThis, mine))
    expect(requireHost()).toBe(mine)
  })

  test('is missing in Vitest without the plugin: the error gives the line of config', () => {
    expect(() => requireHost()).toThrow(
      expect.objectContaining({
        code: 'ERR_NO_HOST',
        message: expect.stringContaining('plugins: [freshModules()]'),
      }),
    )
  })
})

/** In a process of its own, with no framework around it. */
function inPlainNode(
  code: string,
  { flags = [], env = {} }: { flags?: string[]; env?: NodeJS.ProcessEnv } = {},
) {
  const file = JSON.stringify(new URL('host-slot.ts', import.meta.url).href)
  const main = `import { createRequire } from 'node:module'; import { installedIn, requireHost } from ${file}; ${code}`
  const args = [...flags, '--input-type=module', '-e', main]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env })
  return stdout.trim() || stderr
}

describe('without an adapter', () => {
  test('Node itself is in charge, from the first call on and once', () => {
    const code = `
      const before = installedIn(globalThis)
      const installed = requireHost()
      console.log(before, /Node/.test(installed.host.label), requireHost() === installed, installedIn(globalThis) === installed)
    `
    expect(inPlainNode(code)).toBe('undefined true true true')
  })

  test('a process that a test of Jest starts is plain Node, though it inherits the variable', () => {
    const code = "console.log(requireHost().host.label.includes('Node'))"
    expect(inPlainNode(code, { env: { JEST_WORKER_ID: '1' } })).toBe('true')
  })

  test("code in a sandbox of Jest's gets an error that gives the line of config", () => {
    // There the functions of Node's own modules are of another realm.
    const code =
      'delete globalThis.Function; globalThis.Function = class {}; try { requireHost() } catch (error) { console.log(error.code, error.message) }'
    const told = inPlainNode(code, { env: { JEST_WORKER_ID: '1' } })
    expect(told).toMatch(/^ERR_NO_HOST .*this is Jest/)
    expect(told).toContain("testEnvironment: '@fresh-modules/jest-env'")
  })

  test('the host for Node shares the classes of the core that asks for it', () => {
    const errors = JSON.stringify(new URL('errors.ts', import.meta.url).href)
    const code = `
      const classes = Object.values(await import(${errors}))
      const { importFresh } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)})
      const error = await importFresh('node:fs', { from: process.cwd() + '/x.js' }).catch((reason) => reason)
      console.log(classes.includes(error.constructor), error.code)
    `
    expect(inPlainNode(code)).toMatch(/^true ERR_/)
  })
})
