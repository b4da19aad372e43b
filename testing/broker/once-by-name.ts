/** Admin requests answer each name once; one that was asked for twice is refused. */
export function onceByName<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
): readonly { readonly item: Item; readonly twice: boolean }[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  return [...new Map(items.map((item) => [nameOf(item), item])).values()].map((item) => ({
    item,
    twice: (counts.get(nameOf(item)) ?? 0) > 1,
  }));
}
