import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Stage } from '../../stages.ts';

const run = promisify(execFile);

const CHANGED = 'You have changed the stage: commit or stash it on a branch of your own.';
const MOVED = 'The stage has moved on: shared/review/README.md says how its pull request follows.';

/** For whoever changed a stage and now sees its review fail. */
export async function explainMisfit(stage: Stage): Promise<string> {
  return `${await explainOwnChanges(stage)}${MOVED}`;
}

/** Empty where the stage's files are those of the last commit. */
export async function explainOwnChanges(stage: Stage): Promise<string> {
  return (await hasOwnChanges(stage)) ? `${CHANGED}\n` : '';
}

/** Whether the stage's files differ from the last commit; false where git cannot tell. */
async function hasOwnChanges({ path, folder }: Stage): Promise<boolean> {
  const cwd = dirname(path);
  const asked = run('git', ['status', '--porcelain', '--', folder], { cwd });
  return asked.then(
    ({ stdout }) => stdout !== '',
    () => false,
  );
}
