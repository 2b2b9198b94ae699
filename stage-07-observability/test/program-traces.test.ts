import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { openLog } from '../src/app/index.ts';
import { readConfig, variables } from '../src/config/index.ts';
import { EVENT_TOPICS, REMINDERS_GROUP, STATISTICS_GROUP } from '../src/events/index.ts';
import { createSystemClock } from '../src/service/index.ts';
import { createClient, eventually, samplePatientInput } from './contracts/index.ts';
import {
  EMBEDDED,
  type Environment,
  end,
  gone,
  type Line,
  PROFILES,
  type Program,
  readLines,
  readSpanFiles,
  runMain,
  startPractice,
  startServer,
} from './program.ts';
import { openStorage } from './support.ts';

/** Somebody else is the relay, so that events wait; until it is called again. */
async function holdEvents(t: TestContext, env: Environment) {
  const storage = await openStorage(t, env);
  const [name, holder, until] = ['relay', 'a test', '2091-01-01T00:00:00.000Z'];
  const insert = 'INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3)';
  await storage.transaction(({ sql }) => sql.query(insert, name, holder, until));
  return async () => {
    assert.equal((await storage.sql.query('SELECT position FROM outbox')).length, 1);
    await storage.transaction(({ sql }) => sql.query('DELETE FROM leases WHERE name = $1', name));
  };
}

/** All messages of the topics, as anybody can read them. */
async function readTopics(t: TestContext, env: Environment) {
  const log = await openLog(readConfig(variables, env), createSystemClock());
  t.after(() => log.close());
  const found = [];
  for await (const message of log.list(EVENT_TOPICS)) found.push(message);
  return found;
}

const handledBy = (group: string) => (line: Line) => line.message === 'event handled' && line.group === group;

for (const profile of PROFILES) {
  suite(`traces of the program, ${profile.name}`, profile.suite, () => {
    test('a booking is one trace in both processes and the consumers, whatever is killed in between', async (t) => {
      const env = await profile.environment(t);
      const [traceId, callerSpan] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
      const first = await startPractice(t, env);
      const letGo = await holdEvents(t, env);
      const requestId = 'the-booking-of-two-lives';
      const booked = await first.book('08:30', {
        'x-request-id': requestId,
        traceparent: `00-${traceId}-${callerSpan}-01`,
      });
      assert.equal(booked.status, 201, JSON.stringify(booked.body));
      const isOfIt = (line: Line) => line.traceId === traceId;
      await eventually(async () => {
        const services = readLines(await readSpanFiles(env.SPANS_FOLDER ?? ''))
          .filter(isOfIt)
          .map(({ service, kind }) => `${service} ${kind}`);
        return services.includes('medcenter server') && services.includes('medcenter-schedule server');
      });
      assert.equal((await end(first, 'SIGKILL')).exitCode, null);
      await gone(first.pid);
      const [request, ...requests] = first
        .log()
        .filter(({ request_id, route }) => route && request_id === requestId);
      const [call, ...calls] = first.log().filter(({ request_id, code }) => code && request_id === requestId);
      assert.deepEqual([requests, calls], [[], []]);
      assert.deepEqual([request?.service, request?.status, request?.trace_id], ['medcenter', 201, traceId]);
      assert.deepEqual(
        [call?.service, call?.method, call?.code, call?.trace_id],
        ['medcenter-schedule', '/medcenter.schedule.v1.ScheduleService/BookSlot', 'OK', traceId],
      );

      const second = await startServer(t, env);
      await letGo();
      const lines = await eventually(
        () => {
          const found = [STATISTICS_GROUP, REMINDERS_GROUP].map((group) =>
            second.log().find(handledBy(group)),
          );
          return found.every((line) => line !== undefined) && found;
        },
        { what: 'both consumers', patienceMs: 20_000 },
      );
      assert.deepEqual(
        lines.map(({ trace_id, topic, service }) => [trace_id, topic, service]),
        Array(2).fill([traceId, 'appointments.created', 'medcenter']),
      );
      assert.equal((await end(second, 'SIGTERM')).exitCode, 0);

      const [message, ...messages] = await readTopics(t, env);
      assert.deepEqual(messages, []);
      const { traceparent = '' } = message?.headers ?? {};
      assert.match(traceparent, new RegExp(`^00-${traceId}-[\\da-f]{16}-01$`));
      assert.equal('traceparent' in JSON.parse(String(message?.value)), false, 'the event is as it was');

      for (const id of [traceId, requestId]) {
        const { stdout, exitCode, stderr } = await runMain(t, env, ['trace', id]);
        assert.equal(exitCode, 0, stderr);
        assert.match(stdout, new RegExp(`^trace ${traceId} .* 2 processes`));
        for (const drawn of [
          /POST \/api\/v1\/appointments +medcenter /,
          /medcenter\.schedule\.v1\.Sch\S+ +medcenter-schedule /,
          /ScheduleService\.bookSlot +medcenter-schedule /,
          /INSERT outbox +medcenter-schedule /,
        ]) {
          assert.match(stdout, drawn);
        }
        assert.equal(stdout.match(/process appo\S+ +medcenter /g)?.length, 2, stdout);
      }
    });
  });
}

