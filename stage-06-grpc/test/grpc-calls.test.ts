import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { InterceptingCall, ServerInterceptingCall } from '@grpc/grpc-js';
import { unavailable } from '../src/domain/index.ts';
import {
  collect,
  createFakeService,
  createGrpcClient,
  createPair,
  createServer,
  DOCTOR,
  hang,
  PATIENT,
  sampleAppointment,
  sampleSchedule,
} from './grpc-support.ts';

suite('the schedule service behind gRPC', () => {
  test('each method takes and answers what the service behind it does', async (t) => {
    const { client } = await createPair(t);
    const { doctorId: _doctor, version: _version, updatedAt: _updated, ...hours } = sampleSchedule();
    assert.deepEqual(await client.getSchedule(DOCTOR), sampleSchedule());
    assert.deepEqual(
      await client.putSchedule(DOCTOR, hours, { expected: [1, 5] }),
      sampleSchedule({ version: 6 }),
    );
    assert.equal((await client.putSchedule(DOCTOR, hours)).version, 1);
    assert.deepEqual(
      await client.availableSlots({ doctorId: DOCTOR, from: '2091-03-01', to: '2091-03-02' }),
      [{ startsAt: '2091-03-01T09:00:00.000Z', endsAt: '2091-03-02T09:30:00.000Z' }],
    );
  });

  test('a booking arrives with all that it has, and with nothing more', async (t) => {
    const asked: unknown[] = [];
    const bookSlot = async (...all: unknown[]) => {
      asked.push(all[0], (all[1] as { idempotencyKey?: string }).idempotencyKey);
      return sampleAppointment();
    };
    const { client } = await createPair(t, { bookSlot });
    const least = { doctorId: DOCTOR, patientId: PATIENT, startsAt: '2091-03-01T09:00:00.000Z' };
    const most = { ...least, endsAt: '2091-03-01T09:10:00.250Z', reason: '' };
    assert.deepEqual(await client.bookSlot(least), sampleAppointment());
    await client.bookSlot(most, { idempotencyKey: 'k' });
    assert.deepEqual(asked, [least, undefined, most, 'k']);
  });

  test('no expected versions is another thing than any version', async (t) => {
    const seen: unknown[] = [];
    const service = createFakeService();
    const { client } = await createPair(t, {
      putSchedule(doctorId, input, options) {
        seen.push(options?.expected);
        return service.putSchedule(doctorId, input, options);
      },
    });
    await client.putSchedule(DOCTOR, sampleSchedule(), { expected: [] });
    await client.putSchedule(DOCTOR, sampleSchedule(), { expected: undefined });
    await client.putSchedule(DOCTOR, sampleSchedule(), { expected: [9e15, 2] });
    assert.deepEqual(seen, [[], undefined, [2]]);
  });

  test('a day comes event by event', async (t) => {
    const { client } = await createPair(t);
    const query = { doctorId: DOCTOR, date: '2091-03-01', watch: false };
    assert.deepEqual(
      await collect(client.watchDay(query)),
      await collect(createFakeService().watchDay(query)),
    );
    const resumed = await collect(client.watchDay({ ...query, after: 'x' }));
    assert.deepEqual(resumed.at(-1), { kind: 'live', position: 'x' });
  });

  test('what comes along tells the service who asks, also in the middle of a stream', async (t) => {
    const current = new AsyncLocalStorage<string | undefined>();
    const seen: unknown[] = [];
    const { client } = await createPair(
      t,
      {
        async getSchedule() {
          seen.push(current.getStore());
          return sampleSchedule();
        },
        async *watchDay() {
          yield { kind: 'reset' };
          await sleep(10);
          seen.push(current.getStore());
        },
      },
      {
        server: { runAs: ({ metadata }, work) => current.run(metadata['x-user'], work) },
        client: { metadata: () => ({ 'x-user': 'anna' }) },
      },
    );
    await client.getSchedule(DOCTOR);
    await collect(client.watchDay({ doctorId: DOCTOR, date: '2091-03-01', watch: false }));
    assert.deepEqual(seen, ['anna', 'anna']);
  });

  test('interceptors of later stages see the calls of both ends', async (t) => {
    const seen: string[] = [];
    const { client } = await createPair(
      t,
      {},
      {
        server: {
          interceptors: [
            ({ path }, call) => {
              seen.push(`server ${path}`);
              return new ServerInterceptingCall(call);
            },
          ],
        },
        client: {
          interceptors: [
            (options, next) => {
              seen.push(`client ${options.method_definition.path}`);
              return new InterceptingCall(next(options));
            },
          ],
        },
      },
    );
    await client.getSchedule(DOCTOR);
    const path = '/medcenter.schedule.v1.ScheduleService/GetSchedule';
    assert.deepEqual(seen, [`client ${path}`, `server ${path}`]);
  });

  test('a port that is taken is said in the words of Node', async (t) => {
    const other = createTcpServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { port } = other.address() as { port: number };
    await assert.rejects(createServer(t, {}, { port }), { code: 'EADDRINUSE', address: '127.0.0.1', port });
  });
});

