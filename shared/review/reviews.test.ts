import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createFolder } from '@medcenter/shared/testing';
import { listStages, ROOT } from '../stages.ts';
import { gradeFindings } from './grade.ts';
import { loadReview, patchFile, type Review } from './review.ts';
import { explainMisfit } from './testing/moved-stage.ts';
import { createFinding } from './testing/samples.ts';
import { createStageCopy } from './testing/stage-copy.ts';

const run = promisify(execFile);
const stages = listStages().filter((stage) => existsSync(patchFile(stage)));

test('there are reviews', () => assert.ok(stages.length > 0));

for (const stage of stages) {
  const load = async (): Promise<Review> => {
    const review = await loadReview(stage);
    assert.ok(review);
    return review;
  };

  describe(`the review of ${stage.folder}`, () => {
    test('is a change of the stage as it is, and the changed stage still type-checks', async (t) => {
      const { files } = await load();
      const copy = await createStageCopy(stage, files);
      t.after(copy.remove);
      // A stage stands on those before it, and needs what they declare of packages without types.
      const include = ['src', 'test', join(ROOT, 'stage-*', 'src', '**', '*.d.ts')];
      const config = { extends: join(ROOT, 'tsconfig.json'), include };
      await writeFile(join(copy.folder, 'tsconfig.json'), JSON.stringify(config));
      const compiling = run(process.execPath, [compiler(), '--project', copy.folder]);
      await compiling.catch(async ({ message, stdout }: Error & { stdout: string }) => {
        throw new Error(`${await explainMisfit(stage)}\n${stdout || message}`);
      });
    });

    test('is changed by git in the same way', async (t) => {
      const { files } = await load();
      const copy = await createStageCopy(stage, files);
      t.after(copy.remove);
      const folder = await createFolder(t);
      await cp(stage.path, join(folder, stage.folder), {
        recursive: true,
        filter: (path) => !path.includes('node_modules'),
      });
      await run('git', ['apply', patchFile(stage)], { cwd: folder });
      for (const path of files.flatMap(({ newPath = '' }) => newPath)) {
        assert.ok(path.startsWith(`${stage.folder}/`), `${path} is a file of the stage`);
        const [ours, theirs] = [join(dirname(copy.folder), path), join(folder, path)];
        assert.equal(await readFile(ours, 'utf8'), await readFile(theirs, 'utf8'), path);
      }
    });

    test('has 5 to 8 defects and 2 or 3 traps, each with an id and lines of its own', async () => {
      const { defects, traps } = (await load()).key;
      assert.ok(defects.length >= 5 && defects.length <= 8, `${defects.length} defects`);
      assert.ok(traps.length === 2 || traps.length === 3, `${traps.length} traps`);
      const entries = [...defects, ...traps];
      assert.equal(new Set(entries.map(({ id }) => id)).size, entries.length);
      for (const one of entries) {
        for (const other of entries.filter((entry) => entry !== one && entry.file === one.file)) {
          const apart = one.lines.last < other.lines.first || other.lines.last < one.lines.first;
          assert.ok(apart, `${one.id} and ${other.id} share a line`);
        }
      }
    });

    test('finds every defect when its own key is handed in, and takes its traps for false alarms', async () => {
      const { key } = await load();
      const say = ({ file, lines: { first, last } }: (typeof key)['traps'][number], consequence: string) =>
        createFinding(first, { file, last, consequence });
      const grade = gradeFindings(key, [
        ...key.defects.map((defect) => say({ ...defect, reason: '' }, defect.consequence)),
        ...key.traps.map((trap) => say(trap, trap.title)),
      ]);
      assert.deepEqual(grade.missed, []);
      assert.deepEqual(
        grade.found.filter(({ consequenceSeen }) => !consequenceSeen).map(({ defect }) => defect.id),
        [],
      );
      assert.deepEqual(
        grade.falseAlarms.map(({ trap }) => trap),
        key.traps,
      );
    });
  });
}

function compiler(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
}
