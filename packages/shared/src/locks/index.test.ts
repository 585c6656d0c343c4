import { expect, test } from 'vitest'
import * as locks from './index.ts'
import { createWorkerLocks } from './worker-locks.ts'

test('one way to make locks is all that the rest of the core sees', () => {
  expect({ ...locks }).toEqual({ createWorkerLocks })
})
