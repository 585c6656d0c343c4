import { describe, expect, test } from 'vitest'
import { compileRules } from '../flags/config.ts'
import { createCoreState } from './core-state.ts'
import type { ModuleId } from './module-id.ts'

const RULES = compileRules([], '/app')
const A = '/app/a.js' as ModuleId

/** All objects below a state, but for what it was made of. */
function partsOf(state: object): object[] {
  const parts = Object.values(state).filter((value) => typeof value === 'object' && value !== RULES)
  return [...parts, ...parts.flatMap((part) => (part.constructor === Object ? partsOf(part) : []))]
}

describe('the state of a realm', () => {
  test('knows the rules that it was made with, and the table of packages unless it is switched off', () => {
    expect(createCoreState(RULES).rules).toBe(RULES)
    expect(createCoreState(RULES).knownSingletons).toBe(true)
    expect(createCoreState(RULES, false).knownSingletons).toBe(false)
  })

  test('knows nothing else: no collection has anything in it', () => {
    const collections = partsOf(createCoreState(RULES)).filter((part) => 'size' in part || 'length' in part)
    expect(collections.length).toBeGreaterThan(10)
    for (const collection of collections)
      expect([...(collection as unknown as Iterable<unknown>)]).toEqual([])
  })

  test('has nothing in common with that of another one', () => {
    const first = partsOf(createCoreState(RULES))
    const second = new Set(partsOf(createCoreState(RULES)))
    expect(first.filter((part) => second.has(part))).toEqual([])
  })

  test('holds weakly what belongs to copies: a copy that nobody holds may go', () => {
    const { disposers, formerCopies, freshHandles } = createCoreState(RULES)
    const handle = {}
    disposers.set(handle, [])
    formerCopies.set(handle, { id: A, handle, fresh: true })
    freshHandles.add(handle)
    for (const store of [disposers, formerCopies, freshHandles]) expect(store).not.toHaveProperty('size')
    expect(disposers.has(handle)).toBe(true)
  })

  test('lets the first call of each kind begin at once', async () => {
    const state = createCoreState(RULES)
    await expect(state.surroundingsTail).resolves.toBeUndefined()
    expect(state.reset).toBeUndefined()
    expect(state.pendingCalls).toBe(0)
  })
})
