import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite, type TestContext, test } from 'node:test';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { FastifyInstance } from 'fastify';
import { notFound, unavailable } from '../src/domain/index.ts';
import { EXPOSITION_TYPES, openTracing } from '../src/observability/index.ts';
import { samplePatientInput } from './contracts/index.ts';
import { createFakeTracing, createObservedApp, eventually, samplesOf } from './http-support.ts';

const ID = '01981a3e-0000-7000-8000-000000000002';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

/** Real tracing, whose spans are in `spans` when it is closed. */
function createRealTracing() {
  const spans: ReadableSpan[] = [];
  const exporter: SpanExporter = {
    export(ended, done) {
      spans.push(...ended);
      done({ code: 0 });
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  return { tracing: openTracing({ service: 'test', ratio: 1, exporter }), spans };
}

async function listen(app: FastifyInstance): Promise<{ url: string; port: number }> {
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, port: Number(new URL(url).port) };
}

suite('a request', () => {
  test('is one span, one line and one observation, under the pattern of its route', async (t) => {
    const { app, spans, requests, scrape } = await createObservedApp(t);
    await app.inject({ url: `/api/v1/patients/${ID}?secret=1`, headers: { traceparent: PARENT } });
    const [span, ...others] = spans;
    const [line, ...rest] = requests();
    assert.equal(others.length, 0);
    assert.equal(span?.name, 'GET /api/v1/patients/:id');
    assert.equal(span?.kind, 'server');
    assert.equal(span?.parent?.traceparent, PARENT);
    assert.deepEqual(
      { ...span?.attributes, ...span?.set },
      {
        'http.request.method': 'GET',
        'http.route': '/api/v1/patients/:id',
        'http.response.status_code': 404,
        'url.scheme': 'http',
        'medcenter.request_id': line?.request_id ?? line?.requestId,
      },
    );
    assert.deepEqual([span?.errors, span?.ended], [[], 1]);
    assert.equal(rest.length, 0);
    assert.equal(line?.trace_id, span?.traceId);
    const labels = { method: 'GET', route: '/api/v1/patients/:id', status_code: '404' };
    const families = await scrape();
    assert.equal(samplesOf(families, 'http_requests_total', labels)[0]?.value, 1);
    assert.equal(samplesOf(families, 'http_request_errors_total', labels)[0]?.value, 1);
    const count = samplesOf(families, 'http_request_duration_seconds', labels).at(-1);
    assert.deepEqual([count?.name, count?.value], ['http_request_duration_seconds_count', 1]);
    assert.doesNotMatch(JSON.stringify(span), /secret/);
  });

  test('is counted by its status, and as an error from 400 on', async (t) => {
    const { app, scrape } = await createObservedApp(t);
    const post = (payload: object) => app.inject({ method: 'POST', url: '/api/v1/patients', payload });
    await post(samplePatientInput());
    await post(samplePatientInput());
    await post({});
    await app.inject('/health');
    const families = await scrape();
    const counts = (family: string) =>
      samplesOf(families, family).map(({ labels, value }) => [labels.route, labels.status_code, value]);
    assert.deepEqual(counts('http_requests_total'), [
      ['/api/v1/patients', '201', 2],
      ['/api/v1/patients', '422', 1],
      ['/health', '200', 1],
    ]);
    assert.deepEqual(counts('http_request_errors_total'), [['/api/v1/patients', '422', 1]]);
  });

  test('to 10,000 random URLs adds one route', { timeout: 120_000 }, async (t) => {
    const { app, lines, scrape } = await createObservedApp(t);
    for (let done = 0; done < 10_000; done++) {
      const path = Array.from({ length: 1 + (done % 4) }, () => Math.random().toString(36).slice(2));
      await app.inject(`/${path.join('/')}${done % 3 === 0 ? '%zz' : ''}`);
      lines.length = 0;
    }
    const routes = new Set(
      samplesOf(await scrape(), 'http_requests_total').map(({ labels }) => labels.route),
    );
    assert.deepEqual([...routes], ['none']);
    const all = samplesOf(await scrape(), 'http_requests_total');
    assert.equal(
      all.reduce((sum, { value }) => sum + value, 0),
      10_000,
    );
    assert.deepEqual(all.map(({ labels }) => labels.status_code).sort(), ['400', '404']);
  });

  test('with a method that hardly anybody uses is one more series, not thirty', async (t) => {
    const { app, scrape } = await createObservedApp(t);
    const { port } = await listen(app);
    for (const method of ['PROPFIND', 'MKCOL', 'LOCK', 'PURGE']) {
      const socket = connect(port, '127.0.0.1');
      socket.end(`${method} /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      await once(socket.resume(), 'close');
    }
    const all = samplesOf(await scrape(), 'http_requests_total');
    assert.deepEqual(
      all.map(({ labels, value }) => [labels.method, labels.route, value]),
      [['_OTHER', 'none', 4]],
    );
  });

  for (const [what, url, method, status, route] of [
    ['a path that is no URL', '/%zz', 'GET', 400, 'none'],
    ['a path that there is not', '/nowhere', 'GET', 404, 'none'],
    ['a method that the path has not', '/health', 'DELETE', 405, 'none'],
  ] as const) {
    test(`to ${what} has its span, line and observation, too`, async (t) => {
      const { app, spans, requests, scrape } = await createObservedApp(t);
      const answer = await app.inject({ url, method, headers: { traceparent: PARENT } });
      assert.equal(answer.statusCode, status);
      const [span] = spans;
      assert.deepEqual([spans.length, span?.name, span?.ended], [1, method, 1]);
      assert.equal(span?.set['http.response.status_code'], status);
      assert.equal(span?.parent?.traceparent, PARENT);
      assert.deepEqual(
        requests().map((line) => [line.trace_id, line.status]),
        [[span?.traceId, status]],
      );
      const labels = { method, route, status_code: String(status) };
      assert.equal(samplesOf(await scrape(), 'http_requests_total', labels)[0]?.value, 1);
    });
  }

  test('fails its span when it is answered by a 5xx, and not when it is refused', async (t) => {
    const broken = new Error('disk');
    const answers: Record<string, () => never> = {
      broken: () => {
        throw broken;
      },
      busy: () => {
        throw unavailable('busy');
      },
      unknown: () => {
        throw notFound('patient', 'x');
      },
    };
    const { app, spans } = await createObservedApp(t, {
      extend(app) {
        app.get<{ Params: { how: string } }>('/try/:how', async ({ params }) => answers[params.how]?.());
        app.get('/sent', (_request, reply) => reply.code(503).send('no'));
      },
    });
    for (const url of ['/try/broken', '/try/busy', '/try/unknown', '/sent']) await app.inject(url);
    const names = spans.map(({ set, errors }) => [
      set['http.response.status_code'],
      ...errors.map((error) => (error instanceof Error ? error.name : error)),
    ]);
    assert.deepEqual(names, [[500, 'Error'], [503, 'DomainError'], [404], [503, '503']]);
    assert.equal(spans[0]?.errors[0], broken);
  });

  test('is what all that is done for it is part of, also after its body has come in pieces', async (t) => {
    const { tracing, spans } = createFakeTracing();
    const seen: Record<string, string | undefined> = {};
    const note = (where: string) => {
      seen[where] = tracing.ids()?.trace_id;
    };
    const { app, requests } = await createObservedApp(t, {
      tracing,
      extend(app) {
        app.addHook('onRequest', async () => {
          await sleep(1);
          note('onRequest');
        });
        app.post('/slow', async () => {
          note('handler');
          await sleep(5);
          note('later');
          return 'done';
        });
      },
    });
    const { port } = await listen(app);
    const socket = connect(port, '127.0.0.1');
    const length = 'content-type: application/json\r\ncontent-length: 8\r\n\r\n';
    socket.write(`POST /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${length}{"a"`);
    await sleep(50);
    socket.write(': 1}');
    await once(socket.resume(), 'close');
    const traceId = spans[0]?.traceId;
    assert.ok(traceId);
    assert.deepEqual(seen, { onRequest: traceId, handler: traceId, later: traceId });
    assert.equal(requests()[0]?.trace_id, traceId);
  });

  test('of many on one connection each has its own', async (t) => {
    const { tracing, spans } = createFakeTracing();
    const seen: unknown[] = [];
    const { app } = await createObservedApp(t, {
      tracing,
      extend: (app) => {
        app.post('/', async () => seen.push(tracing.ids()?.trace_id));
      },
    });
    const { port } = await listen(app);
    const socket = connect(port, '127.0.0.1');
    const head = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n';
    socket.write(`${head}\r\n{}`.repeat(20));
    socket.write(`${head}connection: close\r\n\r\n{}`);
    await once(socket.resume(), 'close');
    assert.equal(seen.length, 21);
    assert.deepEqual(
      seen,
      spans.map(({ traceId }) => traceId),
    );
  });

  test('whose client leaves before the answer is a 499, everywhere', async (t) => {
    const begun = Promise.withResolvers<void>();
    const { app, spans, requests, scrape } = await createObservedApp(t, {
      extend(app) {
        app.get('/slow', async () => {
          begun.resolve();
          await sleep(200);
          return 'done';
        });
      },
    });
    const { port } = await listen(app);
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
    await begun.promise;
    socket.destroy();
    await eventually(() => spans[0]?.ended === 1);
    await sleep(250);
    assert.deepEqual([spans[0]?.set['http.response.status_code'], spans[0]?.ended], [499, 1]);
    assert.deepEqual(
      requests().map(({ status, route }) => [status, route]),
      [[499, '/slow']],
    );
    const all = samplesOf(await scrape(), 'http_requests_total');
    assert.deepEqual(
      all.map(({ labels, value }) => [labels.route, labels.status_code, value]),
      [['/slow', '499', 1]],
    );
  });

  test('whose client leaves in the middle of a stream has the status that it was given', async (t) => {
    const { app, spans, requests } = await createObservedApp(t, {
      extend(app) {
        app.get('/stream', async (_request, reply) => {
          reply.hijack();
          reply.raw.writeHead(200).write('one');
        });
      },
    });
    const { port } = await listen(app);
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /stream HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    await eventually(() => spans[0]?.ended === 1);
    assert.equal(requests()[0]?.status, 200);
  });
});

suite('a request, traced by OpenTelemetry,', () => {
  const observe = async (t: TestContext, traceparent: string | undefined) => {
    const { tracing, spans } = createRealTracing();
    const { app, requests, scrape } = await createObservedApp(t, { tracing });
    const headers = traceparent === undefined ? {} : { traceparent };
    await app.inject({ method: 'POST', url: '/api/v1/patients', payload: samplePatientInput(), headers });
    const [line] = requests();
    const families = await scrape(EXPOSITION_TYPES.openMetrics);
    await tracing.close();
    return { span: spans[0], spans, line, families };
  };

  test('goes on in the trace of who asks, to its log line and its exemplar', async (t) => {
    const { span, spans, line, families } = await observe(t, PARENT);
    assert.equal(spans.length, 1);
    assert.equal(span?.spanContext().traceId, TRACE);
    assert.equal(span?.parentSpanContext?.spanId, 'b7ad6b7169203331');
    assert.deepEqual([line?.trace_id, line?.span_id], [TRACE, span?.spanContext().spanId]);
    const { exemplar } =
      samplesOf(families, 'http_request_duration_seconds').find((sample) => sample.exemplar) ?? {};
    assert.deepEqual(exemplar?.labels, { trace_id: TRACE });
  });

  for (const [what, traceparent] of [
    ['none is sent', undefined],
    ['what is sent is none', 'hello'],
    ['it is all zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['it is too long', `${PARENT}-what`],
    ['it is in capitals', PARENT.toUpperCase()],
  ] as const) {
    test(`begins a trace where ${what}`, async (t) => {
      const { span, line } = await observe(t, traceparent);
      assert.equal(span?.parentSpanContext, undefined);
      const traceId = span?.spanContext().traceId ?? '';
      assert.match(traceId, /^(?!0+$)[0-9a-f]{32}$/);
      assert.notEqual(traceId, TRACE);
      assert.equal(line?.trace_id, traceId);
    });
  }
});
