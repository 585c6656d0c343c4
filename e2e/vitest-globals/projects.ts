/** Test files that each assert that nothing has been touched, then touch it: they pass in any order, or leak. */
import type { FileTree } from '../harness/index.ts'

/** One statement that finds something pristine, and one that spoils it, by what it is about. */
export interface Spoiled {
  readonly about: string
  readonly pristine: string
  readonly spoil: string
}

const count = 3

/** Fields of `test` for one worker that runs all files without isolation. */
export const sharedWorker = (pool: string): string =>
  `pool: '${pool}', isolate: false, maxWorkers: 1, env: { FROM_CONFIG: 'given', TZ: 'UTC' }`

/** The source of a sequencer that runs files by name. */
export const inOrder = `
  import { BaseSequencer } from 'vitest/node'
  export class InOrder extends BaseSequencer {
    async sort(files) {
      return [...files].sort((a, b) => a.moduleId.localeCompare(b.moduleId))
    }
  }
`

/** Several equal test files that check and spoil everything given. */
export function spoilers(spoiled: readonly Spoiled[], top = ''): FileTree {
  const tests = spoiled.map(
    ({ about, pristine, spoil }) => `
      test(${JSON.stringify(about)}, async () => {
        ${pristine}
        ${spoil}
      })`,
  )
  const file = `
    import { expect, test, vi } from 'vitest'
    ${top}
    ${tests.join('\n')}
  `
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`src/spoiler${index}.test.ts`, file]),
  )
}

export const inNode: readonly Spoiled[] = [
  {
    about: 'variables of process.env',
    pristine: `
      expect(process.env.ADDED).toBeUndefined()
      expect(process.env.FROM_CONFIG).toBe('given')
      expect(process.env.VITEST).toBe('true')`,
    spoil: `
      process.env.ADDED = 'yes'
      process.env.FROM_CONFIG = 'changed'
      delete process.env.HOME
      delete process.env.VITEST`,
  },
  {
    about: 'the time zone',
    pristine: 'expect(new Date(0).getTimezoneOffset()).toBe(0)',
    spoil: "process.env.TZ = 'Asia/Tokyo'",
  },
  {
    about: 'stubbed variables and globals',
    pristine: `
      expect(process.env.STUBBED).toBeUndefined()
      expect('stubbed' in globalThis).toBe(false)`,
    spoil: `
      vi.stubEnv('STUBBED', 'yes')
      vi.stubGlobal('stubbed', 1)`,
  },
  {
    about: 'arguments, platform and title of the process',
    pristine: `
      expect(process.argv).not.toContain('--added')
      expect(process.platform).not.toBe('amiga')`,
    spoil: `
      process.argv.push('--added')
      Object.defineProperty(process, 'platform', { value: 'amiga' })`,
  },
  {
    about: 'listeners of the process',
    pristine: `
      expect(process.listenerCount('SIGUSR2')).toBe(0)
      expect(process.listenerCount('warning')).toBe(globalThis.warningsAtFirst ?? process.listenerCount('warning'))
      expect(process.listenerCount('unhandledRejection')).toBe(1)`,
    spoil: `
      process.on('SIGUSR2', () => {})
      process.once('warning', () => {})
      process.removeAllListeners('unhandledRejection')
      process.setMaxListeners(99)`,
  },
  {
    about: 'the exit code',
    pristine: 'expect(process.exitCode).toBeUndefined()',
    spoil: 'process.exitCode = 3',
  },
  {
    about: 'globals that are added, replaced and deleted',
    pristine: `
      expect(Object.keys(globalThis)).not.toContain('added')
      expect(Symbol.for('added') in globalThis).toBe(false)
      expect(fetch.name).toBe('fetch')
      expect(typeof structuredClone).toBe('function')`,
    spoil: `
      globalThis.added = 1
      globalThis[Symbol.for('added')] = 1
      globalThis.fetch = async function replaced() {}
      delete globalThis.structuredClone`,
  },
  {
    about: 'builtins of the language',
    pristine: `
      expect('last' in Array.prototype).toBe(false)
      expect(Array.prototype.copyWithin).toBeTypeOf('function')
      expect('polluted' in {}).toBe(false)
      expect(Math.random()).not.toBe(4)
      expect(Promise.any.name).toBe('any')
      expect(new Intl.NumberFormat('en').formatToParts(1)).toHaveLength(1)
      expect(Error.stackTraceLimit).not.toBe(3)`,
    spoil: `
      Object.defineProperty(Array.prototype, 'last', { configurable: true, get() { return this[this.length - 1] } })
      delete Array.prototype.copyWithin
      Object.prototype.polluted = 1
      Math.random = () => 4
      Promise.any = () => {}
      Intl.NumberFormat.prototype.formatToParts = () => []
      Error.stackTraceLimit = 3`,
  },
  {
    about: 'modules of Node',
    pristine: `
      const { existsSync, default: fs } = await import('node:fs')
      expect(existsSync('.')).toBe(true)
      expect(fs.existsSync('.')).toBe(true)`,
    spoil: `
      fs.existsSync = () => false
      const { syncBuiltinESMExports } = await import('node:module')
      syncBuiltinESMExports()`,
  },
  {
    about: 'the console',
    pristine: "expect(console.warn.name).not.toBe('silent')",
    spoil: 'console.warn = function silent() {}',
  },
  {
    about: 'timers left running',
    pristine: `
      const ticks = (globalThis[Symbol.for('fresh-modules-test.ticks')] ??= { count: 0 })
      const before = ticks.count
      await new Promise((done) => setTimeout(done, 30))
      expect(ticks.count).toBe(before)`,
    spoil: `
      setInterval(() => ticks.count++, 1)
      setTimeout(() => ticks.count++, 5)
      await new Promise((done) => setTimeout(done, 3))`,
  },
  {
    about: 'fake timers left on',
    pristine: `
      expect(vi.isFakeTimers()).toBe(false)
      expect(new Date().getFullYear()).toBeGreaterThan(2000)`,
    spoil: 'vi.useFakeTimers({ now: 0 })',
  },
  // Last: what is assigned to another object is no matter of the environment any more.
  {
    about: 'the object process.env',
    pristine: 'expect(process.env.REPLACED).toBeUndefined()',
    spoil: "process.env = { ...process.env, REPLACED: 'yes' }",
  },
]

