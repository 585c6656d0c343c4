import { expect, test } from 'vitest'
import { startsConcurrentTestsFirst } from './capabilities.ts'

test('up to Jest 30.1 the concurrent tests of a file start before all others', () => {
  const started = ['29.7.0', '30.0.5', '30.1.3', '30.2.0', '30.5.2', '31.0.0'].map(startsConcurrentTestsFirst)
  expect(started).toEqual([true, true, true, false, false, false])
})
