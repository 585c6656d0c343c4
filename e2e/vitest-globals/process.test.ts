import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, failsWith, passes } from '../vitest/support.ts'
import { inNode, type Spoiled, sharedWorker, spoilers } from './projects.ts'

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
    const spoiled = [workingDirectory, ...inNode]
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
})
