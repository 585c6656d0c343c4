/** What `jest.resetModules()` and `jest.isolateModules()` do in the same spots, without fresh-modules. */
import { graphql } from 'graphql'
import { currency } from './config.ts'
import * as metrics from './metrics.ts'
import { placeOrder } from './orders.ts'
import { renderProduct } from './shop.ts'
import { show } from './show.ts'
import { statusPage } from './status.ts'

type Shop = typeof import('./shop.ts')

afterEach(() => {
  delete process.env['SHOP_STAGE']
  delete process.env['SHOP_CURRENCY']
  jest.dontMock('prom-client')
})

test('config, today', async () => {
  process.env['SHOP_STAGE'] = 'staging'
  jest.resetModules()
  expect((await import('./config.ts')).config.stage).toBe('staging')
  delete process.env['SHOP_STAGE']

  const { config } = await import('./config.ts')
  expect(config.stage).toBe('staging')
  show(
    'a plain import',
    `${config.stage}, though process.env is put back: the new copy has replaced the shared one`,
  )
})

test('optional dependency, today', async () => {
  jest.doMock('prom-client', () => {
    throw Object.assign(new Error("Cannot find module 'prom-client'"), { code: 'MODULE_NOT_FOUND' })
  })
  jest.resetModules()
  const without = await import('./status.ts')
  expect(await without.statusPage()).toBe('up, no metrics: prom-client is not installed')
  expect(await statusPage()).toBe(await without.statusPage())
  show('everywhere else', `${await statusPage()}, too: the mock is for everybody`)
})

test('cache, today', async () => {
  const source = '{ product(id: "mug") { name } }'
  jest.resetModules()
  const { schema } = await import('./shop.ts')
  const failure = await graphql({ schema, source }).catch((error: Error) => error)
  const [message = ''] = (failure as Error).message.split('\n')
  expect(message).toContain('from another module or realm')
  // It prints the whole schema, which is of no interest here.
  show('graphql schema', `Error: ${message.replace(/\{.*\}/, '{ … }')}`)

  let isolated: Shop | undefined
  jest.isolateModules(() => {
    isolated = require('./shop.ts')
  })
  const again = await graphql({ schema: (isolated as Shop).schema, source }).catch((error: Error) => error)
  expect((again as Error).message).toContain('from another module or realm')
  show('isolateModules', 'the same error: it evaluates graphql again as well')
})

test('metrics, today', async () => {
  placeOrder()
  jest.resetModules()
  const again = await import('./metrics.ts')
  const counted = async ({ orders }: typeof metrics) => (await orders.get()).values[0]?.value
  expect(await counted(metrics)).toBe(1)
  expect(await counted(again)).toBe(0)
  show(
    "import('./metrics')",
    `a second counter in a second prom-client: it says 0 where one order was placed`,
  )
})

test('reload, today', async () => {
  process.env['SHOP_CURRENCY'] = 'JPY'
  jest.resetModules()
  const again = await import('./config.ts')
  expect(again.currency).toBe('JPY')
  expect(currency).toBe('EUR')
  show('static import here', `${currency}, stale (a new import says ${again.currency})`)
  expect(renderProduct('mug')).toContain('9 EUR')
  show('in the page', `${renderProduct('mug').match(/<b>(.*)<\/b>/)?.[1]}, stale`)
})
