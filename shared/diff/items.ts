import type { Project } from '../architecture/project.ts';
import type { Stage } from '../stages.ts';

/** One thing that a stage has. */
export interface Item {
  /** What it is shown under: a layer, a folder, a service. */
  group: string;
  /** With its group, what it is known by. */
  name: string;
  /** What it holds. Another value under the same name is a change. */
  value?: string;
  /** Words beside it, which are not compared. */
  detail?: string;
  isType?: boolean;
}

export type Mark = 'added' | 'changed' | 'removed' | 'same';
export interface Entry extends Item {
  mark: Mark;
  /** What it was, if it changed. */
  before?: string;
}

/** One kind of thing that a stage can add. The table of kinds is kinds.ts. */
export interface Kind {
  key: string;
  title: string;
  /** How it is printed: files and names by group, a table of columns, lines of code. */
  layout: 'files' | 'names' | 'table' | 'lines';
  /** Said beside the title where there is something to show. */
  note?: string;
  /**
   * What `collect` finds: all that is in force at a stage, or only what the stage has by itself. In the second case
   * what is in force is the sum of the stages so far, and nothing goes away.
   */
  finds: 'all' | 'own';
  collect(project: Project, stage: Stage, warn: (text: string) => void): Item[] | Promise<Item[]>;
  /** Instead of the comparison by group and name. */
  compare?(before: Item[], after: Item[]): Entry[];
}

export interface Section extends Pick<Kind, 'key' | 'title' | 'layout' | 'note'> {
  entries: Entry[];
  /** Groups of which the stage before has nothing. */
  newGroups: string[];
}

/** What is new in `after`, by group and name; what is missing from it only where both hold everything. */
export function compareItems(before: Item[], after: Item[], finds: Kind['finds']): Entry[] {
  const known = new Map(before.map((item) => [keyOf(item), item]));
  const entries = after.flatMap((item): Entry[] => {
    const old = known.get(keyOf(item));
    if (old === undefined) return [{ ...item, mark: 'added' }];
    if (old.value === item.value) return [];
    return [{ ...item, mark: 'changed', ...(old.value === undefined ? {} : { before: old.value }) }];
  });
  if (finds === 'own') return entries;
  const kept = new Set(after.map(keyOf));
  return [
    ...entries,
    ...before.filter((item) => !kept.has(keyOf(item))).map((item) => ({ ...item, mark: 'removed' as const })),
  ];
}

function keyOf({ group, name }: Item): string {
  return `${group}\n${name}`;
}
