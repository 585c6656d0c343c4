import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'

/** The paths as they are on one kind of system, wherever this runs. */
async function pathsOn(system: 'posix' | 'win32'): Promise<typeof import('./paths.ts')> {
  vi.resetModules()
  vi.doMock('node:path', () => ({ ...path[system], default: path[system] }))
  return import('./paths.ts')
}

afterEach(() => {
  vi.doUnmock('node:path')
  vi.resetModules()
})

describe('where folders are separated by slashes', () => {
  test('a backslash is a character like any other', async () => {
    const { toSlashes, relativeTo, resolveFrom } = await pathsOn('posix')
    expect(toSlashes('/app/a\\b.ts')).toBe('/app/a\\b.ts')
    expect(relativeTo('/app', '/app/a\\b.ts')).toBe('a\\b.ts')
    expect(resolveFrom('/app', './a\\b.ts')).toBe('/app/a\\b.ts')
  })

  test.each([
    ['/app', '/app/src/a.ts', 'src/a.ts'],
    ['/app/', '/app/src/a.ts', 'src/a.ts'],
    ['/app', '/app', ''],
    ['/app', '/application/a.ts', '../application/a.ts'],
    ['/app', '/', '..'],
    ['/', '/a.ts', 'a.ts'],
  ])('from %s to %s: %j', async (folder, file, relative) => {
    expect((await pathsOn('posix')).relativeTo(folder, file)).toBe(relative)
  })

  test.each([
    ['./src/../a.ts', '/app/a.ts'],
    ['../a.ts', '/a.ts'],
    ['src/', '/app/src'],
    ['/abs/a.ts', '/abs/a.ts'],
    ['.', '/app'],
  ])('%s is %s', async (target, file) => {
    expect((await pathsOn('posix')).resolveFrom('/app', target)).toBe(file)
  })

  test.each([
    ['/a', true],
    ['a', false],
    ['./a', false],
    ['', false],
    ['C:/a', false],
  ])('%j is absolute: %j', async (file, isAbsolute) => {
    expect((await pathsOn('posix')).isAbsolutePath(file)).toBe(isAbsolute)
  })
})

describe('on Windows', () => {
  test('paths have forward slashes, as they come from the one or the other', async () => {
    const { toSlashes } = await pathsOn('win32')
    expect(toSlashes('C:\\app\\src/a.ts')).toBe('C:/app/src/a.ts')
  })

  test('a file is found from its folder, whatever the letters of the drive', async () => {
    const { relativeTo } = await pathsOn('win32')
    expect(relativeTo('C:/app', 'C:\\app\\src\\a.ts')).toBe('src/a.ts')
    expect(relativeTo('c:\\App', 'C:/app/src/a.ts')).toBe('src/a.ts')
    expect(relativeTo('C:/app', 'C:/other/a.ts')).toBe('../other/a.ts')
  })

  test('a file of another drive stays absolute: it is below no folder of this one', async () => {
    const { relativeTo, isAbsolutePath } = await pathsOn('win32')
    const relative = relativeTo('C:/app', 'D:/app/a.ts')
    expect(relative).toBe('D:/app/a.ts')
    expect(isAbsolutePath(relative)).toBe(true)
  })

  test('targets are resolved within the drive of their folder', async () => {
    const { resolveFrom } = await pathsOn('win32')
    expect(resolveFrom('C:/app', './src\\a.ts')).toBe('C:/app/src/a.ts')
    expect(resolveFrom('C:/app', '/src/a.ts')).toBe('C:/src/a.ts')
    expect(resolveFrom('C:/app', 'D:/src/a.ts')).toBe('D:/src/a.ts')
  })
})

describe('the one spelling of a path', () => {
  test.each([
    ['/app/db.ts', '/app/db.ts'],
    ['/app/a\\b.ts', '/app/a\\b.ts'],
    ['file:///app/my%20db.ts', '/app/my db.ts'],
    ['/C:/app/db.ts', '/C:/app/db.ts'],
    ['C:\\app\\db.ts', 'C:\\app\\db.ts'],
    ['node:fs', 'node:fs'],
    ['virtual:env', 'virtual:env'],
  ])('elsewhere, of %s, is %s', async (written, normal) => {
    expect((await pathsOn('posix')).normalPath(written)).toBe(normal)
  })

  test.each([
    ['C:/app/db.ts', 'C:/app/db.ts'],
    ['c:/app/db.ts', 'C:/app/db.ts'],
    ['c:\\app/db.ts', 'C:/app/db.ts'],
    ['/c:/app/db.ts', 'C:/app/db.ts'],
    ['\\\\?\\c:\\app\\db.ts', 'C:/app/db.ts'],
    ['file:///c:/app/my%20db.ts', 'C:/app/my db.ts'],
    ['\\\\server\\share\\db.ts', '//server/share/db.ts'],
    ['\\\\?\\UNC\\server\\share\\db.ts', '//server/share/db.ts'],
    ['file://server/share/db.ts', '//server/share/db.ts'],
    ['file:///app/db.ts', '/app/db.ts'],
    ['c:', 'C:'],
    ['node:fs', 'node:fs'],
    ['virtual:a\\b', 'virtual:a\\b'],
    ['\0virtual', '\0virtual'],
  ])('on Windows, of %s, is %s', async (written, normal) => {
    expect((await pathsOn('win32')).normalPath(written)).toBe(normal)
  })

  test('tells whether two paths are of one file', async () => {
    const { isSamePath } = await pathsOn('win32')
    expect(isSamePath('c:\\app\\a.test.ts', 'C:/app/a.test.ts')).toBe(true)
    expect(isSamePath('C:/app/a.test.ts', 'D:/app/a.test.ts')).toBe(false)
    expect(isSamePath('C:/app/a.test.ts', undefined)).toBe(false)
    expect((await pathsOn('posix')).isSamePath('/a.ts', '/A.ts')).toBe(false)
  })
})
