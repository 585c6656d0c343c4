import { describe, expect, test } from 'vitest'
import { fakeInstalled, type Graph } from '../../test-host/fake-host.ts'
import type { GuardedCopy } from '../host/module-host.ts'
import type { ModuleId } from '../host/module-id.ts'
import { explainStandingCopies } from './explain-copies.ts'

const TEST = '/app/a.test.ts'
const WHY = 'This test ran with two copies of "pkg"'

const copyOf = (id: string, ...importedBy: string[]): GuardedCopy => ({
  id: id as ModuleId,
  importedBy: importedBy as ModuleId[],
  loader: 'the loader',
  format: 'esm',
})

function explained(errors: readonly unknown[], graph: Graph = { [TEST]: ['/esm.js', '/cjs.js'] }): void {
  const installed = fakeInstalled(graph)
  const [first, second] = [copyOf('/esm.js', '/app/a.ts'), copyOf('/cjs.js', '/lib/index.js')]
  installed.state.guard.standing.set('pkg', { name: 'pkg', first, second, explanation: WHY })
  explainStandingCopies(installed, errors)
}

test('the error of a test that runs with both copies says so, in its stack as well', () => {
  const error = new Error('from another module or realm')
  error.stack = `Error: ${error.message}\n    at a.test.ts:3:5`
  explained([error])
  expect(error.message).toBe(`from another module or realm\n\n${WHY}`)
  expect(error.stack).toBe(`Error: from another module or realm\n\n${WHY}\n    at a.test.ts:3:5`)
})

test('it says so once, however often it is asked', () => {
  const error = new Error('odd')
  explained([error])
  explained([error])
  expect(error.message.split(WHY)).toHaveLength(2)
})

test('of a pair of errors each says so; what is no error stays as it is', () => {
  const [one, place] = [new Error('one'), new Error('')]
  explained([[one, place], 'a text', null, undefined, { message: 7 }, Object.freeze(new Error('frozen'))])
  expect(one.message).toContain(WHY)
})

describe('nothing is said', () => {
  test.each<[string, Graph]>([
    ['of a copy that the test file has not loaded', { [TEST]: ['/esm.js'], '/esm.js': [] }],
    ['where it has loaded neither', { [TEST]: [], '/esm.js': [], '/cjs.js': [] }],
    ['where nothing is known of the test file', {}],
  ])('%s', (_, graph) => {
    const error = new Error('odd')
    explained([error], graph)
    expect(error.message).toBe('odd')
  })

  test('where there are no two copies', () => {
    const error = new Error('odd')
    explainStandingCopies(fakeInstalled({ [TEST]: ['/esm.js', '/cjs.js'] }), [error])
    expect(error.message).toBe('odd')
  })
})

test('a copy that another loader holds is known by who asked for it', () => {
  const error = new Error('odd')
  explained([error], { [TEST]: ['/app/a.ts', '/app/b.ts'], '/app/a.ts': [], '/app/b.ts': ['/lib/index.js'] })
  expect(error.message).toContain(WHY)
})
