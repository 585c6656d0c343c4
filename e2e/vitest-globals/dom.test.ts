import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { chosenNode } from '../harness/index.ts'
import { configWith, failsWith, passes } from '../vitest/support.ts'
import { inDom, sharedWorker, spoilers } from './projects.ts'

describeHosts('vitest', (host) => {
  // From Node 25 on there are globals for storages, undefined unless Node was given a file. Vitest 4 keeps jsdom's off them.
  const ownStorages = host.name.startsWith('vitest4') && chosenNode() >= 25
  const worker = (pool: string) =>
    sharedWorker(pool) + (ownStorages ? ", execArgv: ['--no-experimental-webstorage']" : '')

  for (const environment of ['jsdom', 'happy-dom']) {
    for (const pool of ['forks', 'threads']) {
      test(`every file of a worker finds the DOM as the first did, with ${environment} in ${pool}`, async () => {
        const { passed, output } = await passes(host, {
          ...spoilers(inDom),
          'vitest.config.ts': configWith({ test: `${worker(pool)}, environment: '${environment}'` }),
        })
        expect(passed, output).toBe(inDom.length * 3)
        expect(output).not.toContain(environment === 'jsdom' ? 'cannot put back' : 'cannot put back document')
      })
    }

    test(`with restoreGlobals: false later files find what was left in ${environment}`, async () => {
      const { tests, output } = await failsWith(host, {
        ...spoilers(inDom),
        'vitest.config.ts': configWith({
          test: `${worker('forks')}, environment: '${environment}'`,
          options: '{ restoreGlobals: false }',
        }),
      })
      const failed = new Set(tests.filter(({ status }) => status === 'failed').map(({ name }) => name))
      expect([...failed].sort(), output).toEqual(inDom.map(({ about }) => about).sort())
    })
  }
})
