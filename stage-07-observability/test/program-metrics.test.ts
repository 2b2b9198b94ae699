import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { EVENT_TOPICS, REMINDERS_GROUP, STATISTICS_GROUP } from '../src/events/index.ts';
import { EXPOSITION_TYPES } from '../src/observability/index.ts';
import { createClient, eventually } from './contracts/index.ts';
import { type ParsedFamily, parseExposition, samplesOf } from './http-support.ts';
import { childrenOf, MONDAY, PROFILES, startPractice } from './program.ts';

async function scrape(url: string, accept = 'text/plain'): Promise<Map<string, ParsedFamily>> {
  const response = await fetch(`${url}/metrics`, { headers: { accept } });
  assert.equal(response.status, 200);
  const type = response.headers.get('content-type') ?? '';
  const { openMetrics, prometheus } = EXPOSITION_TYPES;
  return parseExposition(await response.text(), type.startsWith('application') ? openMetrics : prometheus);
}

type Labels = Record<string, string>;

/** The one sample of these labels; a test says which it has, all of them. */
function valueIn(families: Map<string, ParsedFamily>, name: string, labels: Labels = {}): number | undefined {
  const family = name.replace(/_(count|sum|bucket)$/, '');
  const found = samplesOf(families, families.has(name) ? name : family, labels).filter(
    (each) => each.name === name,
  );
  assert.ok(found.length <= 1, `${name} ${JSON.stringify(labels)}: ${found.length}`);
  const [sample] = found;
  if (sample) assert.deepEqual(Object.keys(sample.labels).sort(), Object.keys(labels).sort());
  return sample?.value;
}

const BOOKED = { method: 'POST', route: '/api/v1/appointments' };
const call = (grpc_method: string, grpc_code = 'OK') => ({
  grpc_service: 'medcenter.schedule.v1.ScheduleService',
  grpc_method,
  grpc_type: 'unary',
  grpc_code,
});

/** Work of each kind that is counted. */
async function work(t: TestContext, environment: Record<string, string>) {
  const practice = await startPractice(t, environment);
  const { book, client, patientId, url } = practice;
  assert.equal((await book('08:00')).status, 201);
  assert.equal((await book('08:00')).status, 409);
  for (let n = 0; n < 3; n++) await client.send('GET', `/api/v1/patients/${patientId}`);
  for (let n = 0; n < 200; n++) await createClient(url).send('GET', `/nowhere/${Math.random()}`);
  return practice;
}

for (const profile of PROFILES) {
  suite(`the numbers of the program, ${profile.name}`, profile.suite, () => {
    test('are those of the contract, of both processes, and begin anew with a new child', async (t) => {
      const { url, pid, child, client, path, book } = await work(t, await profile.environment(t));
      const lagsOf = (found: Map<string, ParsedFamily>) =>
        [STATISTICS_GROUP, REMINDERS_GROUP].flatMap((group) =>
          EVENT_TOPICS.map((topic) => valueIn(found, 'kafka_consumer_lag', { topic, group })),
        );
      const found = await eventually(
        async () => {
          const families = await scrape(url);
          const lags = lagsOf(families);
          return (
            lags.every((lag) => lag === 0) && valueIn(families, 'outbox_pending_events') === 0 && families
          );
        },
        { what: 'no lag', patienceMs: 20_000 },
      );
      for (const status_code of ['201', '409']) {
        const labels = { ...BOOKED, status_code };
        assert.equal(valueIn(found, 'http_requests_total', labels), 1);
        assert.equal(valueIn(found, 'http_request_duration_seconds_count', labels), 1);
        const errors = status_code === '409' ? 1 : undefined;
        assert.equal(valueIn(found, 'http_request_errors_total', labels), errors);
      }
      const lost = samplesOf(found, 'http_requests_total', { status_code: '404' });
      assert.deepEqual(
        lost.map(({ labels: { method, route }, value }) => [method, route, value]),
        [['GET', 'none', 200]],
      );
      const code = ['OK', 'ALREADY_EXISTS'];
      for (const each of code) {
        assert.equal(valueIn(found, 'grpc_server_handled_total', call('BookSlot', each)), 1, each);
        assert.equal(valueIn(found, 'grpc_server_handling_seconds_count', call('BookSlot', each)), 1);
      }
      const looks = ['hit', 'miss', 'bypass'].map((result) =>
        valueIn(found, 'cache_requests_total', { result }),
      );
      assert.ok(looks.every((count) => count !== undefined) && (looks[0] ?? 0) >= 2, `${looks}`);
      assert.deepEqual(
        EVENT_TOPICS.map((topic) => valueIn(found, 'dead_letters_total', { topic })),
        EVENT_TOPICS.map(() => 0),
      );
      for (const process of ['api', 'schedule']) {
        assert.ok((valueIn(found, 'process_resident_memory_bytes', { process }) ?? 0) > 20e6, process);
        for (const state of ['busy', 'idle', 'waiting']) {
          assert.ok(valueIn(found, 'database_pool_connections', { process, state }) !== undefined, state);
        }
      }
      const inOpenMetrics = await scrape(url, 'application/openmetrics-text');
      const exemplars = samplesOf(inOpenMetrics, 'http_request_duration_seconds', BOOKED).flatMap(
        ({ exemplar }) => exemplar?.labels.trace_id ?? [],
      );
      assert.ok(exemplars.length > 0 && exemplars.every((id) => /^[\da-f]{32}$/.test(id)), `${exemplars}`);

      process.kill(pid, 'SIGKILL');
      await eventually(
        async () => (await client.send('GET', `${path}/slots?from=${MONDAY}&to=${MONDAY}`)).status === 200,
        { what: 'the new child', patienceMs: 30_000 },
      );
      assert.notEqual((await childrenOf(child))[0], pid);
      assert.equal((await book('08:30')).status, 201);
      const anew = await eventually(async () => {
        const families = await scrape(url);
        return valueIn(families, 'grpc_server_handled_total', call('BookSlot')) !== undefined && families;
      });
      assert.equal(valueIn(anew, 'grpc_server_handled_total', call('BookSlot')), 1);
      assert.equal(valueIn(anew, 'grpc_server_handled_total', call('BookSlot', 'ALREADY_EXISTS')), undefined);
      assert.equal(valueIn(anew, 'http_requests_total', { ...BOOKED, status_code: '201' }), 2);
    });
  });
}
