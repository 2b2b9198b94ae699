import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite as describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runSuite } from './harness.ts';
import { loadSuite } from './suites.ts';
import type { Wrong } from './wrong/stage-01/base.ts';

/** Files of a folder of wrong programs that are none themselves. */
const HELPERS = ['base.ts', 'documents.ts'];

/**
 * Proves the checks of a stage by the wrong programs in `wrong/stage-NN`: each is rejected by the check that is meant
 * for it, and does right what the controls ask, so that it is not rejected for being broken.
 */
export async function proveByWrongPrograms(stage: number, controls: readonly string[]): Promise<void> {
  const suite = await loadSuite(String(stage));
  if (!suite) throw new Error(`stage ${stage} has no checks`);
  const folder = join(import.meta.dirname, 'wrong', `stage-${String(stage).padStart(2, '0')}`);
  const wrongs = readdirSync(folder).filter((file) => !HELPERS.includes(file));

  /** The names of the checks that the program fails, of those asked for. */
  async function failuresOf(file: string, names = suite?.checks.map(({ name }) => name) ?? []) {
    if (!suite) return [];
    const checks = suite.checks.filter(({ name }) => names.includes(name));
    const results = await runSuite({ ...suite, checks }, { command: [process.execPath, join(folder, file)] });
    return results.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check.name);
  }

  describe(`wrong programs of stage ${stage}`, { concurrency: 2 }, () => {
    for (const file of wrongs) {
      test(`${file} is rejected by the check that is meant for it`, async () => {
        const { wrong }: { wrong: Wrong } = await import(pathToFileURL(join(folder, file)).href);
        assert.deepEqual(await failuresOf(file, [...controls, wrong.caughtBy]), [wrong.caughtBy]);
      });
    }
  });

  test(`their common base, with nothing replaced, passes every check of stage ${stage}`, async () => {
    assert.deepEqual(await failuresOf('base.ts'), []);
  });

  test('there are wrong programs to prove the checks by', () => assert.ok(wrongs.length >= 8));
}
