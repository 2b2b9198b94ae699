import type { Entry, Item } from './items.ts';

/**
 * Two files line by line: what both have in the same order (a longest common subsequence, the longest that
 * deletion and insertion alone allow), what only the first has, what only the second has.
 */
export function compareLines(before: Item[], after: Item[]): Entry[] {
  const common = commonLengths(before, after);
  const entries: Entry[] = [];
  let [left, right] = [0, 0];
  for (;;) {
    const [old, now] = [before[left], after[right]];
    if (old === undefined && now === undefined) return entries;
    if (old !== undefined && now !== undefined && old.name === now.name) {
      entries.push({ ...now, mark: 'same' });
      left += 1;
      right += 1;
    } else if (
      now === undefined ||
      (old !== undefined && at(common, left + 1, right) >= at(common, left, right + 1))
    ) {
      if (old) entries.push({ ...old, mark: 'removed' });
      left += 1;
    } else {
      entries.push({ ...now, mark: 'added' });
      right += 1;
    }
  }
}

/** How long the longest common rest is, from each pair of places on. */
function commonLengths(before: Item[], after: Item[]): number[][] {
  const lengths: number[][] = Array.from({ length: before.length + 1 }, () =>
    Array(after.length + 1).fill(0),
  );
  for (let left = before.length - 1; left >= 0; left -= 1) {
    for (let right = after.length - 1; right >= 0; right -= 1) {
      const row = lengths[left] ?? [];
      row[right] =
        before[left]?.name === after[right]?.name
          ? 1 + at(lengths, left + 1, right + 1)
          : Math.max(at(lengths, left + 1, right), at(lengths, left, right + 1));
    }
  }
  return lengths;
}

function at(lengths: number[][], left: number, right: number): number {
  return lengths[left]?.[right] ?? 0;
}

/** Only the changes and `context` lines around each; a line called `⋯` stands for what is left out. */
export function withContext(entries: Entry[], context: number): Entry[] {
  const near = entries.map((_, index) =>
    entries.slice(Math.max(0, index - context), index + context + 1).some(({ mark }) => mark !== 'same'),
  );
  return entries.flatMap((entry, index): Entry[] => {
    if (near[index]) return [entry];
    return index === 0 || near[index - 1] ? [{ ...entry, name: '⋯', mark: 'same' }] : [];
  });
}
