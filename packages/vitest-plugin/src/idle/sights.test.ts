import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Sights } from './sights.ts'

const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'fresh-modules-sights-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function write(file: string, manifest: object | string): void {
  const full = path.join(root, file)
  mkdirSync(path.dirname(full), { recursive: true })
  writeFileSync(full, typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
}
const open = (): Sights => new Sights(['plain', 'modules', 'declares', 'broken'])
const at = (file: string): string => path.join(root, file)

write('package.json', { name: 'app' })
write('flagged/package.json', { name: 'flagged', freshModules: { allowReimport: false } })
write('flagged/inner/package.json', { type: 'commonjs' })
write('node_modules/plain/package.json', { name: 'plain' })
write('node_modules/other/node_modules/plain/package.json', { name: 'plain' })
write('node_modules/react/package.json', { name: 'react' })
write('node_modules/other/node_modules/react/package.json', { name: 'react' })
write('node_modules/plain17/package.json', { name: 'plain' })
write('node_modules/modules/package.json', { name: 'modules', type: 'module' })
write('node_modules/declares/package.json', { name: 'declares', freshModules: { allowReimport: false } })
write('node_modules/broken/package.json', '{')

describe('of no interest are', () => {
  test.each(['src/a.ts', 'src/a.ts?raw', 'node_modules/plain/index.js', 'node_modules/vitest/dist/index.js'])(
    'a first evaluation of %s',
    (file) => {
      expect(open().isOfInterest(at(file), 'runner')).toBe(false)
    },
  )

  test.each(['node:fs', '\0virtual', 'virtual:x', 'mock:/a'])('%s, which is no file', (id) => {
    const sights = open()
    expect([sights.isOfInterest(id, 'runner'), sights.isOfInterest(id, 'runner')]).toEqual([false, false])
  })

  test('a file of the project that is evaluated again: it has no flags', () => {
    const sights = open()
    sights.isOfInterest(at('src/a.ts'), 'runner')
    expect(sights.isOfInterest(at('src/a.ts?x=1'), 'runner')).toBe(false)
  })

  test('what the module runner asks Node for, and then Node evaluates', () => {
    const sights = open()
    expect(sights.isOfInterest(at('node_modules/plain/index.js'), 'node')).toBe(false)
    expect(sights.isOfInterest(at('node_modules/plain/index.js'), 'cjs')).toBe(false)
    expect(sights.isOfInterest(at('node_modules/plain/lib.js'), 'cjs')).toBe(false)
    expect(sights.isOfInterest(at('node_modules/plain/index.js'), 'node')).toBe(false)
  })

  test('a second copy of a package that nobody has marked, and that is not known to break by one', () => {
    const sights = new Sights(['react'])
    const places = [
      'node_modules/plain/a.js',
      'node_modules/other/node_modules/plain/a.js',
      'node_modules/plain/a.js',
    ]
    expect(places.map((file) => sights.isOfInterest(at(file), 'cjs'))).toEqual([false, false, false])
  })

  test('that of a known one is', () => {
    const sights = new Sights(['react'])
    const places = ['node_modules/react/a.js', 'node_modules/other/node_modules/react/a.js']
    expect(places.map((file) => sights.isOfInterest(at(file), 'cjs'))).toEqual([false, true])
  })

  test("a package's data, read as often as anybody likes", () => {
    const sights = open()
    expect(sights.isOfInterest(at('node_modules/modules/package.json'), 'cjs')).toBe(false)
    expect(sights.isOfInterest(at('node_modules/modules/package.json'), 'cjs')).toBe(false)
    expect(sights.isOfInterest(at('node_modules/modules/index.js'), 'esm')).toBe(false)
  })
})

describe('of interest are', () => {
  test.each([
    ['a package that declares flags', 'node_modules/declares/index.js'],
    ['a project that declares flags', 'flagged/a.ts'],
    ['a folder of it whose own package.json has no name', 'flagged/inner/a.ts'],
    ['a native addon', 'node_modules/plain/build/a.node'],
    ['the helpers', 'node_modules/fresh-modules/dist/index.js'],
  ])('%s, at the first evaluation', (_, file) => {
    expect(open().isOfInterest(at(file), 'runner')).toBe(true)
  })

  test.each([
    ['the same file again', 'node_modules/plain/index.js', 'cjs', 'node_modules/plain/index.js', 'cjs'],
    [
      'the same name in another place',
      'node_modules/plain/a.js',
      'cjs',
      'node_modules/other/node_modules/plain/a.js',
      'cjs',
    ],
    [
      'the same package under an alias',
      'node_modules/plain/a.js',
      'node',
      'node_modules/plain17/a.js',
      'node',
    ],
    [
      'a package by the runner, then by Node',
      'node_modules/plain/a.js',
      'runner',
      'node_modules/plain/b.js',
      'cjs',
    ],
    [
      'a package by Node, then by the runner',
      'node_modules/plain/a.js',
      'node',
      'node_modules/plain/b.js',
      'runner',
    ],
    ['both formats of a package', 'node_modules/plain/a.cjs', 'cjs', 'node_modules/plain/a.mjs', 'esm'],
    [
      'both, one of them asked for by the module runner',
      'node_modules/plain/a.mjs',
      'node',
      'node_modules/plain/a.cjs',
      'cjs',
    ],
    ['a query, in Node', 'node_modules/plain/a.mjs', 'esm', 'node_modules/plain/a.mjs?x=1', 'esm'],
    [
      'a package whose package.json is broken, in another place',
      'node_modules/broken/a.js',
      'cjs',
      'node_modules/broken/a.js',
      'cjs',
    ],
  ] as const)('%s', (_, first, firstLoader, second, secondLoader) => {
    const sights = open()
    expect(sights.isOfInterest(at(first), firstLoader)).toBe(false)
    expect(sights.isOfInterest(at(second), secondLoader)).toBe(true)
  })
})

test.each([
  ['node_modules/plain/index.js', true],
  ['node_modules/modules/index.js', false],
  ['node_modules/modules/index.cjs', true],
  ['node_modules/plain/index.mjs', false],
  ['node_modules/modules/data.json', true],
])('%s is CommonJS: %s', (file, expected) => {
  expect(open().isCommonJs(at(file))).toBe(expected)
})
