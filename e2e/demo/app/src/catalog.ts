/** A cache in a module: state that lives as long as the process. */
export interface Product {
  readonly id: string
  readonly name: string
  readonly price: number
}

const shelf: Record<string, Product> = {
  tea: { id: 'tea', name: 'Green tea', price: 4 },
  mug: { id: 'mug', name: 'Blue mug', price: 9 },
}

export const cache = new Map<string, Product>()

export function product(id: string): Product {
  const known = cache.get(id) ?? shelf[id]
  if (!known) throw new Error(`There is no product "${id}"`)
  cache.set(id, known)
  return known
}
