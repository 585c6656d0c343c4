/** What `vi.resetModules()` does in the same spots, without fresh-modules. */
import { graphql } from 'graphql'
import { currency } from './config.ts'
import * as metrics from './metrics.ts'
import { renderProduct } from './shop.ts'
import { show } from './show.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.doUnmock('prom-client')
})

test('config, today', async () => {
  vi.stubEnv('SHOP_STAGE', 'staging')
  vi.resetModules()
  expect((await import('./config.ts')).config.stage).toBe('staging')
  vi.unstubAllEnvs()

  const { config } = await import('./config.ts')
  expect(process.env['SHOP_STAGE']).toBeUndefined()
  expect(config.stage).toBe('staging')
  show(
    'a plain import',
    `${config.stage}, though process.env is put back: the new copy has replaced the shared one`,
  )
})

test('optional dependency, today', async () => {
  vi.resetModules()
  vi.doMock('prom-client', () => {
    throw Object.assign(new Error("Cannot find package 'prom-client'"), { code: 'ERR_MODULE_NOT_FOUND' })
  })
  const { statusPage } = await import('./status.ts')
  const failure = await statusPage().catch((error: unknown) => error)
  expect(failure).toMatchObject({ message: expect.stringContaining('error when mocking a module') })
  expect((failure as { code?: string }).code).toBeUndefined()
  show('a mock that throws', `no fallback: ${(failure as Error).message.split('. ')[0]}`)
})

test('cache, today', async () => {
  vi.resetModules()
  const { schema } = await import('./shop.ts')
  const result = graphql({ schema, source: '{ product(id: "mug") { name } }' })
  const failure = await result.catch((error: Error) => error)
  const [message = ''] = (failure as Error).message.split('\n')
  expect(message).toContain('from another module or realm')
  // It prints the whole schema, which is of no interest here.
  show('graphql schema', `Error: ${message.replace(/\{.*\}/, '{ … }')}`)
})

test('metrics, today', async () => {
  expect(metrics.orders).toBeDefined()
  vi.resetModules()
  const failure = await import('./metrics.ts').catch((error: unknown) => error)
  expect((failure as Error).message).toContain('has already been registered')
  show("import('./metrics')", String(failure))
})

test('reload, today', async () => {
  vi.stubEnv('SHOP_CURRENCY', 'JPY')
  vi.resetModules()
  const again = await import('./config.ts')
  expect(again.currency).toBe('JPY')
  expect(currency).toBe('EUR')
  show('static import here', `${currency}, stale (a new import says ${again.currency})`)
  expect(renderProduct('mug')).toContain('9 EUR')
  show('in the page', `${renderProduct('mug').match(/<b>(.*)<\/b>/)?.[1]}, stale`)
})
