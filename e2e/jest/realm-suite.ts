/**
 * A generated suite for a realm that files share: each file asserts that everything is as in a realm of its own, then dirties all of it. Every
 * fourth mocks a package that another package imports, every fourth a first-party module.
 */
import type { FileTree } from '../harness/index.ts'

/** What a file leaves: how the next one sees that it is gone, and how it is left. */
interface Dirt {
  readonly name: string
  readonly pristine: string
  readonly dirty: string
}

const everywhere: readonly Dirt[] = [
  {
    name: 'first-party modules',
    pristine: 'expect([state.count, state.list]).toEqual([0, []])',
    dirty: 'state.increase(); state.list.push(1)',
  },
  {
    name: 'exports of packages that were replaced, added or changed',
    pristine:
      "expect([pkg.real(), pkg.added, pkg.defaults, pkg.Class.prototype.method()]).toEqual(['real', undefined, { url: '' }, 'method'])",
    dirty:
      "pkg.real = () => 'left'; pkg.added = 1; pkg.defaults.url = 'left'; pkg.Class.prototype.method = () => 'left'",
  },
  {
    name: 'spies on exports of packages',
    pristine: 'expect(jest.isMockFunction(pkg.spied)).toBe(false)',
    dirty: "jest.spyOn(pkg, 'spied').mockReturnValue('left')",
  },
  {
    name: 'globals',
    pristine:
      'expect([globalThis.left, typeof globalThis.structuredClone, globalThis.deletable]).toEqual([undefined, cloneType, undefined])',
    dirty: 'globalThis.left = 1; globalThis.structuredClone = 1',
  },
  {
    name: 'objects of the globals option',
    pristine: "expect(configured).toEqual({ list: [], name: 'configured' })",
    dirty: "configured.list.push(1); configured.name = 'left'",
  },
  {
    name: 'builtins',
    pristine:
      "expect([[].left, Math.random() < 1, JSON.stringify({}), Object.left]).toEqual([undefined, true, '{}', undefined])",
    dirty: "Array.prototype.left = 1; Math.random = () => 7; JSON.stringify = () => 'left'; Object.left = 1",
  },
  {
    name: 'environment',
    pristine: "expect([process.env.LEFT, process.env.GIVEN]).toEqual([undefined, 'given'])",
    dirty: "process.env.LEFT = 'left'; delete process.env.GIVEN",
  },
  {
    name: 'process',
    pristine:
      "expect([process.listenerCount('SIGUSR2'), process.argv.includes('left'), process.left]).toEqual([0, false, undefined])",
    dirty: "process.on('SIGUSR2', () => {}); process.argv.push('left'); process.left = 1",
  },
  {
    name: 'intervals',
    pristine: 'await new Promise((done) => setTimeout(done, 15)); expect(globalThis.ticks).toBeUndefined()',
    dirty: 'setInterval(() => { globalThis.ticks = (globalThis.ticks ?? 0) + 1 }, 1)',
  },
  {
    name: 'matchers, testers and serializers',
    pristine: `
      expect(expect(1).toBeLeft).toBeUndefined()
      expect(expect.toBeLeft).toBeUndefined()
      expect({ tested: 1 }).not.toEqual({ tested: 2 })
      expect({ serialized: 1 }).toMatchInlineSnapshot(\`
        {
          "serialized": 1,
        }
      \`)
    `,
    dirty: `
      expect.extend({ toBeLeft: () => ({ pass: true, message: () => '' }) })
      expect.addEqualityTesters?.([(a) => a?.tested === undefined ? undefined : true])
      expect.addSnapshotSerializer({ test: (value) => value?.serialized !== undefined, print: () => 'left' })
    `,
  },
  {
    name: 'matchers that the framework brings',
    pristine: 'expect(() => expect(1).toBe(2)).toThrow()',
    dirty: 'expect.extend({ toBe: () => ({ pass: true, message: () => "" }) })',
  },
  {
    name: 'the console',
    pristine: 'expect(jest.isMockFunction(console.log)).toBe(false)',
    dirty: "jest.spyOn(console, 'log'); console.log('left'); console.info = () => {}",
  },
  {
    name: 'retries and timeouts',
    pristine:
      "expect(globalThis[Symbol.for('RETRY_TIMES')]).toBeUndefined(); expect(globalThis[Symbol.for('TEST_TIMEOUT_SYMBOL')]).toBeUndefined()",
    dirty: 'jest.retryTimes(3); jest.setTimeout(60000)',
  },
  {
    name: 'counts of mock functions',
    pristine:
      'const counted = jest.fn(); counted(); expect(counted.mock.invocationCallOrder).toEqual([firstCall])',
    dirty: 'const counted = jest.fn(); for (let i = 0; i < 9; i++) counted()',
  },
  {
    name: 'events of the framework, counted by a subclass of the environment',
    pristine: 'expect(globalThis.eventsOfSetup).toBe(1)',
    dirty: '',
  },
]

