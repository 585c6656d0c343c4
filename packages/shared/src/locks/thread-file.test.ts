import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { threadFile } from './thread-file.ts'

const HERE = dirname(fileURLToPath(import.meta.url))
let there: ((file: string) => boolean) | undefined

vi.mock('node:fs', async (importActual) => {
  const actual = await importActual<typeof fs>()
  return { ...actual, existsSync: (file: string) => (there ?? actual.existsSync)(file) }
})

afterEach(() => {
  there = undefined
})

describe("the helper thread's file", () => {
  test('is the source where nothing was built', () => {
    expect(threadFile()).toBe(join(HERE, 'thread', 'main.ts'))
    expect(fs.existsSync(threadFile())).toBe(true)
  })

  test('is the built one where there is one', () => {
    there = () => true
    expect(threadFile()).toBe(join(HERE, 'lock-thread.cjs'))
  })

  test('has the name that the build gives it', () => {
    there = () => true
    const config = fs.readFileSync(new URL('../../tsup.config.ts', import.meta.url), 'utf8')
    const entry = basename(threadFile(), '.cjs')
    expect(config).toContain(`'${entry}': 'src/locks/thread/main.ts'`)
  })

  test('is missed with the path at which it should be', () => {
    there = () => false
    expect(() => threadFile()).toThrow(
      `${join(HERE, 'lock-thread.cjs')} is missing: the package is incomplete, install it again`,
    )
  })
})
