import { describe, expect, test, vi } from 'vitest'
import { conditionsIn, resolveUnderConditions, underConditions } from './conditions.ts'

describe('conditions in an id', () => {
  test.each(['/app/a.ts', '/app/a.ts?raw', '/app/a.ts?v=1&raw', '/@fs/c:/app/a b.ts'])(
    'come out of it again: %s',
    (id) => {
      const marked = underConditions(id, ['react-server', '@app/dev'])
      expect(marked).not.toBe(id)
      expect(conditionsIn(marked)).toEqual({ conditions: ['react-server', '@app/dev'], plain: id })
    },
  )

  test('may be followed by what Vite adds', () => {
    const marked = `${underConditions('/app/a.ts', ['x'])}&t=1`
    expect(conditionsIn(marked)).toEqual({ conditions: ['x'], plain: '/app/a.ts?t=1' })
  })

  test('are in no other id', () => {
    expect(conditionsIn('/app/a.ts?conditions=x')).toBeUndefined()
    expect(conditionsIn(undefined)).toBeUndefined()
  })
})

describe('a request', () => {
  const environment = { config: { resolve: { conditions: [] } }, getTopLevelConfig: () => ({}) }
  const contextWith = (id: string | null) => ({
    environment,
    resolve: vi.fn(async () => (id === null ? null : { id })),
  })

  test('without conditions is left to Vitest', () => {
    expect(resolveUnderConditions(contextWith('/app/a.ts'), './a', '/app/b.ts')).toBeUndefined()
  })

  test('for a module under conditions resolves to the module, under these', async () => {
    const context = contextWith('/app/a.ts')
    const asked = underConditions('/a.ts', ['x'])
    expect(await resolveUnderConditions(context, asked, '/app/b.ts')).toEqual({
      id: underConditions('/app/a.ts', ['x']),
    })
    expect(context.resolve).toHaveBeenCalledWith('/a.ts', '/app/b.ts', { skipSelf: true })
  })

  test('by such a module for a file of the project is the plain file: the worker decides whose copy it is', async () => {
    const importer = underConditions('/app/b.ts', ['x'])
    expect(await resolveUnderConditions(contextWith('/app/a.ts'), './a', importer)).toEqual({
      id: '/app/a.ts',
    })
  })
})
