/** For unit tests of realms that are not the one in which this code runs: what Jest's environments are made of. */
import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import vm from 'node:vm'
import { onTestFinished } from 'vitest'
import type { JsdomHandle, Realm } from '../src/realm.ts'

export interface OtherRealm extends Realm {
  // biome-ignore lint/suspicious/noExplicitAny: whatever tests look at
  readonly global: any
  readonly process: NodeJS.Process
  /** Runs code in the realm, as that of a file. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the code answers
  run(code: string, file?: string): any
}

const FILE = '/app/a.test.js'

/** Properties of its own over the real thing, with an environment, arguments and listeners of its own. */
function copyOfProcess(): NodeJS.Process {
  const copy = Object.create(Object.getPrototypeOf(process), Object.getOwnPropertyDescriptors(process))
  for (const [key, value] of Object.entries({
    env: { ...process.env, KEPT: 'kept' },
    argv: ['node', 'jest'],
    execArgv: [],
    versions: { ...process.versions },
    _events: {},
    _eventsCount: 0,
  }))
    Object.defineProperty(copy, key, { value, writable: true, configurable: true, enumerable: true })
  EventEmitter.prototype.on.call(copy, 'exit', () => {})
  return copy
}

/** The global object of a vm context, filled as by an environment without a DOM. */
export function nodeRealm(): OtherRealm {
  const context = vm.createContext()
  const run: OtherRealm['run'] = (code, file = FILE) => vm.runInContext(code, context, { filename: file })
  const global = run('globalThis')
  const process = copyOfProcess()
  Object.assign(global, { global, process, console, setTimeout, clearTimeout, setInterval, clearInterval })
  Object.assign(global, { setImmediate, clearImmediate, fetch: () => 'real' })
  return { global, process, run }
}

/** A window of jsdom that is the global object itself. */
export function windowRealm(): OtherRealm {
  const { JSDOM } = createRequire(import.meta.url)('jsdom') as {
    JSDOM: new (
      html: string,
      options: object,
    ) => JsdomHandle & { window: OtherRealm['global']; getInternalVMContext(): vm.Context }
  }
  const jsdom = new JSDOM('<!DOCTYPE html><title>first</title>', {
    url: 'http://localhost/',
    runScripts: 'dangerously',
    pretendToBeVisual: true,
  })
  const { window: global } = jsdom
  onTestFinished(() => global.close())
  const process = copyOfProcess()
  Object.assign(global, { global, process, Buffer })
  const run: OtherRealm['run'] = (code, file = FILE) =>
    vm.runInContext(code, jsdom.getInternalVMContext(), { filename: file })
  return { global, process, jsdom, run }
}
