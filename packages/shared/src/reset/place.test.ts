import { expect, test } from 'vitest'
import { placeOf } from './place.ts'

const traced = (stack: string) => Object.assign(new Error(), { stack })

test('it is the line of the test file that comes first in the trace', () => {
  const trace = traced(
    'Error: x\n    at get (/app/src/a.ts:1:1)\n    at /app/tests/a.test.ts:12:5\n    at describe (/app/tests/a.test.ts:3:1)',
  )
  expect(placeOf(trace, '/app/tests/a.test.ts', '/app')).toBe('tests/a.test.ts:12')
  expect(placeOf(traced('Error: x\n    at f (/app/a.test.ts:7:1)'), '/app/a.test.ts', '/app')).toBe(
    'a.test.ts:7',
  )
})

test('it is the file alone where no line of it is left', () => {
  expect(placeOf(traced('Error: x'), '/app/a.test.ts', '/app')).toBe('a.test.ts')
  expect(placeOf(traced(''), undefined, '/app')).toBe('the test file')
})
