import { expect, test } from 'vitest'
import { type CommonJsModule, Loader, newModule } from '../node-internals.ts'
import type { FreshScope } from '../world.ts'
import { createCopyClass } from './copy.ts'

const Copy = createCopyClass()

function copyOf(file: string, parent?: CommonJsModule) {
  const asked: unknown[] = []
  const scope = {} as FreshScope
  const copy = new Copy(file, parent, {
    scope,
    require: (copy, specifier) => asked.push([copy, specifier]),
    compile: (copy, content, filename) => asked.push([copy, content, filename]),
  })
  return { copy, scope, asked }
}

test('a copy looks like any module', () => {
  const parent = newModule('/app/main.js')
  const { copy } = copyOf('/app/deep/a.js', parent)
  const plain = newModule('/app/deep/a.js', parent)
  expect(copy).toBeInstanceOf(Loader)
  expect(copy.constructor).toBe(Loader)
  expect(Object.keys(copy)).toEqual(Object.keys(plain))
  expect(copy.paths).toEqual(plain.paths)
  expect(copy.paths, 'each has a list of its own').not.toBe(copyOf('/app/deep/a.js').copy.paths)
  expect([copy.id, copy.path, copy.filename, copy.loaded, copy.parent]).toEqual([
    '/app/deep/a.js',
    '/app/deep',
    '/app/deep/a.js',
    false,
    parent,
  ])
})

test('its requests and its text go to its owner', () => {
  const { copy, asked } = copyOf('/app/a.js')
  copy.require('./b.js')
  copy._compile('text', '/app/a.js')
  expect(asked).toEqual([
    [copy, './b.js'],
    [copy, 'text', '/app/a.js'],
  ])
})

test('the scope of a copy is known, and no other object has one', () => {
  const { copy, scope } = copyOf('/app/a.js')
  expect(Copy.scopeOf(copy)).toBe(scope)
  expect(Copy.scopeOf(newModule('/app/a.js'))).toBeUndefined()
  expect(Copy.scopeOf({})).toBeUndefined()
})
