import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createMetrics, EXPOSITION_TYPES, type Metrics, mergeMetrics } from '../src/observability/index.ts';
import { parseExposition, samplesOf } from './http-support.ts';

const TYPES = Object.values(EXPOSITION_TYPES);
const { openMetrics, prometheus } = EXPOSITION_TYPES;

/** What another process sends over its channel. */
async function overChannel(registry: Registry): Promise<object[]> {
  return JSON.parse(JSON.stringify(await registry.getMetricsAsJSON()));
}

function request(metrics: Metrics, seconds: number, traceId?: string): void {
  metrics.answered({ method: 'GET', route: '/a', status: 200, seconds, traceId });
}

suite('the numbers of two processes as one', () => {
  for (const type of TYPES) {
    test(`are valid: ${type}`, async () => {
      const [api, schedule] = [createMetrics('api'), createMetrics('schedule')];
      request(api, 0.003, 'a'.repeat(32));
      request(api, 0.3);
      request(api, 60, 'b'.repeat(32));
      schedule.handled({ service: 's', method: 'm', type: 'unary', code: 'OK', seconds: 0.02 });
      schedule.watch({ pool: () => ({ busy: 1, idle: 2, waiting: 0 }) });
      api.watch({ pool: () => ({ busy: 3, idle: 0, waiting: 7 }), pendingEvents: async () => 5 });
      const families = parseExposition(
        await mergeMetrics(api.registry, [await overChannel(schedule.registry)], type),
        type,
      );
      for (const process of ['api', 'schedule']) {
        assert.ok(Number(samplesOf(families, 'process_resident_memory_bytes', { process })[0]?.value) > 0);
      }
      const pool = samplesOf(families, 'database_pool_connections', { state: 'waiting' });
      assert.deepEqual(
        pool.map(({ labels, value }) => [labels.process, value]),
        [
          ['api', 7],
          ['schedule', 0],
        ],
      );
      const suffix = type === openMetrics ? '' : '_total';
      assert.equal(samplesOf(families, `http_requests${suffix}`)[0]?.value, 3);
      assert.equal(samplesOf(families, `grpc_server_handled${suffix}`)[0]?.value, 1);
      // Counted by both from the start, with the same labels.
      assert.equal(samplesOf(families, `cache_requests${suffix}`, { result: 'hit' }).length, 1);
      const exemplars = samplesOf(families, 'http_request_duration_seconds').flatMap(
        (each) => each.exemplar ?? [],
      );
      const expected = [
        { labels: { trace_id: 'a'.repeat(32) }, value: 0.003 },
        { labels: { trace_id: 'b'.repeat(32) }, value: 60 },
      ];
      assert.deepEqual(exemplars, type === openMetrics ? expected : []);
    });
  }

  test('are those of one, where the other is not there', async () => {
    const { registry } = createMetrics('api');
    const families = parseExposition(await mergeMetrics(registry, [], prometheus), prometheus);
    assert.equal(samplesOf(families, 'process_resident_memory_bytes').length, 1);
  });

  test('are summed where they are counts of the same thing, and not where they are gauges', async () => {
    const registries = [1, 2].map((times) => {
      const registry = new Registry();
      const registers = [registry];
      const labelNames = ['a', 'b'];
      const counter = new Counter({ name: 'things_total', help: 'Things.', labelNames, registers });
      // The same labels, in another order.
      counter.inc(times === 1 ? { a: 'x"\\\n', b: 'y' } : { b: 'y', a: 'x"\\\n' }, times);
      new Gauge({ name: 'level', help: 'A level.', registers }).set(times);
      const histogram = new Histogram({ name: 'seconds', help: 'Time.', buckets: [1, 5], registers });
      histogram.observe(times === 1 ? 0.5 : 3);
      return registry;
    });
    const [own, other] = registries;
    assert.ok(own && other);
    for (let again = 0; again < 2; again++) {
      for (const type of TYPES) {
        const families = parseExposition(await mergeMetrics(own, [await overChannel(other)], type), type);
        const things = samplesOf(families, type === openMetrics ? 'things' : 'things_total');
        assert.deepEqual(
          things.map(({ value }) => value),
          [3],
        );
        assert.equal(samplesOf(families, 'level')[0]?.value, 1);
        assert.deepEqual(
          samplesOf(families, 'seconds').map(({ value }) => value),
          [1, 2, 2, 3.5, 2],
        );
      }
    }
  });

  test('say NaN where there is no number, also after a way as JSON', async () => {
    const [own, other] = [new Registry(), new Registry()];
    new Gauge({ name: 'mean', help: 'Of nothing.', registers: [other] }).set(Number.NaN);
    const families = parseExposition(
      await mergeMetrics(own, [await overChannel(other)], prometheus),
      prometheus,
    );
    assert.ok(Number.isNaN(samplesOf(families, 'mean')[0]?.value));
  });
});

suite('the reader of expositions', () => {
  const head = '# HELP a A.\n# TYPE a gauge\n';
  const histogram = '# HELP h H.\n# TYPE h histogram\n';
  for (const [what, text] of [
    ['a family in two pieces', `${head}a 1\n# HELP b B.\n# TYPE b gauge\nb 1\na{x="1"} 2\n`],
    ['a family twice', `${head}a 1\n${head}a{x="1"} 2\n`],
    ['a sample twice', `${head}a{x="1",y="2"} 1\na{y="2",x="1"} 1\n`],
    ['a sample without a type', 'a 1\n'],
    ['no number', `${head}a null\n`],
    ['a label that does not end', `${head}a{x="1} 1\n`],
    ['a label twice', `${head}a{x="1",x="2"} 1\n`],
    ['an exemplar', `${head}a 1 # {trace_id="1"} 1 1\n`],
    ['a last line that does not end', `${head}a 1`],
    ['a histogram without +Inf', `${histogram}h_bucket{le="1"} 1\nh_sum 1\nh_count 1\n`],
    ['one that shrinks', `${histogram}h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n`],
    ['one without a sum', `${histogram}h_bucket{le="+Inf"} 1\nh_count 1\n`],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.throws(() => parseExposition(text, prometheus));
    });
  }
});
