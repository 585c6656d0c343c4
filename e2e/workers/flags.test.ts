/** Where the flag can come from, and what is left alone where nothing has it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import type { FileTree, Host } from '../harness/index.ts'
import { exclusive, expectClean, head, lockProject, self } from './support.ts'

const options = `{ specs: [
  { match: './src/by-config.ts', allowParallelWorkers: false },
  { match: ['./src/list-a.ts', './src/list-b.ts'], allowParallelWorkers: false },
] }`

const manifest = (host: Host): string =>
  JSON.stringify({
    name: 'app',
    private: true,
    ...(host.framework === 'jest' ? {} : { type: 'module' }),
    freshModules: { './src/by-manifest.ts': { allowParallelWorkers: false, reason: 'one device' } },
  })

/** Loads both in one order, with a pause in which the other file can start with the other one. */
const takesBoth = (host: Host, name: string, first: string, second: string): string => `
  ${head(host)}
  test('modules that one rule lists share a lock', async () => {
    await import('./list-${first}')
    await sleep(100)
    await import('./list-${second}')
    expect(file('${name}.test.ts')).toHaveLength(1)
  }, 60_000)
`

const files = (host: Host): FileTree => ({
  'package.json': manifest(host),
  'src/docblock.ts': exclusive(host, 'docblock'),
  'src/docblock.test.ts': `
    ${head(host)}
    import { heldWhile } from './docblock'
    test('by a docblock: taken before the body runs, and the note says by whom', async () => {
      const [holder, ...rest] = heldWhile.filter(({ module }) => module.endsWith('docblock.ts'))
      expect(rest).toEqual([])
      expect(holder).toMatchObject({ pid: process.pid, worker: expect.any(String) })
      expect(holder.testFile.endsWith('docblock.test.ts')).toBe(true)
      expect(Math.abs(Date.now() - Date.parse(holder.since))).toBeLessThan(60_000)
    })
  `,
  'src/by-config.ts': exclusive(host, 'by-config', ''),
  'src/config.test.ts': `
    ${head(host)}
    import './by-config'
    test('by a rule of the config', () => {
      expect(file('config.test.ts')).toHaveLength(1)
    })
  `,
  'src/list-a.ts': exclusive(host, 'list-a', ''),
  'src/list-b.ts': exclusive(host, 'list-b', ''),
  'src/list-one.test.ts': takesBoth(host, 'list-one', 'a', 'b'),
  'src/list-two.test.ts': takesBoth(host, 'list-two', 'b', 'a'),
  'src/by-manifest.ts': exclusive(host, 'by-manifest', ''),
  'node_modules/held-package/package.json':
    '{ "name": "held-package", "version": "1.0.0", "main": "./main.cjs", "freshModules": { "allowParallelWorkers": false } }',
  'node_modules/held-package/main.cjs': 'exports.made = {}',
  'src/manifest.test.ts': `
    ${head(host)}
    import './by-manifest'
    import { made } from 'held-package'
    test('by package.json, for a file and for a package', () => {
      expect(made).toEqual({})
      expect(file('manifest.test.ts').map(({ module }) => module.replace(/.*[\\\\/]/, '')).sort())
        .toEqual(['by-manifest.ts', 'main.cjs'])
    })
  `,
  'src/by-runtime.ts': exclusive(host, 'by-runtime', ''),
  'src/runtime.test.ts': `
    ${head(host)}
    test('by its spec, before the first load', async () => {
      const spec = await specOf('./by-runtime')
      spec.allowParallelWorkers = false
      await import('./by-runtime')
      expect(file('runtime.test.ts')).toHaveLength(1)
    })
  `,
  'src/too-late.ts': `
    import { declareSpec } from 'fresh-modules'
    declareSpec(${self(host)}, { allowParallelWorkers: false })
  `,
  'src/too-late.test.ts': `
    ${head(host)}
    test('by the module itself it comes too late, and the error shows the docblock', async () => {
      const failure = await import('./too-late').catch((error) => error)
      expect(failure).toMatchObject({ code: 'ERR_BAD_OPTION' })
      expect(failure.message).toContain('/** @fresh-modules single-worker')
    })
  `,
  'src/only-fresh.ts': exclusive(host, 'only-fresh'),
  'src/fresh-copy.test.ts': `
    ${head(host)}
    test('a fresh copy needs the lock as well, and a second one has it already', async () => {
      const one = await importFresh('./only-fresh')
      expect(one.heldWhile.some(({ module }) => module.endsWith('only-fresh.ts'))).toBe(true)
      const other = await importFresh('./only-fresh')
      expect(other).not.toBe(one)
      expect(file('fresh-copy.test.ts')).toHaveLength(1)
    })
  `,
})

describeHosts(['vitest', 'jest'], (host) => {
  test('the flag comes from docblock, config, package.json or spec; in a folder with odd letters', async () => {
    const project = await lockProject(host, {
      files: files(host),
      options,
      config: 'maxWorkers: 3,',
      folder: 'lock é ü 锁',
    })
    const result = await project.run()
    expectClean(project, result)
    expect(result.passed, result.output).toBe(8)
  })

  test('nothing is loaded or touched where no module is marked', async () => {
    const project = await lockProject(host, {
      files: {
        'src/port.ts': 'export const port = 1',
        'src/plain.test.ts': `
          ${head(host)}
          import { port } from './port'
          test('no thread, no folder', async () => {
            await importFresh('./port')
            expect(port).toBe(1)
            expect(process.report.getReport().workers).toEqual([])
            expect(holders()).toEqual([])
          })
        `,
      },
    })
    expectClean(project, await project.run())
    expect(existsSync(join(project.app.dir, 'node_modules/.cache/fresh-modules'))).toBe(false)
  })
})
