import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { meetRuntime } from './find-runtime.ts'

const { cache } = require

/** A class as Jest's: its constructor ends in a call of `resetModules`. */
function newRuntimeClass() {
  return class {
    readonly _environment: object
    isReset = false
    constructor(environment: object) {
      this._environment = environment
      this.resetModules()
    }
    resetModules() {
      this.isReset = true
    }
  }
}

let Runtime = newRuntimeClass()
const provide = (at: string, own: object) => {
  cache[`${at}/node_modules/jest-runtime/build/index.js`] = { exports: { default: own } } as never
}
beforeEach(() => {
  Runtime = newRuntimeClass()
  provide('/jest', Runtime)
})
afterEach(() => {
  for (const file of Object.keys(cache)) if (file.includes('/jest-runtime/build/')) delete cache[file]
})

// Who still waits keeps the classes patched, for the tests that follow as well.
const stops: (() => void)[] = []
const meet: typeof meetRuntime = (...args) => {
  const stop = meetRuntime(...args)
  stops.push(stop)
  return stop
}
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

let projects = 0
const newProject = () => `project ${++projects}`

describe('an environment', () => {
  test('meets the runtime that is constructed around it, once, and no other', () => {
    const [mine, other] = [{}, {}]
    const met = vi.fn()
    meet(mine, newProject(), met)
    new Runtime(other)
    expect(met).not.toHaveBeenCalled()
    const runtime = new Runtime(mine)
    runtime.resetModules()
    expect(met).toHaveBeenCalledExactlyOnceWith(runtime, 'of unknown version')
    expect(runtime.isReset).toBe(true)
  })

  test('leaves the class as it was when nobody waits any more', () => {
    const { resetModules } = Runtime.prototype
    const [first, second] = [{}, {}]
    meet(first, newProject(), () => {})
    const stop = meet(second, newProject(), () => {})
    new Runtime(first)
    expect(Runtime.prototype.resetModules).not.toBe(resetModules)
    stop()
    expect(Runtime.prototype.resetModules).toBe(resetModules)
  })

  test('of a project that has met one waits for that class alone, without a look at what is loaded', () => {
    const project = newProject()
    meet({}, project, () => {})
    const [first, second] = [{}, {}]
    meet(first, project, () => {})
    new Runtime(first)
    const keys = vi.spyOn(Object, 'entries')
    const met = vi.fn()
    meet(second, project, met)
    expect(keys).not.toHaveBeenCalledWith(cache)
    keys.mockRestore()
    new Runtime(second)
    expect(met).toHaveBeenCalledOnce()
  })

  test('that was given up unmet has the next one look again', () => {
    const project = newProject()
    const [first, second, third] = [{}, {}, {}]
    meet(first, project, () => {})
    new Runtime(first)
    // The project's files are run by another class from now on.
    const Other = newRuntimeClass()
    provide('/other', Other)
    const met = vi.fn()
    const stop = meet(second, project, met)
    new Other(second)
    expect(met).not.toHaveBeenCalled()
    stop()
    meet(third, project, met)
    new Other(third)
    expect(met).toHaveBeenCalledOnce()
  })
})
