import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite as describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runSuite } from './harness.ts';
import { suite } from './stage-01.ts';
import type { Wrong } from './wrong/stage-01/base.ts';

const FOLDER = join(import.meta.dirname, 'wrong', 'stage-01');
/** Every wrong program does these right: it is rejected for its one defect, and not for being broken. */
const CONTROLS = ['add-keeps-everybody-else', 'list-shows-everybody', 'delete-removes-one'];

/** The names of the checks that the program fails, of those asked for. */
async function failuresOf(file: string, names: readonly string[] = suite.checks.map(({ name }) => name)) {
  const checks = suite.checks.filter(({ name }) => names.includes(name));
  const results = await runSuite({ ...suite, checks }, { command: [process.execPath, join(FOLDER, file)] });
  return results.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check.name);
}

const wrongs = readdirSync(FOLDER).filter((file) => file !== 'base.ts');

describe('wrong programs of stage 1', { concurrency: 2 }, () => {
  for (const file of wrongs) {
    test(`${file} is rejected by the check that is meant for it`, async () => {
      const { wrong }: { wrong: Wrong } = await import(pathToFileURL(join(FOLDER, file)).href);
      assert.deepEqual(await failuresOf(file, [...CONTROLS, wrong.caughtBy]), [wrong.caughtBy]);
    });
  }
});

test('their common base, with nothing replaced, passes every check of stage 1', async () => {
  assert.deepEqual(await failuresOf('base.ts'), []);
});

test('there are wrong programs to prove the checks by', () => assert.ok(wrongs.length >= 8));
