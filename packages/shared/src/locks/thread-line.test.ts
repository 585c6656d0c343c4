import { setImmediate as turn } from 'node:timers/promises'
import { receiveMessageOnPort } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LockThread } from './lock-thread.ts'
import { ThreadLine } from './thread-line.ts'
import { type Answer, type Hello, type KeeperOptions, LIFE, type News, type Question } from './wire.ts'

const OPTIONS: KeeperOptions = { dir: '/locks', staleMs: 1, lockTimeout: 1, mode: 'wait', worker: 'w' }
const RELEASE = { ask: 'release', keys: undefined } as const

/** The other end of the line: what the helper thread would do, done by the test. */
let hello: Hello
let leave: ReturnType<typeof vi.fn<LockThread['leave']>>
let line: ThreadLine
let heard: (Answer | News)[]
let gone: string[]

beforeEach(() => {
  leave = vi.fn<LockThread['leave']>(async () => {})
  vi.spyOn(LockThread, 'join').mockImplementation((greeting) => {
    hello = greeting
    return { leave } as unknown as LockThread
  })
  heard = []
  gone = []
  line = new ThreadLine(OPTIONS, { hear: (message) => heard.push(message), onGone: (why) => gone.push(why) })
})

afterEach(async () => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  hello.port.close()
  await line.close()
})

const life = () => new Int32Array(hello.life)

function questions(): Question[] {
  const list: Question[] = []
  for (let mail = receiveMessageOnPort(hello.port); mail; mail = receiveMessageOnPort(hello.port)) {
    list.push(mail.message as Question)
  }
  return list
}

/** As the helper thread sends: the message first, then the word on which the caller may sleep. */
function send(message: Answer | News): void {
  hello.port.postMessage(message)
  Atomics.add(life(), LIFE.mail, 1)
  Atomics.notify(life(), LIFE.mail)
}

const released = (id: number, ...keys: string[]): Answer => ({ id, say: 'released', keys })
const report = (text: string): News => ({ say: 'report', line: text })

/** Instead of a slice of sleep. What it does, the helper thread would do meanwhile. */
function whileAsleep(happens: (slice: number) => void) {
  let slice = 0
  return vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    slice += 1
    happens(slice)
    return 'timed-out'
  })
}

test('the thread is greeted once, with the options and a memory that is shared', () => {
  expect(LockThread.join).toHaveBeenCalledOnce()
  expect(hello.options).toEqual(OPTIONS)
  expect(hello.life).toBeInstanceOf(SharedArrayBuffer)
  expect(questions()).toEqual([])
})

test('where the thread cannot be started, making the line fails with why', () => {
  vi.mocked(LockThread.join).mockImplementation(() => {
    throw new Error('no threads here')
  })
  expect(() => new ThreadLine(OPTIONS, { hear: () => {}, onGone: () => {} })).toThrow('no threads here')
})

describe('who awaits', () => {
  test('gets the answer to their own question, in whatever order answers come', async () => {
    const [one, two] = [line.ask(RELEASE), line.ask({ ask: 'release', keys: ['a'] })]
    const [first, second] = questions()
    expect([first, second]).toEqual([
      { ...RELEASE, id: expect.any(Number) },
      { ask: 'release', keys: ['a'], id: expect.any(Number) },
    ])
    send(released((second as Question).id, 'second'))
    send(released((first as Question).id, 'first'))
    expect(await Promise.all([one, two])).toEqual([
      expect.objectContaining({ keys: ['first'] }),
      expect.objectContaining({ keys: ['second'] }),
    ])
  })

  test('has heard all that was sent before the answer', async () => {
    const asked = line.ask(RELEASE)
    const [{ id }] = questions() as [Question]
    send(report('before'))
    send(released(id))
    send(report('after'))
    const answer = await asked
    expect(heard.slice(0, 2)).toEqual([report('before'), answer])
    await vi.waitFor(() => expect(heard).toHaveLength(3))
  })

  test('is not held up by an answer that nobody asked for', async () => {
    const asked = line.ask(RELEASE)
    const [{ id }] = questions() as [Question]
    send(released(id + 100))
    send(released(id))
    expect(await asked).toMatchObject({ id })
  })
})

