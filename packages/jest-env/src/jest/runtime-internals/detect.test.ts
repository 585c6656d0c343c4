import { expect, test } from 'vitest'
import { internalsOf, unknownInternals } from './detect.ts'

test('a runtime of neither layout is refused by what it lacks, and by both versions', () => {
  const open = () => internalsOf({ _moduleRegistry: new Map() }, '31.0.0')
  expect(open).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED_HOST' }))
  expect(open).toThrow(/jest-runtime 31\.0\.0\) with @fresh-modules\/jest-env \d+\.\d+\.\d+/)
  expect(open).toThrow('no _esmoduleRegistry')
  expect(open).not.toThrow('no _moduleRegistry')
})

test('one with registries of its own is measured by the newer layout', () => {
  const open = () => internalsOf({ registries: { getActiveCjsRegistry() {} } }, '30.9.0')
  expect(open).toThrow('no registries.getActiveEsmRegistry')
  expect(open).not.toThrow('_moduleRegistry')
})

test('the message says which versions are known', () => {
  expect(unknownInternals('28.0.0', 'it is old').message).toMatch(/it is old.*29\.7 to 30\.5/s)
})
