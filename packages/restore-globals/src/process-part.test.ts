import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { undoAll } from '../test-host/undo-all.ts'
import { ArraysPart, EnvPart, ListenersPart } from './process-part.ts'

test('variables come back, but for those that the framework sets for each file', () => {
  const env: NodeJS.ProcessEnv = { KEPT: '1', CHANGED: '1', DELETED: '1', POOL_ID: '1' }
  const part = new EnvPart(env, (name) => name === 'POOL_ID')
  part.capture()
  Object.assign(env, { CHANGED: '2', ADDED: '2', POOL_ID: '2' })
  delete env['DELETED']
  expect(undoAll(part)).toEqual(['process.env.CHANGED', 'process.env.ADDED', 'process.env.DELETED'])
  expect(env).toEqual({ KEPT: '1', CHANGED: '1', DELETED: '1', POOL_ID: '2' })
})

test('listeners that were added go, and those that were removed come back', () => {
  const emitter = new EventEmitter()
  const calls: string[] = []
  emitter.on('event', () => calls.push('first'))
  emitter.once('event', () => calls.push('once'))
  const part = new ListenersPart('emitter', emitter, () => false)
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

test('a listener of the framework stays', () => {
  const emitter = new EventEmitter()
  const own = () => {}
  const part = new ListenersPart('emitter', emitter, (listener) => listener === own)
  part.capture()
  emitter.once('exit', own)
  expect([...part.changes()]).toEqual([])
})

test('elements of an array come back into the same array', () => {
  const array = ['a', 'b']
  const part = new ArraysPart('process', { array })
  part.capture()
  array.splice(0, 1, 'x', 'y')
  expect(undoAll(part)).toEqual(['elements of array'])
  expect(array).toEqual(['a', 'b'])
})
