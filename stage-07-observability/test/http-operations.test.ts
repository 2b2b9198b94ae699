import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite, type TestContext, test } from 'node:test';
import { EXPOSITION_TYPES, type ExpositionType, mergeMetrics } from '../src/observability/index.ts';
import {
  type CheckResult,
  createReadiness,
  operationsRoutes,
  type ReadinessOptions,
} from '../src/transport/http/index.ts';
import { createObservedApp, parseExposition, samplesOf } from './http-support.ts';

type Checks = Record<string, () => Promise<CheckResult>>;

const { openMetrics, prometheus } = EXPOSITION_TYPES;
const up = async (): Promise<CheckResult> => 'up';
const down = async (): Promise<CheckResult> => 'down';
const UP = { storage: up, cache: up, events: up, schedule: up };

function createTestReadiness(checks: Checks, options: Partial<ReadinessOptions> = {}) {
  return createReadiness({ checks, essential: ['storage'], isStopping: () => false, ...options });
}

async function createOperations(
  t: TestContext,
  checks: Checks = UP,
  options: Partial<ReadinessOptions> = {},
) {
  const { app, metrics } = await createObservedApp(t, {
    extend: (app) =>
      void app.register(operationsRoutes, {
        readiness: createTestReadiness(checks, options),
        metrics: (type: ExpositionType) => mergeMetrics(metrics.registry, [], type),
      }),
  });
  const scrape = async (accept: string | undefined) => {
    const answer = await app.inject({ url: '/metrics', headers: accept === undefined ? {} : { accept } });
    assert.equal(answer.statusCode, 200);
    const type = answer.headers['content-type'] as ExpositionType;
    return { answer, type, families: parseExposition(answer.body, type) };
  };
  return { app, scrape };
}

suite('GET /ready', () => {
  const all = { storage: 'up', cache: 'up', events: 'up', schedule: 'up' };
  const fails = async () => Promise.reject(new Error('refused: password of somebody'));
  for (const [what, checks, status, report] of [
    ['all is up', UP, 200, { status: 'up', checks: all }],
    [
      'a helper is down',
      { ...UP, cache: down },
      200,
      { status: 'degraded', checks: { ...all, cache: 'down' } },
    ],
    [
      'all helpers fail',
      { storage: up, cache: fails, events: fails, schedule: fails },
      200,
      { status: 'degraded', checks: { storage: 'up', cache: 'down', events: 'down', schedule: 'down' } },
    ],
    [
      'a helper is degraded',
      { ...UP, events: async () => 'degraded' as const },
      200,
      { status: 'degraded', checks: { ...all, events: 'degraded' } },
    ],
    [
      'storage is down',
      { ...UP, storage: down },
      503,
      { status: 'down', checks: { ...all, storage: 'down' } },
    ],
    [
      'storage fails',
      { ...UP, storage: fails },
      503,
      { status: 'down', checks: { ...all, storage: 'down' } },
    ],
  ] as const) {
    test(`answers ${status} when ${what}`, async (t) => {
      const { app } = await createOperations(t, checks);
      const answer = await app.inject('/ready');
      assert.equal(answer.statusCode, status);
      assert.deepEqual(answer.json(), report);
      assert.equal(answer.headers['cache-control'], 'no-store');
      assert.match(String(answer.headers['content-type']), /^application\/json/);
    });
  }

  test('is down from the moment on in which the program stops, whatever is known', async (t) => {
    let stopping = false;
    const { app } = await createOperations(t, UP, { isStopping: () => stopping, keepMs: 60_000 });
    assert.equal((await app.inject('/ready')).statusCode, 200);
    stopping = true;
    const answer = await app.inject('/ready');
    assert.deepEqual([answer.statusCode, answer.json()], [503, { status: 'down', checks: all }]);
  });

  test('stands in the document, with /metrics', async (t) => {
    const { app } = await createOperations(t);
    const { paths } = (await app.inject('/openapi.json')).json();
    const { responses } = paths['/ready'].get;
    assert.deepEqual(Object.keys(responses), ['200', '503']);
    for (const status of ['200', '503']) {
      const { schema } = responses[status].content['application/json'];
      assert.deepEqual(schema.properties.status.enum, ['up', 'degraded', 'down']);
      assert.deepEqual(schema.required, ['status', 'checks']);
    }
    assert.deepEqual(Object.keys(paths['/metrics'].get.responses['200'].content), [
      'text/plain',
      'application/openmetrics-text',
    ]);
  });
});

suite('readiness', () => {
  test('does not wait for a slow check, and asks all at once', async () => {
    const slow = () => sleep(500).then(up);
    const readiness = createTestReadiness(
      { storage: up, cache: slow, events: slow, schedule: slow },
      { timeoutMs: 60 },
    );
    const began = performance.now();
    const { checks } = await readiness.read();
    assert.deepEqual(checks, { storage: 'up', cache: 'down', events: 'down', schedule: 'down' });
    assert.ok(performance.now() - began < 170, `${performance.now() - began} ms`);
    await sleep(500);
  });

  test('sees a check that throws at once, too', async () => {
    const readiness = createTestReadiness({
      storage() {
        throw new Error('no');
      },
    });
    assert.equal((await readiness.read()).status, 'down');
  });

  test('is looked at once for all who ask at the same time, and for a while after', async () => {
    let [asked, at] = [0, 0];
    const storage = async () => {
      asked++;
      await sleep(20);
      return asked === 1 ? 'up' : 'down';
    };
    const readiness = createTestReadiness({ storage }, { now: () => at });
    const read = async () => (await readiness.read()).status;
    assert.deepEqual(new Set(await Promise.all(Array.from({ length: 50 }, read))), new Set(['up']));
    at = 249;
    assert.equal(await read(), 'up');
    assert.equal(asked, 1);
    at = 250;
    assert.equal(await read(), 'down');
    assert.equal(asked, 2);
  });

  test('says no when the program began to stop while it looked', async () => {
    let stopping = false;
    const storage = () => sleep(20).then(up);
    const readiness = createTestReadiness({ storage }, { isStopping: () => stopping });
    const report = readiness.read();
    stopping = true;
    assert.equal((await report).status, 'down');
  });
});

suite('GET /metrics', () => {
  test('is the text format, unless OpenMetrics is preferred', async (t) => {
    const { scrape } = await createOperations(t);
    for (const [accept, expected] of [
      [undefined, prometheus],
      ['*/*', prometheus],
      ['text/plain', prometheus],
      ['application/openmetrics-text;q=0', prometheus],
      ['application/openmetrics-text;q=0.3,text/plain;version=0.0.4;q=0.6', prometheus],
      ['application/openmetrics-text', openMetrics],
      [
        'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
        openMetrics,
      ],
    ] as const) {
      const { answer, type } = await scrape(accept);
      assert.equal(type, expected, accept);
      assert.equal(answer.headers['cache-control'], 'no-store');
    }
  });

  test('in one format leaves the other as it was, also at the same time', async (t) => {
    const { app, scrape } = await createOperations(t);
    await app.inject('/health');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => scrape(index % 2 ? openMetrics : prometheus)),
    );
    for (const { type, families } of answers) {
      const family = type === openMetrics ? 'http_requests' : 'http_requests_total';
      assert.equal(samplesOf(families, family, { route: '/health' })[0]?.name, 'http_requests_total');
    }
  });
});
