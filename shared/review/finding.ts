import type { FileDiff } from './unified-diff.ts';

/** What a reviewer says of one place. */
export interface Finding {
  /** The whole path, however short it was typed. */
  readonly file: string;
  /** Line numbers in the file as the pull request leaves it. */
  readonly first: number;
  readonly last: number;
  readonly consequence: string;
  /** The line as it was typed. */
  readonly typed: string;
}

export type ParsedFinding = { readonly finding: Finding } | { readonly problem: string };

const WIDEST = 25;
const SHAPE = /^(?<path>.+?):\s?(?<first>\d+)(?:[-–](?<last>\d+))?(?:$|[\s:,;])(?<rest>.*)$/;
const EXAMPLE = 'patients.ts:12 a patient without a phone cannot be changed';

/** Reads `file:line consequence`. A problem says what is wrong with the line, and the remedy. */
export function parseFinding(typed: string, files: readonly FileDiff[]): ParsedFinding {
  const { path = '', first = '', last = first, rest = '' } = SHAPE.exec(typed.trim())?.groups ?? {};
  if (!path) return { problem: `is not "file:line consequence": write it as in "${EXAMPLE}"` };

  const named = findPath(path, files);
  if ('problem' in named) return named;

  const range = { first: Number(first), last: Number(last) };
  if (range.first < 1 || range.last < range.first)
    return { problem: `has no range of lines: write ${path}:12 or ${path}:12-15` };
  if (range.last - range.first >= WIDEST)
    return { problem: `points at ${range.last - range.first + 1} lines: point at ${WIDEST} at the most` };

  const consequence = rest.trim();
  if (!/\p{L}/u.test(consequence))
    return { problem: 'does not say what goes wrong: write the consequence behind the line number' };
  return { finding: { file: named.file, ...range, consequence, typed: typed.trim() } };
}

/** Every finding of a text, one a line; a blank line and one that begins with # are none. Line numbers count from 1. */
export function parseFindings(
  text: string,
  files: readonly FileDiff[],
): { findings: Finding[]; problems: { line: number; typed: string; problem: string }[] } {
  const parsed = text
    .split(/\r?\n/)
    .map((typed, index) => ({ line: index + 1, typed }))
    .filter(({ typed }) => typed.trim() !== '' && !typed.trim().startsWith('#'))
    .map((entry) => ({ ...entry, ...parseFinding(entry.typed, files) }));
  return {
    findings: parsed.flatMap((entry) => ('finding' in entry ? entry.finding : [])),
    problems: parsed.flatMap((entry) =>
      'problem' in entry ? { line: entry.line, typed: entry.typed, problem: entry.problem } : [],
    ),
  };
}

/** The file whose path ends so. */
function findPath(typed: string, files: readonly FileDiff[]): { file: string } | { problem: string } {
  const paths = files.flatMap(({ newPath }) => newPath ?? []);
  const wanted = typed.replaceAll('\\', '/').replace(/^\.\//, '');
  const [found, another] = paths.filter((path) => path === wanted || path.endsWith(`/${wanted}`));
  if (found && !another) return { file: found };
  const known = `the files of this change are\n  ${paths.join('\n  ')}`;
  if (found) return { problem: `names a file that could be ${found} or ${another}: write more of its path` };
  return { problem: `names a file that the change does not have, ${typed}: ${known}` };
}
