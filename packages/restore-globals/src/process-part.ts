/** State of the process that is not properties: environment, working directory, listeners, exit code. */
import { EventEmitter } from 'node:events'
import { isMainThread } from 'node:worker_threads'
import type { Change, GlobalsPart, Kind } from './change.ts'

/** Variables of `process.env`. The object itself, which tests replace, is a property of `process`. */
export class EnvPart implements GlobalsPart {
  readonly #env: NodeJS.ProcessEnv
  readonly #isOwn: (name: string) => boolean
  #was: Record<string, string | undefined> = {}

  /** @param isOwn tells variables that the framework sets for each file */
  constructor(env: NodeJS.ProcessEnv, isOwn: (name: string) => boolean) {
    this.#env = env
    this.#isOwn = isOwn
  }

  capture(): void {
    this.#was = { ...this.#env }
  }

  *changes(): Iterable<Change> {
    const now = { ...this.#env }
    for (const name of Object.keys(now))
      if (now[name] !== this.#was[name]) yield* this.#change(name, now[name])
    for (const name of Object.keys(this.#was))
      if (!Object.hasOwn(now, name)) yield* this.#change(name, undefined)
  }

  *#change(name: string, now: string | undefined): Iterable<Change> {
    if (this.#isOwn(name)) return
    const env = this.#env
    const was = this.#was
    yield {
      what: `process.env.${name}`,
      kind: 'variable',
      now,
      undo: () => assign(env, name, was[name]),
      keep: () => assign(was, name, env[name]),
    }
  }
}

function assign(object: Record<string, string | undefined>, name: string, value: string | undefined): void {
  if (value === undefined) delete object[name]
  else object[name] = value
}

interface Value {
  readonly what: string
  read(): unknown
  write(value: never): void
}

/** Single values that are read and written by a function or an accessor. */
class ValuesPart implements GlobalsPart {
  readonly #values: readonly Value[]
  readonly #was = new Map<Value, unknown>()

  constructor(values: readonly Value[]) {
    this.#values = values
  }

  capture(): void {
    for (const value of this.#values) this.#was.set(value, value.read())
  }

  *changes(): Iterable<Change> {
    for (const value of this.#values) {
      const now = readSafely(value)
      if (Object.is(now, this.#was.get(value))) continue
      yield {
        what: value.what,
        kind: 'process',
        now,
        undo: () => value.write(this.#was.get(value) as never),
        keep: () => void this.#was.set(value, readSafely(value)),
      }
    }
  }
}

/** A working directory that was removed cannot be read. */
function readSafely(value: Value): unknown {
  try {
    return value.read()
  } catch {
    return undefined
  }
}

/** All of it but the variables, in the order in which it is put back. */
export function processParts(
  process: NodeJS.Process,
  isOwnListener: (listener: object) => boolean,
): GlobalsPart[] {
  return [
    new ValuesPart(processValues(process)),
    new ArraysPart('process', { 'process.argv': process.argv, 'process.execArgv': process.execArgv }),
    new ListenersPart('process', process, isOwnListener),
  ]
}

function processValues(process: NodeJS.Process): Value[] {
  const values: Value[] = [
    {
      what: 'process.exitCode',
      read: () => process.exitCode,
      write: (code: number | undefined) => {
        process.exitCode = code
      },
    },
    {
      what: 'process.getMaxListeners()',
      read: () => process.getMaxListeners(),
      write: (count: number) => void process.setMaxListeners(count),
    },
    {
      what: 'EventEmitter.defaultMaxListeners',
      read: () => EventEmitter.defaultMaxListeners,
      write: (count: number) => {
        EventEmitter.defaultMaxListeners = count
      },
    },
  ]
  // In a thread these throw, or change nothing.
  if (isMainThread) {
    const chdir = process.chdir.bind(process)
    values.push(
      { what: 'process.cwd()', read: () => process.cwd(), write: (dir: string) => chdir(dir) },
      {
        what: 'process.title',
        read: () => process.title,
        write: (title: string) => {
          process.title = title
        },
      },
      {
        what: 'process.umask()',
        read: () => process.umask(),
        write: (mask: number) => void process.umask(mask),
      },
    )
  }
  return values
}

/** The elements of arrays that tests change in place. */
export class ArraysPart implements GlobalsPart {
  readonly #kind: Kind
  readonly #arrays: Readonly<Record<string, unknown[]>>
  readonly #was = new Map<string, readonly unknown[]>()

  constructor(kind: Kind, arrays: Readonly<Record<string, unknown[]>>) {
    this.#kind = kind
    this.#arrays = arrays
  }

  capture(): void {
    for (const [name, array] of Object.entries(this.#arrays)) this.#was.set(name, [...array])
  }

  *changes(): Iterable<Change> {
    for (const [name, array] of Object.entries(this.#arrays)) {
      const was = this.#was.get(name) ?? []
      if (array.length === was.length && array.every((value, index) => Object.is(value, was[index]))) continue
      yield {
        what: `elements of ${name}`,
        kind: this.#kind,
        now: array.join('\0'),
        undo: () => void array.splice(0, array.length, ...was),
        keep: () => void this.#was.set(name, [...array]),
      }
    }
  }
}

type Listener = (...args: unknown[]) => void

/** Listeners of an emitter, by event. Listeners that were there and are gone come back. */
export class ListenersPart implements GlobalsPart {
  readonly #name: string
  readonly #emitter: EventEmitter
  readonly #isOwn: (listener: object) => boolean
  /** Event -> its listeners, `once` wrappers included. */
  readonly #was = new Map<string | symbol, readonly Listener[]>()

  /** @param isOwn tells listeners of the framework, which outlive the file that made them needed */
  constructor(name: string, emitter: EventEmitter, isOwn: (listener: object) => boolean) {
    this.#name = name
    this.#emitter = emitter
    this.#isOwn = isOwn
  }

  capture(): void {
    this.#was.clear()
    for (const event of eventNames.call(this.#emitter)) this.#was.set(event, this.#listeners(event))
  }

  *changes(): Iterable<Change> {
    // The listeners for listeners first: Node counts by them what keeps the channel to the parent open.
    const events = new Set<string | symbol>(['newListener', 'removeListener'])
    for (const event of this.#was.keys()) events.add(event)
    for (const event of eventNames.call(this.#emitter)) events.add(event)
    for (const event of events) yield* this.#changesOf(event)
  }

  *#changesOf(event: string | symbol): Iterable<Change> {
    const was = this.#was.get(event) ?? []
    const now = this.#listeners(event)
    const added = now.filter((listener) => !was.includes(listener) && !this.#isOwn(originalOf(listener)))
    const gone = was.filter((listener) => !now.includes(listener))
    if (added.length === 0 && gone.length === 0) return
    const emitter = this.#emitter
    yield {
      what: `${this.#name} listeners of "${String(event)}" (${wayOfChange(added.length, gone.length)})`,
      kind: 'listener',
      now: now[now.length - 1] ?? now.length,
      undo() {
        for (const listener of added) removeListener.call(emitter, event, listener)
        for (const listener of gone) on.call(emitter, event, listener)
      },
      keep: () => void this.#was.set(event, this.#listeners(event)),
    }
  }

  #listeners(event: string | symbol): Listener[] {
    return rawListeners.call(this.#emitter, event) as Listener[]
  }
}

// As they are before anything replaces them.
const { eventNames, on, rawListeners, removeListener } = EventEmitter.prototype

function wayOfChange(added: number, gone: number): string {
  if (added === 0) return 'removed'
  return gone === 0 ? 'added' : 'replaced'
}

/** What was handed to `once`, behind the wrapper that Node has made of it. */
function originalOf(listener: Listener & { listener?: object }): object {
  return listener.listener ?? listener
}
