import { expect, test } from 'vitest'
import { version } from 'vitest/node'
import { vitestVersion } from './vitest-version.ts'

test('the version is that of the Vitest that runs', () => {
  expect(vitestVersion()).toBe(version)
})
