import vm from 'node:vm'
import { describe, expect, test } from 'vitest'
import { appendReader, heldStateOf } from '../vitest/held-state.ts'
import {
  looseMod,
  type ModuleEvaluator,
  type ModuleRunner,
  type RunnerModule,
} from '../vitest/runner-internals.ts'
import { Engine, type Linker } from './engine.ts'
import { plainExports } from './live-exports.ts'
import { type Namespace, newNamespace } from './namespace.ts'

const PARAMETERS =
  '__vite_ssr_exports__,__vite_ssr_import_meta__,__vite_ssr_import__,__vite_ssr_dynamic_import__,__vite_ssr_exportAll__,__vite_ssr_exportName__'

/** A module whose code Vitest's evaluator wraps and compiles as here. */
function modOf(): RunnerModule {
  return looseMod('/app/a.ts', { id: '/app/a.ts', url: '/a.ts', file: '/app/a.ts', code: '' })
}

const runner = {
  options: { createImportMeta: (path: string) => ({ url: `file://${path}`, filename: path }) },
  evaluator: { env: { MODE: 'test' }, options: { getCurrentTestFilepath: () => '/app/in-source.ts' } },
} as unknown as ModuleRunner

const linker: Linker = {
  request: (url, _mod, chain) => ({ url, chain }),
  requestDynamic: async (url) => ({ dynamic: url }),
  importMeta: (meta) => Object.assign(meta, { ofLinker: true }),
}

function capture(
  engine: Engine,
  mod: RunnerModule,
  body: string,
  parameters = PARAMETERS,
  evaluator = {},
): void {
  const compile = () => vm.runInThisContext(`'use strict';async (${parameters})=>{{${body}\n}}`, {})
  engine.capture(evaluator as ModuleEvaluator, mod, compile)
}

function evaluate(
  engine: Engine,
  mod: RunnerModule,
  onHandle = (_meta: ImportMeta) => {},
): Promise<Namespace> {
  return engine.evaluate(mod, {
    callstack: ['/app/a.test.ts'],
    linker,
    onHandle,
    target: () => plainExports(newNamespace()),
  })
}

describe('a module that was compiled once', () => {
  test('hands over what reads its state at each evaluation, and needs no import.meta of its own for that', async () => {
    const engine = new Engine(runner)
    const mod = modOf()
    const code = appendReader('let n = 0; __vite_ssr_exportName__("inc", () => () => ++n)', ['n'])
    capture(engine, mod, code.replace('import.meta', '__vite_ssr_import_meta__'))
    const handles: ImportMeta[] = []
    for (let copy = 0; copy < 2; copy++) {
      const { inc } = (await evaluate(engine, mod, (meta) => handles.push(meta))) as { inc(): number }
      expect(heldStateOf(mod)?.()).toEqual([0])
      inc()
      expect(heldStateOf(mod)?.()).toEqual([1])
    }
    expect(handles).toEqual([])
  })

  test("is left to Vitest's evaluator if it is the test file by now, for import.meta.vitest", () => {
    const engine = new Engine(runner)
    for (const [id, isKnown] of [
      ['/app/a.ts', true],
      ['/app/in-source.ts', false],
    ] as const) {
      const mod = looseMod(id, { id, url: id, file: id, code: '' })
      capture(engine, mod, '__vite_ssr_import_meta__.vitest')
      expect(engine.has(mod)).toBe(isKnown)
    }
  })

  test('is evaluated again with exports of its own each time', async () => {
    const engine = new Engine(runner)
    const mod = modOf()
    capture(engine, mod, 'const a = {}; __vite_ssr_exportName__("a", () => a)')
    const [first, second] = [await evaluate(engine, mod), await evaluate(engine, mod)]
    expect(first['a']).toBeTypeOf('object')
    expect(first['a']).not.toBe(second['a'])
    expect(mod.exports).toBe(second)
  })

  test('asks the linker for its imports, with the chain that leads to it', async () => {
    const engine = new Engine(runner)
    const mod = modOf()
    capture(
      engine,
      mod,
      'const b = await __vite_ssr_import__("/b.ts"); const c = await __vite_ssr_dynamic_import__("./c.ts");' +
        '__vite_ssr_exportName__("b", () => b); __vite_ssr_exportName__("c", () => c); __vite_ssr_exportAll__({ star: 1 })',
    )
    expect({ ...(await evaluate(engine, mod)) }).toEqual({
      b: { url: '/b.ts', chain: ['/app/a.test.ts', '/app/a.ts'] },
      c: { dynamic: './c.ts' },
      star: 1,
    })
  })

  test('gets an import.meta of its own each time, if it mentions it', async () => {
    const engine = new Engine(runner)
    const mod = modOf()
    capture(engine, mod, '__vite_ssr_exportName__("meta", () => __vite_ssr_import_meta__)')
    const handles: ImportMeta[] = []
    const copies = [await evaluate(engine, mod, (meta) => handles.push(meta)), await evaluate(engine, mod)]
    expect(copies[0]?.['meta']).toBe(handles[0])
    expect(handles[0]).toEqual({
      url: 'file:///app/a.ts',
      filename: '/app/a.ts',
      ofLinker: true,
      env: { MODE: 'test' },
    })
    expect(copies[1]?.['meta']).not.toBe(handles[0])
  })

  test('makes no import.meta where it does not mention it', async () => {
    const engine = new Engine(runner)
    const mod = modOf()
    capture(engine, mod, '')
    await evaluate(engine, mod, () => expect.unreachable())
  })

  test('that fails hands on what it throws', async () => {
    const engine = new Engine(runner)
    const mod = modOf()
    capture(engine, mod, 'throw undefined')
    await expect(evaluate(engine, mod)).rejects.toBeUndefined()
  })

  test('is another one once its source is', () => {
    const engine = new Engine(runner)
    const mod = modOf()
    capture(engine, mod, '')
    expect(engine.has(mod)).toBe(true)
    mod.meta = { id: mod.id, url: mod.url, code: 'changed' }
    expect(engine.has(mod)).toBe(false)
    mod.meta = undefined
    expect(engine.has(mod)).toBe(false)
  })
})

