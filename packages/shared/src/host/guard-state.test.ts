import { describe, expect, test } from 'vitest'
import { createGuardState } from './guard-state.ts'

describe('what the guard remembers', () => {
  test('is nothing at first, and that second copies are to fail', () => {
    expect(createGuardState()).toEqual({
      onDuplicate: 'throw',
      run: undefined,
      isCollecting: true,
      held: new WeakSet(),
      hasDroppedAll: false,
      standing: new Map(),
      firstCopies: new Map(),
      packages: new Map(),
      rawReset: undefined,
      dropped: new Map(),
      unreported: [],
      concurrent: undefined,
      isRunOver: false,
      warned: new Set(),
    })
  })

  test('is its own: no two realms share a note', () => {
    const [one, two] = [createGuardState(), createGuardState()]
    for (const [key, value] of Object.entries(one)) {
      if (typeof value === 'object') expect(Reflect.get(two, key), key).not.toBe(value)
    }
  })
})
