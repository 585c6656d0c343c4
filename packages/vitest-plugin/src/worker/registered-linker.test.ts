import { describe, expect, test, vi } from 'vitest'
import { looseMod, type RunnerModule } from '../vitest/runner-internals.ts'
import { RegisteredLinker } from './registered-linker.ts'

function mod(name: string, more: Partial<RunnerModule> = {}): RunnerModule {
  return { ...looseMod(`/app/${name}`, { id: `/app/${name}`, url: `/${name}` }), ...more }
}

function linked(target: RunnerModule, { isQuiet = true, failed = false } = {}) {
  const parts = {
    current: { fetchedMod: () => (isQuiet ? target : undefined) },
    registry: { failed: new Set(failed ? [target] : []) },
    importNotes: { note: vi.fn() },
    runner: {
      cachedModule: vi.fn(async (_url: string, _importer?: string) => target),
      cachedRequest: vi.fn(async (..._args: unknown[]) => 'by the runner'),
    },
  }
  return { ...parts, importer: mod('a.ts'), linker: new RegisteredLinker(parts) }
}

describe('a static import', () => {
  test('of what is evaluated is answered at once, and noted on both sides', () => {
    const exports = {}
    const target = mod('b.ts', { evaluated: true, exports })
    const { runner, importNotes, importer, linker } = linked(target)
    expect(linker.request('/b.ts', importer, ['/app/a.ts'])).toBe(exports)
    expect(importer.imports).toEqual(new Set(['/app/b.ts']))
    expect(target.importers).toEqual(new Set(['/app/a.ts']))
    expect(importNotes.note).toHaveBeenCalledWith(target, ['/app/a.ts'], undefined)
    expect(runner.cachedRequest).not.toHaveBeenCalled()
  })

  test.each([
    ['is still being evaluated', { evaluated: false }, {}],
    ['failed the last time', { evaluated: true }, { failed: true }],
    ['has to be asked for', { evaluated: true }, { isQuiet: false }],
  ])('of what %s goes to the runner', async (_, state, situation) => {
    const target = mod('b.ts', state)
    const { runner, importer, linker } = linked(target, situation)
    expect(await linker.request('/b.ts', importer, ['/app/a.ts'])).toBe('by the runner')
    expect(runner.cachedRequest).toHaveBeenCalledWith('/b.ts', target, ['/app/a.ts'], undefined)
    expect([importer.imports.has('/app/b.ts'), target.importers.has('/app/a.ts')]).toEqual([true, true])
  })
})

test('a dynamic import is one for the runner, by the url that is relative to its importer', async () => {
  const { runner, importer, linker } = linked(mod('b.ts', { evaluated: true }))
  expect(await linker.requestDynamic('./b.ts', importer, ['/app/a.ts'])).toBe('by the runner')
  expect(runner.cachedModule).toHaveBeenCalledWith('/b.ts', '/app/a.ts')
  expect(runner.cachedRequest.mock.calls[0]?.[3]).toEqual({ isDynamicImport: true })
})
