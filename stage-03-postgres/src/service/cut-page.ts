/**
 * A page out of one record more than wanted, which tells whether there is a next page. `last` is the last of this page
 * if there is: the place to go on from.
 */
export function cutPage<Item>(
  found: readonly Item[],
  limit: number,
): { items: readonly Item[]; last: Item | undefined } {
  const items = found.slice(0, limit);
  return { items, last: found.length > limit ? items.at(-1) : undefined };
}
