import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { openGrpcServer, openHealthClient } from '../src/transport/grpc/index.ts';
import { eventually } from './contracts/index.ts';

const refuse = async () => assert.fail();
const SERVICE = {
  getSchedule: refuse,
  putSchedule: refuse,
  bookSlot: refuse,
  availableSlots: refuse,
  watchDay: () => assert.fail(),
};

function openServer(port = 0) {
  return openGrpcServer({ host: '127.0.0.1', port, service: SERVICE, onError() {}, shutdownMs: 300 });
}

function openClient(t: TestContext, address: string, timeoutMs = 2_000) {
  const client = openHealthClient(address, timeoutMs);
  t.after(() => client.close());
  return client;
}

/** A server that says of itself what it is told to. */
async function openTelling(t: TestContext, answer: Buffer): Promise<string> {
  const server = new Server();
  const same = (bytes: Buffer) => bytes;
  const Check = {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  server.addService(
    { Check },
    { Check: (_call: unknown, tell: (error: null, bytes: Buffer) => void) => tell(null, answer) },
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
    error ? reject(error) : resolve(port),
  );
  t.after(() => server.forceShutdown());
  return `127.0.0.1:${await promise}`;
}

suite('the health of a server of gRPC', () => {
  test('is good while it serves, not when it has ended, and good again when it is back', async (t) => {
    const first = await openServer();
    const client = openClient(t, first.address);
    assert.equal(await client.check(), true);
    await first.close();
    assert.equal(await client.check(), false);
    const second = await openServer(first.port);
    t.after(() => second.close());
    await eventually(() => client.check());
  });

  test('is not good when it says so, or something that nobody understands', async (t) => {
    for (const [answer, isServing] of [
      [Buffer.from([0x08, 0x01]), true],
      [Buffer.from([0x08, 0x02]), false], // NOT_SERVING
      [Buffer.alloc(0), false], // UNKNOWN
      [Buffer.from('yes'), false],
    ] as const) {
      const client = openClient(t, await openTelling(t, answer));
      assert.equal(await client.check(), isServing, answer.toString('hex'));
    }
  });

  test('is not good when it is silent, and that is known in time', async (t) => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const place = silent.address();
    assert.ok(typeof place === 'object' && place);
    const begun = performance.now();
    assert.equal(await openClient(t, `127.0.0.1:${place.port}`, 300).check(), false);
    assert.ok(performance.now() - begun < 2_000);
  });

  test('is not known to a client that was closed', async (t) => {
    const server = await openServer();
    t.after(() => server.close());
    const client = openHealthClient(server.address);
    client.close();
    assert.equal(await client.check(), false);
  });
});
