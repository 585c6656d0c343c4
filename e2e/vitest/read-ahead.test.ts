/** A worker that runs several files has the next one transformed while it runs this one: nobody may notice. */
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
  test('a file that an earlier one has written runs as it was written', async () => {
    await passes(host, {
      ...config,
      'src/a.test.ts': `
        import { writeFileSync } from 'node:fs'
        import { setTimeout } from 'node:timers/promises'
        import { expect, test } from 'vitest'
        test('the next file was read by now', async () => {
          const { moduleRunner } = (globalThis as any).__vitest_mocker__
          const nodes = () => [...moduleRunner.evaluatedModules.idToModuleMap.values()] as any[]
          await expect.poll(() => nodes().some(({ id, meta }) => id.endsWith('b.test.ts') && meta)).toBe(true)
          // Files are told apart by time and size.
          await setTimeout(20)
          writeFileSync(new URL('b.test.ts', import.meta.url), \`
            import { test } from 'vitest'
            test('as a has written it', () => {})
          \`)
        })
      `,
      'src/b.test.ts': "throw new Error('b is as it was')",
    })
  })

  test('a mock that no import has followed stays out of the file, and of the next', async () => {
    await passes(host, {
      ...config,
      'src/value.ts': "export const value = 'actual'",
      'src/a.test.ts': `
        import { expect, test, vi } from 'vitest'
        import { value } from './value'
        test('an import brings it into force, not a look at the next file', async () => {
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
