import type { FileDiff } from './unified-diff.ts';

/** Lines that the pull request adds, named by what they say: the key then stays true when lines move. */
export interface Place {
  /** From the repository's root, with `/` between its parts. */
  readonly file: string;
  /** The beginning of the first line, without its indent. It must be the beginning of one added line alone. */
  readonly from: string;
  /** Likewise of the last line; left out for a single line. */
  readonly to?: string;
}

export interface Defect extends Place {
  /** In kebab-case, and for good: the proofs name defects by it. */
  readonly id: string;
  readonly title: string;
  /** What happens to whom. */
  readonly consequence: string;
  /** Why the lines do that. */
  readonly why: string;
  readonly mend: string;
  /** Beginnings of words, in lower case: a text with one of them shows that its writer saw the consequence. */
  readonly words: readonly string[];
}

/** A change that looks wrong and is right. */
export interface Trap extends Place {
  readonly id: string;
  readonly title: string;
  /** Why it is fine. */
  readonly reason: string;
}

export interface ReviewKey {
  readonly defects: readonly Defect[];
  readonly traps: readonly Trap[];
}

/** Line numbers in the file as the pull request leaves it. */
export interface Lines {
  readonly first: number;
  readonly last: number;
}

export type Placed<Entry extends Place> = Entry & { readonly lines: Lines };

export interface PlacedKey {
  readonly defects: readonly Placed<Defect>[];
  readonly traps: readonly Placed<Trap>[];
}

/** The key with the line numbers of its places. @throws Error for a place that the patch does not have */
export function placeKey({ defects, traps }: ReviewKey, files: readonly FileDiff[]): PlacedKey {
  const place = <Entry extends Place & { id: string }>(entry: Entry): Placed<Entry> => {
    const first = lineThatBegins(entry.from, entry, files);
    const last = entry.to === undefined ? first : lineThatBegins(entry.to, entry, files);
    if (last < first) throw new Error(`the key's "${entry.id}" ends before it begins`);
    return { ...entry, lines: { first, last } };
  };
  return { defects: defects.map(place), traps: traps.map(place) };
}

function lineThatBegins(
  beginning: string,
  { id, file }: Place & { id: string },
  files: readonly FileDiff[],
): number {
  const added = files
    .filter(({ newPath }) => newPath === file)
    .flatMap(({ hunks }) => hunks)
    .flatMap(({ lines }) => lines)
    .filter((line) => line.kind === 'added')
    .filter(({ text }) => text.trimStart().startsWith(beginning));
  const [line] = added;
  if (!line || added.length > 1) {
    throw new Error(`the key's "${id}" wants one added line of ${file} to begin with: ${beginning}
The patch has ${added.length}.`);
  }
  return line.newNumber;
}
