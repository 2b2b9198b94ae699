import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFolder, runProgram } from '@medcenter/shared/testing';

const PROGRAM = fileURLToPath(new URL('./fixtures/crash-program.ts', import.meta.url));

async function crash(t: TestContext, how: string) {
  const begun = performance.now();
  const { stdout, stderr, exitCode } = await runProgram(t, PROGRAM, [how], { cwd: await createFolder(t) });
  assert.ok(stdout.endsWith('\n'), 'the last line is whole');
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { exitCode, stderr, events, last: events.at(-1), ms: performance.now() - begun };
}

suite('an error that nobody caught', () => {
  for (const [how, origin] of [
    ['timer', 'uncaughtException'],
    ['rejection', 'unhandledRejection'],
  ] as const) {
    test(`${how}: one line with its cause and stack, then the flush, then 1`, async (t) => {
      const { exitCode, stderr, events, last } = await crash(t, how);
      assert.deepEqual([exitCode, stderr, events.length], [1, 'flushed\n', 2]);
      assert.equal(events[0].reason.length, 200_000, 'what was written before it is whole, too');
      assert.deepEqual(
        [last.level, last.origin, last.error.name, last.error.message, last.error.cause.message],
        ['fatal', origin, 'TypeError', 'outer', 'inner'],
      );
      assert.match(last.error.stack, /crash-program\.ts/);
    });
  }

  test('that is no Error, too', async (t) => {
    const { exitCode, last } = await crash(t, 'no-error');
    assert.deepEqual([exitCode, last.level], [1, 'fatal']);
  });

  test('several at once are one end', async (t) => {
    const { exitCode, events, stderr } = await crash(t, 'twice');
    assert.deepEqual([exitCode, events.length, stderr], [1, 2, 'flushed\n']);
  });

  test('a flush that hangs is given a second; one that fails, or crashes, changes nothing', async (t) => {
    const hung = await crash(t, 'flush-hangs');
    assert.deepEqual([hung.exitCode, hung.stderr, hung.events.length], [1, '', 2]);
    assert.ok(hung.ms >= 1_000 && hung.ms < 6_000, `${hung.ms}`);
    for (const how of ['flush-fails', 'flush-crashes']) {
      const { exitCode, events } = await crash(t, how);
      assert.deepEqual([exitCode, events.length], [1, 2], how);
    }
  });
});
