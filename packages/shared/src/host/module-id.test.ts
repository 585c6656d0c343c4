import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  builtinName,
  fileOf,
  identityOf,
  isBuiltinId,
  isFileId,
  isFirstParty,
  isInstalled,
  type ModuleId,
  moduleId,
} from './module-id.ts'

const id = (text: string) => text as ModuleId

describe('moduleId', () => {
  test.each([
    ['fs', 'node:fs'],
    ['node:fs', 'node:fs'],
    ['fs/promises', 'node:fs/promises'],
    ['node:test', 'node:test'],
  ])('gives the builtin %s the name %s', (written, name) => {
    expect(moduleId(written)).toBe(name)
  })

  test.each(['/app/fs', '/app/a.ts?raw', 'virtual:env', '\0virtual', 'fs-extra', 'test'])(
    'leaves %j as the host has resolved it',
    (resolved) => {
      expect(moduleId(resolved)).toBe(resolved)
    },
  )
})

test('a builtin has one name, with the prefix', () => {
  expect(builtinName('path')).toBe('node:path')
  expect(builtinName('node:path')).toBe('node:path')
})

test.each([
  ['/app/a.ts', '/app/a.ts'],
  ['/app/a.ts?x=1', '/app/a.ts'],
  ['/C#/app/a.ts', '/C#/app/a.ts'],
  ['/C#/app/a.ts?from=/b#c', '/C#/app/a.ts'],
  ['C:\\F#\\a.ts#hash', 'C:\\F#\\a.ts'],
  ['/app/a.ts#part', '/app/a.ts'],
  ['/app/a.ts#part?no-query', '/app/a.ts'],
  ['virtual:env?x', 'virtual:env'],
  ['', ''],
])('the file of %j is %j', (written, file) => {
  expect(fileOf(written)).toBe(file)
})

describe('identityOf', () => {
  test.each([
    ['/app/db.ts', '/app/db.ts'],
    ['/app/db.ts?x=1', '/app/db.ts'],
    ['/app/db.ts?v=abc123', '/app/db.ts'],
    ['/app/db.ts?t=1#part', '/app/db.ts'],
    ['/app/db.ts#part', '/app/db.ts'],
    ['/app/db.ts?_vitest_original', '/app/db.ts'],
    ['mock:/app/db.ts', '/app/db.ts'],
    ['mock:/app/db.ts?x=1', '/app/db.ts'],
    ['node:fs', 'node:fs'],
    ['virtual:env', 'virtual:env'],
  ])('%s evaluates the same source as %s', (other, original) => {
    expect(identityOf(id(other))).toBe(original)
  })

  test.each([
    '/app/db.ts?raw',
    '/app/logo.svg?url',
    '/app/job.ts?worker',
    '/app/job.ts?worker&inline',
    '/app/App.vue?vue&type=style&index=0&lang.css',
  ])('%s is a module of its own', (own) => {
    expect(identityOf(id(own))).toBe(own)
  })

  test('a query that only busts a cache makes no copy out of a module of its own', () => {
    expect(identityOf(id('/app/db.ts?t=1&raw'))).toBe('/app/db.ts?raw')
    expect(identityOf(id('/app/db.ts?raw#part'))).toBe('/app/db.ts?raw')
    expect(identityOf(id('/app/App.vue?vue&type=style&index=0&t=17&lang.css'))).toBe(
      identityOf(id('/app/App.vue?vue&type=style&index=0&lang.css')),
    )
  })

  test('a parameter that merely begins like one of an asset makes no module of its own', () => {
    expect(identityOf(id('/app/db.ts?rawest'))).toBe('/app/db.ts')
    expect(identityOf(id('/app/db.ts?urls=1'))).toBe('/app/db.ts')
  })
})

test.each([
  ['/app/a.ts', true],
  ['C:/app/a.ts', true],
  ['C:\\app\\a.ts', true],
  ['\\\\server\\share\\a.ts', true],
  ['node:fs', false],
  ['virtual:env', false],
  ['\0virtual', false],
  ['vitest', false],
])('whether %j is a file: %j', (written, isFile) => {
  expect(isFileId(id(written))).toBe(isFile)
})

test.each([
  ['/app/src/a.ts', true],
  ['/app/node_modules_old/a.ts', true],
  ['/app/a.ts?from=/node_modules/pkg/a.js', true],
  ['\0/app/node_modules/pkg/a.js?commonjs', false],
  ['virtual:env', true],
  ['/app/node_modules/pkg/a.js', false],
  ['C:\\app\\node_modules\\pkg\\a.js', false],
  ['node:fs', false],
])('whether %j is first-party: %j', (written, isOurs) => {
  expect(isFirstParty(id(written))).toBe(isOurs)
})

test('only what starts with node: is a builtin', () => {
  expect(isBuiltinId(id('node:fs'))).toBe(true)
  expect(isBuiltinId(id('/app/node:fs'))).toBe(false)
})

test('installed is what lies under node_modules, wherever that is', () => {
  for (const id of [
    '/app/node_modules/a/b.js',
    '/node_modules/a.js',
    'C:\\app\\node_modules\\a\\b.js',
    '//host/share/node_modules/a.js',
  ]) {
    expect(isInstalled(id)).toBe(true)
  }
  for (const id of [
    '/app/a.js',
    '/app/my_node_modules/a.js',
    '/app/a.js?from=/node_modules/b',
    'node:fs',
    'virtual:/node_modules/a',
  ]) {
    expect(isInstalled(id)).toBe(false)
  }
})

describe('on Windows', () => {
  afterEach(() => {
    vi.doUnmock('node:path')
    vi.resetModules()
  })

  async function identity(written: string): Promise<string> {
    vi.resetModules()
    vi.doMock('node:path', () => ({ ...path.win32, default: path.win32 }))
    return (await import('./module-id.ts')).identityOf(id(written))
  }

  test.each([
    'C:/app/db.ts',
    'c:/app/db.ts',
    'C:\\app\\db.ts',
    'c:\\app\\db.ts',
    '/C:/app/db.ts',
    'file:///c:/app/db.ts',
    'C:/app/db.ts?t=1',
    'c:\\app\\db.ts?t=1#part',
    'mock:c:/app/db.ts',
  ])('%s is one module with the rest', async (written) => {
    expect(await identity(written)).toBe('C:/app/db.ts')
  })

  test('a query that makes a module of its own stays as it is', async () => {
    expect(await identity('c:\\app\\db.ts?raw')).toBe('C:/app/db.ts?raw')
  })

  test.each(['\\\\server\\share\\db.ts', '//server/share/db.ts', 'file://server/share/db.ts'])(
    '%s is one on a share',
    async (written) => {
      expect(await identity(written)).toBe('//server/share/db.ts')
    },
  )
})
