import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, type Stage } from '../stages.ts';
import { type PlacedKey, placeKey, type ReviewKey } from './review-key.ts';
import { type FileDiff, parseUnifiedDiff } from './unified-diff.ts';

/** A pull request against one stage, with what is wrong in it. */
export interface Review {
  readonly stage: Stage;
  /** The words of the one who asks for the change. */
  readonly request: string;
  readonly files: readonly FileDiff[];
  readonly key: PlacedKey;
}

/** The change as a unified diff against the repository's root, there or not. */
export function patchFile(stage: Stage): string {
  return join(reviewFolder(stage), 'change.patch');
}

function reviewFolder({ number }: Stage): string {
  return join(ROOT, 'shared', 'review', `stage-${String(number).padStart(2, '0')}`);
}

/** Undefined when the stage has no review. */
export async function loadReview(stage: Stage): Promise<Review | undefined> {
  const folder = reviewFolder(stage);
  if (!existsSync(folder)) return undefined;
  const [request, patch] = await Promise.all([
    readFile(join(folder, 'pull-request.md'), 'utf8'),
    readFile(patchFile(stage), 'utf8'),
  ]);
  const { key }: { key: ReviewKey } = await import(pathToFileURL(join(folder, 'key.ts')).href);
  const files = parseUnifiedDiff(patch);
  return { stage, request, files, key: placeKey(key, files) };
}
