/** A list that is short enough to be given at once, in the shape of every list. */
export function wholeList<Item>(items: readonly Item[]): {
  readonly items: readonly Item[];
  readonly nextCursor: null;
} {
  return { items, nextCursor: null };
}
