import type { ContractCase } from '../case.ts'

const state = 'export const state = {}'
const pkg = (name: string): string => `{ "name": "${name}", "type": "module" }`

/** Children belong to a package or a folder by name: they go with it. */
export const childrenCases: readonly ContractCase[] = [
  {
    name: 'the modules of a package are fresh with it and a package with a longer name is not',
    needs: ['packages'],
    files: {
      'node_modules/fam/package.json': pkg('fam'),
      'node_modules/fam/index.js':
        "export { state as sub } from './lib/sub.js'\nexport { state as longer } from 'famx'\nexport const state = {}",
      'node_modules/fam/lib/sub.js': state,
      'node_modules/famx/package.json': pkg('famx'),
      'node_modules/famx/index.js': state,
    },
    test: `
      const plain = await import('fam')
      const fresh = await importFresh('fam')
      expect(fresh.state === plain.state).toBe(false)
      expect(fresh.sub === plain.sub).toBe(false)
      expect(fresh.longer).toBe(plain.longer)
      expect((await import('fam/lib/sub.js')).state).toBe(plain.sub)
    `,
  },
  {
    name: 'a package nested below a package is no child of it',
    needs: ['packages'],
    files: {
      'node_modules/outer/package.json': pkg('outer'),
      'node_modules/outer/index.js': "export { state as inner } from 'inner'\nexport const state = {}",
      'node_modules/outer/node_modules/inner/package.json': pkg('inner'),
      'node_modules/outer/node_modules/inner/index.js': state,
    },
    test: `
      const plain = await import('outer')
      const fresh = await importFresh('outer')
      expect(fresh.state === plain.state).toBe(false)
      expect(fresh.inner).toBe(plain.inner)
    `,
  },
  {
    name: 'a scoped package has its own modules as children',
    needs: ['packages'],
    files: {
      'node_modules/@team/one/package.json': pkg('@team/one'),
      'node_modules/@team/one/index.js':
        "export { state as sub } from './sub.js'\nexport { state as two } from '@team/two'",
      'node_modules/@team/one/sub.js': state,
      'node_modules/@team/two/package.json': pkg('@team/two'),
      'node_modules/@team/two/index.js': state,
    },
    test: `
      const plain = await import('@team/one')
      const fresh = await importFresh('@team/one')
      expect(fresh.sub === plain.sub).toBe(false)
      expect(fresh.two).toBe(plain.two)
    `,
  },
  {
    name: 'a subpath of a package has no children',
    needs: ['packages'],
    files: {
      'node_modules/paths/package.json': pkg('paths'),
      'node_modules/paths/index.js': state,
      'node_modules/paths/sub.js': "export { state as part } from './part.js'\nexport const state = {}",
      'node_modules/paths/part.js': state,
    },
    test: `
      const plain = await import('paths/sub.js')
      const fresh = await importFresh('paths/sub.js')
      expect(fresh.state === plain.state).toBe(false)
      expect(fresh.part).toBe(plain.part)
    `,
  },
  {
    name: 'the modules below a folder are fresh with its index and a look-alike neighbour is not',
    files: {
      'lib/index.js': `
        export { state as part } from './parts/part.js'
        export { state as neighbour } from '../libx/part.js'
        export const state = {}
      `,
      'lib/parts/part.js': state,
      'libx/part.js': state,
    },
    test: `
      const plain = await import('./lib/index.js')
      const fresh = await importFresh('./lib/index.js')
      expect(fresh.state === plain.state).toBe(false)
      expect(fresh.part === plain.part).toBe(false)
      expect(fresh.neighbour).toBe(plain.neighbour)
      expect((await import('./lib/parts/part.js')).state).toBe(plain.part)
    `,
  },
  {
    name: 'a file that is no index has no children',
    files: {
      'lib/main.js': "export { state as part } from './part.js'\nexport const state = {}",
      'lib/part.js': state,
    },
    test: `
      const plain = await import('./lib/main.js')
      const fresh = await importFresh('./lib/main.js')
      expect(fresh.state === plain.state).toBe(false)
      expect(fresh.part).toBe(plain.part)
    `,
  },
  {
    name: 'a child that refuses reimport is shared by a fresh parent',
    files: {
      'lib/index.js':
        "export { state as part } from './part.js'\nexport { state as single } from './single.js'",
      'lib/part.js': state,
      'lib/single.js': `/** @fresh-modules no-reimport */\n${state}`,
    },
    test: `
      const plain = await import('./lib/index.js')
      const fresh = await importFresh('./lib/index.js')
      expect(fresh.part === plain.part).toBe(false)
      expect(fresh.single).toBe(plain.single)
    `,
  },
  {
    name: 'children that are fresh are each evaluated once',
    files: {
      'lib/index.js':
        "export { state as a } from './a.js'\nexport { a as viaB } from './b.js'\nevents.push('index')",
      'lib/a.js': "events.push('a')\nexport const state = {}",
      'lib/b.js': "export { state as a } from './a.js'\nevents.push('b')",
    },
    test: `
      await import('./lib/index.js')
      events.length = 0
      const fresh = await importFresh('./lib/index.js')
      expect(events).toEqual(['a', 'b', 'index'])
      expect(fresh.viaB).toBe(fresh.a)
    `,
  },
]
