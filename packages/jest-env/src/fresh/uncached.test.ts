import v8 from 'node:v8'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const flags: string[] = []
beforeEach(() => {
  flags.length = 0
  vi.resetModules()
  vi.spyOn(v8, 'setFlagsFromString').mockImplementation((flag) => void flags.push(flag))
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

test('the cache is off while the module is compiled, and on again whatever happens', async () => {
  const { uncached } = await import('./uncached.ts')
  expect(uncached(() => [...flags])).toEqual(['--no-compilation-cache'])
  expect(flags).toEqual(['--no-compilation-cache', '--compilation-cache'])
  const failing = () => {
    throw new SyntaxError('broken')
  }
  expect(() => uncached(failing)).toThrow('broken')
  expect(flags.slice(2)).toEqual(['--no-compilation-cache', '--compilation-cache'])
})

test('where the user has switched it off, it stays off', async () => {
  vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=4096 --no-compilation-cache')
  const { uncached } = await import('./uncached.ts')
  expect(uncached(() => 'compiled')).toBe('compiled')
  expect(flags).toEqual([])
})
