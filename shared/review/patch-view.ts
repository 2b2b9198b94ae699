import type { Paint } from './paint.ts';
import type { Review } from './review.ts';
import type { DiffLine, FileDiff, Hunk } from './unified-diff.ts';

const NUMBER_WIDTH = 5;

/** Title and description, and behind them the change. */
export function showPullRequest({ request, files }: Pick<Review, 'request' | 'files'>, paint: Paint): string {
  return `${request.trim()}\n\n${showPatch(files, paint).trimEnd()}`;
}

/** The change as a reviewer reads it: each line that stays or comes with its number in the changed file. */
function showPatch(files: readonly FileDiff[], paint: Paint): string {
  return files.map((file) => showFile(file, paint)).join('\n');
}

function showFile({ oldPath, newPath, hunks }: FileDiff, paint: Paint): string {
  const note = oldPath === undefined ? ' (new)' : newPath === undefined ? ' (taken away)' : '';
  const head = paint('bold', `${newPath ?? oldPath}${note}`);
  return [head, ...hunks.map((hunk) => showHunk(hunk, paint)), ''].join('\n');
}

function showHunk({ section, lines }: Hunk, paint: Paint): string {
  const head = paint('cyan', `${' '.repeat(NUMBER_WIDTH)} @@ ${section}`.trimEnd());
  return [head, ...lines.map((line) => showLine(line, paint))].join('\n');
}

function showLine(line: DiffLine, paint: Paint): string {
  // A removed line has no number here: it is not in the changed file any more.
  const number = paint('dim', (line.kind === 'removed' ? '' : `${line.newNumber}`).padStart(NUMBER_WIDTH));
  if (line.kind === 'added') return `${number} ${paint('green', `+ ${line.text}`)}`;
  if (line.kind === 'removed') return `${number} ${paint('red', `- ${line.text}`)}`;
  return `${number}   ${line.text}`.trimEnd();
}
