import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { kafka } from './kafka.ts';
import { askKafka } from './kafka-wire.ts';

/** Something that answers on a port of its own. Answers its address. */
async function createBroker(t: TestContext, answer: (socket: Socket, request: Buffer) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {}).on('data', (request) => answer(socket, request));
  }).listen(0, '127.0.0.1');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'string' || address === null ? assert.fail() : `127.0.0.1:${address.port}`;
}

/** As Kafka 4.2 has answered: a broker at 127.0.0.1:9092, and its cluster. */
const answer = Buffer.from(
  [
    ...['0000003d', '00000001'], // The length, and the number of the request.
    ...['00000001', '00000001', '0009', '3132372e302e302e31', '00002384', 'ffff'],
    ...['0016', Buffer.from('iUQ6ePjpSK-TxYVo0U2Sxw').toString('hex'), '00000001', '00000000'],
  ].join(''),
  'hex',
);

suite('a question to Kafka', () => {
  test('is what its protocol says, and is answered also in pieces', async (t) => {
    const requests: string[] = [];
    const broker = await createBroker(t, async (socket, request) => {
      requests.push(request.toString('hex'));
      for (const byte of answer) socket.write(Buffer.of(byte));
    });
    assert.deepEqual(await askKafka(broker), {
      id: 'iUQ6ePjpSK-TxYVo0U2Sxw',
      brokers: [{ host: '127.0.0.1', port: 9092 }],
    });
    assert.deepEqual(requests, ['00000017000300020000000100096d656463656e74657200000000']);
  });

  test('fails when something else answers, or what makes no sense', async (t) => {
    const wrong = {
      'HTTP/1.1 400 Bad Request\r\n\r\n': 'another protocol',
      '\0\0\0\x08\0\0\0\x02\0\0\0\0': 'the answer to another question',
      '\0\0\0\x08\0\0\0\x01\x7f\0\0\0': 'more brokers than there can be',
      '\0\0\0\x0e\0\0\0\x01\0\0\0\0\0\x7fabcd': 'a text that is longer than all',
      '\0\0\0\x04\0\0\0\x01': 'half an answer',
    };
    for (const [text, what] of Object.entries(wrong)) {
      const broker = await createBroker(t, (socket) => socket.end(text, 'latin1'));
      await assert.rejects(askKafka(broker), { code: 'EPROTO' }, what);
    }
  });

  test('fails when nobody answers: no broker, a silent one, one that hangs up', async (t) => {
    const silent = await createBroker(t, () => {});
    await assert.rejects(askKafka(silent, 50), { code: 'ETIMEDOUT' });
    const rude = await createBroker(t, (socket) => socket.end(answer.subarray(0, 20)));
    await assert.rejects(askKafka(rude), { code: 'ECONNRESET' });
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    const port = typeof address === 'string' ? assert.fail() : address?.port;
    await assert.rejects(askKafka(`127.0.0.1:${port}`), { code: 'ECONNREFUSED' });
  });
});

test('a broker is up when it sends clients to where they have asked, and not before', async (t) => {
  let said = answer;
  const broker = await createBroker(t, (socket) => socket.write(said));
  const port = Number(broker.split(':')[1]);
  await assert.rejects(kafka.ask({ port, password: '' }), /lets no clients in yet/);
  said = Buffer.from('000000120000000100000000ffffffffffff00000000', 'hex'); // No broker serves yet.
  await assert.rejects(kafka.ask({ port, password: '' }), /lets no clients in yet/);
  said = Buffer.from(answer);
  said.writeInt32BE(port, answer.indexOf('127.0.0.1') + '127.0.0.1'.length);
  await kafka.ask({ port, password: '' });
});
