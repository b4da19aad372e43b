/** Longest pattern that is folded: handed over, failed, committed, stored. */
const LONGEST_PATTERN = 4;
/** A pattern that comes so often, one right after the other, is shown twice: as it began, and as it ended. */
const LEAST_REPEATS = 4;

export interface Folded<Item> {
  readonly item: Item;
  /** How often the pattern came that ends with this item; 1 where nothing is left out. */
  readonly times: number;
}

/** Leaves out what repeats itself, such as the deliveries of a record that fails again and again, between the first time and the last. */
export function foldRepeats<Item>(items: readonly Item[], isSame: (left: Item, right: Item) => boolean): readonly Folded<Item>[] {
  const folded: Folded<Item>[] = [];
  for (let at = 0; at < items.length;) {
    const { length, times } = patternAt(items, at, isSame);
    const shown = times < LEAST_REPEATS ? [at] : [at, at + length * (times - 1)];
    const span = times < LEAST_REPEATS ? 1 : length;
    shown.forEach((start, index) => {
      items.slice(start, start + span).forEach((item, offset) => {
        folded.push({ item, times: index === 1 && offset === span - 1 ? times : 1 });
      });
    });
    at += times < LEAST_REPEATS ? 1 : length * times;
  }
  return folded;
}

/** The shortest pattern that begins here and comes often enough. */
function patternAt<Item>(
  items: readonly Item[],
  from: number,
  isSame: (left: Item, right: Item) => boolean,
): { readonly length: number; readonly times: number } {
  for (let length = 1; length <= LONGEST_PATTERN; length += 1) {
    let until = from + length;
    while (until < items.length && isSame(items[until] as Item, items[until - length] as Item)) until += 1;
    const times = Math.floor((until - from) / length);
    if (times >= LEAST_REPEATS) return { length, times };
  }
  return { length: 1, times: 1 };
}
