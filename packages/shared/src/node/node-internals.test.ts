import { expect, test, vi } from 'vitest'
import { runProgram } from '../../test-host/program.ts'
import { assertKnownLoader, Loader, newModule, requireFrom, runText } from './node-internals.ts'

test('the loader of this Node has the known parts, and one without them is refused', () => {
  expect(assertKnownLoader).not.toThrow()
  const { _resolveFilename } = Loader
  Loader._resolveFilename = undefined as never
  try {
    expect(assertKnownLoader).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED_HOST' }))
  } finally {
    Loader._resolveFilename = _resolveFilename
  }
})

test('Bun is refused by its own name, though it calls itself a version of Node', () => {
  const { _resolveFilename } = Loader
  Loader._resolveFilename = undefined as never
  vi.stubGlobal('process', { ...process, versions: { ...process.versions, bun: '1.4.5' } })
  try {
    expect(assertKnownLoader).toThrow(/Failed to use Bun 1\.4\.5: .* Run these tests on Node/)
  } finally {
    Loader._resolveFilename = _resolveFilename
    vi.unstubAllGlobals()
  }
})

test('a new module is in no registry and in no list', () => {
  const parent = newModule('/app/parent.js')
  const module = newModule('/app/a.js', parent)
  expect(module.filename).toBe('/app/a.js')
  expect(module.paths).toContain('/app/node_modules')
  expect(Loader._cache['/app/a.js']).toBeUndefined()
  expect(requireFrom('/app/a.js')).toBe(requireFrom('/app/a.js'))
})

test('text runs as CommonJS', () => {
  expect(runText<number>('module.exports = typeof require === "function" ? 5 : 0', '/app/text.cjs')).toBe(5)
})

test('the loader of ES modules can be asked what it has, and evaluates nothing for it', () => {
  const { printed, stderr } = runProgram({
    'a.mjs': 'globalThis.count = (globalThis.count ?? 0) + 1\nexport const a = 1\nexport default 2',
    'waits.mjs': 'await 1',
    'cycle.mjs':
      "import { probeEsmCache } from 'core:node/node-internals.ts'\nprint(probeEsmCache(process.cwd() + '/cycle.mjs').state)",
    'main.mjs': `
      import { probeEsmCache, runEsmText } from 'core:node/node-internals.ts'
      const at = (name) => process.cwd() + '/' + name
      print(probeEsmCache(at('a.mjs')).state)
      const a = await import('./a.mjs')
      print([probeEsmCache(at('a.mjs')).state, probeEsmCache(at('a.mjs')).exports.a, globalThis.count])
      await import('./waits.mjs')
      print(probeEsmCache(at('waits.mjs')).state)
      await import('./cycle.mjs')
      const { namespace } = runEsmText("import * as namespace from 'file://" + at('a.mjs') + "'; export { namespace }")
      print(namespace === a)
    `,
  })
  expect(printed, stderr).toEqual(['absent', ['evaluated', 1, 1], 'asynchronous', 'asynchronous', true])
})

test('what a tool makes of a file can be asked for', () => {
  const { printed, stderr } = runProgram({
    'a.js': 'ran = true',
    'main.mjs': `
      import Module from 'node:module'
      import { textAsItRuns } from 'core:node/node-internals.ts'
      const file = process.cwd() + '/a.js'
      print(textAsItRuns(file))
      const before = Module._extensions['.js']
      Module._extensions['.js'] = (module, file) => module._compile('compiled', file)
      print(textAsItRuns(file))
      print(globalThis.ran ?? null)
      print(textAsItRuns(process.cwd() + '/absent.js') === 'compiled')
      Module._extensions['.js'] = before
      print(textAsItRuns(process.cwd() + '/absent.js') ?? null)
    `,
  })
  expect(printed, stderr).toEqual(['ran = true', 'compiled', null, true, null])
})
