import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ModuleId } from '../host/module-id.ts'
import { PackageCopies } from './doubled-packages.ts'
import { changedExports, exportsState } from './exports-state.ts'
import { PartWriter, readParts, removeParts } from './parts.ts'
import { SelfTimes } from './self-times.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'report-unit-')))
})
afterEach(() => removeParts(folder))

describe('the exports of a module', () => {
  test.each<[string, () => Record<string, unknown>, (exports: never) => void]>([
    ['a binding', () => ({ it: 1 }), (exports: { it: number }) => void exports.it++],
    ['an element', () => ({ it: [[1]] }), ({ it }: { it: number[][] }) => void it[0]?.push(2)],
    [
      'a key',
      () => ({ it: {} }),
      ({ it }: { it: Record<string, unknown> }) => Object.assign(it, { more: 1 }),
    ],
    ['an entry', () => ({ it: new Map() }), ({ it }: { it: Map<string, number> }) => void it.set('a', 1)],
    ['a member', () => ({ it: new Set() }), ({ it }: { it: Set<number> }) => void it.add(1)],
  ])('are dirty when %s has changed, and are not before', (_, make, change) => {
    const exports = { ...make(), other: {} }
    const state = exportsState(exports, new WeakMap())
    expect(changedExports(exports, state)).toBeUndefined()
    change(exports as never)
    expect(changedExports(exports, state)).toEqual(['it'])
  })

  test('are not those of another module that they hold', () => {
    const owners = new WeakMap()
    const list: number[] = []
    const [one, other] = [{ list }, { held: { list } }]
    const states = [exportsState(one, owners), exportsState(other, owners)] as const
    list.push(1)
    expect(changedExports(one, states[0])).toEqual(['list'])
    expect(changedExports(other, states[1])).toBeUndefined()
    const whole = { one }
    const state = exportsState(whole, owners)
    Object.assign(one, { more: 1 })
    expect(changedExports(whole, state)).toBeUndefined()
  })

  test('are told apart after another evaluation into the same object, functions by being mocks or not', () => {
    const owners = new WeakMap()
    const exports: Record<string, unknown> = { run: () => 1, stop: () => 2, count: 0 }
    const first = exportsState(exports, owners)
    Object.assign(exports, { run: () => 1, stop: () => 2 })
    const state = exportsState(exports, owners, exportsState(exports, owners, first))
    expect(changedExports(exports, state)).toBeUndefined()
    Object.assign(exports, { run: vi.fn(), stop: 'not a function', count: 1 })
    expect(changedExports(exports, state)).toEqual(['count', 'run', 'stop'])
  })

  test('may hold circles, and bindings that were never initialised', () => {
    const circle: Record<string, unknown> = {}
    circle['itself'] = circle
    const exports = {
      circle,
      get late(): never {
        throw new ReferenceError('late')
      },
    }
    expect(changedExports(exports, exportsState(exports, new WeakMap()))).toBeUndefined()
  })
})

describe('the time that a module takes by itself', () => {
  test('is without what it waits for, once where it waits for two at a time', () => {
    const now = vi.fn()
    const times = new SelfTimes(now)
    const at = (time: number) => now.mockReturnValueOnce(time)
    at(0)
    times.begin('a')
    at(10)
    times.wait('a')
    at(10)
    times.begin('b')
    times.wait('a')
    at(25)
    times.end('b')
    times.goOn('a')
    at(30)
    times.goOn('a')
    at(37)
    times.end('a')
    expect([...times.take()]).toEqual([
      ['b', { count: 1, self: 15 }],
      ['a', { count: 1, self: 17 }],
    ])
    expect(times.take().size).toBe(0)
  })
})

describe('copies of a package', () => {
  const write = (dir: string, version: string) => {
    const pkg = path.join(folder, dir)
    mkdirSync(pkg, { recursive: true })
    writeFileSync(path.join(pkg, 'package.json'), JSON.stringify({ name: 'pkg', version }))
    return path.join(pkg, 'index.js') as ModuleId
  }
  const note = (copies: PackageCopies, id: ModuleId, format: 'esm' | 'cjs', importer: string) =>
    copies.note({
      id,
      loader: 'Jest',
      format: () => format,
      importedBy: () => [importer as ModuleId],
    })

  test('are told with their chains, once, and when there is another', () => {
    const copies = new PackageCopies()
    const one = write('node_modules/pkg', '1.0.0')
    const two = write('node_modules/other/node_modules/pkg', '2.0.0')
    note(copies, one, 'cjs', '/a.test.ts')
    expect(copies.take()).toEqual([])
    note(copies, two, 'cjs', '/b.ts')
    note(copies, two, 'cjs', '/c.ts')
    const both = [
      expect.objectContaining({ version: '1.0.0', chain: ['/a.test.ts'] }),
      expect.objectContaining({ version: '2.0.0', chain: ['/b.ts'] }),
    ]
    expect(copies.take()).toEqual([{ name: 'pkg', copies: both }])
    expect(copies.take()).toEqual([])
    note(copies, one, 'esm', '/d.ts')
    expect(copies.take()).toMatchObject([{ name: 'pkg', copies: [{}, {}, { format: 'esm' }] }])
  })

  test('are none where a package loads more of itself', () => {
    const copies = new PackageCopies()
    const one = write('node_modules/pkg', '1.0.0')
    note(copies, one, 'esm', '/a.test.ts')
    note(copies, path.join(path.dirname(one), 'cjs.js') as ModuleId, 'cjs', one)
    expect(copies.take()).toEqual([])
  })
})

describe('what workers write', () => {
  test('is read again, each module by its number, but for a line that was cut off', () => {
    const writer = new PartWriter(folder, 'one')
    expect([writer.number('/a.ts'), writer.number('/b.ts'), writer.number('/a.ts')]).toEqual([0, 1, 0])
    const restored = { type: 'restored', file: '/a.test.ts', outcomes: [], reset: [1] } as const
    writer.write(restored)
    writer.write(restored)
    writeFileSync(path.join(folder, 'one.ndjson'), '{"type": "fi', { flag: 'a' })
    expect(readParts(folder)).toEqual([[{ type: 'modules', ids: ['/a.ts', '/b.ts'] }, restored, restored]])
    removeParts(folder)
    expect(readParts(folder)).toEqual([])
  })
})
