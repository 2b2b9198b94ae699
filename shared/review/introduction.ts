import { relative } from 'node:path';
import { ROOT } from '../stages.ts';
import type { Paint } from './paint.ts';
import { showPullRequest } from './patch-view.ts';
import { patchFile, type Review } from './review.ts';

/** The task, the pull request and its change, and how to answer. */
export function introduce(review: Review, paint: Paint): string {
  const { stage } = review;
  return [
    paint('bold', `Review this pull request against ${stage.folder}.`),
    `A colleague asks you to let it in. Something is wrong with it, in several places, and not in every place
that looks so. Say what would go wrong, and for whom.`,
    showPullRequest(review, paint),
    paint('bold', 'Your findings, one a line: file:line consequence'),
    `The end of the path will do for the file, and a range such as 12-15 for the line. An empty line ends the
review. In another window, "npm run review -- ${stage.number} --show" shows the pull request again, and
"git apply ${fromRoot(patchFile(stage))}" puts it into your files, to try it out.`,
  ].join('\n\n');
}

function fromRoot(path: string): string {
  return relative(ROOT, path).replaceAll('\\', '/');
}
