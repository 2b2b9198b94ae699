import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ROOT, type Stage } from '../../stages.ts';
import { applyDiff } from '../apply-diff.ts';
import type { FileDiff } from '../unified-diff.ts';
import { explainMisfit } from './moved-stage.ts';

export interface StageCopy {
  /** The folder of the copied stage. */
  readonly folder: string;
  /** Takes the copy away. */
  remove(): Promise<void>;
}

const NOT_COPIED = ['node_modules', 'data', '.env'];

/**
 * A copy of a stage with a change made in it. It lies inside the repository, under a folder that git ignores, so
 * that it finds the repository's packages and no test finds it.
 *
 * @throws Error that says what to do, when the change does not fit the stage
 */
export async function createStageCopy(stage: Stage, files: readonly FileDiff[]): Promise<StageCopy> {
  const root = join(ROOT, '.local', 'review-copies', randomUUID());
  const folder = join(root, stage.folder);
  const packages = join(folder, 'node_modules');
  const remove = async () => {
    // The link first, and by itself: what it leads to is not ours.
    await rm(packages, { force: true });
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await cp(stage.path, folder, {
      recursive: true,
      filter: (path) => !NOT_COPIED.includes(basename(path)),
    });
    const own = join(stage.path, 'node_modules');
    // On Windows a junction needs no special right; elsewhere the type means nothing.
    if (existsSync(own)) await symlink(own, packages, 'junction');
    await applyDiff(root, files).catch(async (error: Error) => {
      throw new Error(`${await explainMisfit(stage)}\n${error.message}`, { cause: error });
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, remove };
}