/** Some requests with spans in both processes. */
async function work({ client, book }: Awaited<ReturnType<typeof startPractice>>) {
  for (const time of ['08:00', '08:30', '09:00']) assert.equal((await book(time)).status, 201);
  for (let n = 0; n < 100; n++) {
    assert.equal((await client.send('GET', '/api/v1/patients')).status, 200);
  }
}

suite('spans that nobody takes', { concurrency: 2 }, () => {
  test('are none with a ratio of 0; the log has ids all the same', async (t) => {
    const env: Environment = { ...(await EMBEDDED.environment(t)), OTEL_TRACES_SAMPLER_ARG: '0' };
    const practice = await startPractice(t, env);
    const id = { 'x-request-id': 'not-sampled' };
    assert.equal((await practice.book('08:00', id)).status, 201);
    await eventually(() => practice.log().filter(({ message }) => message === 'event handled').length === 2);
    assert.equal((await end(practice, 'SIGTERM')).exitCode, 0);
    assert.equal(await readSpanFiles(env.SPANS_FOLDER ?? ''), '');
    const lines = practice.log().filter(({ request_id, group }) => group || request_id === 'not-sampled');
    const traces = new Set(lines.map(({ trace_id }) => trace_id));
    assert.deepEqual([lines.length, traces.size], [4, 1]);
    for (const { trace_id, span_id } of lines) {
      assert.match(trace_id, /^[\da-f]{32}$/);
      assert.match(span_id, /^[\da-f]{16}$/);
    }
    // The caller decides.
    const sampled = await startPractice(t, env);
    const traceparent = `00-${'5'.repeat(32)}-${'7'.repeat(16)}-01`;
    await createClient(sampled.url).send('GET', '/health', undefined, { traceparent });
    assert.equal((await end(sampled, 'SIGTERM')).exitCode, 0);
    const spans = readLines(await readSpanFiles(env.SPANS_FOLDER ?? ''));
    assert.deepEqual(new Set(spans.map(({ traceId }) => traceId)), new Set(['5'.repeat(32)]));
  });

  /** Takes connections, and answers nothing; or takes none. */
  async function startDeadCollector(t: TestContext, isThere: boolean): Promise<string> {
    const server = createServer((socket: Socket) => {
      t.after(() => socket.destroy());
      socket.on('error', () => {}).resume();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    t.after(() => server.close());
    if (!isThere) server.close();
    return `http://127.0.0.1:${port}`;
  }

  for (const isThere of [false, true]) {
    const what = isThere ? 'never answers' : 'is not there';
    test(`are lost on a collector that ${what}: requests go on, and the end is in time`, async (t) => {
      const env: Environment = {
        ...(await EMBEDDED.environment(t)),
        OTEL_EXPORTER_OTLP_ENDPOINT: await startDeadCollector(t, isThere),
      };
      const practice = await startPractice(t, env);
      await work(practice);
      assert.equal(
        (await practice.client.send('POST', '/api/v1/patients', samplePatientInput())).status,
        201,
      );
      const { exitCode, ms } = await end(practice, 'SIGTERM');
      assert.equal(exitCode, 0);
      assert.ok(ms < 7_000, `${ms}`);
      assert.equal(await readSpanFiles(env.SPANS_FOLDER ?? ''), '');
      assert.deepEqual(troubles(practice), []);
    });
  }
});

function troubles({ log }: Pick<Program, 'log'>) {
  return log().filter(({ level }) => level === 'error' || level === 'fatal');
}
