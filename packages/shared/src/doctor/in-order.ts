/** The files of a run, in the order that was asked for, and no others. */
export function inOrder<Item>(
  items: readonly Item[],
  order: readonly string[] | undefined,
  pathOf: (item: Item) => string,
): Item[] {
  if (!order) return [...items]
  const placeOf = new Map(order.map((path, place) => [path, place]))
  const place = (item: Item): number => placeOf.get(pathOf(item)) ?? -1
  return items.filter((item) => place(item) >= 0).sort((a, b) => place(a) - place(b))
}
