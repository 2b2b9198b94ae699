import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { createApp } from './support.ts';

/** Sends bytes and reads what comes until the server ends the connection. */
function talk(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (text) => {
      received += text;
    });
    socket.setTimeout(8_000, () => socket.destroy(new Error('the server neither answered nor left')));
    socket.on('close', () => resolve(received)).on('error', reject);
  });
}

async function listen(app: FastifyInstance): Promise<number> {
  return Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
}

const HOST = 'Host: x\r\n';
const cases = {
  'no HTTP at all': ['hello\r\n\r\n', 400],
  'a header that is too large': [`GET /health HTTP/1.1\r\n${HOST}X-Big: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  'no Host': ['GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  'a request that never ends': [
    `POST /api/v1/patients HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    408,
  ],
  'two lengths': [
    `POST /api/v1/patients HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`,
    400,
  ],
} as const;

describe('on the wire', () => {
  for (const [what, [bytes, status]] of Object.entries(cases)) {
    test(`${what} is answered with ${status}, as a problem, and the connection ends`, async (t) => {
      const { app, lines } = await createApp(t, { limits: { requestMs: 500 } });
      const answer = await talk(await listen(app), bytes);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(answer, /content-type: application\/problem\+json/i);
      assert.match(answer, new RegExp(`"status":${status}`));
      const [, id = ''] = /x-request-id: (\S+)/i.exec(answer) ?? [];
      assert.equal(lines.filter((line) => line.includes(id)).length, 1, 'one line of the log has the id');
      assert.equal((await app.inject('/health')).statusCode, 200);
    });
  }

  test('a client that leaves in the middle harms nobody', async (t) => {
    const { app, lines } = await createApp(t);
    const port = await listen(app);
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(
      'POST /api/v1/patients HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"a"',
    );
    await sleep(50);
    socket.destroy();
    await sleep(50);
    assert.equal((await app.inject('/health')).statusCode, 200);
    assert.deepEqual(
      lines.filter((line) => line.includes('"level":"error"')),
      [],
    );
  });

  test('a closing server answers what is in flight, and does not wait for idle connections', async (t) => {
    const extend = (each: FastifyInstance) =>
      each.get('/slow', async () => {
        await sleep(300);
        return { done: true };
      });
    const { app } = await createApp(t, { extend });
    const url = `http://127.0.0.1:${await listen(app)}`;
    await (await fetch(`${url}/health`)).text(); // Leaves an idle connection open.
    for (const bytes of ['', 'GET /health HTTP/1.1\r\nHo']) {
      const unfinished = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
      unfinished.on('error', () => {});
      t.after(() => unfinished.destroy());
      await once(unfinished, 'connect');
      unfinished.write(bytes);
    }
    const inFlight = fetch(`${url}/slow`);
    await sleep(100);
    const begun = performance.now();
    await app.close();
    assert.ok(performance.now() - begun < 2_000);
    const answer = await inFlight;
    assert.deepEqual([answer.status, await answer.json()], [200, { done: true }]);
    await assert.rejects(fetch(`${url}/health`));
  });
});
