import { expect, test } from 'vitest'
import { LIFE, LIFE_WORDS } from './wire.ts'

test('each word of the shared memory has a place of its own in it', () => {
  const places = Object.values(LIFE)
  expect(new Set(places).size).toBe(places.length)
  const memory = new Int32Array(LIFE_WORDS)
  for (const place of places) expect(memory[place]).toBe(0)
})
