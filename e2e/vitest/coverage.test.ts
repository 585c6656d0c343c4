/** A module that is evaluated again counts right: statements, functions and branches are those that tests have reached. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import type { Host } from '../harness/index.ts'
import { configWith, vitestProject } from './support.ts'

interface FileCoverage {
  readonly s: Readonly<Record<string, number>>
  readonly f: Readonly<Record<string, number>>
  readonly b: Readonly<Record<string, readonly number[]>>
  readonly statementMap: Readonly<Record<string, { readonly start: { readonly line: number } }>>
}

const source = `export interface Options {
  readonly loud?: boolean
}

export let calls = 0

export function greet(name: string, options: Options = {}): string {
  calls++
  if (options.loud) {
    return 'HELLO ' + name.toUpperCase()
  }
  return 'hello ' + name
}

export function never(): string {
  return 'never called'
}
`

/** The coverage of src/greet.ts after a run of these tests. */
async function coverageOf(host: Host, provider: string, body: string): Promise<FileCoverage> {
  const app = await vitestProject(host, {
    'src/greet.ts': source,
    'src/a.test.ts': `
      import { importFresh, reloadInPlace, unload } from 'fresh-modules'
      import { expect, test } from 'vitest'
      ${body}
    `,
    'vitest.config.ts': configWith({
      test: `coverage: { enabled: true, provider: '${provider}', reporter: ['json'], include: ['src/greet.ts'] }`,
    }),
  })
  const result = await app.run()
  expect(result, result.output).toMatchObject({ exitCode: 0, failed: 0 })
  const report = JSON.parse(readFileSync(join(app.dir, 'coverage/coverage-final.json'), 'utf8'))
  const files = Object.values<FileCoverage>(report)
  expect(files).toHaveLength(1)
  return files[0] as FileCoverage
}

/** Line -> count, for the lines that begin a statement. */
function lines({ s, statementMap }: FileCoverage): Record<number, number> {
  return Object.fromEntries(Object.entries(statementMap).map(([key, { start }]) => [start.line, s[key] ?? 0]))
}
const reached = (coverage: FileCoverage) => ({
  lines: Object.entries(lines(coverage)).map(([line, count]) => [line, count > 0]),
  functions: Object.values(coverage.f).map((count) => count > 0),
  branches: Object.values(coverage.b).map((counts) => counts.map((count) => count > 0)),
})

const plain = `
  test('plain', async () => {
    const { greet } = await import('./greet')
    for (let i = 0; i < 5; i++) greet('a')
    greet('b', { loud: true })
  })
`
const again = `
  test('again', async () => {
    for (let i = 0; i < 5; i++) {
      const { greet } = await importFresh('./greet')
      greet('a')
    }
    const { greet } = await import('./greet')
    greet('b', { loud: true })
  })
`

/** A config with which Vitest keeps transformed code from one run to the next. */
const keepingConfig = (host: Host): string => {
  const keep = host.name.startsWith('vitest4')
    ? 'experimental: { fsModuleCache: true }'
    : 'fsModuleCache: true'
  return configWith({ test: `${keep}, coverage: { reporter: ['json'], include: ['src/count.js'] }` })
}

describeHosts('vitest', (host) => {
  for (const provider of ['v8', 'istanbul']) {
    test(`${provider}: code that is kept from a run without coverage has no function of ours`, async () => {
      const app = await vitestProject(host, {
        'src/count.js': 'let n = 0\nexport const inc = () => ++n\n',
        'src/a.test.js': `
          import { expect, test } from 'vitest'
          import { inc } from './count'
          test('one', () => { expect(inc()).toBe(1) })
          test('two', () => { expect(inc()).toBe(1) })
        `,
        'vitest.config.ts': keepingConfig(host),
      })
      const files = async () => {
        const args = ['--coverage.enabled', `--coverage.provider=${provider}`]
        const result = await app.run(args)
        expect(result, result.output).toMatchObject({ exitCode: 0, failed: 0 })
        const report = readFileSync(join(app.dir, 'coverage/coverage-final.json'), 'utf8')
        return Object.values<FileCoverage>(JSON.parse(report))
      }
      for (let run = 0; run < 2; run++) expect((await app.run()).exitCode).toBe(0)
      for (let run = 0; run < 2; run++) {
        const [coverage] = await files()
        expect(Object.values(coverage?.f ?? {})).toEqual([2])
      }
    })

    test(`${provider}: five copies reach what five calls of one copy reach`, async () => {
      const expected = await coverageOf(host, provider, plain)
      const actual = await coverageOf(host, provider, again)
      expect(reached(actual)).toEqual(reached(expected))
      // The counts of what stands inside of functions: five calls of one branch, one of the other.
      const inside = (coverage: FileCoverage) =>
        Object.entries(lines(coverage)).filter(([line]) => Number(line) > 7)
      expect(inside(actual)).toEqual(inside(expected))
      expect(Object.values(actual.f)).toEqual([6, 0])
    })

    test(`${provider}: what only a copy reaches counts, and what nobody reaches does not`, async () => {
      const coverage = await coverageOf(
        host,
        provider,
        `test('one copy', async () => { (await importFresh('./greet')).greet('a', { loud: true }) })`,
      )
      expect(lines(coverage)).toMatchObject({ 8: 1, 10: 1, 12: 0, 16: 0 })
      expect(Object.values(coverage.f)).toEqual([1, 0])
    })

    test(`${provider}: reloads in place, unloads and resets between tests count`, async () => {
      const coverage = await coverageOf(
        host,
        provider,
        `
          import * as greet from './greet'
          test('reload', async () => {
            greet.greet('a')
            await reloadInPlace(greet)
            greet.greet('a', { loud: true })
          })
          test('after a reset', () => { greet.greet('b') })
          test('unload', async () => {
            await unload('./greet')
            ;(await import('./greet')).greet('c')
          })
        `,
      )
      expect(lines(coverage)).toMatchObject({ 8: 4, 10: 1, 12: 3, 16: 0 })
      expect(Object.values(coverage.f)).toEqual([4, 0])
    })
  }
})
