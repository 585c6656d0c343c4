import { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { nodeRealm, type OtherRealm, windowRealm } from '../test-host/other-realm.ts'
import { restoredOf } from '../test-host/whats.ts'
import { createGlobals, type Globals, type GlobalsOptions } from './globals.ts'

const { cwd, exitCode } = { cwd: process.cwd(), exitCode: process.exitCode }
let globals: Globals

afterEach(() => {
  globals.release()
  process.chdir(cwd)
  process.exitCode = exitCode
})

function captured(realm: OtherRealm, options?: GlobalsOptions): OtherRealm {
  globals = createGlobals(realm, options)
  globals.capture()
  return realm
}

const realms: [string, () => OtherRealm][] = [
  ['a vm context', nodeRealm],
  ['a window', windowRealm],
]

describe.each(realms)('%s that is not the realm of this code', (_, realmOf) => {
  test('has nothing to put back where nothing was changed', async () => {
    const { run } = captured(realmOf())
    run('const own = [1, 2, 3].map(String); Promise.resolve(own)')
    expect(await globals.restore()).toEqual([])
  })

  test.each([
    ['Array.prototype.at = 1', 'Array.prototype.at'],
    ['Object.groupBy = 1', 'Object.groupBy'],
    ['Object.prototype.ofTest = 1', 'Object.prototype.ofTest'],
    ['Map.prototype.get = 1', 'Map.prototype.get'],
    ['Promise.all = 1', 'Promise.all'],
    ['delete Promise.prototype.finally', 'Promise.prototype.finally'],
    ['Function.prototype.call = 1', 'Function.prototype.call'],
    ['Date.now = () => 0', 'Date.now'],
    ['Date = class {}', 'globalThis.Date'],
    ['Math.random = () => 4', 'Math.random'],
    ['JSON.parse = 1', 'JSON.parse'],
    ['Intl.NumberFormat.prototype.ofTest = 1', 'Intl.NumberFormat.prototype.ofTest'],
    ['Intl.DateTimeFormat = 1', 'Intl.DateTimeFormat'],
    ['Reflect.getPrototypeOf(Int8Array).from = 1', 'TypedArray.from'],
    ['Reflect.getPrototypeOf(Reflect.getPrototypeOf([].values())).ofTest = 1', 'Iterator.prototype.ofTest'],
    ['Reflect.getPrototypeOf(async () => {}).ofTest = 1', 'AsyncFunction.prototype.ofTest'],
    ['Error.stackTraceLimit = 1', 'Error.stackTraceLimit'],
    ['console = {}', 'globalThis.console'],
    ['delete globalThis.Map', 'globalThis.Map'],
    ['globalThis.added = 1', 'globalThis.added'],
    ['globalThis.__STATE__ = 1', 'globalThis.__STATE__'],
    ['globalThis[Symbol("of a test")] = 1', 'globalThis[Symbol(of a test)]'],
    ['(0, eval)("var declared = 1")', 'globalThis.declared'],
    ['setTimeout = () => 1', 'globalThis.setTimeout'],
    ['process = {}', 'globalThis.process'],
    ['process.cwd = () => "/"', 'process.cwd'],
    ['process.versions.node = "0"', 'process.versions.node'],
  ])('gets back what `%s` changes', async (code, what) => {
    const { run, global } = captured(realmOf())
    const before = Object.getOwnPropertyDescriptors(global)
    run(code)
    expect(await globals.restore()).toEqual([{ what, kind: 'property', restored: true }])
    expect(Object.getOwnPropertyDescriptors(global)).toEqual(before)
    expect(await globals.restore()).toEqual([])
  })

  test('leaves the builtins of other realms alone', async () => {
    const { run } = captured(realmOf())
    const { at } = Array.prototype
    const mine = () => 'mine'
    run('Array.prototype.at = 1')
    Array.prototype.at = mine as never
    const outcomes = await globals.restore()
    expect(Array.prototype.at).toBe(mine)
    Array.prototype.at = at
    expect(restoredOf(outcomes)).toEqual(['Array.prototype.at'])
  })

  test('has the process that its code sees, which is not the one of the tests', async () => {
    const { run, process: own } = captured(realmOf(), {
      isOwnVariable: (name) => name === 'WORKER_ID',
    })
    run(`
      Object.assign(process.env, { TZ: 'Mars', WORKER_ID: '2' })
      delete process.env.KEPT
      process.argv.push('--added')
      process.on('exit', () => {})
      process.exitCode = 7
      process.chdir('/')
      process.umask(0o7)
    `)
    expect(process.cwd()).not.toBe(cwd)
    const outcomes = await globals.restore()
    expect(outcomes).toEqual([
      { what: 'process.env.TZ', kind: 'variable', restored: true },
      { what: 'process.env.KEPT', kind: 'variable', restored: true },
      { what: 'process.exitCode', kind: 'process', restored: true },
      { what: 'process.cwd()', kind: 'process', restored: true },
      { what: 'process.umask()', kind: 'process', restored: true },
      { what: 'elements of process.argv', kind: 'process', restored: true },
      { what: 'process listeners of "exit" (added)', kind: 'listener', restored: true },
    ])
    expect(JSON.stringify(outcomes)).not.toMatch(/Mars|kept/)
    expect(own.env).toMatchObject({ KEPT: 'kept', WORKER_ID: '2' })
    expect([process.cwd(), own.argv, process.exitCode]).toEqual([cwd, ['node', 'jest'], exitCode])
    expect(EventEmitter.prototype.listenerCount.call(own, 'exit')).toBe(1)
    expect(process.env).not.toHaveProperty('KEPT')
  })

  test('has timers that are cleared, with the file that has started them', async () => {
    const { run, global } = captured(realmOf(), {
      // jsdom itself listens, through `nwsapi`.
      isKept: (file) => /^.kept|node_modules/.test(file),
    })
    global.hits = []
    run('setTimeout(() => hits.push("timeout"), 3); setInterval(() => hits.push("interval"), 3)')
    run('setTimeout((value) => hits.push(value), 1, "kept")', '/kept/package.js')
    run('clearTimeout(setTimeout(() => hits.push("cleared"), 1))')
    const { hits } = global
    const [first, ...others] = restoredOf(await globals.restore())
    expect([first, ...others]).toEqual([
      'setTimeout(3 ms) of /app/a.test.js',
      'setInterval(3 ms) of /app/a.test.js',
      'globalThis.hits',
    ])
    global.hits = hits
    await pause(20)
    expect(hits).toEqual(['kept'])
  })

  test('has timers that are none once they have run', async () => {
    const { run, global } = captured(realmOf())
    await new Promise<void>((done) => {
      global.done = done
      run('setTimeout(function (value) { done(value) }, 1, "value")')
    })
    run('clearInterval(setInterval(() => {}, 1))')
    expect(restoredOf(await globals.restore())).toEqual(['globalThis.done'])
  })

  test('keeps what kept modules change while they are evaluated', async () => {
    const { run, global } = captured(realmOf())
    globals.whileKept(() =>
      run('globalThis.ofPackage = 1; Array.prototype.ofPackage = 1; process.env.P = "1"'),
    )
    run('globalThis.ofTest = 1; globalThis.ofPackage = 2')
    expect(restoredOf(await globals.restore()).sort()).toEqual(['globalThis.ofPackage', 'globalThis.ofTest'])
    expect([global.ofPackage, run('[].ofPackage')]).toEqual([1, 1])
  })

  test('says what a script has declared, which cannot be deleted', async () => {
    const { run } = captured(realmOf())
    run('var ofScript = 1')
    expect(await globals.restore()).toEqual([
      {
        what: 'globalThis.ofScript',
        kind: 'property',
        restored: false,
        why: 'globalThis.ofScript is not configurable any more',
      },
    ])
  })

  test('says what cannot be put back, once', async () => {
    const { run } = captured(realmOf())
    run('Object.defineProperty(Math, "ofTest", { value: 1 })')
    expect(await globals.restore()).toEqual([
      {
        what: 'Math.ofTest',
        kind: 'property',
        restored: false,
        why: 'Math.ofTest is not configurable any more',
      },
    ])
    expect(await globals.restore()).toEqual([])
  })

  test('is as it was before we came, once it is released', () => {
    const realm = realmOf()
    const before = Object.getOwnPropertyDescriptors(realm.global)
    captured(realm)
    globals.release()
    expect(Object.getOwnPropertyDescriptors(realm.global)).toEqual(before)
  })
})

test('a vm context without a process has none', async () => {
  const { run, global } = nodeRealm()
  delete global.process
  globals = createGlobals({ global })
  globals.capture()
  run('globalThis.ofTest = 1')
  expect(restoredOf(await globals.restore())).toEqual(['globalThis.ofTest'])
})

describe('a window that is the global object itself', () => {
  test('has all that a file has left in it brought back, and told by kind', async () => {
    const { run, global } = captured(windowRealm())
    const called = vi.fn()
    global.called = called
    globals.whileKept(() => {})
    run(`
      document.title = 'changed'
      document.body.innerHTML = '<p>left</p>'
      document.body.className = 'dark'
      document.body.onclick = called
      document.addEventListener('click', called)
      addEventListener('click', called)
      window.addEventListener('resize', called)
      new MutationObserver(called).observe(document.body, { childList: true })
      requestAnimationFrame(called)
      localStorage.setItem('left', '1')
      sessionStorage.setItem('left', '1')
      document.cookie = 'left=1'
      history.pushState({ left: true }, '', '/left')
      innerWidth = 1
      Element.prototype.matches = () => true
      HTMLElement.ofTest = 1
      navigator.ofTest = 1
      customElements.define('x-left', class extends HTMLElement {})
      onresize = called
      onclick = called
    `)
    const outcomes = await globals.restore()
    expect(outcomes.filter(({ restored }) => !restored)).toEqual([])
    expect(outcomes.map(({ kind, what }) => `${kind}: ${what}`).sort()).toEqual([
      'callback: MutationObserver',
      'callback: requestAnimationFrame',
      'cookies: document.cookie',
      'document: children of document.body',
      'document: children of document.head',
      'document: document.body attribute "class"',
      'document: document.body.onclick',
      'document: window.onclick',
      'document: window.onresize',
      'listener: document listener of "click"',
      'listener: window listener of "click"',
      'listener: window listener of "resize"',
      'location: history.length',
      'location: location.href',
      'property: Element.prototype.matches',
      'property: HTMLElement.ofTest',
      'property: globalThis.called',
      'property: globalThis.innerWidth',
      'property: navigator.ofTest',
      'storage: localStorage',
      'storage: sessionStorage',
    ])
    run('document.body.click(); dispatchEvent(new Event("resize")); dispatchEvent(new Event("click"))')
    await pause(40)
    expect(called).not.toHaveBeenCalled()
    expect(
      run('[document.title, document.body.outerHTML, location.href, history.state, innerWidth]'),
    ).toEqual(['first', '<body></body>', 'http://localhost/', null, 1024])
    expect(global.customElements.get('x-left')).toBeUndefined()
    expect(await globals.restore()).toEqual([])
  })

  test('comes back from another origin by the JSDOM that has made it', async () => {
    const realm = captured(windowRealm())
    realm.jsdom?.reconfigure({ url: 'https://elsewhere.test/there?token=secret' })
    expect(await globals.restore()).toEqual([{ what: 'location.href', kind: 'location', restored: true }])
    expect(realm.global.location.href).toBe('http://localhost/')
  })

  test('without that JSDOM says that it cannot, and no more', async () => {
    const realm = windowRealm()
    captured({ ...realm, jsdom: undefined as never })
    realm.jsdom?.reconfigure({ url: 'https://elsewhere.test/there?token=secret' })
    const [outcome] = await globals.restore()
    expect(outcome).toMatchObject({ what: 'location.href', restored: false })
    expect(JSON.stringify(outcome)).not.toContain('secret')
  })

  test('keeps its inner state, and what marks that packages left while they were evaluated', async () => {
    const { run, global } = windowRealm()
    global._mark = 1
    globals = createGlobals({ global })
    globals.capture()
    run('document._reactListening123 = true; _mark = 2')
    expect(await globals.restore()).toEqual([])
  })
})
