/** A module that awaits a timer at its top level, while a test has fake timers. */
import { expect, test } from 'vitest'
import { describeHosts } from '../harness/describe-hosts.ts'
import { vitestProject } from './support.ts'

const file = (more: string) => `
  import { importFresh, resetModules } from 'fresh-modules'
  import { afterEach, expect, test, vi } from 'vitest'
  import { middle } from './middle'
  const realTimeout = setTimeout
  const reported = (error: unknown) => ({ ...(error as object), message: (error as Error).message })
  afterEach(() => { vi.useRealTimers() })
  test('importFresh is refused', async () => {
    vi.useFakeTimers()
    const error = await importFresh('./middle', { fresh: ['./slow'], env: { APP_STAGE: 'x' } }).catch(reported)
    expect(error).toMatchObject({ code: 'ERR_NOT_FRESH', message: expect.stringMatching(/slow\\.ts" again: .* timers are fake/) })
    expect(process.env.APP_STAGE).toBeUndefined()
  })
  test('the function form is refused', async () => {
    vi.useFakeTimers()
    const error = await importFresh(() => import('./slow')).catch(reported)
    expect(error).toMatchObject({ code: 'ERR_NOT_FRESH', message: expect.stringMatching(/slow\\.ts" again: .* timers are fake/) })
  })
  test('what is advanced meanwhile arrives', async () => {
    vi.useFakeTimers()
    const pending = importFresh('./slow', { env: { APP_STAGE: 'y' } })
    while (vi.getTimerCount() === 0) await new Promise((resolve) => realTimeout(resolve, 1))
    await vi.advanceTimersByTimeAsync(20)
    expect((await pending).mode).toBe('y')
  })
  test('the next test is as ever', async () => {
    expect((await importFresh('./slow')).slow).toEqual({})
    expect(middle).toBe((await import('./middle')).middle)
  })
  ${more}
`

describeHosts('vitest', (host) => {
  test('is refused by name, and the next test is not touched', async () => {
    const app = await vitestProject(host, {
      'slow.ts': `
        await new Promise((resolve) => setTimeout(resolve, 20))
        export const slow: object = {}
        export const mode = process.env.APP_STAGE
      `,
      'middle.ts': "import { slow } from './slow'\nexport const middle = { slow }",
      'reset/a.test.ts': file(`
        test('resetModules is refused', async () => {
          vi.useFakeTimers()
          const error = await resetModules().catch(reported)
          expect(error).toMatchObject({ code: 'ERR_NOT_FRESH', message: expect.stringMatching(/slow\\.ts" awaits a timer, and timers are fake/) })
        })
        test('and the test after it is as ever, too', async () => {
          expect((await importFresh('./slow')).slow).toEqual({})
          expect(middle.slow).toBe((await import('./slow')).slow)
        })
      `).replaceAll("'./", "'../"),
      'idle/a.test.ts': file('').replaceAll("'./", "'../"),
      'vitest.config.ts': `
        import { freshModules } from '@fresh-modules/vitest-plugin'
        const project = (name: string, resetBetween: 'tests' | 'never') => (
          { extends: false as const, plugins: [freshModules({ resetBetween })], test: { name, include: [name + '/*.test.ts'] } }
        )
        export default { test: { projects: [project('reset', 'tests'), project('idle', 'never')] } }
      `,
    })
    const { output, passed, failed } = await app.run()
    expect({ passed, failed }, output).toEqual({ passed: 10, failed: 0 })
  })
})