describe('who sleeps', () => {
  test('is woken by the answer, and has heard what was sent before it', () => {
    const slept = whileAsleep(() => {
      const [{ id }] = questions() as [Question]
      send(report('while it slept'))
      send(released(id, 'a'))
    })
    expect(line.askSync(RELEASE)).toMatchObject({ say: 'released', keys: ['a'] })
    expect(heard.map(({ say }) => say)).toEqual(['report', 'released'])
    expect(slept).toHaveBeenCalledOnce()
  })

  test('does not oversleep a message that comes between the look and the sleep', () => {
    const { load } = Atomics
    const current = () => load(life(), LIFE.mail)
    vi.spyOn(Atomics, 'load').mockImplementation((_, word) => {
      // Asked for after the look, before the sleep.
      const [asked] = word === LIFE.gone ? questions() : []
      if (asked) send(released(asked.id))
      return load(life(), word) as never
    })
    const overslept = vi.fn()
    vi.spyOn(Atomics, 'wait').mockImplementation((_, __, value) => {
      // The real one sleeps only where the word has the value that it was told.
      if (current() !== Number(value)) return 'not-equal'
      overslept()
      return 'timed-out'
    })
    expect(line.askSync(RELEASE)).toMatchObject({ say: 'released' })
    expect(overslept).not.toHaveBeenCalled()
  })

  test('hears answers to others meanwhile, who get them afterwards', async () => {
    const other = line.ask({ ask: 'release', keys: ['other'] })
    whileAsleep(() => {
      for (const { id } of questions()) send(released(id))
    })
    expect(line.askSync(RELEASE)).toBeDefined()
    expect(await other).toMatchObject({ say: 'released' })
  })

  test('gives up after as many slices as it has patience for, and is not told later', () => {
    const slept = whileAsleep(() => {})
    expect(line.askSync(RELEASE, 2)).toBeUndefined()
    expect(slept).toHaveBeenCalledTimes(2)
    expect(gone).toEqual([])
    const [{ id }] = questions() as [Question]
    send(released(id))
    line.drain()
    expect(heard).toHaveLength(1)
  })

  test('waits for as long as the thread shows signs of life', () => {
    whileAsleep((slice) => {
      Atomics.add(life(), LIFE.beat, 1)
      if (slice === 200) send(released((questions() as [Question])[0].id))
    })
    expect(line.askSync(RELEASE)).toMatchObject({ say: 'released' })
    expect(gone).toEqual([])
  })

  test('takes a thread that shows none for half a minute for gone', () => {
    const slept = whileAsleep(() => {})
    expect(line.askSync(RELEASE)).toBeUndefined()
    // The first look only tells what the beat was.
    expect(slept).toHaveBeenCalledTimes(31)
    expect(gone).toEqual(['it gives no sign of life'])
  })

  test('starts to count again with each sign of life', () => {
    const slept = whileAsleep((slice) => {
      if (slice === 25) Atomics.add(life(), LIFE.beat, 1)
    })
    line.askSync(RELEASE)
    expect(slept).toHaveBeenCalledTimes(25 + 30)
  })

  test('sees at once that the thread has ended, and still hears what it sent before', () => {
    whileAsleep(() => {
      send(report('the last words'))
      Atomics.store(life(), LIFE.gone, 1)
    })
    expect(line.askSync(RELEASE)).toBeUndefined()
    expect(heard).toEqual([report('the last words')])
    expect(gone).toEqual(['it ended'])
  })

  test('is not disturbed by what a test has made of the globals', () => {
    whileAsleep(() => {
      vi.unstubAllGlobals()
      send(released((questions() as [Question])[0].id))
      vi.stubGlobal('Atomics', undefined)
    })
    vi.stubGlobal('Atomics', undefined)
    const answer = line.askSync(RELEASE)
    vi.unstubAllGlobals()
    expect(answer).toBeDefined()
  })

  test('is promised an answer by a real promise, whatever a test has put in its place', async () => {
    vi.stubGlobal('Promise', undefined)
    const asked = line.ask(RELEASE)
    vi.unstubAllGlobals()
    send(released((questions() as [Question])[0].id))
    expect(await asked).toBeDefined()
  })
})

describe('a thread that is gone', () => {
  test('is told once, and whoever waits gets no answer', async () => {
    const asked = [line.ask(RELEASE), line.ask(RELEASE)]
    hello.port.close()
    expect(await Promise.all(asked)).toEqual([undefined, undefined])
    expect(gone).toEqual(['its port closed'])
  })

  test('is told before anybody hears that there is no answer', async () => {
    const told = line.ask(RELEASE).then(() => [...gone])
    hello.port.close()
    expect(await told).toEqual(['its port closed'])
  })

  test('is asked nothing any more', async () => {
    hello.port.close()
    await vi.waitFor(() => expect(gone).toHaveLength(1))
    const slept = whileAsleep(() => {})
    expect(line.askSync(RELEASE)).toBeUndefined()
    expect(await line.ask(RELEASE)).toBeUndefined()
    expect(slept).not.toHaveBeenCalled()
    expect(() => line.drain()).not.toThrow()
  })

  test('may tell of its end in more than one way', async () => {
    const [, end] = vi.mocked(LockThread.join).mock.calls[0] as Parameters<typeof LockThread.join>
    end('it crashed')
    hello.port.close()
    await turn()
    await turn()
    expect(gone).toEqual(['it crashed'])
  })
})

describe('closing', () => {
  test('leaves the thread, tells nobody that it is gone, and nothing is asked afterwards', async () => {
    await line.close()
    await turn()
    const [, end] = vi.mocked(LockThread.join).mock.calls[0] as Parameters<typeof LockThread.join>
    expect(leave).toHaveBeenCalledExactlyOnceWith(end)
    expect(gone).toEqual([])
    expect(await line.ask(RELEASE)).toBeUndefined()
    expect(line.askSync(RELEASE)).toBeUndefined()
  })

  test('waits for the answers to all that was asked', async () => {
    const [one, two] = [line.ask(RELEASE), line.ask(RELEASE)]
    const closed = line.close()
    const [first, second] = questions() as [Question, Question]
    send(released(first.id))
    await one
    await turn()
    expect(leave).not.toHaveBeenCalled()
    send(released(second.id))
    expect(await two).toMatchObject({ id: second.id })
    await closed
    expect(leave).toHaveBeenCalledOnce()
  })

  test('does not wait for a thread that is gone', async () => {
    const asked = line.ask(RELEASE)
    const closed = line.close()
    hello.port.close()
    await closed
    expect(await asked).toBeUndefined()
  })

  test('twice is closing once, and both wait', async () => {
    const asked = line.ask(RELEASE)
    const closed = Promise.all([line.close(), line.close()])
    send(released((questions() as [Question])[0].id))
    await closed
    expect(await asked).toBeDefined()
    expect(leave).toHaveBeenCalledOnce()
  })
})
