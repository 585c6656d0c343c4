/** Errors thrown in fresh and reloaded copies point at the TypeScript line, in `error.stack` and in the reporter. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { configWith, failsWith, passes } from './support.ts'

/** `boom` stands in line 12, which is another one in the compiled code. */
const throwing = `interface First {
  a: string
  b: string
}

type Second = First & {
  c: string
}

export const value: First = { a: 'a', b: 'b' }
export function throwIt(second?: Second): never {
  throw new Error('boom ' + second?.c)
}
`
const files = {
  'src/throwing.ts': throwing,
  'src/broken.ts': `interface Unused {
  a: string
}
export {}
throw new Error('broken')
`,
}
const test_ = (body: string) => `
  import { importFresh, reloadInPlace } from 'fresh-modules'
  import { expect, test } from 'vitest'
  const frame = (error: unknown): string =>
    /(?:throwing|broken)\\.ts:\\d+:\\d+/.exec((error as Error).stack ?? '')?.[0] ?? String((error as Error).stack)
  const thrown = (run: () => unknown): unknown => {
    try { run() } catch (error) { return error }
  }
  ${body}
`

describeHosts('vitest', (host) => {
  for (const pool of ['forks', 'vmThreads']) {
    test(`error.stack of copies, in pool ${pool}`, async () => {
      await passes(host, {
        ...files,
        'src/a.test.ts': test_(`
          test('a module that was never loaded by a plain import', async () => {
            const copy = await importFresh('./throwing')
            expect(frame(thrown(copy.throwIt))).toBe('throwing.ts:12:9')
            const error = await importFresh('./broken').catch((error: unknown) => error)
            expect(frame(error)).toBe('broken.ts:5:7')
          })
          test('next to the registered one, and in place', async () => {
            const registered = await import('./throwing')
            const copy = await importFresh('./throwing')
            expect(frame(thrown(registered.throwIt))).toBe('throwing.ts:12:9')
            expect(frame(thrown(copy.throwIt))).toBe('throwing.ts:12:9')
            await reloadInPlace(registered)
            expect(frame(thrown(registered.throwIt))).toBe('throwing.ts:12:9')
            expect(frame(thrown(copy.throwIt))).toBe('throwing.ts:12:9')
          })
        `),
        'src/changed.test.ts': test_(`
          import { writeFileSync } from 'node:fs'
          import { join } from 'node:path'
          test('a file that has changed', async () => {
            const file = join(import.meta.dirname, 'other-throwing.ts')
            const text = 'interface A { a: string }\\nexport const throwIt = (): never => { throw new Error() }\\n'
            writeFileSync(file, text)
            const before = await importFresh('./other-throwing')
            expect(frame(thrown(before.throwIt))).toBe('throwing.ts:2:45')
            writeFileSync(file, 'interface B {\\n  b: string\\n}\\n' + text)
            const after = await importFresh('./other-throwing')
            expect(frame(thrown(after.throwIt))).toBe('throwing.ts:5:45')
          })
        `),
        'vitest.config.ts': configWith({ test: `pool: '${pool}'` }),
      })
    })
  }

  test('the reporter shows the line, and none of our own frames before it', async () => {
    const { output } = await failsWith(host, {
      ...files,
      'src/a.test.ts': test_(`
        test('fresh', async () => { (await importFresh('./throwing')).throwIt() })
        test('reloaded', async () => { (await reloadInPlace(await import('./throwing'))).throwIt() })
        test('at import', async () => { await importFresh('./broken') })
      `),
    })
    expect(output.match(/❯ (?:Module\.|Object\.)?throwIt src\/throwing\.ts:12:9/g), output).toHaveLength(2)
    expect(output).toMatch(/❯ src\/broken\.ts:5:7/)
    expect(output).not.toMatch(/❯ .*fresh-modules\/(?:dist|src|vitest-plugin)/)
    expect(output).toMatch(/12\|\s+throw new Error\('boom ' \+ second\?\.c\)/)
    expect(output).toMatch(/5\|\s+throw new Error\('broken'\)/)
  })
})
