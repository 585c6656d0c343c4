import { createRequire } from 'node:module'
import { afterEach, describe, expect, test } from 'vitest'
import { undoAll } from '../test-host/undo-all.ts'
import { PropertyTable } from './property-table.ts'
import { watchedObjects } from './watched.ts'

const require = createRequire(import.meta.url)
let table: PropertyTable

const capture = (): void => {
  table = new PropertyTable(() =>
    watchedObjects(
      { global: globalThis },
      { isOwnGlobal: (key) => key === '__framework__', loadsNothing: false },
    ),
  )
  table.capture()
}
afterEach(() => void undoAll(table))

test.each<[string, () => object, string]>([
  ['globalThis', () => globalThis, 'globalThis.ofTest'],
  ['a class', () => Array, 'Array.ofTest'],
  ['a prototype', () => Map.prototype, 'Map.prototype.ofTest'],
  ['Math', () => Math, 'Math.ofTest'],
  ['JSON', () => JSON, 'JSON.ofTest'],
  ['console', () => console, 'console.ofTest'],
  ['a class of Intl', () => Intl.NumberFormat.prototype, 'Intl.NumberFormat.prototype.ofTest'],
  [
    'what typed arrays share',
    () => Object.getPrototypeOf(Int8Array.prototype),
    'TypedArray.prototype.ofTest',
  ],
  [
    'what iterators share',
    () => Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())),
    'Iterator.prototype.ofTest',
  ],
  ['async functions', () => Object.getPrototypeOf(async () => {}), 'AsyncFunction.prototype.ofTest'],
  ['process', () => process, 'process.ofTest'],
  ['process.versions', () => process.versions, 'process.versions.ofTest'],
  ['process.hrtime', () => process.hrtime, 'process.hrtime.ofTest'],
  ['node:fs', () => require('node:fs'), 'node:fs.ofTest'],
  ['node:fs/promises', () => require('node:fs/promises'), 'node:fs/promises.ofTest'],
  ['node:timers/promises', () => require('node:timers/promises'), 'node:timers/promises.ofTest'],
  ['Module.prototype', () => require('node:module').prototype, 'Module.prototype.ofTest'],
  ['EventEmitter.prototype', () => require('node:events').prototype, 'EventEmitter.prototype.ofTest'],
])('a property that a test adds to %s is found', (_, objectOf, name) => {
  const object = objectOf()
  // One that cannot be changed needs no watching.
  if (!Object.isExtensible(object)) return
  capture()
  Reflect.defineProperty(object, 'ofTest', { value: 1, configurable: true, enumerable: true, writable: true })
  expect(undoAll(table)).toEqual([name])
  expect(Object.hasOwn(object, 'ofTest')).toBe(false)
})

test('loaders of file types that tests install are found', () => {
  capture()
  const { _extensions } = require('node:module')
  _extensions['.oftest'] = () => {}
  expect(undoAll(table)).toEqual(['Module._extensions[".oftest"]'])
})

describe('is not a change', () => {
  test.each<[string, PropertyKey]>([
    ['the framework', '__framework__'],
    ["Node's fetch", Symbol.for('undici.globalOfTest')],
  ])('what %s keeps on the global object', (_, key) => {
    capture()
    Reflect.set(globalThis, key, 1)
    expect(table.changes()).toEqual([])
    Reflect.deleteProperty(globalThis, key)
  })

  test.each<[string, () => object, PropertyKey]>([
    ['an inner property of process', () => process, '_ofTest'],
    ['a symbol on process', () => process, Symbol('ofTest')],
    ['the state of a stream', () => process.stdout, 'ofTest'],
  ])('%s', (_, objectOf, key) => {
    capture()
    const object = objectOf()
    Reflect.set(object, key, 1)
    expect(table.changes()).toEqual([])
    Reflect.deleteProperty(object, key)
  })

  test('the state of Node itself on process, and what is told by its value', () => {
    capture()
    const { exitCode } = process
    const before = Object.getOwnPropertyDescriptor(process, 'domain')
    process.exitCode = 3
    Object.defineProperty(process, 'domain', { value: {}, configurable: true })
    expect(table.changes()).toEqual([])
    process.exitCode = exitCode
    if (before) Object.defineProperty(process, 'domain', before)
    else Reflect.deleteProperty(process, 'domain')
  })
})

test('what tests replace of the streams is found', () => {
  capture()
  const { isTTY } = process.stderr
  process.stdout.write = () => true
  Object.assign(process.stderr, { isTTY: 'mine' })
  expect(undoAll(table).sort()).toEqual(['process.stderr.isTTY', 'process.stdout.write'])
  expect(process.stderr.isTTY).toBe(isTTY)
})

test('where nothing is to be loaded, modules of Node are left out that load others when they are looked at', () => {
  const names = (loadsNothing: boolean) =>
    Array.from(
      watchedObjects({ global: globalThis }, { isOwnGlobal: () => false, loadsNothing }),
      ({ name }) => name,
    )
  expect(names(false)).toEqual(expect.arrayContaining(['node:fs', 'node:http', 'globalThis']))
  expect(names(true)).toEqual(expect.arrayContaining(['node:fs', 'globalThis']))
  expect(names(true)).not.toContain('node:http')
})
