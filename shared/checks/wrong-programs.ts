import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite as describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { needsKafka } from '../testing/kafka.ts';
import { startChild } from './children.ts';
import { runSuite } from './harness.ts';
import { loadSuite } from './suites.ts';
import type { Wrong } from './wrong/stage-01/base.ts';

/** Files of a folder of wrong programs that are none themselves. */
const HELPERS = ['base.ts', 'documents.ts', 'look.ts', 'tables.ts', 'telling.ts', 'days.ts'];

/**
 * Proves the checks of a stage by the wrong programs in `wrong/stage-NN`: each is rejected by the check that is meant
 * for it, and does right what the controls ask, so that it is not rejected for being broken. Their base passes every
 * check; where it is the stage itself in other words, those by which they are caught are enough. Those that can be
 * caught in the topics of a Kafka alone want one.
 */
export async function proveByWrongPrograms(
  stage: number,
  controls: readonly string[],
  { baseIsTheStage = false } = {},
): Promise<void> {
  const suite = await loadSuite(String(stage));
  if (!suite) throw new Error(`stage ${stage} has no checks`);
  const folder = join(import.meta.dirname, 'wrong', `stage-${String(stage).padStart(2, '0')}`);
  const wrongs = readdirSync(folder).filter((file) => !HELPERS.includes(file));
  await compileOnce(join(folder, 'base.ts'));

  /** The names of the checks that the program fails, of those asked for. */
  async function failuresOf(file: string, names = suite?.checks.map(({ name }) => name) ?? []) {
    if (!suite) return [];
    const checks = suite.checks.filter(({ name }) => names.includes(name));
    const kafkaBrokers = names.some(wantsKafka) ? process.env.TEST_KAFKA_BROKERS : undefined;
    const command = [process.execPath, join(folder, file)];
    const results = await runSuite({ ...suite, checks }, { command, ...(kafkaBrokers && { kafkaBrokers }) });
    return results.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check.name);
  }

  function wantsKafka(name: string): boolean {
    return suite?.checks.some((check) => check.name === name && check.wantsKafka) ?? false;
  }

  async function readCatch(file: string): Promise<string> {
    const { wrong }: { wrong: Wrong } = await import(pathToFileURL(join(folder, file)).href);
    return wrong.caughtBy;
  }

  const catches = new Map(
    await Promise.all(wrongs.map(async (file) => [file, await readCatch(file)] as const)),
  );

  describe(`wrong programs of stage ${stage}`, { concurrency: 2 }, () => {
    for (const [file, caughtBy] of catches) {
      const options = wantsKafka(caughtBy) ? needsKafka() : {};
      test(`${file} is rejected by the check that is meant for it`, options, async () => {
        assert.deepEqual(await failuresOf(file, [...controls, caughtBy]), [caughtBy]);
      });
    }
  });

  const proving = [...controls, ...catches.values()];
  const asked = baseIsTheStage ? 'the checks that catch them' : `every check of stage ${stage}`;
  test(`their common base, with nothing replaced, passes ${asked}`, async () => {
    const names = baseIsTheStage ? proving.filter((name) => !wantsKafka(name)) : undefined;
    assert.deepEqual(await failuresOf('base.ts', names), []);
  });

  const inTopics = proving.filter(wantsKafka);
  if (inTopics.length > 0) {
    test('their common base passes those that look into the topics', needsKafka(), async () => {
      assert.deepEqual(await failuresOf('base.ts', inTopics), []);
    });
  }

  test('there are wrong programs to prove the checks by', () => assert.ok(wrongs.length >= 8));
}

/** The wrong programs are mostly one program: what is compiled of it is kept for all, also for those that are killed. */
async function compileOnce(base: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'medcenter-compiled-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  process.env.NODE_COMPILE_CACHE = folder;
  await startChild([process.execPath, base, '--help'], { cwd: folder }).outcome;
}
