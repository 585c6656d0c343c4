import { test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, helpersProject, passes } from './support.ts'

const pools = ['forks', 'threads', 'vmThreads', 'vmForks']

/** Shows that the second file of a worker starts from its own modules, or from those of the first. */
const secondFile = {
  'src/again.test.ts': `
    import { importFresh } from 'fresh-modules'
    import { expect, test } from 'vitest'
    import * as counter from './counter'

    test('a second file of the same worker', async () => {
      const copy = await importFresh('./counter')
      counter.increase()
      expect(copy.count).toBe(0)
      expect(await import('./counter')).toBe(counter)
    })
  `,
}

describeHosts('vitest', (host) => {
  for (const pool of pools) {
    for (const isolate of [true, false]) {
      test(`every helper works in pool ${pool} with isolate: ${isolate}`, async () => {
        await passes(host, {
          ...helpersProject,
          ...secondFile,
          'vitest.config.ts': configWith({
            test: `pool: '${pool}', isolate: ${isolate}, maxWorkers: 1`,
          }),
        })
      })
    }
  }

  for (const environment of ['jsdom', 'happy-dom']) {
    for (const pool of ['forks', 'vmThreads']) {
      test(`every helper works in ${environment} in pool ${pool}`, async () => {
        await passes(host, {
          ...helpersProject,
          'src/document.ts': `
            document.title += '!'
            export const title = document.title
            export const element = document.createElement('p')
          `,
          'src/document.test.ts': `
            import { importFresh, reloadInPlace } from 'fresh-modules'
            import { expect, test } from 'vitest'
            import * as registered from './document'

            test('a fresh copy shares the document', async () => {
              const copy = await importFresh('./document')
              expect([registered.title, copy.title, document.title]).toEqual(['!', '!!', '!!'])
              expect(copy.element).toBeInstanceOf(HTMLElement)
              await reloadInPlace(registered)
              expect(registered.title).toBe('!!!')
            })
          `,
          'vitest.config.ts': configWith({ test: `pool: '${pool}', environment: '${environment}'` }),
        })
      })
    }
  }
})
