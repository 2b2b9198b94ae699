import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createFolder, runProgram } from '@medcenter/shared/testing';
import { findStage, ROOT } from '../stages.ts';
import { loadReview, type Review } from './review.ts';

async function loadFirst(): Promise<Review> {
  const review = await loadReview(findStage('1'));
  assert.ok(review);
  return review;
}

/** `npm run review -- ARGS`, as somebody types it in a folder of their own. */
async function createReviewer(t: TestContext) {
  const folder = await createFolder(t);
  return {
    folder,
    run: (args: readonly string[], input = '') =>
      runProgram(t, join(ROOT, 'shared', 'run.mjs'), ['review', ...args], {
        cwd: ROOT,
        env: { INIT_CWD: folder },
        input,
      }),
  };
}

describe('npm run review', () => {
  test('--show prints title, description and the change with its line numbers, and no colours into a pipe', async (t) => {
    const { stdout, stderr, exitCode } = await (await createReviewer(t)).run(['1', '--show']);
    assert.deepEqual([stderr, exitCode], ['', 0]);
    assert.ok(!stdout.includes('\u001b'));
    const { request, files } = await loadFirst();
    assert.ok(stdout.startsWith(`${request.trim()}\n\n${files[0]?.newPath}`));
    for (const { newPath, hunks } of files) {
      assert.ok(stdout.includes(`${newPath}\n`));
      for (const line of hunks.flatMap(({ lines }) => lines)) {
        if (line.kind === 'added') assert.ok(stdout.includes(`${line.newNumber} + ${line.text}`), line.text);
        if (line.kind === 'removed') assert.ok(stdout.includes(`      - ${line.text}`), line.text);
      }
    }
  });

  test('--findings grades a file, named from where the person is', async (t) => {
    const { key } = await loadFirst();
    const [lock, another] = key.defects;
    const [trap] = key.traps;
    assert.ok(lock && another && trap);
    const reviewer = await createReviewer(t);
    const findings = [
      `# what I found`,
      `json-storage.ts:${lock.lines.first} two adds at once lose one`,
      `json-storage.ts:${lock.lines.last} I do not like this`,
      `${trap.file}:${trap.lines.first} never cleared`,
      'create-cli.ts:43 the option is not needed',
    ];
    await writeFile(join(reviewer.folder, 'findings.txt'), findings.join('\n'));
    const { stdout, stderr, exitCode } = await reviewer.run(['1', '--findings', 'findings.txt']);
    assert.deepEqual([stderr, exitCode], ['', 0]);
    assert.match(
      stdout,
      /^Found\n\n✓ json-storage\.ts:\d+-\d+ .*\n {2}you {3}two adds at once lose one\n {2}you /,
    );
    assert.match(stdout, /\nMissed\n\n✗ /);
    assert.match(stdout, /\nFalse alarms\n\n\? .*\n {2}you {3}never cleared\n {2}key /);
    assert.match(stdout, /\? create-cli\.ts:43\n .*\n {2}key {3}The key knows of nothing that goes wrong/);
    assert.match(stdout, new RegExp(`\n1 of ${key.defects.length} found, 2 false alarms\\. .*\n$`));
  });

  test('says of a right place without the consequence that the two are to be compared', async (t) => {
    const { key } = await loadFirst();
    const [lock] = key.defects;
    const finding = `json-storage.ts:${lock?.lines.first} I do not like this`;
    const { stdout } = await (await createReviewer(t)).run(['1', '--findings', '-'], finding);
    assert.match(stdout, /Right place; compare your consequence with the key's\./);
  });

  test('--json is one document for machines', async (t) => {
    const { key } = await loadFirst();
    const [lock, ...others] = key.defects;
    assert.ok(lock);
    const typed = `json-storage.ts:${lock.lines.first} one is lost`;
    const reviewer = await createReviewer(t);
    const { stdout } = await reviewer.run(
      ['1', '--findings', '-', '--json'],
      `${typed}\ncreate-cli.ts:43 bad\n`,
    );
    const { found, missed, falseAlarms, ...summary } = JSON.parse(stdout);
    const grade = `1 of ${key.defects.length} found, 1 false alarm`;
    assert.deepEqual(summary, { stage: 1, grade, defects: key.defects.length });
    const { id, file, lines, title, consequence, why, mend } = lock;
    const described = { id, file, lines, title, consequence, why, mend };
    assert.deepEqual(found, [{ ...described, consequenceSeen: true, findings: [typed] }]);
    assert.deepEqual(
      missed.map((defect: { id: string }) => defect.id),
      others.map((defect) => defect.id),
    );
    assert.deepEqual(
      falseAlarms.map(({ trap }: { trap: unknown }) => trap),
      [null],
    );
  });

  test('grades nothing while a line cannot be read, says which and why, and loses nothing', async (t) => {
    const typed = 'json-storage.ts:25 one is lost\nsome file: bad\nnobody.ts:3 x\n';
    const { stdout, stderr, exitCode } = await (await createReviewer(t)).run(['1', '--findings', '-'], typed);
    assert.deepEqual([stdout, exitCode], ['', 2]);
    assert.match(
      stderr,
      /^Line 2 is not "file:line consequence": .*\n {2}some file: bad\nLine 3 names a file /,
    );
    const [, kept = ''] = /Nothing is graded yet\. What was piped in is kept in (.*)\.\n$/.exec(stderr) ?? [];
    assert.equal(await readFile(kept, 'utf8'), typed);
    await rm(kept);
  });

  test('--key shows the key, after a word of warning', async (t) => {
    const { stdout, exitCode } = await (await createReviewer(t)).run(['1', '--key']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^This is the key\. It teaches most after a review of your own/);
    const { key } = await loadFirst();
    for (const { title } of [...key.defects, ...key.traps]) assert.ok(stdout.includes(title), title);
  });

  const wrong = [
    { args: [], says: /Name a stage: 1/ },
    { args: ['99'], says: /no stage "99"/ },
    { args: ['1', '2'], says: /One stage at a time/ },
    { args: ['1', '--frob'], says: /--frob.*npm run review -- N/s },
    { args: ['1', '--show', '--key'], says: /give one/ },
    { args: ['1', '--json'], says: /--json goes with --findings/ },
    { args: ['1', '--findings', 'none.txt'], says: /cannot be read: .*none\.txt/ },
    { args: ['1', '--findings', '-'], says: /holds no finding: write one a line/ },
    { args: ['1'], says: /typed on a terminal, or come in a file/ },
  ];
  for (const { args, says } of wrong) {
    test(`does not understand "${args.join(' ')}", with exit code 2 and the remedy`, async (t) => {
      const { stdout, stderr, exitCode } = await (await createReviewer(t)).run(args);
      assert.deepEqual([stdout, exitCode], ['', 2]);
      assert.match(stderr, says);
    });
  }
});
