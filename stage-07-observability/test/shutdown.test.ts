import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createFolder, runProgram, startProgram } from '@medcenter/shared/testing';
import { createClosingSteps } from '../src/app/serve-gracefully-steps.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/graceful-program.ts', import.meta.url));

const SIGNALS = { skip: process.platform === 'win32' && 'Windows has no signals to end by' };

async function launch(t: TestContext, ...args: string[]) {
  const child = startProgram(t, PROGRAM, args, { cwd: await createFolder(t) });
  const output = { log: '', said: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    output.log += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    output.said += text;
  });
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  return {
    child,
    events: () =>
      output.log
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    /** Its exit code, when all that it wrote is here. */
    ended: async () => (await closed)[0],
    async starting() {
      while (!output.said.includes('it starts')) await sleep(10);
    },
    async ready(): Promise<string> {
      while (!output.said.includes('Ctrl-C')) await sleep(10);
      return /http:\/\/[\d.:]+/.exec(output.said)?.[0] ?? '';
    },
  };
}

const messagesOf = (events: readonly { message: string }[]) => events.map(({ message }) => message);

/** Ends it, and answers how long that took. */
async function end(
  child: ChildProcess,
  ended: () => Promise<number | null>,
  signal: NodeJS.Signals = 'SIGTERM',
) {
  const begun = performance.now();
  child.kill(signal);
  const exitCode = await ended();
  return { exitCode, ms: performance.now() - begun };
}

suite('the end of the program', SIGNALS, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal}: it is not ready first, then it closes, and ends with 0`, async (t) => {
      const { child, ready, ended, events } = await launch(t, 'well');
      await ready();
      const { exitCode, ms } = await end(child, ended, signal);
      assert.equal(exitCode, 0);
      assert.ok(ms < 3_000, 'the limit keeps nothing alive');
      assert.deepEqual(messagesOf(events()), ['not ready', 'the program ends', 'database closes']);
      assert.equal(events()[1].signal, signal);
    });
  }

  test('for the delay it answers, as one that is not ready', async (t) => {
    const { child, ready, ended, events } = await launch(t, 'well', '700');
    const url = await ready();
    const answer = async () => (await fetch(url)).text();
    assert.equal(await answer(), 'ready');
    const begun = performance.now();
    child.kill('SIGTERM');
    await sleep(300);
    assert.equal(await answer(), 'stopping');
    assert.ok(!messagesOf(events()).includes('database closes'));
    assert.equal(await ended(), 0);
    assert.ok(performance.now() - begun >= 690);
  });

  test('what hangs is cut off after the limit, with a line that names it, and 1', async (t) => {
    const { child, ready, ended, events } = await launch(t, 'hang', '200', '600');
    await ready();
    const { exitCode, ms } = await end(child, ended);
    assert.equal(exitCode, 1);
    assert.ok(ms >= 790 && ms < 4_000, `${ms} ms: the limit begins after the delay`);
    const last = events().at(-1);
    assert.equal(last.level, 'fatal');
    assert.deepEqual([last.unclosed, last.timeoutMs], [['consumers', 'database'], 600]);
    assert.ok(Array.isArray(last.resources) && last.resources.includes('Timeout'));
    assert.equal(events().filter(({ level }) => level === 'fatal').length, 1);
  });

  test('what was closed, and keeps the process alive all the same, is cut off, too', async (t) => {
    const { child, ready, ended, events } = await launch(t, 'leak', '0', '500');
    await ready();
    const { exitCode } = await end(child, ended);
    assert.equal(exitCode, 1);
    assert.deepEqual([events().at(-1).level, events().at(-1).unclosed], ['fatal', []]);
  });

  test('a second signal ends it at once, with 1: in the delay, while it closes, and while it starts', async (t) => {
    for (const args of [
      ['well', '20000'],
      ['hang', '0', '20000'],
    ]) {
      const { child, ready, ended } = await launch(t, ...args);
      await ready();
      child.kill('SIGTERM');
      await sleep(300);
      assert.equal(child.exitCode, null);
      const { exitCode, ms } = await end(child, ended, 'SIGINT');
      assert.equal(exitCode, 1);
      assert.ok(ms < 2_000, `${ms}`);
    }
    const { child, ended, starting } = await launch(t, 'slow-start');
    await starting();
    child.kill('SIGTERM');
    await sleep(100);
    assert.equal((await end(child, ended)).exitCode, 1);
  });

  test('a closing that fails is shown, and ends with 1', async (t) => {
    const { child, ready, ended } = await launch(t, 'throw');
    await ready();
    const { exitCode, ms } = await end(child, ended);
    assert.equal(exitCode, 1);
    assert.ok(ms < 3_000);
  });
});

test('a start that fails says why, or is shown as a defect', async (t) => {
  const cwd = await createFolder(t);
  const taken = await runProgram(t, PROGRAM, ['taken'], { cwd });
  assert.deepEqual(
    [taken.exitCode, taken.stderr],
    [1, 'Another program listens on ::1:80: end it, or set PORT.\n'],
  );
  const defect = await runProgram(t, PROGRAM, ['defect'], { cwd });
  assert.equal(defect.exitCode, 1);
  assert.match(defect.stderr, /Error: a defect\n\s+at /);
});

test('parts are named until they are closed, also two of one name', async () => {
  const { part, unclosed } = createClosingSteps();
  const gate = Promise.withResolvers<void>();
  const stack = new AsyncDisposableStack();
  part(stack, 'database');
  part(stack, 'pool');
  part(stack, 'pool').defer(() => gate.promise);
  assert.deepEqual(unclosed(), ['pool', 'pool', 'database']);
  const closing = stack.disposeAsync();
  await Promise.resolve();
  assert.deepEqual(unclosed(), ['pool', 'pool', 'database'], 'what comes behind it waits');
  gate.resolve();
  await closing;
  assert.deepEqual(unclosed(), []);
});
