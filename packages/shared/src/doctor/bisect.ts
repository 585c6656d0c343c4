/**
 * The last place from which a list still has the effect: what stands there is needed for it, given all that stands after it.
 *
 * @param length of a list that has the effect as a whole, and has not when it is empty
 * @param hasEffect whether what is left has it, from this place on
 */
export async function lastNeeded(
  length: number,
  hasEffect: (from: number) => Promise<boolean>,
): Promise<number> {
  let from = 0
  let without = length
  while (without - from > 1) {
    const middle = Math.floor((from + without) / 2)
    if (await hasEffect(middle)) from = middle
    else without = middle
  }
  return from
}
