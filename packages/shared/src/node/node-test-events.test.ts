import { expect, test } from 'vitest'
import { runProgram } from '../../test-host/program.ts'
import { openProject } from '../../test-host/project.ts'
import { ownUntilTestEnds } from '../host/lifecycle.ts'
import { mochaHooksOf } from './mocha-hooks.ts'
import { TestEvents } from './node-test-events.ts'

interface Hooks {
  beforeEach(this: { currentTest: unknown }): void
  afterEach(this: { currentTest: unknown }): Promise<void>
  afterAll(this: { test: unknown }): Promise<void>
}

test('what a test makes ends with it, and the rest with the file', async () => {
  const project = openProject({})
  const hooks = mochaHooksOf(
    new TestEvents({ state: project.state, host: { world: { hasHooks: true } } as never }),
  ) as Hooks
  const ended: string[] = []
  ownUntilTestEnds(project.state, () => ended.push('file'))
  const context = { currentTest: {} }
  hooks.beforeEach.call(context)
  ownUntilTestEnds(project.state, () => ended.push('test'))
  await hooks.afterEach.call(context)
  expect(ended).toEqual(['test'])
  await hooks.afterAll.call({ test: {} })
  expect(ended).toEqual(['test', 'file'])
})

test('node:test is watched when something asks for it, and a program without tests runs none', () => {
  const program = (text: string) =>
    runProgram({
      'a.cjs': '',
      'main.mjs': `
        import { registerNode } from 'core:node/register-node.ts'
        import { markNonReimportable, specOf } from 'core:index.ts'
        registerNode({ root: process.cwd(), options: {} })
        ${text}
      `,
    })
  const { printed, stderr } = program(`
    const { test } = await import('node:test')
    await test('one', async () => { await markNonReimportable('./a.cjs'); print((await specOf('./a.cjs')).allowReimport) })
    await test('two', async () => print((await specOf('./a.cjs')).allowReimport))
  `)
  expect(printed, stderr).toEqual([false, true])
  const { printed: list, status } = program(
    "print(process.moduleLoadList.includes('NativeModule internal/test_runner/test'))",
  )
  expect([list, status]).toEqual([[false], 0])
})
