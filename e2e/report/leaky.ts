/** A project that leaks in every way that the report knows, and one that does not. */
import type { FileTree } from '../harness/index.ts'

const pkg = (name: string, version: string, extra: object = {}) => JSON.stringify({ name, version, ...extra })

/**
 * Two files that leave something behind, one that cleans up, and two versions of a package.
 *
 * @param importLine where tests get `test` from, if not from globals
 */
export function leakyFiles(importLine = ''): FileTree {
  return {
    'src/counter.ts': `
      export const seen: string[] = []
      export let total = 0
      export const add = (name: string) => { total += seen.push(name) }
    `,
    'src/pure.ts': 'export const twice = (n: number) => n * 2',
    'src/heavy.ts': `
      import { twice } from './pure'
      const until = performance.now() + 60
      let spins = 0
      while (performance.now() < until) spins = twice(1) + spins
      export const heavy = { spins }
    `,
    'src/register.ts': `
      import { plugins } from 'plugins'
      plugins.push('ours')
    `,
    'src/a.test.ts': `
      ${importLine}
      import { add, seen } from './counter'
      import { heavy } from './heavy'
      import './register'
      import { name } from 'wrapper'
      test('leaves things behind', () => {
        add('a')
        process.env.SECRET_TOKEN = 'hunter2'
        process.on('SIGUSR2', () => {})
        setInterval(() => {}, 54321)
        globalThis.leaked = heavy.spins
        expect(seen).toEqual(['a'])
        expect(name).toBe('twofold 2')
      })
    `,
    'src/b.test.ts': `
      ${importLine}
      import { add } from './counter'
      import { heavy } from './heavy'
      import { name } from 'twofold'
      import { name as other } from 'wrapper'
      test('first', () => { add('b'); expect(heavy.spins).toBeGreaterThan(0) })
      test('second', () => { add('b'); expect([name, other]).toEqual(['twofold 1', 'twofold 2']) })
    `,
    'src/clean.test.ts': `
      ${importLine}
      import { twice } from './pure'
      test('leaves nothing', () => {
        const timer = setTimeout(() => {}, 1000)
        clearTimeout(timer)
        expect(twice(2)).toBe(4)
      })
    `,
    'node_modules/plugins/package.json': pkg('plugins', '1.0.0', { type: 'commonjs' }),
    'node_modules/plugins/index.js': 'exports.plugins = []',
    'node_modules/twofold/package.json': pkg('twofold', '1.0.0'),
    'node_modules/twofold/index.js': "exports.name = 'twofold 1'",
    'node_modules/wrapper/package.json': pkg('wrapper', '1.0.0'),
    'node_modules/wrapper/index.js': "exports.name = require('twofold').name",
    'node_modules/wrapper/node_modules/twofold/package.json': pkg('twofold', '2.0.0'),
    'node_modules/wrapper/node_modules/twofold/index.js': "exports.name = 'twofold 2'",
  }
}

/** Nothing to tell. */
export function cleanFiles(importLine = ''): FileTree {
  const { 'src/pure.ts': pure = '', 'src/clean.test.ts': test = '' } = leakyFiles(importLine)
  return { 'src/pure.ts': pure, 'src/clean.test.ts': test }
}
