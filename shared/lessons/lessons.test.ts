import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { listStages, ROOT } from '../stages.ts';
import { readLesson } from './lesson.ts';
import { playLesson, programsOf } from './play.ts';
import { describeProblems } from './problem.ts';
import { missingPrograms } from './programs.ts';
import { referenceProblems } from './references.ts';
import { snippetProblems } from './snippets.ts';

const front = join(ROOT, 'README.md');
const pages = [front, ...listStages().map(({ path }) => join(path, 'README.md'))];

for (const page of pages) {
  describe(page.slice(ROOT.length + 1), () => {
    test('is there', () => assert.ok(existsSync(page)));
    if (!existsSync(page)) return;
    const lesson = readLesson(page);

    test('leads to what is there', () => {
      assert.equal(describeProblems(lesson.name, referenceProblems(lesson)), '');
    });

    test('shows code as it is', () => {
      assert.equal(describeProblems(lesson.name, snippetProblems(lesson)), '');
    });

    test('does what it says, command by command', async (t) => {
      const missing = missingPrograms(programsOf(lesson));
      // On CI a lesson is never left out: there a program that is missing is an error.
      if (missing.length > 0 && !process.env.CI)
        return t.skip(`NOT PLAYED: this machine has no ${missing.join(', ')}`);
      assert.deepEqual(missing, [], 'programs that this machine does not have');
      const { problems, ran, notRun } = await playLesson(lesson, { needsCommands: page !== front });
      for (const command of notRun) t.diagnostic(`not run: ${command}`);
      t.diagnostic(`run: ${ran} commands`);
      assert.equal(describeProblems(lesson.name, problems), '');
    });
  });
}
