import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DayEvent, ScheduleService } from '../src/service/index.ts';
import { startServerProcess } from './grpc-process-support.ts';
import { collect, createGrpcClient, createPair, DOCTOR, hang, sampleAppointment } from './grpc-support.ts';

const QUERY = { doctorId: DOCTOR, date: '2091-03-01', watch: true };
const MEGABYTE = 1024 * 1024;

/** A day on which nothing happens after its beginning, and what became of it. */
function createQuietDay() {
  const ended = Promise.withResolvers<number>();
  const watchDay: ScheduleService['watchDay'] = async function* (_query, { signal } = {}) {
    try {
      yield { kind: 'reset' };
      yield { kind: 'live', position: '1' };
      await hang(signal);
    } finally {
      ended.resolve(performance.now());
    }
  };
  return { watchDay, ended: ended.promise };
}

suite('a stream', () => {
  test('of 100,000 messages to a slow reader keeps little in the server', async (t) => {
    const { port, state } = await startServerProcess(t);
    const client = createGrpcClient(t, `127.0.0.1:${port}`);
    await client.getSchedule(DOCTOR);
    await sleep(300);
    const before = state().memory;
    let most = before;
    let read = 0;
    let ahead = 0;
    for await (const event of client.watchDay(QUERY)) {
      assert.equal(event.kind === 'appointment' && event.position, String(read));
      read += 1;
      if (read % 2_000 === 0) await sleep(40);
      most = Math.max(most, state().memory);
      ahead = Math.max(ahead, state().made - read);
    }
    assert.equal(read, 100_000);
    t.diagnostic(`grew by ${((most - before) / MEGABYTE).toFixed(1)} MB, ${ahead} messages ahead`);
    assert.ok(most - before < 50 * MEGABYTE);
    assert.ok(ahead < 20_000);
  });

  test('that is not read at all is not written either', async (t) => {
    const { port, state } = await startServerProcess(t);
    const client = createGrpcClient(t, `127.0.0.1:${port}`);
    const events = client.watchDay(QUERY)[Symbol.asyncIterator]();
    await events.next();
    await sleep(600);
    const made = state().made;
    await sleep(300);
    assert.equal(state().made, made);
    assert.ok(made < 10_000, `${made} made`);
    await events.return?.();
  });

  for (const [name, leave] of [
    ['a reader who breaks off', async (events: AsyncIterator<DayEvent>) => void (await events.return?.())],
    [
      'a reader who breaks off while a message is waited for',
      async (events: AsyncIterator<DayEvent>) => {
        const waiting = events.next();
        await sleep(50);
        await events.return?.();
        assert.equal((await waiting).done, true);
      },
    ],
  ] as const) {
    test(`${name} ends the work of the service within a second`, async (t) => {
      const day = createQuietDay();
      const { client, server } = await createPair(t, day);
      const events = client.watchDay(QUERY)[Symbol.asyncIterator]();
      await events.next();
      await events.next();
      const left = performance.now();
      await leave(events);
      assert.ok((await day.ended) - left < 1_000);
      assert.deepEqual(server.failures, []);
    });
  }

  test('whose signal aborts throws its reason, and ends the work of the service', async (t) => {
    const day = createQuietDay();
    const { client } = await createPair(t, day);
    const leave = new AbortController();
    const reading = collect(client.watchDay(QUERY, { signal: leave.signal }));
    await sleep(100);
    const left = performance.now();
    leave.abort();
    await assert.rejects(reading, { name: 'AbortError' });
    assert.ok((await day.ended) - left < 1_000);
  });

  test('ends with unavailable when the server closes, soon, and with it the work', async (t) => {
    const day = createQuietDay();
    const { client, server } = await createPair(t, day, { server: { shutdownMs: 5_000 } });
    const events = client.watchDay(QUERY)[Symbol.asyncIterator]();
    await events.next();
    await events.next();
    const waiting = assert.rejects(events.next(), { code: 'unavailable' });
    const began = performance.now();
    await server.close();
    await waiting;
    await day.ended;
    assert.ok(performance.now() - began < 1_000);
    assert.deepEqual(server.failures, []);
  });

  test('to a reader who has stopped reading does not hold up a closing server', async (t) => {
    const watchDay: ScheduleService['watchDay'] = async function* () {
      for (;;) yield { kind: 'appointment', appointment: sampleAppointment(), position: '1' };
    };
    const { client, server } = await createPair(t, { watchDay });
    const events = client.watchDay(QUERY)[Symbol.asyncIterator]();
    await events.next();
    await sleep(200);
    const began = performance.now();
    await server.close();
    assert.ok(performance.now() - began < 1_500);
    await events.return?.();
  });

  test('that fails in the middle hands over what came before', async (t) => {
    const { client, server } = await createPair(t, {
      async *watchDay() {
        yield { kind: 'reset' };
        throw new Error('secret');
      },
    });
    const seen: DayEvent[] = [];
    await assert.rejects(async () => {
      for await (const event of client.watchDay(QUERY)) seen.push(event);
    }, /the schedule service failed: INTERNAL/);
    assert.deepEqual(seen, [{ kind: 'reset' }]);
    assert.equal(server.failures.length, 1);
  });
});
