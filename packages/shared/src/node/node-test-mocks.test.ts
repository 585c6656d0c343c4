import { expect, test } from 'vitest'
import { runProgram } from '../../test-host/program.ts'
import { isMockUrl, withoutMock } from './node-test-mocks.ts'

test.each([
  ['file:///app/a.js?node-test-mock=0', 'file:///app/a.js'],
  ['file:///app/a.js?x=1&node-test-mock=12', 'file:///app/a.js?x=1'],
])('%s is the URL of a mock', (url, plain) => {
  expect(isMockUrl(url)).toBe(true)
  expect(withoutMock(url)).toBe(plain)
})

test('other URLs are left as they are', () => {
  for (const url of ['file:///app/a.js', 'file:///app/node-test-mock=/a.js', 'data:text/javascript,1']) {
    expect(isMockUrl(url)).toBe(false)
    expect(withoutMock(url)).toBe(url)
  }
})

const looking = `
  import { NodeTestMocks } from 'core:node/node-test-mocks.ts'
  let last = 0
  const mocks = new NodeTestMocks(() => last++)
  print(mocks.lookForMocks())
  const { mock } = await import('node:test')
  print(mocks.lookForMocks())
`

test('mocks are possible where node:test has been loaded, with its flag', () => {
  expect(runProgram({ 'main.mjs': looking }).printed).toEqual([false, false])
  expect(runProgram({ 'main.mjs': looking }, ['--experimental-test-module-mocks']).printed).toEqual([
    false,
    true,
  ])
})

test('after each mock our hooks are asked first again, and node:test sees who mocks', () => {
  const { printed, stderr } = runProgram(
    {
      'dep.cjs': '',
      'main.mjs': `${looking}
        print(last)
        const mocked = mock.module('./dep.cjs', { cache: true })
        await null
        print(last)
        mocked.restore()
      `,
    },
    ['--experimental-test-module-mocks'],
  )
  expect(printed, stderr).toEqual([false, true, 1, 2])
})
