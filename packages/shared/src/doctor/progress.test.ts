import { expect, test } from 'vitest'
import { Progress, timeOf } from './progress.ts'

test('a line says what runs and how long it may take, and ends with how long it took', async () => {
  let said = ''
  const progress = new Progress((text) => {
    said += text
  })
  progress.expects(2)
  await progress.ofRun('the suite as it is', undefined, async () => ({ seconds: 2 }))
  await progress.ofRun('shared workers', 2, async () => {
    expect(said.split('\n').at(-1)).toBe('[2 of 2] shared workers: up to about 2.0 s …')
    return { seconds: 0.42 }
  })
  expect(said).toBe(
    '[1 of 2] the suite as it is: as long as your suite takes … 2.0 s\n' +
      '[2 of 2] shared workers: up to about 2.0 s … 0.4 s\n',
  )
})

test('a search ends with what it found', async () => {
  let said = ''
  const progress = new Progress((text) => {
    said += text
  })
  expect(await progress.ofSearch('who makes a.test.ts fail', 12, async () => [7, 'b.test.ts'])).toBe(7)
  expect(said).toBe('who makes a.test.ts fail: runs of up to about 12 s each … b.test.ts\n')
})

test.each([
  [0.04, '0.0 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [119, '119 s'],
  [185.2, '3 min 5 s'],
])('%f seconds are %s', (seconds, text) => {
  expect(timeOf(seconds)).toBe(text)
})