export const inDom: readonly Spoiled[] = [
  {
    about: 'children and attributes of the document',
    pristine: `
      expect(document.body.innerHTML).toBe('')
      expect(document.head.innerHTML).toBe('')
      expect(document.title).toBe('')
      expect(document.documentElement.attributes).toHaveLength(0)
      expect(document.body.attributes).toHaveLength(0)`,
    spoil: `
      document.body.innerHTML = '<main id="app"><p>text</p></main>'
      document.title = 'changed'
      document.head.append(document.createElement('style'))
      document.documentElement.setAttribute('data-theme', 'dark')
      document.documentElement.lang = 'nl'
      document.body.className = 'open'`,
  },
  {
    about: 'the body as an element',
    pristine: `
      const known = (globalThis[Symbol.for('fresh-modules-test.body')] ??= { body: document.body })
      expect(document.body).toBe(known.body)`,
    spoil: "document.body.replaceWith(document.createElement('body'))",
  },
  {
    about: 'the location and its history',
    pristine: `
      expect(location.href).toBe('http://localhost:3000/')
      expect(history.state).toBeNull()`,
    spoil: `
      history.pushState({ page: 1 }, '', '/shop/cart?full#top')
      history.replaceState({ page: 2 }, '', '/shop/done')`,
  },
  {
    about: 'storages and cookies',
    pristine: `
      expect(localStorage.length + sessionStorage.length).toBe(0)
      expect(document.cookie).toBe('')`,
    spoil: `
      localStorage.setItem('token', 'x')
      sessionStorage.setItem('token', 'x')
      document.cookie = 'session=1; path=/'
      document.cookie = 'theme=dark'`,
  },
  {
    about: 'listeners',
    pristine: `
      const heard = (globalThis[Symbol.for('fresh-modules-test.heard')] ??= [])
      for (const target of [window, document, document.documentElement, document.body]) {
        target.dispatchEvent(new Event('ping'))
      }
      expect(heard).toEqual([])`,
    spoil: `
      window.addEventListener('ping', () => heard.push('window'))
      addEventListener('ping', () => heard.push('window, capturing'), true)
      document.addEventListener('ping', { handleEvent: () => heard.push('document') })
      document.documentElement.addEventListener('ping', () => heard.push('html'), { capture: true })
      document.body.addEventListener('ping', () => heard.push('body'))`,
  },
  {
    about: 'animation frames and observers',
    pristine: `
      const calls = (globalThis[Symbol.for('fresh-modules-test.calls')] ??= { count: 0 })
      const before = calls.count
      document.body.setAttribute('data-observed', '1')
      document.body.removeAttribute('data-observed')
      await new Promise((done) => requestAnimationFrame(done))
      await new Promise((done) => setTimeout(done, 60))
      expect(calls.count).toBe(before)`,
    spoil: `
      new MutationObserver(() => calls.count++).observe(document, { attributes: true, subtree: true })
      const draw = () => requestAnimationFrame(() => (calls.count++, draw()))
      draw()`,
  },
  {
    about: 'event handlers',
    pristine: `
      expect(window.onresize ?? null).toBeNull()
      expect(document.onclick ?? null).toBeNull()
      expect(document.body.onkeydown ?? null).toBeNull()`,
    spoil: `
      window.onresize = () => {}
      document.onclick = () => {}
      document.body.onkeydown = () => {}`,
  },
  {
    about: 'properties of the window',
    pristine: `
      expect(window.innerWidth).toBe(1024)
      expect(String(window.matchMedia)).not.toContain('mine')
      expect(String(window.scrollTo)).not.toContain('mine')
      expect('appState' in window).toBe(false)
      expect(navigator.userAgent).not.toBe('mine')
      expect(window.localStorage.getItem).toBeTypeOf('function')`,
    spoil: `
      window.innerWidth = 300
      window.matchMedia = () => 'mine'
      window.scrollTo = () => 'mine'
      window.appState = {}
      Object.defineProperty(navigator, 'userAgent', { configurable: true, value: 'mine' })
      Object.defineProperty(window, 'localStorage', { configurable: true, value: {} })`,
  },
  {
    about: 'classes of the DOM',
    pristine: `
      expect(String(HTMLElement.prototype.focus)).not.toContain('mine')
      expect(String(Element.prototype.getBoundingClientRect)).not.toContain('mine')
      expect('scrollOfMine' in Element.prototype).toBe(false)
      expect(document.body.offsetHeight).toBe(0)`,
    spoil: `
      HTMLElement.prototype.focus = () => 'mine'
      Element.prototype.getBoundingClientRect = () => 'mine'
      Element.prototype.scrollOfMine = () => 'mine'
      Object.defineProperty(HTMLElement.prototype, 'offsetHeight', { configurable: true, get: () => 'mine' })`,
  },
  {
    about: 'properties of the document',
    pristine: `
      expect(document.hidden).not.toBe('mine')
      expect('execCommandOfMine' in document).toBe(false)
      expect(document.querySelector).toBe(Object.getPrototypeOf(document).querySelector)`,
    spoil: `
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => 'mine' })
      document.execCommandOfMine = () => true
      document.querySelector = () => null`,
  },
  // Last: from then on the document has no body.
  {
    about: 'the html element',
    pristine: `
      const nodes = (globalThis[Symbol.for('fresh-modules-test.nodes')] ??= [...document.childNodes])
      expect(document.childNodes).toHaveLength(nodes.length)
      nodes.forEach((node, index) => expect(document.childNodes[index]).toBe(node))`,
    spoil: `
      document.doctype?.remove()
      document.documentElement.remove()
      document.append(document.createElement('html'))`,
  },
]
