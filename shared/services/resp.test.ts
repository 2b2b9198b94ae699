import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { askRedis } from './redis-url.ts';

/** A server that answers the first bytes of a connection in its own way. Answers its address. */
async function createAnswer(t: TestContext, answer: (socket: Socket, asked: string) => unknown) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', (bytes) => answer(socket, String(bytes)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') assert.fail();
  return `redis://127.0.0.1:${address.port}`;
}

suite('a question to Redis', () => {
  test('is put with password and database first, and its replies are read of every kind', async (t) => {
    let all = '';
    const url = await createAnswer(t, (socket, asked) => {
      all = asked;
      socket.write(
        '+OK\r\n+OK\r\n+PONG\r\n:-3\r\n$-1\r\n$6\r\na\r\nü1\r\n*3\r\n:1\r\n*1\r\n$0\r\n\r\n*-1\r\n',
      );
    });
    const place = `${url.replace('//', '//me:p%20w@')}/7`;
    const commands = ['a', 'b', 'c', 'd', 'ü'].map((word) => [word]);
    assert.deepEqual(await askRedis(place, commands), ['PONG', -3, null, 'a\r\nü1', [1, [''], null]]);
    assert.ok(
      all.startsWith('*3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$3\r\np w\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n7\r\n'),
    );
    assert.ok(all.endsWith('*1\r\n$2\r\nü\r\n'));
  });

  test('is answered in pieces', async (t) => {
    const url = await createAnswer(t, async (socket) => {
      for (const piece of ['*2\r', '\n$5\r\nhe', 'llo\r', '\n:1', '2\r\n']) {
        socket.write(piece);
        await sleep(5);
      }
    });
    assert.deepEqual(await askRedis(url, [['X']]), [['hello', 12]]);
  });

  test('fails by the word of the server, by its silence, and by its end', async (t) => {
    const refusing = await createAnswer(t, (socket) => socket.write('-WRONGPASS no such pair\r\n'));
    await assert.rejects(askRedis(refusing, [['PING']]), { code: 'WRONGPASS' });
    const silent = await createAnswer(t, () => {});
    await assert.rejects(askRedis(silent, [['PING']], 50), { code: 'ETIMEDOUT' });
    const leaving = await createAnswer(t, (socket) => socket.end('$10\r\nhal'));
    await assert.rejects(askRedis(leaving, [['PING']]), { code: 'ECONNRESET' });
    await assert.rejects(askRedis('http://127.0.0.1:1', [['PING']]), /begins with redis:/);
  });
});
