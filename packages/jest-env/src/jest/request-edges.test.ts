import type { ModuleId } from 'fresh-modules/internal/core'
import { describe, expect, test, vi } from 'vitest'
import { Requests, type ResolveRequest, staticRequests } from './request-edges.ts'
import { createModule, type VmModule } from './runtime-internals/types.ts'

const resolveBelowApp = () =>
  vi.fn<ResolveRequest>((specifier) =>
    specifier === 'fs' ? null : (specifier.replace('./', '/app/') as ModuleId),
  )
const esm = (...specifiers: string[]): VmModule =>
  ({ link() {}, moduleRequests: specifiers.map((specifier) => ({ specifier })) }) as never

describe('what a CommonJS module has asked for', () => {
  test('is known by specifier, and resolved when somebody wants to know, once', () => {
    const resolve = resolveBelowApp()
    const requests = new Requests(resolve)
    const module = createModule('/app/main.js')
    for (const specifier of ['./a.js', 'fs', './a.js']) requests.noteRequire(module, specifier)
    expect(resolve).not.toHaveBeenCalled()
    expect([...requests.of(module, '/app/main.js')]).toEqual(['/app/a.js'])
    requests.of(module, '/app/main.js')
    requests.staticOf(module, '/app/main.js')
    expect(resolve.mock.calls).toEqual([
      ['./a.js', '/app/main.js', 'require'],
      ['fs', '/app/main.js', 'require'],
    ])
  })

  test('is static if it was asked for while the body ran, also when it is asked for again later', () => {
    const requests = new Requests(resolveBelowApp())
    const module = createModule('/app/main.js')
    requests.noteRequire(module, './static.js')
    module.loaded = true
    requests.noteRequire(module, './static.js')
    requests.noteRequire(module, './lazy.js')
    expect([...requests.staticOf(module, '/app/main.js')]).toEqual(['/app/static.js'])
    expect([...requests.of(module, '/app/main.js')]).toEqual(['/app/static.js', '/app/lazy.js'])
  })

  test('includes children that the runtime has recorded, and imports, until they are forgotten', () => {
    const requests = new Requests(resolveBelowApp())
    const module = createModule('/app/main.js')
    module.children.push(createModule('/app/child.js'))
    requests.noteImport('/app/main.js', './imported.mjs')
    expect([...requests.of(module, '/app/main.js')]).toEqual(['/app/child.js', '/app/imported.mjs'])
    requests.forget('/app/main.js')
    expect([...requests.of(module, '/app/main.js')]).toEqual(['/app/child.js'])
  })

  test('belongs to the one copy: another of the same file has asked for nothing', () => {
    const requests = new Requests(resolveBelowApp())
    requests.noteRequire(createModule('/app/main.js'), './a.js')
    expect([...requests.of(createModule('/app/main.js'), '/app/main.js')]).toEqual([])
  })
})

test('what an ES module imports statically is read from the module, each specifier once', () => {
  const requests = new Requests(resolveBelowApp())
  const module = esm('./a.mjs', 'fs', './a.mjs')
  expect(staticRequests(module)).toEqual(['./a.mjs', 'fs'])
  requests.noteImport('/app/main.mjs', './late.mjs')
  expect([...requests.staticOf(module, '/app/main.mjs')]).toEqual(['/app/a.mjs'])
  expect([...requests.of(module, '/app/main.mjs')]).toEqual(['/app/a.mjs', '/app/late.mjs'])
})

test('the version changes with each new edge, and with no other request', () => {
  const requests = new Requests(resolveBelowApp())
  const module = createModule('/app/main.js')
  requests.noteRequire(module, './a.js')
  const { version } = requests
  requests.noteRequire(module, './a.js')
  expect(requests.version).toBe(version)
  requests.noteRequire(module, './b.js')
  expect(requests.version).not.toBe(version)
})
