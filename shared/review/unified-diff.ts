/** One line of a hunk, with its number in the file before the change, after it, or both. */
export type DiffLine = {
  readonly text: string /** The file ends with it, without a line feed. */;
  readonly unended?: true;
} & (
  | { readonly kind: 'same'; readonly oldNumber: number; readonly newNumber: number }
  | { readonly kind: 'removed'; readonly oldNumber: number }
  | { readonly kind: 'added'; readonly newNumber: number }
);

export interface Hunk {
  readonly oldStart: number;
  readonly newStart: number;
  /** What the diff says of the place: mostly the function that the hunk is in. */
  readonly section: string;
  readonly lines: readonly DiffLine[];
}

export interface FileDiff {
  /** From the repository's root, with `/` between its parts. Undefined for a file that the change makes. */
  readonly oldPath: string | undefined;
  /** Undefined for a file that the change takes away. */
  readonly newPath: string | undefined;
  readonly hunks: readonly Hunk[];
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/;
// An editor that trims its lines leaves nothing of an empty line that stays.
const KINDS: Readonly<Record<string, DiffLine['kind']>> = {
  '': 'same',
  ' ': 'same',
  '-': 'removed',
  '+': 'added',
};
const BETWEEN_FILES = /^(diff --git |index |new file mode |deleted file mode |$)/;

/**
 * Reads a unified diff as `git diff` writes it (GNU diffutils manual, "Detailed Description of Unified Format").
 * Renames, changed modes and binary files are not read: a patch for people to review has none.
 *
 * @throws Error that names the line of the diff which cannot be read
 */
export function parseUnifiedDiff(text: string): FileDiff[] {
  const lines = createLines(text);
  const files: FileDiff[] = [];
  while (!lines.atEnd()) {
    if (lines.peek().startsWith('--- ')) files.push(readFileDiff(lines));
    else if (BETWEEN_FILES.test(lines.peek())) lines.next();
    else throw lines.problem('is no part of a unified diff that this program reads');
  }
  return files;
}

type Lines = ReturnType<typeof createLines>;

function createLines(text: string) {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  let index = 0;
  return {
    atEnd: () => index >= lines.length,
    peek: () => lines[index] ?? '',
    next: () => lines[index++] ?? '',
    problem: (what: string) =>
      new Error(`line ${index + 1} of the diff ${what}: ${lines[index] ?? '(the end)'}`),
  };
}

function readFileDiff(lines: Lines): FileDiff {
  const oldPath = readPath(lines, '--- ', 'a/');
  const newPath = readPath(lines, '+++ ', 'b/');
  const hunks: Hunk[] = [];
  while (lines.peek().startsWith('@@ ')) hunks.push(readHunk(lines));
  if (hunks.length === 0) throw lines.problem('should begin a hunk');
  return { oldPath, newPath, hunks };
}

function readPath(lines: Lines, mark: string, prefix: string): string | undefined {
  const line = lines.peek();
  // Some programs put a time behind the path, after a tab.
  const [path = ''] = line.slice(mark.length).split('\t');
  const known = path === '/dev/null' || path.startsWith(prefix);
  if (!line.startsWith(mark) || !known) throw lines.problem(`should be "${mark}${prefix}PATH"`);
  lines.next();
  return path === '/dev/null' ? undefined : path.slice(prefix.length);
}

function readHunk(lines: Lines): Hunk {
  const match = HUNK.exec(lines.peek());
  if (!match) throw lines.problem('should begin a hunk');
  lines.next();
  const [, oldStart, oldCount = '1', newStart, newCount = '1', section = ''] = match;
  // The counts say where a hunk ends: a removed line of "-- x" looks like the head of the next file.
  const left = { old: Number(oldCount), new: Number(newCount) };
  const at = { old: Number(oldStart), new: Number(newStart) };
  const read: DiffLine[] = [];
  while (left.old > 0 || left.new > 0) read.push(readLine(lines, left, at));
  return { oldStart: Number(oldStart), newStart: Number(newStart), section, lines: read };
}

interface Sides {
  old: number;
  new: number;
}

function readLine(lines: Lines, left: Sides, at: Sides): DiffLine {
  const line = lines.peek();
  const kind = KINDS[line.charAt(0)];
  const tooMany = (kind !== 'added' && left.old === 0) || (kind !== 'removed' && left.new === 0);
  if (lines.atEnd() || !kind || tooMany) throw lines.problem('does not fit the counts of its hunk');
  lines.next();
  const unended = lines.peek().startsWith('\\ ');
  if (unended) lines.next();
  const content = { text: line.slice(1), ...(unended && { unended }) };

  if (kind !== 'added') left.old -= 1;
  if (kind !== 'removed') left.new -= 1;
  if (kind === 'removed') return { kind, ...content, oldNumber: at.old++ };
  if (kind === 'added') return { kind, ...content, newNumber: at.new++ };
  return { kind: 'same', ...content, oldNumber: at.old++, newNumber: at.new++ };
}
