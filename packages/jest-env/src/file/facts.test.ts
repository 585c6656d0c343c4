import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModuleId } from 'fresh-modules/internal/core'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { Records } from '../jest/records.ts'
import type { RuntimeInternals } from '../jest/runtime-internals/detect.ts'
import { createModule } from '../jest/runtime-internals/types.ts'
import { Facts } from './facts.ts'

const dir = mkdtempSync(join(tmpdir(), 'fresh-modules-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** Facts over a runtime that has read what `texts` says, and caches what it reads. */
function setUp({ isEsm = false, module = undefined as ReturnType<typeof createModule> | undefined } = {}) {
  const texts = new Map<string, string>()
  const forget = vi.fn((file: string) => void texts.delete(file))
  const internals = {
    isEsm: () => isEsm,
    textOf: (file: string) => texts.get(file),
    sourceOf(file: string) {
      const text = texts.get(file) ?? readFileSync(file, 'utf8')
      texts.set(file, text)
      return text
    },
    forget,
  } as unknown as RuntimeInternals
  const records = { cjs: () => module, esm: () => undefined } as unknown as Records
  return { facts: new Facts(internals, records, globalThis), forget, texts }
}

const file = (name: string, text: string): ModuleId => {
  writeFileSync(join(dir, name), text)
  return join(dir, name) as ModuleId
}

describe('kinds of modules', () => {
  test('follow from the id', () => {
    const { facts } = setUp()
    const kinds = ['node:fs', '/app/x.node', '/app/x.wasm', '/app/x.json', 'virtual', '/app/absent.js']
    expect(kinds.map((id) => facts.of(id as ModuleId).kind)).toEqual([
      'builtin',
      'addon',
      'source',
      'json',
      'virtual',
      'source',
    ])
    expect(facts.of('/app/x.wasm' as ModuleId).notFresh?.why).toContain('WebAssembly')
  })

  test('ES modules, and exports that cannot be replaced, refuse reload; the list is the same each time', () => {
    const id = file('plain.js', '')
    const esm = setUp({ isEsm: true }).facts
    expect(esm.of(id).loader).toMatchObject([{ flags: { allowReload: false } }])
    const module = createModule(id)
    const cjs = setUp({ module }).facts
    expect(cjs.of(id).loader).toEqual([])
    Object.assign(module, { exports: () => {}, loaded: true })
    expect(cjs.of(id).loader).toMatchObject([{ reason: expect.stringContaining('is a function') }])
    expect(cjs.of(id).loader).toBe(cjs.of(id).loader)
    expect(setUp().facts.of(id).loader).toBe(setUp().facts.of(id).loader)
  })
})

describe('the docblock', () => {
  test('is that of the text which the runtime is going to evaluate', () => {
    const { facts, texts } = setUp()
    const id = file('read.js', '/** @fresh-modules no-reload */')
    texts.set(id, '/** @fresh-modules no-unload */')
    expect(facts.of(id).docblock?.flags).toEqual({ allowUnload: false })
  })

  test('is read again when the file has changed since, and only then', () => {
    const { facts, forget } = setUp()
    const id = file('changing.js', '/** @fresh-modules no-reload */')
    const first = facts.of(id).docblock
    expect(facts.of(id).docblock).toBe(first)
    expect(forget).not.toHaveBeenCalled()
    writeFileSync(id, '/** @fresh-modules no-unload */')
    utimesSync(id, 1, 1)
    expect(facts.of(id).docblock?.flags).toEqual({ allowUnload: false })
    expect(forget.mock.calls).toEqual([[id, true]])
  })

  test('with an unknown word is an error of the realm, until it is corrected', () => {
    const { facts } = setUp()
    const id = file('wrong.js', '/** @fresh-modules no-relaod */')
    expect(() => facts.of(id)).toThrow(expect.objectContaining({ code: 'ERR_BAD_OPTION' }))
    expect(() => facts.of(id)).toThrow('no-relaod')
    writeFileSync(id, '/** @fresh-modules no-reload */')
    expect(facts.of(id).docblock?.flags).toEqual({ allowReload: false })
  })
})
