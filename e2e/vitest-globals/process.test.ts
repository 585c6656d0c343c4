import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, failsWith, passes } from '../vitest/support.ts'
import { inNode, inOrder, type Spoiled, sharedWorker, spoilers } from './projects.ts'

const workingDirectory: Spoiled = {
  about: 'the working directory',
  pristine: "expect(process.cwd()).not.toBe('/')",
  spoil: "process.chdir('/')",
}

describeHosts('vitest', (host) => {
  for (const pool of ['forks', 'threads']) {
    test(`every file of a worker finds process and globals as the first did, in ${pool}`, async () => {
      const spoiled = pool === 'forks' ? [workingDirectory, ...inNode] : inNode
      const { passed, output } = await passes(host, {
        ...spoilers(spoiled),
        'vitest.config.ts': configWith({ test: sharedWorker(pool) }),
      })
      expect(passed, output).toBe(spoiled.length * 3)
      expect(output).not.toContain('cannot put back')
    })
  }

  test('with restoreGlobals: false later files find what was left', async () => {
    // A builtin that is not what it was can keep the framework itself from running.
    const spoiled = [workingDirectory, ...inNode].filter(({ about }) => about !== 'builtins of the language')
    const { tests, output } = await failsWith(host, {
      ...spoilers(spoiled),
      'vitest.config.ts': configWith({
        test: `${sharedWorker('forks')}, testTimeout: 500`,
        options: '{ restoreGlobals: false }',
      }),
    })
    const failed = new Set(tests.filter(({ status }) => status === 'failed').map(({ name }) => name))
    expect([...failed].sort(), output).toEqual(spoiled.map(({ about }) => about).sort())
  })

  test('what cannot be put back is told once, with the file that did it', async () => {
    const { output } = await passes(host, {
      'src/first.test.ts': `
        import { expect, test } from 'vitest'
        test('defines a global for good', () => {
          Object.defineProperty(globalThis, 'forGood', { value: 1 })
          expect(globalThis.forGood).toBe(1)
        })
      `,
      'src/second.test.ts': "import { test } from 'vitest'\ntest('anything', () => {})",
      'src/third.test.ts': "import { test } from 'vitest'\ntest('anything', () => {})",
      'vitest.config.ts': configWith({
        test: `${sharedWorker('forks')}, sequence: { sequencer: (await import('./in-order')).InOrder }`,
      }),
      'in-order.ts': inOrder,
    })
    expect(output.match(/cannot put back .*/g), output).toHaveLength(1)
    expect(output).toMatch(/cannot put back globalThis\.forGood, which .*src\/first\.test\.ts has changed/)
  })
})
