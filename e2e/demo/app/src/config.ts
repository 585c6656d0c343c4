/** Read once, when the module is evaluated: that is what makes it hard to test. */
const stage = process.env['SHOP_STAGE'] ?? 'development'

const databases: Record<string, string> = {
  development: 'postgres://localhost/shop',
  staging: 'postgres://staging.example.com/shop',
}

export const database = process.env['DATABASE_URL'] ?? databases[stage]
if (!database) throw new Error(`DATABASE_URL is missing in ${stage}`)

export const currency = process.env['SHOP_CURRENCY'] ?? 'EUR'

export const config = { stage, database, currency }
