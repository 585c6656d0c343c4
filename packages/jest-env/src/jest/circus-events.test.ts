import { describe, expect, test, vi } from 'vitest'
import { type CircusState, type CircusTest, TestEvents, type TestListener } from './circus-events.ts'

const listener = (own: Partial<TestListener> = {}): TestListener => ({
  hook: vi.fn(),
  run: vi.fn(),
  suite: vi.fn(),
  started: vi.fn(),
  ended: vi.fn(),
  finished: vi.fn(),
  fileEnded: vi.fn(async () => {}),
  ...own,
})
const circusTest = (errors: unknown[] = []): CircusTest => ({ type: 'test', name: 'a test', errors })
const circusState = (children: CircusTest[] = [], unhandledErrors: unknown[] = []): CircusState => ({
  rootDescribeBlock: { type: 'describeBlock', name: 'ROOT', children },
  unhandledErrors,
  testTimeout: 5_000,
})
const event = (name: string, more: object = {}) => ({ name, ...more })

describe('events of jest-circus', () => {
  test('are told while they happen, hooks at once and with their place, whose stack is not read', () => {
    const own = listener()
    const place = new Error()
    const stack = vi.fn(() => '')
    Object.defineProperty(place, 'stack', { get: stack })
    const fn = () => {}
    const events = new TestEvents(own)
    events.defined(event('add_hook', { hookType: 'beforeAll', fn, asyncError: place }))
    events.defined(event('add_test', { fn }))
    expect(vi.mocked(own.hook).mock.calls).toEqual([['beforeAll', fn, place]])
    expect(stack).not.toHaveBeenCalled()
  })

  test('that do not matter, and those with nothing to wait for, are answered at once', () => {
    const own = listener()
    const events = new TestEvents(own)
    const test = circusTest()
    for (const name of ['test_fn_start', 'hook_start', 'test_started', 'test_done']) {
      expect(events.handle(event(name, { test }), circusState())).toBeUndefined()
    }
    expect(own.started).toHaveBeenCalledExactlyOnceWith(test, 5_000)
    expect(own.ended).toHaveBeenCalledExactlyOnceWith(test)
  })

  test('say how long a reset may take: as long as the test, or as any', () => {
    const own = listener()
    const events = new TestEvents(own)
    const test = { ...circusTest(), timeout: 70 }
    events.handle(event('test_started', { test }), circusState())
    const describeBlock = circusState().rootDescribeBlock
    events.handle(event('run_describe_start', { describeBlock }), circusState())
    expect(own.started).toHaveBeenCalledExactlyOnceWith(test, 70)
    expect(own.suite).toHaveBeenCalledExactlyOnceWith(describeBlock, 5_000)
  })

  test.each([
    [
      'thrown',
      () => {
        throw new Error('failed')
      },
    ],
    ['rejected', () => Promise.reject(new Error('failed'))],
  ])('an error that is %s belongs to the test, or to the file', async (_, fail) => {
    const events = new TestEvents(listener({ started: fail, ended: fail, suite: fail, finished: fail }))
    const test = circusTest()
    const state = circusState()
    await events.handle(event('test_started', { test }), state)
    await events.handle(event('test_done', { test }), state)
    expect(test.errors).toMatchObject([{ message: 'failed' }, { message: 'failed' }])
    await events.handle(event('run_describe_start', { describeBlock: state.rootDescribeBlock }), state)
    await events.handle(event('run_finish'), state)
    expect(state.unhandledErrors).toMatchObject([{ message: 'failed' }, { message: 'failed' }])
  })

  test('at the end say what tests and the file have failed with', () => {
    const own = listener()
    new TestEvents(own).handle(event('run_finish'), circusState([circusTest(['of a test'])], ['of the file']))
    expect(own.finished).toHaveBeenCalledExactlyOnceWith(['of the file', 'of a test'])
  })

  test('end the file once, whoever says so', async () => {
    const own = listener()
    const events = new TestEvents(own)
    await events.handle(event('teardown'), circusState())
    await events.fileEnded()
    expect(own.fileEnded).toHaveBeenCalledOnce()
  })
})
