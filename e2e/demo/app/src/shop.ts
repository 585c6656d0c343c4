export { cache } from './catalog.ts'
export { renderProduct } from './page.ts'
export { schema } from './schema.ts'
