/**
 * Whether Node alone loads a file: no tool that compiles in `require`, no hook, no stubbed `fs`. What it made of the
 * file once it then makes of it again for as long as the file stays as it is, so that we need not ask it.
 *
 * Nobody tells who takes part. But whoever does stands on the call stack, so one look at it for each function that
 * loading goes through answers for as long as that function is in its place. Known gap: hooks that somebody registers
 * after our first call by a `registerHooks` that was taken out of node:module before it.
 */
import fs from 'node:fs'
import nodeModule from 'node:module'
import path from 'node:path'
import { isOwnFile } from '../host/caller.ts'
import { patch } from '../host/patches.ts'
import { callSites, sitesAbove, withCallSites } from '../host/stack.ts'
import { OWN_FILE } from '../own-file.ts'
import { hasModuleHooks } from './capabilities.ts'
import { Loader, newModule } from './node-internals.ts'

type Handler = (typeof Loader._extensions)[string]

const [wrapperStart, wrapperEnd] = ['(function (exports, require, module, __filename, __dirname) { ', '\n});']

export class PlainLoader {
  /** A hook of somebody else's is there, or has been: it may do anything with any file. */
  #hasForeignHooks = false
  #isOurs = false
  /** The same for hooks of `module.register`, which are asked about ES modules only. Undefined until it matters. */
  #hasThreadHooks: boolean | undefined
  /** Handlers of `require.extensions` that were seen at work -> whether only Node was on the way to them. */
  readonly #handlers = new WeakMap<object, boolean>()
  #load: unknown
  #compile: unknown
  #isPlainCompile = false

  constructor() {
    if (!hasModuleHooks) return
    this.#hasForeignHooks = isSomebodyElseAsked()
    const noteHooks =
      (registerHooks: typeof nodeModule.registerHooks): typeof registerHooks =>
      (...args) => {
        this.#hasForeignHooks ||= !this.#isOurs
        return registerHooks(...args)
      }
    const noteThreadHooks = (register: typeof nodeModule.register) =>
      ((...args: Parameters<typeof register>) => {
        this.#hasThreadHooks = true
        return register(...args)
      }) as typeof register
    patch(nodeModule, 'registerHooks', noteHooks, 'Module.registerHooks')
    patch(nodeModule, 'register', noteThreadHooks, 'Module.register')
    nodeModule.syncBuiltinESMExports()
  }

