/** A raw reset doubles what must stay single: late and odd without us, at the import with us, and mended as we say. */
import { beforeAll, describe, expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import type { Host, Project, RunResult } from '../harness/index.ts'
import { addPackage } from './published.ts'
import { resetCases } from './reset-cases.ts'
import { fileOf, guardedApp, testFor } from './support.ts'

// What Vitest's module runner loads, it doubles; the rest is left to Node, which keeps it.
const INLINED = ['graphql', 'yjs', 'styled-components']

async function appFor(host: Host, options: string | undefined, reset: boolean): Promise<Project> {
  const cases = resetCases[host.framework === 'jest' ? 'jest' : 'vitest']
  const files = cases.flatMap(({ name, files, test }) => [
    ...Object.entries(files),
    [testFileOf(name), testFor(host, test, reset)] as const,
  ])
  const app = await guardedApp(host, {
    files: Object.fromEntries(files),
    ...(options === undefined ? {} : { options }),
    config: host.framework === 'vitest' ? `server: { deps: { inline: ${JSON.stringify(INLINED)} } }` : '',
  })
  for (const name of cases.flatMap(({ packages = [] }) => packages)) await addPackage(app, name)
  return app
}

const testFileOf = (name: string): string => `${name.replaceAll(/\W+/g, '-')}.test.js`

describeHosts(['vitest', 'jest'], (host) => {
  let plain: RunResult
  let ours: RunResult
  let mended: RunResult
  beforeAll(async () => {
    plain = await (await appFor(host, 'plain', true)).run()
    ours = await (await appFor(host, undefined, true)).run()
    mended = await (await appFor(host, undefined, false)).run()
  }, 300_000)

  describe.each(resetCases[host.framework === 'jest' ? 'jest' : 'vitest'])('$name', (one) => {
    const file = testFileOf(one.name)

    test('the plain framework fails late', () => {
      const { status, text } = fileOf(plain, file)
      expect(status, text).toBe('failed')
      expect(text).toMatch(one.late)
    })

    test('ours fails at the import, and says what to know', () => {
      const { status, text } = fileOf(ours, file)
      expect(status, text).toBe('failed')
      for (const part of one.says) expect(text).toMatch(part)
      const api = host.framework === 'vitest' ? 'vi' : 'jest'
      const line =
        testFor(host, one.test)
          .split('\n')
          .findIndex((line) => line.includes('resetModules()')) + 1
      expect(text).toContain(`by ${api}.resetModules(), called at `)
      expect(text).toContain(`/${file}:${line}:`)
      expect(text).toContain('Remove that reset')
      expect(text).not.toMatch(one.late)
      if (one.body !== undefined) expect(ours.output).not.toContain(one.body)
    })

    test('the remedy of the message makes it pass', () => {
      const { status, text } = fileOf(mended, file)
      expect(status, text).toBe('passed')
    })
  })
})