suite('time and leaving', () => {
  test('a service that never answers is unavailable at the deadline, and is told to stop', async (t) => {
    const stopped = Promise.withResolvers<void>();
    const { client, server } = await createPair(
      t,
      {
        getSchedule(_id, { signal } = {}) {
          signal?.addEventListener('abort', () => stopped.resolve());
          return hang(signal);
        },
      },
      { client: { deadlineMs: 300 } },
    );
    const began = performance.now();
    await assert.rejects(client.getSchedule(DOCTOR), { name: 'DomainError', code: 'unavailable' });
    const took = performance.now() - began;
    assert.ok(took > 250 && took < 1_000, `took ${took} ms`);
    await stopped.promise;
    assert.deepEqual(server.failures, []);
  });

  test('a caller who leaves is out at once, and the service knows within a second', async (t) => {
    const stopped = Promise.withResolvers<number>();
    const { client } = await createPair(t, {
      bookSlot(_booking, { signal } = {}) {
        signal?.addEventListener('abort', () => stopped.resolve(performance.now()));
        return hang(signal);
      },
    });
    const leave = new AbortController();
    const booking = { doctorId: DOCTOR, patientId: PATIENT, startsAt: '2091-03-01T09:00:00.000Z' };
    const call = client.bookSlot(booking, { signal: leave.signal });
    await sleep(100);
    const left = performance.now();
    leave.abort();
    await assert.rejects(call, { code: 'unavailable' });
    assert.ok((await stopped.promise) - left < 1_000);
    await assert.rejects(client.bookSlot(booking, { signal: leave.signal }), { code: 'unavailable' });
  });

  test('what only reads is tried once more when the service was not there; a booking is not', async (t) => {
    const calls = { read: 0, write: 0 };
    const { client } = await createPair(t, {
      async getSchedule() {
        calls.read += 1;
        if (calls.read === 1) throw unavailable('the database is away');
        return sampleSchedule();
      },
      async bookSlot() {
        calls.write += 1;
        throw unavailable('the database is away');
      },
    });
    assert.equal((await client.getSchedule(DOCTOR)).version, 3);
    const booking = { doctorId: DOCTOR, patientId: PATIENT, startsAt: '2091-03-01T09:00:00.000Z' };
    await assert.rejects(client.bookSlot(booking), { code: 'unavailable', message: 'the database is away' });
    assert.deepEqual(calls, { read: 2, write: 1 });
  });

  test('with nobody there a call fails soon, and it is told once that the service is away', async (t) => {
    const changes: (string | undefined)[] = [];
    const { address, close } = await createServer(t);
    await close();
    const client = createGrpcClient(t, address, { onChange: (error) => changes.push(error && 'away') });
    for (let i = 0; i < 3; i += 1) await assert.rejects(client.getSchedule(DOCTOR), { code: 'unavailable' });
    assert.deepEqual(changes, ['away']);
    const [, port] = address.split(':');
    await createServer(t, {}, { port: Number(port) });
    await sleep(1_300);
    await client.getSchedule(DOCTOR);
    assert.deepEqual(changes, ['away', undefined]);
  });

  test('that the service is away is told in the name of nobody, whoever opened the connection', async (t) => {
    const current = new AsyncLocalStorage<string>();
    const told: unknown[] = [];
    const { address, close } = await createServer(t);
    const client = createGrpcClient(t, address, {
      onChange: () => told.push(current.getStore() ?? 'nobody'),
    });
    await current.run('first', () => client.getSchedule(DOCTOR));
    await close();
    const second = current.run('second', () => client.getSchedule(DOCTOR));
    await assert.rejects(second, { code: 'unavailable' });
    assert.deepEqual(told, ['nobody']);
  });

  test('a server that closes lets a call in flight end', async (t) => {
    const arrived = Promise.withResolvers<void>();
    const { client, server } = await createPair(t, {
      async getSchedule() {
        arrived.resolve();
        await sleep(150);
        return sampleSchedule();
      },
    });
    const call = client.getSchedule(DOCTOR);
    await arrived.promise;
    const closing = server.close();
    assert.equal((await call).version, 3);
    await closing;
  });

  test('a server that closes does not wait for ever', async (t) => {
    const arrived = Promise.withResolvers<void>();
    const { client, server } = await createPair(t, {
      getSchedule() {
        arrived.resolve();
        return new Promise(() => {});
      },
    });
    const call = assert.rejects(client.getSchedule(DOCTOR), { code: 'unavailable' });
    await arrived.promise;
    const began = performance.now();
    await server.close();
    assert.ok(performance.now() - began < 1_000);
    await call;
  });

  test('a client that closes ends its calls and streams', async (t) => {
    const { client } = await createPair(t, {
      getSchedule: (_id, { signal } = {}) => hang(signal),
      async *watchDay(_query, { signal } = {}) {
        yield { kind: 'reset' };
        await hang(signal);
      },
    });
    const call = assert.rejects(client.getSchedule(DOCTOR), { code: 'unavailable' });
    const query = { doctorId: DOCTOR, date: '2091-03-01', watch: true };
    const events = client.watchDay(query)[Symbol.asyncIterator]();
    await events.next();
    const began = performance.now();
    client.close();
    await assert.rejects(events.next(), { code: 'unavailable' });
    await call;
    assert.ok(performance.now() - began < 500);
    await assert.rejects(client.getSchedule(DOCTOR), Error);
  });

  test('a request over the limit is refused', async (t) => {
    const { client } = await createPair(
      t,
      {},
      { client: { options: { 'grpc.max_send_message_length': -1 } } },
    );
    const exceptions = Array.from({ length: 40_000 }, () => ({ date: '2091-12-24', intervals: [] }));
    await assert.rejects(
      client.putSchedule(DOCTOR, sampleSchedule({ exceptions })),
      /RESOURCE_EXHAUSTED|does not answer/,
    );
  });
});
