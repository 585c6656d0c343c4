import { expect, test } from 'vitest'
import { exportsBehind, forwardTo } from './forwarded-exports.ts'

test('what a body has handed out becomes another name for the registered exports', () => {
  const exports: Record<string, unknown> = { foreign: 1 }
  const own: Record<string, unknown> = {
    n: 0,
    get twice() {
      return 2 * (this['n'] as number)
    },
  }
  Object.defineProperties(exports, Object.getOwnPropertyDescriptors(own))
  forwardTo(exports, own)
  own['n'] = 1
  own['later'] = true
  expect(exports).toEqual({ foreign: 1, n: 1, twice: 2, later: true })
  exports['n'] = 2
  expect([own['n'], own['twice'], own['foreign'], 'foreign' in own]).toEqual([2, 4, 1, true])
  expect(Object.keys(own)).toEqual(['n', 'twice', 'later'])
  expect(Object.create(own)).not.toHaveProperty('missing')
  expect(String(own)).toBe('[object Object]')
  expect([exportsBehind(own), exportsBehind(exports), exportsBehind(1)]).toEqual([exports, exports, 1])
})
