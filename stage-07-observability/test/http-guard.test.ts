import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { suite, type TestContext, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { addLoadGuard } from '../src/transport/http/index.ts';
import { createObservedApp } from './http-support.ts';

/** Holds the event loop until the guard has seen it, for five seconds at the most. */
async function keepBusy(app: FastifyInstance): Promise<void> {
  const end = performance.now() + 5_000;
  while (app.memoryUsage().eventLoopDelay < 100) {
    const blocked = performance.now() + 150;
    assert.ok(blocked < end, 'nobody has seen it');
    while (performance.now() < blocked);
    await turn();
  }
}

async function createGuardedApp(t: TestContext, limitMs: number) {
  const signedIn: string[] = [];
  const observed = await createObservedApp(t, {
    extend(app) {
      addLoadGuard(app, { limitMs, warmUpMs: 0 });
      app.addHook('onRequest', async ({ url }) => void signedIn.push(url));
      for (const url of ['/ready', '/metrics']) app.get(url, async () => 'here');
    },
  });
  await observed.app.ready();
  return { ...observed, signedIn };
}

suite('the guard of the event loop', () => {
  test('refuses while it is late, before anything is done, and serves again after', async (t) => {
    const { app, signedIn, spans, lines, requests } = await createGuardedApp(t, 60);
    assert.equal((await app.inject('/api/v1/patients')).statusCode, 200);
    await keepBusy(app);
    signedIn.length = 0;
    const refused = await app.inject('/api/v1/patients');
    assert.equal(refused.statusCode, 503);
    assert.match(String(refused.headers['content-type']), /^application\/problem\+json/);
    assert.equal(refused.headers['retry-after'], '1');
    assert.equal(refused.json().status, 503);
    assert.equal(
      (await app.inject({ method: 'POST', url: '/api/v1/patients', payload: {} })).statusCode,
      503,
    );
    assert.deepEqual(signedIn, []);
    for (const url of ['/health', '/ready', '/metrics', '/docs/', '/docs/json', '/docs/static/index.css']) {
      const { statusCode } = await app.inject(url);
      assert.notEqual(statusCode, 503, url);
    }
    // One line each, and none with a stack.
    assert.deepEqual(
      requests()
        .map(({ status }) => status)
        .slice(0, 3),
      [200, 503, 503],
    );
    assert.equal(lines.length, requests().length);
    assert.deepEqual([spans[1]?.errors.length, spans[1]?.ended], [1, 1]);

    const deadline = performance.now() + 5_000;
    while ((await app.inject('/api/v1/patients')).statusCode !== 200) {
      assert.ok(performance.now() < deadline, 'it goes on to refuse');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  test('does not refuse below the limit', async (t) => {
    const { app } = await createGuardedApp(t, 10_000);
    await keepBusy(app);
    assert.equal((await app.inject('/api/v1/patients')).statusCode, 200);
  });

  test('is off at 0', async (t) => {
    const { app } = await createGuardedApp(t, 0);
    assert.equal(app.hasDecorator('memoryUsage'), false);
    assert.equal((await app.inject('/api/v1/patients')).statusCode, 200);
  });
});
