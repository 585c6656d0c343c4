import { expect, test } from 'vitest'
import { runProgram } from '../../test-host/program.ts'

test('the host of the first call is the host of all, with its options', () => {
  const { printed, stderr } = runProgram({
    'a.cjs': '',
    'main.mjs': `
      import { requireFresh, specOf } from 'core:index.ts'
      import { installedIn } from 'core:host/host-slot.ts'
      import { installNodeHost } from 'core:node/install-node-host.ts'
      print(installedIn(globalThis) === undefined)
      requireFresh('./a.cjs')
      const first = installedIn(globalThis)
      requireFresh('./a.cjs')
      print(installedIn(globalThis) === first)
      installNodeHost({ specs: [{ match: './a.cjs', allowReload: false }] }, process.cwd())
      print((await specOf('./a.cjs')).allowReload)
    `,
  })
  expect(printed, stderr).toEqual([true, true, false])
})
