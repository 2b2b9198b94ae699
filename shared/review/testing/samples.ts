import type { Finding } from '../finding.ts';
import type { Defect, Placed, Trap } from '../review-key.ts';
import type { FileDiff } from '../unified-diff.ts';

/** A file of a patch that adds these lines to an empty one. */
export function createFile(path: string, added: readonly string[] = ['one']): FileDiff {
  const lines = added.map((text, index) => ({ kind: 'added' as const, text, newNumber: index + 1 }));
  return { oldPath: path, newPath: path, hunks: [{ oldStart: 0, newStart: 1, section: '', lines }] };
}

export function createDefect(
  id: string,
  first: number,
  overrides: Partial<Placed<Defect>> = {},
): Placed<Defect> {
  return {
    id,
    file: 'a.ts',
    from: '',
    lines: { first, last: first },
    title: `${id} is wrong`,
    consequence: 'a phone is lost',
    why: 'because',
    mend: 'mend it',
    words: ['lost'],
    ...overrides,
  };
}

export function createTrap(id: string, first: number, last = first): Placed<Trap> {
  return {
    id,
    file: 'a.ts',
    from: '',
    lines: { first, last },
    title: `${id} looks wrong`,
    reason: 'it is fine',
  };
}

export function createFinding(first: number, overrides: Partial<Finding> = {}): Finding {
  const consequence = overrides.consequence ?? 'the phone is lost';
  const typed = `a.ts:${first} ${consequence}`;
  return { file: 'a.ts', first, last: overrides.last ?? first, consequence, typed, ...overrides };
}
