import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { assertAdapter, assertSameCore, coreVersion } from './version.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const ADAPTER = '@fresh-modules/vitest-plugin'

function messageOf(run: () => void): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED_HOST' })
    return (error as Error).message
  }
}

test('the version is that of the package', () => {
  expect(coreVersion()).toBe(version)
})

test('an adapter of the same version is welcome', () => {
  expect(messageOf(() => assertAdapter({ name: ADAPTER, version }))).toBeUndefined()
})

test('a newer adapter asks for the core of its own version', () => {
  const message = messageOf(() => assertAdapter({ name: ADAPTER, version: '99.10.0' }))
  expect(message).toBe(
    `Failed to use ${ADAPTER} 99.10.0: it needs fresh-modules 99.10.0, and ${version} is installed. ` +
      `Run npm install --save-dev fresh-modules@99.10.0 ${ADAPTER}@99.10.0`,
  )
})

test('an older adapter is to be brought to the version of the core', () => {
  const message = messageOf(() => assertAdapter({ name: ADAPTER, version: '0.0.9' }))
  expect(message).toContain(`fresh-modules@${version} ${ADAPTER}@${version}`)
})

test('helpers of another version than that of the host name both, and the command', () => {
  const adapter = { name: ADAPTER, version: '99.0.0' }
  expect(messageOf(() => assertSameCore(version, adapter, 'Vitest'))).toBeUndefined()
  expect(messageOf(() => assertSameCore('99.0.0', adapter, 'Vitest'))).toBe(
    `Failed to use ${ADAPTER} 99.0.0: it was put in charge by fresh-modules 99.0.0, and this helper is one of ` +
      `fresh-modules ${version}. Run npm install --save-dev fresh-modules@99.0.0 ${ADAPTER}@99.0.0`,
  )
  expect(messageOf(() => assertSameCore(undefined, undefined, 'Node 24'))).toContain(
    `Failed to use Node 24: it was put in charge by fresh-modules of an unknown version`,
  )
})

test('numbers are compared as numbers', () => {
  expect(messageOf(() => assertSameCore('0.0.10', { name: 'a', version: '0.0.10' }, ''))).toContain(
    `fresh-modules@${version}`,
  )
  expect(messageOf(() => assertAdapter({ name: 'a', version: '10.0.0' }))).toContain('fresh-modules@10.0.0')
})
