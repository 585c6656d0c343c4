/** The same file runs in every framework: `test` and `expect` are globals. */
import { importFresh, reloadInPlace } from 'fresh-modules'
import { graphql } from 'graphql'
import { config, currency } from './config.ts'
import * as metrics from './metrics.ts'
import { placeOrder } from './orders.ts'
import { cache, renderProduct, schema } from './shop.ts'
import { show } from './show.ts'

const source = '{ product(id: "mug") { name } }'

test('config, with fresh-modules', async () => {
  const environments = {
    development: {},
    staging: { SHOP_STAGE: 'staging', SHOP_CURRENCY: 'USD' },
    production: { SHOP_STAGE: 'production', DATABASE_URL: 'postgres://db.example.com/shop' },
  }
  const seen: Record<string, string> = {}
  for (const [stage, env] of Object.entries(environments)) {
    const fresh = await importFresh<typeof import('./config.ts')>('./config', { env })
    expect(fresh.config.stage).toBe(stage)
    seen[stage] = `${fresh.database} in ${fresh.currency}`
  }
  expect(seen).toEqual({
    development: 'postgres://localhost/shop in EUR',
    staging: 'postgres://staging.example.com/shop in USD',
    production: 'postgres://db.example.com/shop in EUR',
  })
  for (const [stage, value] of Object.entries(seen)) show(stage, value)

  const missing = await importFresh('./config', { env: { SHOP_STAGE: 'production' } }).catch(String)
  expect(missing).toBe('Error: DATABASE_URL is missing in production')
  show('without its URL', missing)

  const { config: shared } = await import('./config.ts')
  expect(shared).toBe(config)
  expect(shared.stage).toBe('development')
  show('a plain import', `${shared.stage}: the copy that everybody shares is as it was`)
})

test('optional dependency, with fresh-modules', async () => {
  const { statusPage } = await import('./status.ts')
  expect(await statusPage()).toMatch(/metrics as text\/plain/)
  show('as installed', await statusPage())

  const without = await importFresh<typeof import('./status.ts')>('./status', { blocked: ['prom-client'] })
  expect(await without.statusPage()).toBe('up, no metrics: prom-client is not installed')
  show("blocked: ['prom-client']", await without.statusPage())

  expect(await statusPage()).toMatch(/metrics as text\/plain/)
  show('everywhere else', await statusPage())
})

test('cache, with fresh-modules', async () => {
  renderProduct('tea')
  expect(cache.size).toBe(1)

  const fresh = await importFresh<typeof import('./shop.ts')>('./shop', { fresh: 'imports' })
  expect([fresh.cache.size, cache.size]).toEqual([0, 1])
  show('cache', `${fresh.cache.size} products in the fresh copy, ${cache.size} in the shared one`)

  const html = fresh.renderProduct('mug')
  expect(html).toContain('Blue mug')
  expect(fresh.schema).not.toBe(schema)
  show('React hooks', html)

  const result = await graphql({ schema: fresh.schema, source })
  expect(result).toEqual({ data: { product: { name: 'Blue mug' } } })
  show('graphql schema', JSON.stringify(result))
  expect([...fresh.cache.keys(), ...cache.keys()]).toEqual(['mug', 'tea'])
})

test('metrics, with fresh-modules', async () => {
  placeOrder()
  const refused = await importFresh('./metrics').catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'ERR_REIMPORT_REFUSED' })
  expect((refused as Error).message).toContain('registers its counter in prom-client')
  show("importFresh('./metrics')", `${(refused as { code: string }).code}\n${(refused as Error).message}`)

  const fresh = await importFresh<typeof import('./orders.ts')>('./orders')
  expect(fresh.placeOrder).not.toBe(placeOrder)
  fresh.placeOrder()
  const { values } = await metrics.orders.get()
  expect(values[0]?.value).toBe(2)
  show("importFresh('./orders')", `a fresh module over the one counter, which stands at ${values[0]?.value}`)
})

test('reload, with fresh-modules', async () => {
  expect(renderProduct('mug')).toContain('9 EUR')
  process.env['SHOP_CURRENCY'] = 'JPY'
  try {
    await reloadInPlace('./config')
    expect(currency).toBe('JPY')
    show('static import here', currency)
    expect(renderProduct('mug')).toContain('9 JPY')
    show('in the page', renderProduct('mug').match(/<b>(.*)<\/b>/)?.[1] ?? '')
  } finally {
    delete process.env['SHOP_CURRENCY']
    await reloadInPlace('./config')
  }
})