/** What Jest itself shares among the files of a worker. */
const inProcess: readonly Dirt[] = [
  {
    name: 'working directory',
    pristine: 'expect(process.cwd()).toBe(require("path").dirname(__dirname))',
    dirty: 'process.chdir(__dirname)',
  },
  {
    name: "Node's modules",
    pristine: "expect(require('fs').left).toBeUndefined()",
    dirty: "require('fs').left = 1",
  },
]

const inPage: readonly Dirt[] = [
  {
    name: 'the document',
    pristine:
      "expect([document.body.innerHTML, document.title, document.documentElement.className, document.head.querySelector('meta')]).toEqual(['', '', '', null])",
    dirty:
      "document.body.innerHTML = '<p>left</p>'; document.title = 'left'; document.documentElement.className = 'left'; document.head.append(document.createElement('meta'))",
  },
  {
    name: 'storages and cookies',
    pristine: "expect([localStorage.length, sessionStorage.length, document.cookie]).toEqual([0, 0, ''])",
    dirty:
      "localStorage.setItem('left', '1'); sessionStorage.setItem('left', '1'); document.cookie = 'left=1'",
  },
  {
    name: 'location and history',
    pristine:
      "expect([location.href, history.length, history.state]).toEqual(['http://localhost/', 1, null])",
    dirty: "history.pushState({ left: 1 }, '', '/left'); location.hash = 'left'",
  },
  {
    name: 'listeners and handlers',
    pristine:
      "globalThis.heard = 0; window.dispatchEvent(new Event('left')); document.dispatchEvent(new Event('left')); expect([heard, window.onclick]).toEqual([0, null]); delete globalThis.heard",
    dirty:
      "for (const target of [window, document, document.body]) target.addEventListener('left', () => { globalThis.heard++ }); window.onclick = () => {}",
  },
  {
    name: 'custom elements',
    pristine: "expect(customElements.get('x-left')).toBeUndefined()",
    dirty: "customElements.define('x-left', class extends HTMLElement {})",
  },
  {
    name: 'observers and frames',
    pristine:
      "globalThis.observed = 0; document.body.append('text'); await new Promise((done) => setTimeout(done, 25)); expect(observed).toBe(0); document.body.innerHTML = ''; delete globalThis.observed",
    dirty:
      'new MutationObserver(() => { globalThis.observed++ }).observe(document.body, { childList: true }); requestAnimationFrame(() => { globalThis.observed++ })',
  },
  {
    name: 'classes and objects of the DOM',
    pristine:
      'expect([Element.prototype.left, window.matchMedia, typeof document.createElement("p").click, navigator.left]).toEqual([undefined, undefined, "function", undefined])',
    dirty:
      'Element.prototype.left = 1; window.matchMedia = () => ({}); HTMLElement.prototype.click = 1; navigator.left = 1',
  },
]

/** How many files of each kind. */
const FILES = 8

const clocks = [
  { dirty: 'jest.useFakeTimers(); jest.setSystemTime(1)' },
  { dirty: 'jest.useFakeTimers({ legacyFakeTimers: true })' },
  { dirty: "jest.useFakeTimers({ doNotFake: ['setTimeout', 'nextTick'] })" },
  { dirty: 'jest.spyOn(globalThis, "setTimeout"); globalThis.Date = class {}' },
]

