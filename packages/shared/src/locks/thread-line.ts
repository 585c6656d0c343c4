import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { LockThread } from './lock-thread.ts'
import { type Answer, type KeeperOptions, LIFE, LIFE_WORDS, type News, type Question } from './wire.ts'

/** `Omit` over each member of the union. */
type Unnumbered<Q> = Q extends unknown ? Omit<Q, 'id'> : never

export interface Listener {
  /** Called for each message in the order in which the thread sent them, before a question's own answer is returned. */
  readonly hear: (message: Answer | News) => void
  readonly onGone: (why: string) => void
}

/** While asleep, look up this often whether the thread still lives. */
const SLICE_MS = 1_000
/** A thread that showed no sign of life for so many slices is gone: it ran out of memory, say, and could not tell. */
const SLICES_OF_SILENCE = 30

// Tests replace globals. What runs at call time is what stood here when this file was loaded.
const { Promise: RealPromise, Atomics: RealAtomics } = globalThis

/** The line from one `WorkerLocks` object to the helper thread. Questions can be awaited, or slept for. */
export class ThreadLine {
  readonly #port: MessagePort
  readonly #life: Int32Array
  readonly #thread: LockThread
  readonly #listener: Listener
  /** Question number to who waits for its answer; undefined tells that there will be none. */
  readonly #asked = new Map<number, (answer: Answer | undefined) => void>()
  #lastId = 0
  #isGone = false
  #closing: Promise<void> | undefined
  /** What closing waits for: called when the last question has its answer. */
  #onIdle: (() => void) | undefined

  /** Throws if the helper thread cannot be started. */
  constructor(options: KeeperOptions, listener: Listener) {
    const { port1, port2 } = new MessageChannel()
    const life = new SharedArrayBuffer(LIFE_WORDS * Int32Array.BYTES_PER_ELEMENT)
    this.#listener = listener
    this.#life = new Int32Array(life)
    this.#thread = LockThread.join({ port: port2, life, options }, this.#end)
    this.#port = port1
    this.#port.on('message', (message: Answer | News) => this.#hear(message))
    this.#port.on('close', () => this.#end('its port closed'))
    this.#port.unref()
  }

  ask(question: Unnumbered<Question>): Promise<Answer | undefined> {
    return new RealPromise((resolve) => {
      this.#send(question, resolve)
      // A process lives as long as somebody waits for an answer.
      if (!this.#isGone) this.#port.ref()
    })
  }

  /** Undefined: the thread is gone. `patience` limits the sleep, in slices, where there is no time to lose. */
  askSync(question: Unnumbered<Question>, patience = Number.POSITIVE_INFINITY): Answer | undefined {
    const reply: { answer?: Answer | undefined } = {}
    const id = this.#send(question, (answer) => {
      reply.answer = answer
    })
    const pulse = new ThreadPulse(this.#life)
    for (let slices = 0; this.#asked.has(id) && slices < patience; ) {
      // Before draining: mail that comes after this look ends the sleep below at once.
      const mail = RealAtomics.load(this.#life, LIFE.mail)
      this.drain()
      if (!this.#asked.has(id)) break
      if (RealAtomics.load(this.#life, LIFE.gone) === 1) {
        this.#end('it ended')
      } else if (RealAtomics.wait(this.#life, LIFE.mail, mail, SLICE_MS) === 'timed-out') {
        slices++
        if (pulse.isSilent()) this.#end('it gives no sign of life')
      }
    }
    this.#asked.delete(id)
    return reply.answer
  }

  /** Hears what has arrived but was not yet handed out, because the event loop had no turn. */
  drain(): void {
    if (this.#isGone) return
    for (let mail = receiveMessageOnPort(this.#port); mail; mail = receiveMessageOnPort(this.#port)) {
      this.#hear(mail.message as Answer | News)
    }
  }

  /** Once all that was asked has its answer: a wait that was cancelled has its own only when it wakes up. */
  close(): Promise<void> {
    this.#closing ??= this.#closeWhenIdle()
    return this.#closing
  }

  async #closeWhenIdle(): Promise<void> {
    if (this.#asked.size > 0) {
      await new RealPromise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    this.#isGone = true
    this.#port.close()
    await this.#thread.leave(this.#end)
  }

  #send(question: Unnumbered<Question>, resolve: (answer: Answer | undefined) => void): number {
    this.#lastId += 1
    const id = this.#lastId
    if (this.#isGone) {
      resolve(undefined)
    } else {
      this.#asked.set(id, resolve)
      this.#port.postMessage({ ...question, id })
    }
    return id
  }

  #hear(message: Answer | News): void {
    this.#listener.hear(message)
    if (!('id' in message)) return
    const resolve = this.#asked.get(message.id)
    this.#asked.delete(message.id)
    if (this.#asked.size === 0 && !this.#isGone) this.#port.unref()
    resolve?.(message)
    if (this.#asked.size === 0) this.#onIdle?.()
  }

  readonly #end = (why: string): void => {
    if (this.#isGone) return
    // First of all: from here on nobody drains the port. Node 20 to 26 crash (SIGSEGV) when `receiveMessageOnPort` is
    // called from a port's 'close' event, which is where this comes from.
    this.#isGone = true
    this.#port.close()
    this.#listener.onGone(why)
    for (const resolve of this.#asked.values()) resolve(undefined)
    this.#asked.clear()
    this.#onIdle?.()
  }
}

/** The thread's signs of life, as one that waits for it sees them. */
class ThreadPulse {
  readonly #life: Int32Array
  #lastBeat = -1
  #silentSlices = 0

  constructor(life: Int32Array) {
    this.#life = life
  }

  /** Asked once for each slice: whether there has been no beat for too many of them. */
  isSilent(): boolean {
    const beat = RealAtomics.load(this.#life, LIFE.beat)
    this.#silentSlices = beat === this.#lastBeat ? this.#silentSlices + 1 : 0
    this.#lastBeat = beat
    return this.#silentSlices >= SLICES_OF_SILENCE
  }
}
