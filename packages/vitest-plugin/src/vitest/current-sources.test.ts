import { compileRules, createCoreState } from 'fresh-modules/internal'
import { describe, expect, test, vi } from 'vitest'
import { openProject, type Project } from '../../test-host/project.ts'
import { CurrentSources } from './current-sources.ts'
import { Resolver } from './resolver.ts'

function sourcesOf({ root, runner, host }: Project) {
  const { sources, delegate } = host
  const state = createCoreState(compileRules([], root))
  const resolver = new Resolver({ runner, sources, delegate })
  return { state, current: new CurrentSources({ runner, state, sources, resolver }) }
}

test('the source of a module is fetched once, and again when its file has changed', async () => {
  const project = openProject({ 'a.ts': 'export const a = 1' })
  const { current } = sourcesOf(project)
  const a = project.id('a.ts')
  const first = await current.of(a)
  expect(await current.of(a)).toBe(first)
  expect(await current.byUrl(a, undefined)).toBe(first)
  project.write('a.ts', "export const a = 'changed'")
  expect((await current.of(a)).meta.code).toContain('changed')
})

describe('what needs no waiting', () => {
  test('is a source that is known, and a module that is registered', async () => {
    const project = openProject({ 'a.ts': '' })
    const { current } = sourcesOf(project)
    const a = project.id('a.ts')
    expect([current.quiet(a), current.quietByUrl(a), current.fetchedMod(a)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    await project.import('a.ts')
    expect([current.quiet(a)?.id, current.quietByUrl(a)?.id]).toEqual([a, a])
    expect(current.fetchedMod(a)).toBe(project.mod('a.ts'))
  })

  test('is nothing while a call of a helper is pending', async () => {
    const project = openProject({ 'a.ts': '' })
    const { state, current } = sourcesOf(project)
    const a = project.id('a.ts')
    await project.import('a.ts')
    state.pendingCalls++
    expect([current.quiet(a), current.fetchedMod(a)]).toEqual([undefined, undefined])
  })

  test('is no module that vi.mock replaces, and nothing before such a call is in force', async () => {
    const project = openProject({ 'a.ts': '', 'b.ts': '' })
    const { current } = sourcesOf(project)
    await project.import('a.ts')
    await project.import('b.ts')
    project.mock('a.ts', vi.fn())
    expect(current.quiet(project.id('b.ts'))).toBeUndefined()
    await current.of(project.id('b.ts'))
    expect(current.quiet(project.id('b.ts'))).toBeDefined()
    expect(current.fetchedMod(project.id('a.ts'))).toBeUndefined()
  })
})
