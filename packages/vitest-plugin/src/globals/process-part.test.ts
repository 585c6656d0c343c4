import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import type { GlobalsPart } from './change.ts'
import { ArraysPart, EnvPart, ListenersPart, OWN_LISTENER } from './process-part.ts'

const undoAll = (part: GlobalsPart): string[] =>
  [...part.changes()].map((change) => {
    change.undo()
    return change.what
  })

test('variables come back, but for those that Vitest sets for each file', () => {
  const env: NodeJS.ProcessEnv = { KEPT: '1', CHANGED: '1', DELETED: '1', VITEST_POOL_ID: '1' }
  const part = new EnvPart(env)
  part.capture()
  Object.assign(env, { CHANGED: '2', ADDED: '2', VITEST_POOL_ID: '2' })
  delete env['DELETED']
  expect(undoAll(part)).toEqual(['process.env.CHANGED', 'process.env.ADDED', 'process.env.DELETED'])
  expect(env).toEqual({ KEPT: '1', CHANGED: '1', DELETED: '1', VITEST_POOL_ID: '2' })
})

test('listeners that were added go, and those that were removed come back', () => {
  const emitter = new EventEmitter()
  const calls: string[] = []
  emitter.on('event', () => calls.push('first'))
  emitter.once('event', () => calls.push('once'))
  const part = new ListenersPart('emitter', emitter)
  part.capture()
  emitter.removeAllListeners('event')
  emitter.on('event', () => calls.push('added'))
  emitter.on('other', () => calls.push('other'))
  expect(undoAll(part)).toEqual([
    'emitter listeners of "event" (replaced)',
    'emitter listeners of "other" (added)',
  ])
  emitter.emit('event')
  emitter.emit('event')
  emitter.emit('other')
  expect(calls).toEqual(['first', 'once', 'first'])
})

test('a listener of ours stays', () => {
  const emitter = new EventEmitter()
  const part = new ListenersPart('emitter', emitter)
  part.capture()
  emitter.once(
    'exit',
    Object.assign(() => {}, { [OWN_LISTENER]: true }),
  )
  expect([...part.changes()]).toEqual([])
})

test('elements of an array come back into the same array', () => {
  const array = ['a', 'b']
  const part = new ArraysPart({ array })
  part.capture()
  array.splice(0, 1, 'x', 'y')
  expect(undoAll(part)).toEqual(['elements of array'])
  expect(array).toEqual(['a', 'b'])
})
