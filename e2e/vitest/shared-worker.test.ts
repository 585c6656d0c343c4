/** What one file of a worker does reaches the next where it does without the plugin, and not otherwise. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { inOrder, sharedWorker } from '../vitest-globals/projects.ts'
import { configWith, failsWith, passes, vitestProject } from './support.ts'

const config = {
  'vitest.config.ts': configWith({
    top: inOrder,
    test: `${sharedWorker('forks')}, sequence: { sequencer: InOrder }`,
    options: "{ resetBetween: 'files' }",
  }),
}

const passing = (name: string) => `
  import { test } from 'vitest'
  test('${name}', () => {})
`

describeHosts(['vitest'], (host) => {
  test('a file that an earlier one has written runs as it was written, with what it globs', async () => {
    await passes(host, {
      ...config,
      'src/a.test.ts': `
        import { writeFileSync } from 'node:fs'
        import { setTimeout } from 'node:timers/promises'
        import { test } from 'vitest'
        test('writes', async () => {
          // Time enough for whoever would look at the next file too early.
          await setTimeout(200)
          writeFileSync(new URL('parts/two.ts', import.meta.url), 'export default 2')
          writeFileSync(new URL('b.test.ts', import.meta.url), \`
            import { expect, test } from 'vitest'
            const parts = import.meta.glob('./parts/*.ts')
            test('as a has written it', () => {
              expect(Object.keys(parts)).toEqual(['./parts/one.ts', './parts/two.ts'])
            })
          \`)
        })
      `,
      'src/b.test.ts': "throw new Error('b is as it was')",
      'src/parts/one.ts': 'export default 1',
    })
  })

  test('setup files that are imported at once all come after the reset', async () => {
    const setupFiles =
      "setupFiles: ['src/empty.ts', 'src/setup.ts'], sequence: { sequencer: InOrder, setupFiles: 'parallel' }"
    const file = (name: string) => `
      import { log } from 'cleanup'
      import { expect, test } from 'vitest'
      test.each([1, 2])('${name} has the hook, %i', (turn) => {
        // The package is evaluated once, so its log is that of all files.
        expect(log.splice(0)).toEqual('${name}' === 'a' && turn === 1 ? [] : ['cleaned'])
      })
    `
    await passes(host, {
      ...config,
      'vitest.config.ts': configWith({
        top: inOrder,
        test: `${sharedWorker('forks')}, ${setupFiles}`,
        options: "{ resetBetween: 'files' }",
        plugins: `{
          name: 'slow',
          async transform(code, id) {
            if (id.endsWith('.test.ts')) await new Promise((resolve) => setTimeout(resolve, 200))
          },
        }`,
      }),
      'src/empty.ts': '',
      'src/setup.ts': "import 'cleanup'",
      'node_modules/cleanup/package.json':
        '{ "name": "cleanup", "version": "1.0.0", "type": "module", "exports": "./main.js" }',
      'node_modules/cleanup/main.js': `
        import { afterEach } from 'vitest'
        export const log = []
        afterEach(() => { log.push('cleaned') })
      `,
      'src/a.test.ts': file('a'),
      'src/b.test.ts': file('b'),
      'src/c.test.ts': file('c'),
    })
  })

  test('a mock that no import has followed stays out of the file, and of the next', async () => {
    await passes(host, {
      ...config,
      'src/value.ts': "export const value = 'actual'",
      'src/a.test.ts': `
        import { expect, test, vi } from 'vitest'
        import { value } from './value'
        test('an import brings it into force', async () => {
          vi.doMock('./value', () => ({ value: 'mocked' }))
          expect(value).toBe('actual')
          expect((await import('./value')).value).toBe('mocked')
          vi.doMock('./value', () => ({ value: 'pending' }))
        })
      `,
      'src/b.test.ts': `
        import { expect, test } from 'vitest'
        import { value } from './value'
        test('it is gone', async () => {
          expect(value).toBe('actual')
          expect((await import('./value')).value).toBe('actual')
        })
      `,
    })
  })

  test('a file that cannot be transformed fails by itself, once', async () => {
    const { output, failed, passed } = await failsWith(host, {
      ...config,
      'src/a.test.ts': passing('before'),
      'src/b.test.ts': 'export const = 1',
      'src/c.test.ts': passing('after'),
    })
    expect({ passed, failed }, output).toEqual({ passed: 2, failed: 1 })
    expect(output.match(/FAIL\s.*b\.test\.ts/g), output).toHaveLength(1)
    expect(output).not.toContain('Unhandled')
  })

  test('a run that ends early leaves nothing behind and reports nothing else', async () => {
    const app = await vitestProject(host, {
      ...config,
      'src/a.test.ts': `
        import { expect, test } from 'vitest'
        test('fails', () => { expect(1).toBe(2) })
      `,
      'src/b.test.ts': passing('is not run'),
      'src/c.test.ts': passing('is not run'),
    })
    const result = await app.run(['--bail=1'])
    expect(result, result.output).toMatchObject({ exitCode: 1, failed: 1, passed: 0, timedOut: false })
    expect(result.output).not.toMatch(/Unhandled|pending/)
  })
})
