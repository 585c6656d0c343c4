import { expect, test } from 'vitest'
import { runProgram } from '../../test-host/program.ts'

const head = "import { NodeWorld, nodeWorld } from 'core:node/node-world.ts'\nconst world = nodeWorld()\n"

test('there is one for all copies of the core in a thread', () => {
  const { printed, stderr } = runProgram({
    'main.mjs': `${head}
      const other = await import('core:node/node-world.ts?another')
      print(other.nodeWorld !== nodeWorld)
      print(other.nodeWorld() === world)
    `,
  })
  expect(printed, stderr).toEqual([true, true])
})

test('a module that was dropped is led to another URL', () => {
  const { printed, stderr } = runProgram({
    'main.mjs': `${head}
      print(world.registeredUrl('/app/a.cjs'))
      world.generations.set('/app/a.cjs', 7)
      print(world.registeredUrl('/app/a.cjs'))
    `,
  })
  expect(printed, stderr).toEqual(['file:///app/a.cjs', 'file:///app/a.cjs?fresh-modules=g7'])
})

test('a gate is passed when what it waits for is ready, or when that asks for it itself', () => {
  const { printed, stderr } = runProgram({
    'main.mjs': `${head}
      let ready
      world.addGate('one', new Promise((resolve) => { ready = resolve }))
      const passed = world.gate('one').then(() => print('one'))
      await null
      print('waits')
      ready()
      await passed
      world.addGate('two', new Promise(() => {}))
      const second = world.gate('two').then(() => print('two'))
      world.addGate('three', new Promise(() => {}))
      world.openGate('three')
      await world.gate('three')
      print('three')
      world.addGate('four', Promise.reject(new Error('fails')))
      await world.gate('four').catch(({ message }) => print(message))
      print(world.gates.size)
    `,
  })
  expect(printed, stderr).toEqual(['waits', 'one', 'three', 'fails', 0])
})