function testFile(index: number, dirt: readonly Dirt[]): string {
  const clock = clocks[index % clocks.length]
  const mocksPackage = index % 4 === 3
  const mocksOwn = index % 4 === 1
  return `
    ${mocksPackage ? "jest.mock('leaf', () => ({ ...jest.requireActual('leaf'), leaf: 'mocked' }))" : ''}
    ${mocksOwn ? "jest.mock('../src/dep', () => ({ dep: 'mocked' }))" : ''}
    const pkg = require('pkg')
    const state = require('../src/state')
    const { hooking } = require('hooking')
    const [firstCall, cloneType] = [1, typeof globalThis.structuredClone]

    test('mocks are this file’s', () => {
      expect(require('leaf').leaf).toBe(${mocksPackage ? "'mocked'" : "'leaf'"})
      expect(pkg.leaf).toBe(${mocksPackage ? "'mocked'" : "'leaf'"})
      expect(require('leaf').other).toBe('other')
      expect(pkg.late().lazy).toBe('lazy')
      expect(state.dep).toBe(${mocksOwn ? "'mocked'" : "'dep'"})
      expect(require('rooted').rooted).toBe('mock of the root')
      expect(require('uses-rooted').rooted).toBe('mock of the root')
      expect([require('plugin'), pkg.plugged]).toEqual([{}, true])
      expect([require('cycle').late, require('cycle/other').get()]).toEqual(['late', 'late'])
    })
    test('packages that register hooks and matchers have them here', () => {
      expect(hooking.ran).toBe(true)
      expect(1).toBeHooked()
      expect({ of: 1 }).toEqual({ of: expect.toBeHooked() })
    })
    ${dirt.map(({ name, pristine }) => `test(${JSON.stringify(name)}, async () => { ${pristine} })`).join('\n    ')}
    test('the clock', () => {
      expect([Date.isFake, setTimeout.clock, jest.isMockFunction(setTimeout), jest.isMockFunction(process.nextTick)]).toEqual([undefined, undefined, false, false])
      expect(Date.now()).toBeGreaterThan(1e12)
      expect(new Date()).toBeInstanceOf(Date)
    })
    test('leaves all that', () => { hooking.ran = false; ${dirt.map(({ dirty }) => dirty).join(';\n')} })
    test('leaves the clock', () => { ${clock?.dirty} })
  `
}

