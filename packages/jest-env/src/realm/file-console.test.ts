import { beforeEach, expect, test, vi } from 'vitest'
import { FileConsole } from './file-console.ts'

const made = (name: string) => ({ name, log: vi.fn(), error: vi.fn() })
let first: ReturnType<typeof made>
let second: ReturnType<typeof made>
let isEvaluatingKept = false
let console: FileConsole
beforeEach(() => {
  first = made('first')
  second = made('second')
  isEvaluatingKept = false
  console = new FileConsole(first, () => isEvaluatingKept)
})
const object = () => console.object as unknown as typeof first & { left?: number }

test('stands for the console of the file that runs, with all that it has', () => {
  object().log('to the first')
  object().left = 1
  expect([Object.keys(object()), 'left' in object()]).toEqual([['name', 'log', 'error', 'left'], true])
  console.use(second)
  object().log('to the second')
  expect(first.log.mock.calls).toEqual([['to the first']])
  expect(second.log.mock.calls).toEqual([['to the second']])
  expect([object().name, object().left]).toEqual(['second', undefined])
  expect(Reflect.deleteProperty(object(), 'name')).toBe(true)
  expect('name' in second).toBe(false)
})

test('a file gets its own methods, and what it puts in their place is its own', () => {
  expect(object().log).toBe(first.log)
  object().log = second.error
  console.use(second)
  expect(object().log).toBe(second.log)
})

test('a method that a package has taken off stands for that of the file that runs', () => {
  isEvaluatingKept = true
  const { log } = object()
  expect(object().log).toBe(log)
  isEvaluatingKept = false
  console.use(second)
  log('late')
  expect(first.log).not.toHaveBeenCalled()
  expect(second.log).toHaveBeenCalledExactlyOnceWith('late')
})