  /**
   * Whether Node alone loads ES modules.
   *
   * @param findNothing resolves an import of what does not exist, and returns the error
   */
  isPlainForEsm(findNothing: () => unknown): boolean {
    if (this.#hasForeignHooks || fs.readFileSync !== readFileSync) return false
    this.#hasThreadHooks ??= !isOfLoaderInThread(findNothing)
    return !this.#hasThreadHooks
  }

  /** Hooks that `register` registers are ours, and leave CommonJS files as they are. */
  exceptOurs(register: () => void): void {
    this.#isOurs = true
    try {
      register()
    } finally {
      this.#isOurs = false
    }
  }

  get hasForeignHooks(): boolean {
    return this.#hasForeignHooks
  }

  /** Whether Node alone would load this file now. False until its handler has been watched while it loaded a file once. */
  isPlain(file: string): boolean {
    const handler = handlerOf(file)
    return (
      handler !== undefined &&
      this.#handlers.get(handler) === true &&
      !this.#hasForeignHooks &&
      Loader.prototype.load === this.#load &&
      this.#compilesPlainly() &&
      fs.readFileSync === readFileSync &&
      // They map the text of each module object.
      !(process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled
    )
  }

  /** Runs `load`, which loads a file that is to be looked at: `seen` has to be called where its text arrives. */
  watch<T>(file: string, load: (seen: () => void) => T): T {
    const handler = handlerOf(file)
    const isKnown = handler === undefined || this.#handlers.has(handler)
    if (isKnown && Loader.prototype.load === this.#load) return load(() => {})
    const depth = sitesOfStack().length
    return load(() => {
      const between = sitesOfStack()
      const isPlain = between.slice(0, between.length - depth).every(isOfNodeOrOurs)
      this.#load = Loader.prototype.load
      if (handler) this.#handlers.set(handler, isPlain)
    })
  }

  #compilesPlainly(): boolean {
    const compile = Loader.prototype._compile
    if (compile !== this.#compile) {
      this.#compile = compile
      this.#isPlainCompile = isPlainCompile()
    }
    const { wrapper } = Loader
    return this.#isPlainCompile && wrapper[0] === wrapperStart && wrapper[1] === wrapperEnd
  }
}

// What Node's loader reads with as well, since it looks it up at each call.
const { readFileSync } = fs

/** File -> what may count as its ending: `a.test.js` -> `.test.js`, `.js`. One entry per file of which there are copies. */
const endings = new Map<string, readonly string[]>()

function endingsOf(file: string): readonly string[] {
  let known = endings.get(file)
  if (!known) {
    const name = path.basename(file)
    const found: string[] = []
    for (let dot = name.indexOf('.', 1); dot !== -1; dot = name.indexOf('.', dot + 1))
      found.push(name.slice(dot))
    known = found
    endings.set(file, known)
  }
  return known
}

/** As Node chooses it: the longest ending that has a handler, else that of `.js`. */
function handlerOf(file: string): Handler {
  for (const ending of endingsOf(file)) {
    const handler = Loader._extensions[ending]
    if (handler) return handler
  }
  return Loader._extensions['.js']
}

function isPlainCompile(): boolean {
  let isPlain = false
  const depth = sitesOfStack().length
  const module = newModule(path.join(path.dirname(OWN_FILE), 'compiled-by-node.cjs'))
  const see = () => {
    // The first frame is this function, the second the text below.
    const between = sitesOfStack().slice(2, -depth)
    isPlain = between.every(isOfNodeOrOurs)
  }
  Object.defineProperty(module, 'see', { value: see })
  Loader.prototype._compile.call(module, 'module.see()', module.filename, 'commonjs')
  return isPlain
}

/** Asks for what does not exist: the error has on its stack all that took part in looking for it. */
function isSomebodyElseAsked(): boolean {
  const absent = path.join(path.dirname(OWN_FILE), 'no-such-file.cjs')
  const asker = newModule(OWN_FILE)
  return (
    !failsWithinNode(() => Loader._load(absent, asker, false)) ||
    !failsWithinNode(() => Loader._extensions['.js']?.(newModule(absent), absent))
  )
}

function failsWithinNode(run: () => unknown): boolean {
  return withCallSites(Number.POSITIVE_INFINITY, () => {
    const depth = sitesAbove(failsWithinNode).length + 2
    try {
      run()
      return false
    } catch (error) {
      const { stack } = error as { stack?: unknown }
      return Array.isArray(stack) && stack.slice(0, -depth).every(isOfNodeOrOurs)
    }
  })
}

/** Hooks of `module.register` live in another thread, whose frames the error has then. */
function isOfLoaderInThread(findNothing: () => unknown): boolean {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 100
  try {
    const { stack } = (findNothing() ?? {}) as { stack?: unknown }
    const text = String(stack)
    return text.includes('node:internal/modules/esm/loader') && !/esm\/(?:hooks|worker)\b/.test(text)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function isOfNodeOrOurs(site: NodeJS.CallSite): boolean {
  const file = site.getFileName()
  if (file) return file.startsWith('node:') || isOwnFile(file)
  // What V8 has built in, such as `Reflect.apply`.
  return site.isNative() || site.getEvalOrigin() === undefined
}

/** All frames, from whoever calls this on. */
function sitesOfStack(): NodeJS.CallSite[] {
  return callSites(Number.POSITIVE_INFINITY, sitesOfStack)
}
