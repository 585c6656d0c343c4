import { describe, expect, test } from 'vitest'
import { PulseWatch } from './pulse-watch.ts'

/** A clock that runs in looks: every 100 ms, as a waiter does. */
function watcher(staleMs: number) {
  const time = { passed: 0, wall: 1_000_000 }
  const watch = new PulseWatch(staleMs, { passed: () => time.passed, wall: () => time.wall })
  function look(mtimeMs: number, forMs = 0) {
    let pulse = watch.look('/lock', { ino: 1, mtimeMs })
    for (let ms = 0; ms < forMs; ms += 100) {
      time.passed += 100
      time.wall += 100
      pulse = watch.look('/lock', { ino: 1, mtimeMs })
    }
    return pulse
  }
  return { time, look }
}

describe('PulseWatch', () => {
  test('takes nothing for dead at first sight, however old it looks', () => {
    const { look } = watcher(10_000)
    expect(look(5)).toBe('old')
  })

  test('takes what looks old for dead after two pulses without a sign of life', () => {
    const { look } = watcher(10_000)
    expect(look(5, 1_900)).toBe('old')
    expect(look(5, 300)).toBe('silent')
  })

  test('waits the whole stale time where the clock does not speak against the holder', () => {
    const { look, time } = watcher(10_000)
    const future = time.wall + 3_600_000
    expect(look(future, 9_900)).toBe('beating')
    expect(look(future, 300)).toBe('silent')
  })

  test('starts again with each sign of life, so a clock that jumps ahead makes no live holder look dead', () => {
    const { look, time } = watcher(10_000)
    look(time.wall, 900)
    time.wall += 3_600_000
    expect(look(time.wall - 3_600_900, 900)).toBe('old')
    expect(look(time.wall, 1_000)).toBe('beating')
  })

  test('counts no time in which it did not look: all processes may have been stopped', () => {
    const { look, time } = watcher(10_000)
    const mtime = time.wall
    look(mtime, 900)
    time.passed += 60_000
    time.wall += 60_000
    expect(look(mtime, 500)).toBe('old')
  })
})
