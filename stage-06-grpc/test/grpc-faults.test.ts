import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGrpcClient, DOCTOR } from './grpc-support.ts';
import { startServerProcess } from './grpc-process-support.ts';

const QUERY = { doctorId: DOCTOR, date: '2091-03-01', watch: true };

/** How long it took until a call did well again, in ms. */
async function untilItAnswers(call: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  while (performance.now() - began < 5_000) {
    const isThere = await call().then(
      () => true,
      () => false,
    );
    if (isThere) return performance.now() - began;
    await sleep(50);
  }
  return Number.POSITIVE_INFINITY;
}

suite('a server that has trouble', () => {
  test('frozen: unavailable at the deadline; thawed: it works again', async (t) => {
    const { child, port } = await startServerProcess(t);
    const client = createGrpcClient(t, `127.0.0.1:${port}`, { deadlineMs: 500 });
    await client.getSchedule(DOCTOR);
    child.kill('SIGSTOP');
    for (let i = 0; i < 3; i += 1) {
      const began = performance.now();
      await assert.rejects(client.getSchedule(DOCTOR), { code: 'unavailable' });
      const took = performance.now() - began;
      assert.ok(took > 400 && took < 900, `took ${took} ms`);
    }
    child.kill('SIGCONT');
    await client.getSchedule(DOCTOR);
  });

  test('frozen for so long that the connection was given up: it works within 2 s', async (t) => {
    const { child, port } = await startServerProcess(t);
    const client = createGrpcClient(t, `127.0.0.1:${port}`, {
      deadlineMs: 300,
      options: { 'grpc.keepalive_time_ms': 500, 'grpc.keepalive_timeout_ms': 300 },
    });
    await client.getSchedule(DOCTOR);
    child.kill('SIGSTOP');
    for (let i = 0; i < 10; i += 1) {
      await assert.rejects(client.getSchedule(DOCTOR), { code: 'unavailable' });
    }
    child.kill('SIGCONT');
    assert.ok((await untilItAnswers(() => client.getSchedule(DOCTOR))) < 2_000);
  });

  test('frozen in a stream: the reader is told, though nothing was sent', async (t) => {
    const { child, port } = await startServerProcess(t);
    const client = createGrpcClient(t, `127.0.0.1:${port}`, {
      options: { 'grpc.keepalive_time_ms': 300, 'grpc.keepalive_timeout_ms': 300 },
    });
    const events = client.watchDay(QUERY)[Symbol.asyncIterator]();
    await events.next();
    child.kill('SIGSTOP');
    const began = performance.now();
    await assert.rejects(
      async () => {
        while (!(await events.next()).done);
      },
      { code: 'unavailable' },
    );
    assert.ok(performance.now() - began < 3_000);
    child.kill('SIGCONT');
  });

  test('frozen before a stream: unavailable at the deadline', async (t) => {
    const { child, port } = await startServerProcess(t);
    const client = createGrpcClient(t, `127.0.0.1:${port}`, { deadlineMs: 500 });
    await client.getSchedule(DOCTOR);
    child.kill('SIGSTOP');
    const began = performance.now();
    await assert.rejects(client.watchDay(QUERY)[Symbol.asyncIterator]().next(), { code: 'unavailable' });
    assert.ok(performance.now() - began < 1_000);
    child.kill('SIGCONT');
  });

  test('killed and started again on its port: the same client works within 2 s', async (t) => {
    const first = await startServerProcess(t);
    const client = createGrpcClient(t, `127.0.0.1:${first.port}`);
    await client.getSchedule(DOCTOR);
    await first.kill('SIGKILL');
    const began = performance.now();
    for (let i = 0; i < 5; i += 1) {
      await assert.rejects(client.getSchedule(DOCTOR), { code: 'unavailable' });
    }
    assert.ok(performance.now() - began < 2_000, 'what nobody listens for fails soon');
    await sleep(3_000); // As long as a back-off without a bound would have grown well over the bound.
    await startServerProcess(t, first.port);
    assert.ok((await untilItAnswers(() => client.getSchedule(DOCTOR))) < 2_000);
  });

  test('killed in a stream: the reader is told at once', async (t) => {
    const server = await startServerProcess(t);
    const client = createGrpcClient(t, `127.0.0.1:${server.port}`);
    const events = client.watchDay(QUERY)[Symbol.asyncIterator]();
    await events.next();
    await server.kill('SIGKILL');
    await assert.rejects(
      async () => {
        while (!(await events.next()).done);
      },
      { code: 'unavailable' },
    );
  });
});
