import { spawnSync } from 'node:child_process'
import { afterEach, describe, expect, test } from 'vitest'
import { fakeInstalled } from '../../test-host/fake-host.ts'
import { installHost } from '../host/host-slot.ts'
import { requireHost } from './require-host.ts'

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

  test('is not for helpers of another version: the error names both and the command', () => {
    const mine = fakeInstalled()
    const state = { ...mine.state, version: '99.0.0', adapter: { name: 'an-adapter', version: '99.0.0' } }
    uninstalls.push(installHost(globalThis, { ...mine, state }))
    expect(() => requireHost()).toThrow(
      expect.objectContaining({
        code: 'ERR_UNSUPPORTED_HOST',
        message: expect.stringContaining('npm install --save-dev fresh-modules@99.0.0 an-adapter@99.0.0'),
      }),
    )
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

/** In a separate process, with no framework around it. */
function inPlainNode(
  code: string,
  { flags = [], env = {} }: { flags?: string[]; env?: NodeJS.ProcessEnv } = {},
) {
  const urlOf = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)
  const main = `import { createRequire } from 'node:module'; import { requireHost } from ${urlOf('require-host.ts')};
    import { installedIn } from ${urlOf('../host/host-slot.ts')}; ${code}`
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
    const errors = JSON.stringify(new URL('../host/errors.ts', import.meta.url).href)
    const code = `
      const classes = Object.values(await import(${errors}))
      const { importFresh } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)})
      const error = await importFresh('node:fs', { from: process.cwd() + '/x.js' }).catch((reason) => reason)
      console.log(classes.includes(error.constructor), error.code)
    `
    expect(inPlainNode(code)).toMatch(/^true ERR_/)
  })
})
