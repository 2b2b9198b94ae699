import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createFolder, startProgram } from '@medcenter/shared/testing';
import { type SupervisedProgram, superviseProcess } from '../src/app/schedule-process.ts';

const PROGRAM = fileURLToPath(new URL('./grpc-supervised-process.ts', import.meta.url));

/** Supervises a program that plays a part, and takes notes. */
async function supervise(t: TestContext, part: string, options: Partial<SupervisedProgram> = {}) {
  const lines: string[] = [];
  const restarts: { how: string; afterMs: number; pid: number | undefined }[] = [];
  const supervised = await superviseProcess({
    command: process.execPath,
    args: [PROGRAM, part],
    env: process.env,
    onLine: (line, from) => lines.push(`${from}: ${line}`),
    isReady: (line) => line === 'ready',
    onRestart: (how, afterMs) => restarts.push({ how, afterMs, pid: supervised?.pid() }),
    ...options,
  }).catch((error: unknown) => {
    t.diagnostic(lines.join(' | '));
    throw error;
  });
  t.after(() => supervised[Symbol.asyncDispose]());
  return { supervised, lines, restarts };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(holds: () => boolean, limitMs = 10_000): Promise<void> {
  for (const began = performance.now(); !holds(); await sleep(20)) {
    assert.ok(performance.now() - began < limitMs, 'it did not come');
  }
}

suite('a supervised process', () => {
  test('is ready when it says so, and ends when it is told to', async (t) => {
    const { supervised, lines, restarts } = await supervise(t, 'works');
    const pid = supervised.pid() ?? 0;
    assert.ok(isAlive(pid));
    await supervised[Symbol.asyncDispose]();
    assert.ok(!isAlive(pid));
    assert.deepEqual(lines, ['stdout: ready', 'stdout: ending']);
    assert.deepEqual(restarts, []);
  });

  test('that dies at its start makes the start fail, with its words and its exit code', async (t) => {
    const lines: string[] = [];
    const start = supervise(t, 'fails', { onLine: (line) => lines.push(line) });
    await assert.rejects(start, { code: 'program_failed', exitCode: 2, message: /ended with 2/ });
    assert.deepEqual(lines, ['the port is taken']);
  });

  test('that never says that it is ready is ended', async (t) => {
    const start = supervise(t, 'is-silent', { limits: { readyMs: 500 } });
    await assert.rejects(start, { code: 'program_failed', message: /not ready after 500 ms/ });
  });

  test('that is not there makes the start fail', async (t) => {
    const start = supervise(t, '', { command: '/nowhere/node' });
    await assert.rejects(start, { code: 'program_failed', message: /ENOENT/ });
  });

  test('that dies later is started again', async (t) => {
    const { supervised, restarts } = await supervise(t, 'dies-later');
    await until(() => restarts.length >= 2);
    await supervised[Symbol.asyncDispose]();
    assert.deepEqual(
      restarts.slice(0, 2).map(({ how, afterMs }) => [how, afterMs]),
      [
        ['ended with 1', 100],
        ['ended with 1', 200],
      ],
    );
    assert.notEqual(restarts[0]?.pid, restarts[1]?.pid);
    const count = restarts.length;
    await sleep(400);
    assert.equal(restarts.length, count, 'nothing is started after the end');
  });

  test('that lived for a while is started again soon', async (t) => {
    const { restarts } = await supervise(t, 'dies-later', { limits: { steadyMs: 50 } });
    await until(() => restarts.length >= 2);
    assert.equal(restarts[1]?.afterMs, 100);
  });

  test('that is killed is started again', async (t) => {
    const { supervised, lines, restarts } = await supervise(t, 'works');
    process.kill(supervised.pid() ?? 0, 'SIGKILL');
    await until(() => lines.filter((line) => line === 'stdout: ready').length === 2);
    assert.equal(restarts[0]?.how, 'ended by SIGKILL');
  });

  test('that cannot start again is tried less and less often', async (t) => {
    const args = [PROGRAM, 'works'];
    const { supervised, restarts } = await supervise(t, '', { args, limits: { longestRestartMs: 400 } });
    args[1] = 'fails';
    process.kill(supervised.pid() ?? 0, 'SIGKILL');
    await until(() => restarts.length >= 4);
    await supervised[Symbol.asyncDispose]();
    assert.deepEqual(
      restarts.slice(0, 4).map(({ afterMs }) => afterMs),
      [100, 200, 400, 400],
    );
  });

  test('that hears no SIGTERM is killed after the limit', async (t) => {
    const { supervised, lines } = await supervise(t, 'hangs', { limits: { stopMs: 300 } });
    const pid = supervised.pid() ?? 0;
    const began = performance.now();
    await supervised[Symbol.asyncDispose]();
    const took = performance.now() - began;
    assert.ok(took > 250 && took < 2_000, `took ${took} ms`);
    assert.ok(!isAlive(pid));
    assert.ok(lines.includes('stdout: heard, and ignored'));
  });

  for (const part of ['works', 'hangs']) {
    test(`that ${part} is gone soon when its parent was killed with -9`, async (t) => {
      const options = { cwd: await createFolder(t) };
      const parent = startProgram(t, PROGRAM, ['parent', part], options);
      if (!parent.stdout) throw new Error('a child without output');
      let pid = 0;
      for await (const line of createInterface(parent.stdout)) {
        pid = Number(/^child (\d+)$/.exec(line)?.[1]);
        break;
      }
      assert.ok(isAlive(pid));
      parent.kill('SIGKILL');
      await until(() => !isAlive(pid), 3_000);
    });
  }
});
