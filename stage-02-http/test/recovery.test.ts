import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { DomainError, ERROR_CODES, PRECONDITION_ERROR_CODES } from '../src/domain/index.ts';
import { statusByCode } from '../src/transport/http/index.ts';
import { createApp } from './support.ts';

const SECRET = 'the-inside';
const failures: Record<string, (app: FastifyInstance) => void> = {
  'a throw': (app) =>
    app.get('/fails', () => {
      throw new Error(SECRET);
    }),
  'a rejected promise': (app) =>
    app.get('/fails', async () => {
      throw new Error(SECRET, { cause: new Error('deeper') });
    }),
  'a throw of text': (app) =>
    app.get('/fails', async () => {
      throw SECRET;
    }),
  'a throw of nothing': (app) =>
    app.get('/fails', async () => {
      throw undefined;
    }),
  'a foreign error with a status of its own': (app) =>
    app.get('/fails', async () => {
      throw Object.assign(new Error(SECRET), { statusCode: 403 });
    }),
  'a domain error with a code that nobody mapped': (app) =>
    app.get('/fails', async () => {
      throw new DomainError('new_code', 'x');
    }),
  'a getter that throws': (app) =>
    app.get('/fails', async () => ({
      get name() {
        throw new Error(SECRET);
      },
    })),
  'a circle that cannot be written': (app) =>
    app.get('/fails', async () => {
      const circle: { self?: unknown } = {};
      circle.self = circle;
      return circle;
    }),
  'a serialiser that fails': (app) => {
    const schema = {
      response: { 200: { type: 'object', required: ['a'], properties: { a: { type: 'integer' } } } },
    };
    app.get('/fails', { schema }, async () => ({ b: SECRET }));
  },
  'a hook that throws': (app) =>
    app.get(
      '/fails',
      {
        preHandler: async () => {
          throw new Error(SECRET);
        },
      },
      async () => 'x',
    ),
};

describe('whatever goes wrong inside', () => {
  for (const [what, extend] of Object.entries(failures)) {
    test(`${what} is a 500 with a request id and nothing of the inside, logged once, and the process lives`, async (t) => {
      const { app, lines } = await createApp(t, { extend });
      const answer = await app.inject({ url: '/fails', headers: { 'x-request-id': 'r-1' } });
      assert.equal(answer.statusCode, 500, answer.body);
      assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
      assert.equal(answer.json().requestId, 'r-1');
      assert.ok(!answer.body.includes(SECRET), answer.body);
      const logged = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');
      assert.deepEqual(
        logged.map(({ message, requestId }) => [message, requestId]),
        [['request failed', 'r-1']],
      );
      assert.equal((await app.inject('/health')).statusCode, 200);
    });
  }

  test('an error in the log has its stack and its cause', async (t) => {
    const { app, lines } = await createApp(t, { extend: (each) => failures['a rejected promise']?.(each) });
    await app.inject('/fails');
    const { error } = JSON.parse(lines.find((line) => line.includes('"error"')) ?? '{}');
    assert.match(error.stack, /recovery\.test/);
    assert.equal(error.cause.message, 'deeper');
  });

  test('what goes wrong after the limit is heard by nobody but the log', async (t) => {
    const extend = (each: FastifyInstance) =>
      each.get('/late', async () => {
        await sleep(300);
        throw new Error(SECRET);
      });
    const { app, lines } = await createApp(t, { extend, limits: { handlerMs: 100 } });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    assert.equal((await fetch(`${url}/late`, { headers: { 'x-request-id': 'r-2' } })).status, 503);
    await sleep(400);
    const logged = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');
    assert.deepEqual(
      logged.map(({ requestId, error }) => [requestId, error.message]),
      [['r-2', SECRET]],
    );
  });

  test('a handler that takes too long is a 503, with a body or without, and what it answers later is dropped', async (t) => {
    const slow = async () => {
      await sleep(600);
      return 'late';
    };
    const extend = (each: FastifyInstance) => each.get('/slow', slow).post('/slow', slow);
    const { app, lines } = await createApp(t, { extend, limits: { handlerMs: 100 } });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    for (const answer of await Promise.all([fetch(`${url}/slow`), fetch(`${url}/slow`, json)])) {
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1']);
      assert.match(answer.headers.get('content-type') ?? '', /problem\+json/);
    }
    await sleep(700);
    const events = lines.map((line) => JSON.parse(line));
    assert.deepEqual(
      events.filter(({ level }) => level !== 'info'),
      [],
    );
    assert.equal(events.filter(({ status }) => status === 503).length, 2);
  });
});

test('every code of the domain has its status', () => {
  assert.deepEqual(Object.keys(statusByCode).sort(), [...ERROR_CODES, ...PRECONDITION_ERROR_CODES].sort());
});
