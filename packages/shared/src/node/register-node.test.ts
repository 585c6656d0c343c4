import { expect, test } from 'vitest'
import { runProgram } from '../../test-host/program.ts'

const manifest = (freshModules: object) => JSON.stringify({ name: 'app', type: 'commonjs', freshModules })

test('options come from the nearest package.json, and the rest of the key is about its own modules', () => {
  const { printed, stderr } = runProgram({
    'package.json': manifest({
      specs: [{ match: './a.cjs', allowReload: false }],
      onDuplicate: 'warn',
      './b.cjs': { allowUnload: false },
    }),
    'a.cjs': '',
    'b.cjs': '',
    'main.mjs': `
      import { mkdirSync } from 'node:fs'
      mkdirSync('deep')
      const root = process.cwd()
      process.chdir('deep')
      const { registerNode } = await import('core:node/register-node.ts')
      const { specOf } = await import('core:index.ts')
      const { installedIn } = await import('core:host/host-slot.ts')
      registerNode()
      const { host, state } = installedIn(globalThis)
      print([host.root === root, state.guard.onDuplicate])
      print([(await specOf('../a.cjs')).allowReload, (await specOf('../b.cjs')).allowUnload])
    `
      .replace("specOf('../a.cjs')", "specOf(root + '/a.cjs')")
      .replace("specOf('../b.cjs')", "specOf(root + '/b.cjs')"),
  })
  expect(printed, stderr).toEqual([
    [true, 'warn'],
    [false, false],
  ])
})

test('wrong options are one error before anything is installed', () => {
  const { printed, stderr } = runProgram({
    'package.json': manifest({ onDuplicate: 'shout', lockTimeout: -1 }),
    'main.mjs': `
      import { registerNode } from 'core:node/register-node.ts'
      import { installedIn } from 'core:host/host-slot.ts'
      try { registerNode() } catch ({ code, message }) { print([code, /onDuplicate/.test(message), /lockTimeout/.test(message)]) }
      print(installedIn(globalThis) === undefined)
    `,
  })
  expect(printed, stderr).toEqual([['ERR_BAD_OPTION', true, true], true])
})

test('it leaves another host in charge, and is there once', () => {
  const { printed, stderr } = runProgram({
    'main.mjs': `
      import { registerNode } from 'core:node/register-node.ts'
      import { installHost, installedIn } from 'core:host/host-slot.ts'
      const other = { host: {}, state: {} }
      const undo = installHost(globalThis, other)
      print(Object.keys(registerNode()))
      print(installedIn(globalThis) === other)
      undo()
      registerNode({ root: process.cwd(), options: {} })
      const first = installedIn(globalThis)
      print(Object.keys(registerNode({ root: '/', options: {} })))
      print(installedIn(globalThis) === first)
    `,
  })
  expect(printed, stderr).toEqual([[], true, ['beforeEach', 'afterEach', 'afterAll'], true])
})