export const realmSuite: FileTree = {
  'src/state.js': `
    exports.count = 0
    exports.list = []
    exports.increase = () => ++exports.count
    exports.dep = require('./dep').dep
  `,
  'src/dep.js': "exports.dep = 'dep'",
  'node_modules/pkg/package.json': '{ "name": "pkg", "version": "1.0.0" }',
  'node_modules/pkg/index.js': `
    const { leaf } = require('leaf')
    exports.leaf = leaf
    exports.real = () => 'real'
    exports.spied = () => 'real'
    exports.defaults = { url: '' }
    exports.Class = class { method() { return 'method' } }
    exports.late = () => require('lazy')
    globalThis.polyfilled = true
    const { warn } = console
    exports.warn = () => warn('by a method that was taken off the console')
  `,
  'node_modules/plugin/package.json': '{ "name": "plugin", "version": "1.0.0" }',
  'node_modules/plugin/index.js': "require('pkg').plugged = true",
  'node_modules/cycle/package.json': '{ "name": "cycle", "version": "1.0.0" }',
  'node_modules/cycle/index.js': "exports.late = undefined; require('./other'); exports.late = 'late'",
  'node_modules/cycle/other.js': "const cycle = require('./index'); exports.get = () => cycle.late",
  'node_modules/leaf/package.json': '{ "name": "leaf", "version": "1.0.0" }',
  'node_modules/leaf/index.js': "exports.leaf = 'leaf'; exports.other = 'other'",
  'node_modules/lazy/package.json': '{ "name": "lazy", "version": "1.0.0" }',
  // A line for each evaluation.
  'node_modules/lazy/index.js': `
    require('fs').appendFileSync(__dirname + '/evaluations', '.')
    exports.lazy = 'lazy'
  `,
  'node_modules/hooking/package.json': '{ "name": "hooking", "version": "1.0.0" }',
  'node_modules/hooking/index.js': `
    exports.hooking = { ran: false }
    beforeEach(() => { exports.hooking.ran = true })
    expect.extend({ toBeHooked: () => ({ pass: true, message: () => '' }) })
  `,
  'node_modules/rooted/package.json': '{ "name": "rooted", "version": "1.0.0" }',
  'node_modules/rooted/index.js': "exports.rooted = 'package'",
  'node_modules/uses-rooted/package.json': '{ "name": "uses-rooted", "version": "1.0.0" }',
  'node_modules/uses-rooted/index.js': "exports.rooted = require('rooted').rooted",
  '__mocks__/rooted.js': "exports.rooted = 'mock of the root'",
  'random-order.cjs': `
    const { createRequire } = require('node:module')
    const jest = Object.keys(require.cache).find((file) => /[\\\\/]@jest[\\\\/]core[\\\\/]build[\\\\/]/.test(file))
    const { default: Sequencer } = createRequire(jest)('@jest/test-sequencer')
    let seed = Number(process.env.ORDER)
    const next = () => (seed = (seed * 16807) % 2147483647)
    module.exports = class extends Sequencer {
      sort(tests) {
        const inOrder = [...tests].sort((a, b) => (a.path < b.path ? -1 : 1))
        if (!seed) return inOrder
        return inOrder.map((test) => [next(), test]).sort(([a], [b]) => a - b).map(([, test]) => test)
      }
    }
  `,
  'subclass.cjs': `
    module.exports = (Base) => class extends Base {
      #events = 0
      constructor(config, context) {
        super(config, context)
        this.testPathOfSubclass = context.testPath
        this.global.process.env.GIVEN = 'given'
      }
      async handleTestEvent(event, state) {
        await super.handleTestEvent?.(event, state)
        if (event.name === 'setup') this.global.eventsOfSetup = ++this.#events
        if (event.name === 'teardown' && !this.testPathOfSubclass.endsWith('.test.js')) throw new Error('not of this file')
      }
    }
  `,
  ...Object.fromEntries(
    Object.entries({ node: everywhere, jsdom: [...everywhere, ...inPage], process: inProcess }).flatMap(
      ([kind, dirt]) =>
        Array.from({ length: FILES }, (_, index) => [`${kind}/file-${index}.test.js`, testFile(index, dirt)]),
    ),
  ),
  ...environmentsOf('stock', {
    node: "require(require.resolve('jest-environment-node', { paths: [require.resolve('jest-environment-jsdom'), __dirname, ...Object.keys(require.cache).filter((file) => /jest-runner/.test(file))] })).default",
    jsdom: "require('jest-environment-jsdom').default",
  }),
  ...environmentsOf('shared', {
    node: "require('@fresh-modules/jest-env').default",
    process: "require('@fresh-modules/jest-env').default",
    jsdom: "require('@fresh-modules/jest-env/jsdom').default",
  }),
  'jest.stock.cjs': configOf('stock', ''),
  'jest.shared.cjs': configOf(
    'shared',
    "testEnvironmentOptions: { freshModules: { resetBetween: 'never', isolate: false } },",
  ),
}

function environmentsOf(way: string, bases: Readonly<Record<string, string>>): FileTree {
  return Object.fromEntries(
    Object.entries(bases).map(([kind, base]) => [
      `${kind}.${way}.cjs`,
      `module.exports = require('./subclass.cjs')(${base})`,
    ]),
  )
}

function configOf(way: string, fields: string): string {
  return `
    const project = (kind) => ({
      displayName: kind,
      rootDir: __dirname,
      testEnvironment: '<rootDir>/' + kind + '.${way}.cjs',
      testMatch: ['<rootDir>/' + kind + '/*.test.js'],
      transform: {},
      globals: { configured: { list: [], name: 'configured' } },
      ${fields}
    })
    const projects = [project('node'), project('jsdom')${way === 'shared' ? ", project('process')" : ''}]
    module.exports = { testSequencer: '<rootDir>/random-order.cjs', projects }
  `
}
