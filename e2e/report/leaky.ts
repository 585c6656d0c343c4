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

/**
 * Two versions of a package that nobody has marked, and two of one that says itself that each of them may be loaded once:
 * both test files load all four.
 */
export function censusFiles(importLine = ''): FileTree {
  const test = `
    ${importLine}
    import { name } from 'twofold'
    import { names } from 'wrapper'
    import { name as marked } from 'marked'
    test('each has its own', () => {
      expect([name, marked, ...names]).toEqual(['twofold 1', 'marked 1', 'twofold 2', 'marked 2'])
    })
  `
  const mark = { freshModules: { allowReimport: false, reason: 'one of each version' } }
  return {
    'src/a.test.ts': test,
    'src/b.test.ts': test,
    ...versionsOf('twofold'),
    ...versionsOf('marked', mark),
    'node_modules/wrapper/package.json': pkg('wrapper', '1.0.0'),
    'node_modules/wrapper/index.js': "exports.names = [require('twofold').name, require('marked').name]",
  }
}

function versionsOf(name: string, extra: object = {}): FileTree {
  return {
    [`node_modules/${name}/package.json`]: pkg(name, '1.0.0', extra),
    [`node_modules/${name}/index.js`]: `exports.name = '${name} 1'`,
    [`node_modules/wrapper/node_modules/${name}/package.json`]: pkg(name, '2.0.0', extra),
    [`node_modules/wrapper/node_modules/${name}/index.js`]: `exports.name = '${name} 2'`,
  }
}
