import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createFolder } from '@medcenter/shared/testing';
import { explainMisfit } from './moved-stage.ts';

const run = promisify(execFile);

test('a misfit is put down to changes of one’s own first, where git sees some', async (t) => {
  const root = await createFolder(t);
  const stage = { number: 1, folder: 'stage-01-one', path: join(root, 'stage-01-one') };
  const [file, elsewhere] = [join(stage.path, 'a.ts'), join(root, 'b.ts')];
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', ...args], { cwd: root });
  const moved = /^The stage has moved on: .*$/;
  await mkdir(stage.path);
  await writeFile(file, 'one\n');
  assert.match(await explainMisfit(stage), moved, 'no repository');

  await git('init', '--quiet');
  await git('add', '.');
  await git('commit', '--quiet', '--no-verify', '--no-gpg-sign', '--message', 'One');
  await writeFile(elsewhere, 'not of the stage\n');
  assert.match(await explainMisfit(stage), moved, 'as committed');

  await writeFile(file, 'two\n');
  assert.match(
    await explainMisfit(stage),
    /^You have changed the stage: commit or stash it on a branch of your own\.\nThe stage has moved on: .*$/,
  );
});