describe("a module is left to Vitest's evaluator", () => {
  const CJS = '__filename,__dirname,module,exports,require'
  test.each([
    ['that mentions what CommonJS has', 'module.exports = 1', `${PARAMETERS},${CJS}`],
    ['that requires', 'const x = require("x")', `${PARAMETERS},${CJS}`],
    ['whose wrapper has unknown parameters', '', `${PARAMETERS},__vite_ssr_new__`],
    ['that defines exports on the namespace itself', '__vite_ssr_exports__.a = 1', PARAMETERS],
  ])('%s', (_, body, parameters) => {
    const engine = new Engine(runner)
    const mod = modOf()
    try {
      capture(engine, mod, body, parameters)
    } finally {
      expect(engine.has(mod)).toBe(false)
    }
  })

  test.each([
    ['in the vm pools', { vm: {} }],
    ['while Vitest counts how often exports are read', { getterTracker: {} }],
  ])('%s', (_, evaluator) => {
    const engine = new Engine(runner)
    const mod = modOf()
    capture(engine, mod, '', PARAMETERS, evaluator)
    expect(engine.has(mod)).toBe(false)
  })

  test('not because a property or a part of a name reads like one of CommonJS', () => {
    const engine = new Engine(runner)
    const mod = modOf()
    capture(engine, mod, 'const o = {}; o.module; const $require = 1; o.exports', `${PARAMETERS},${CJS}`)
    expect(engine.has(mod)).toBe(true)
  })
})

describe('while Vitest compiles', () => {
  const { runInThisContext } = vm

  test("the module's own code, and all code after it, has Node's own vm", () => {
    const engine = new Engine(runner)
    let within: unknown
    engine.capture({} as ModuleEvaluator, modOf(), () => {
      vm.runInThisContext(`'use strict';async (${PARAMETERS})=>{{}}`, {})
      within = vm.runInThisContext
    })
    expect(within).toBe(runInThisContext)
    expect(vm.runInThisContext).toBe(runInThisContext)
  })

  test('a syntax error leaves nothing behind', () => {
    const engine = new Engine(runner)
    const mod = modOf()
    expect(() => capture(engine, mod, 'const = 1')).toThrow(SyntaxError)
    expect(engine.has(mod)).toBe(false)
    expect(vm.runInThisContext).toBe(runInThisContext)
  })

  test('its result is returned', () => {
    expect(new Engine(runner).capture({} as ModuleEvaluator, modOf(), () => 42)).toBe(42)
  })
})
