import { describe, expect, test } from 'vitest'
import { PropertyTable } from './property-table.ts'

const tableOf = (object: object, ignores?: (key: PropertyKey) => boolean): PropertyTable => {
  const table = new PropertyTable(() => [{ name: 'object', object, ...(ignores ? { ignores } : {}) }])
  table.capture()
  return table
}

const undoAll = (table: PropertyTable): string[] =>
  table.changes().map((change) => {
    change.undo()
    return change.what
  })

describe('a table of properties', () => {
  test('puts back what was added, replaced and deleted', () => {
    const key = Symbol('key')
    const object: Record<PropertyKey, unknown> = { replaced: 1, deleted: 2, [key]: 3 }
    const table = tableOf(object)
    object['replaced'] = 'x'
    object['added key'] = 'x'
    delete object['deleted']
    delete object[key]
    expect(undoAll(table).sort()).toEqual([
      'object.deleted',
      'object.replaced',
      'object["added key"]',
      'object[Symbol(key)]',
    ])
    expect(object).toEqual({ replaced: 1, deleted: 2, [key]: 3 })
    expect(table.changes()).toEqual([])
  })

  test('sees an accessor in the place of a value, and does not call it', () => {
    const object = { value: 1 }
    const table = tableOf(object)
    Object.defineProperty(object, 'value', {
      configurable: true,
      get() {
        throw new Error('called')
      },
    })
    expect(undoAll(table)).toEqual(['object.value'])
    expect(object.value).toBe(1)
  })

  test('takes a getter that has replaced itself by its value for unchanged', () => {
    const lazy = {}
    const value = {}
    Object.defineProperty(lazy, 'loaded', { configurable: true, get: () => value })
    const table = tableOf(lazy)
    Object.defineProperty(lazy, 'loaded', { value, configurable: true, writable: true })
    expect(table.changes()).toEqual([])
    Reflect.set(lazy, 'loaded', 'mine')
    expect(undoAll(table)).toEqual(['object.loaded'])
    expect(Reflect.get(lazy, 'loaded')).toBe(value)
  })

  test('says what it cannot put back, and is silent about it once it is kept', () => {
    const object = {}
    const table = tableOf(object)
    Object.defineProperty(object, 'forGood', { value: 1 })
    const [change] = table.changes()
    expect(() => change?.undo()).toThrow('object.forGood is not configurable any more')
    change?.keep()
    expect(table.changes()).toEqual([])
  })

  test('passes over what it is told to ignore', () => {
    const object: Record<string, unknown> = { _own: 1 }
    const table = tableOf(object, (key) => String(key).startsWith('_'))
    object['_own'] = 2
    object['_added'] = 2
    expect(table.changes()).toEqual([])
  })
})

describe('an object that does not list what it has', () => {
  const table = (object: Record<string, unknown>, ownKeys: () => string[]) => {
    const proxy = new Proxy(object, { ownKeys })
    const table = new PropertyTable(() => [{ name: 'object', object: proxy, unlisted: ['hidden', 'absent'] }])
    table.capture()
    return table
  }

  test('gets back what is named, replaced or deleted', () => {
    const object: Record<string, unknown> = { listed: 1, hidden: 2 }
    const part = table(object, () => ['listed'])
    expect(part.changes()).toEqual([])
    object['hidden'] = 'x'
    expect(undoAll(part)).toEqual(['object.hidden'])
    delete object['hidden']
    expect(undoAll(part)).toEqual(['object.hidden'])
    expect(object).toEqual({ listed: 1, hidden: 2 })
  })

  test('has nothing to put back where it lists what it only inherits', () => {
    expect(table({ listed: 1 }, () => ['listed', 'inherited']).changes()).toEqual([])
  })
})
