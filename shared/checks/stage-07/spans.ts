import type { Client } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import { describeEnd } from '../program.ts';
import { rareLetters, somebody } from '../stage-03/people.ts';
import { inFile } from '../stage-04/accounts.ts';
import { findSecret } from '../stage-04/expectations.ts';
import { openFrozen } from '../stage-04/outages.ts';
import { MONDAY } from '../stage-06/calendar.ts';
import { describeText } from '../text.ts';
import { type ApiCheck, type Desk, lesson, onlyPosix, PATIENTS, READY } from './check.ts';
import { type Collector, openCollector } from './collector.ts';
import {
  bookCall,
  booking,
  bookingCall,
  expectBooked,
  expectStatus,
  newParent,
  on,
  openPair,
  openPractice,
  timed,
} from './expectations.ts';

/** Spans are gathered for some seconds before they are sent. */
const SENT = 15_000;
/** How long a request may take that has nothing to do with the collector. */
const IN_TIME = 1_500;

const spans = { lesson: lesson('the-contract'), wantsProgram: true } as const;

async function openObserved(desk: Desk, stack: AsyncDisposableStack) {
  const collector = await openCollector(stack);
  const settings = { ...inFile(desk), OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const server = await desk.start(await desk.createProgram(), settings);
  return { collector, server, api: desk.clientOf(server) };
}

function cameTo({ deliveries, spans: all }: Collector, api: Client, sent: string): Exchange {
  const lines = all().map(({ service, name, traceId, spanId, parentSpanId }) =>
    [service, name, traceId, spanId, `below ${parentSpanId || 'nothing'}`].join(' '),
  );
  const posts = deliveries.map(
    ({ method, path, type, body }) => `${method} ${path} ${type} ${body.length} bytes`,
  );
  return api.exchange(
    sent,
    `${describeText('the collector', posts.join('\n'))}\n${describeText('spans', lines.join('\n'))}`,
  );
}

/** Bookings, the probe and the end are as ever, though behind the endpoint is nobody who answers. */
async function expectUnhurt(desk: Desk, endpoint: string): Promise<void> {
  const settings = { ...inFile(desk), OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const server = await desk.start(await desk.createProgram(), settings);
  const api = desk.clientOf(server);
  api.note('# behind OTEL_EXPORTER_OTLP_ENDPOINT is nobody who answers');
  const pair = await openPair(api);
  for (let n = 0; n < 5; n++) expectBooked(await timed(api, bookingCall(booking(pair, n * 60)), IN_TIME));
  expectStatus(await timed(api.as(undefined), { method: 'GET', path: READY }, IN_TIME), 200);
  const started = performance.now();
  const outcome = await server.stop('SIGTERM');
  const seconds = (performance.now() - started) / 1000;
  const shown = api.exchange('SIGTERM', `${describeEnd(outcome)} after ${seconds.toFixed(1)} s`);
  expect(outcome.exitCode === 0 && seconds < 10, 'exit code 0 within 10 s', shown);
}

export const spanChecks: ApiCheck[] = [
  {
    name: 'spans-reach-a-collector',
    why: 'A picture of where the time went is drawn elsewhere, and from what arrives there alone.',
    hint: 'With OTEL_EXPORTER_OTLP_ENDPOINT send the spans by POST to its /v1/traces: the request below the span that came in, and the call to the schedule service.',
    ...spans,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { collector, api } = await openObserved(desk, stack);
      const practice = await openPractice(api);
      const { traceId, spanId, header } = newParent();
      expectBooked(await api.send(bookCall(practice, on(MONDAY, '09:00'), header)));
      const isJson = () => collector.spans().length > 0;
      const all = () => collector.spans().filter((span) => span.traceId === traceId);
      const services = () => new Set(all().map(({ service }) => service));
      const isWhole = () => {
        const known = new Set([spanId, ...all().map((span) => span.spanId)]);
        return all().every(({ parentSpanId }) => known.has(parentSpanId));
      };
      // Two processes send, each what has ended by then: a span comes before the one that it is below.
      const isThere = () => collector.holds(traceId) && collector.holds(spanId);
      await collector.until(() => isThere() && (!isJson() || (services().size >= 2 && isWhole())), SENT);
      const shown = () => cameTo(collector, api, `a booking with the traceparent ${header.traceparent}`);
      expect(collector.holds(traceId), `spans of the trace ${traceId} within ${SENT / 1000} s`, shown());
      const isRight = collector.deliveries.every(
        ({ method, path }) => method === 'POST' && path === '/v1/traces',
      );
      expect(isRight, 'POST /v1/traces, and nothing else', shown());
      expect(collector.holds(spanId), `a span below ${spanId}, which came in`, shown());
      const types = collector.deliveries.map(({ type }) => type.split(';')[0]);
      expect(
        types.every((type) => type === 'application/json' || type === 'application/x-protobuf'),
        'the type application/json or application/x-protobuf',
        shown(),
      );
      if (!isJson()) return;
      expect(
        services().size >= 2,
        'spans of the API and of the schedule service, by their service.name',
        shown(),
      );
      expect(
        isWhole(),
        'one tree: each span below another one of the trace, or below the one that came in',
        shown(),
      );
    },
  },
  {
    name: 'spans-tell-nobody',
    why: 'Traces go to yet another house, often somebody else’s, and are kept there.',
    hint: 'Attributes by a list of what is allowed: patterns, statuses, names of statements; no parameters, no addresses with a query, no bodies.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { collector, api } = await openObserved(desk, stack);
      const [lastName, firstName, search, reason] = [
        rareLetters(),
        rareLetters(),
        rareLetters(),
        rareLetters(),
      ];
      const phone = `+1202555${String(Date.now() % 1e7).padStart(7, '0')}`;
      const token = String(api.headers.Authorization).replace('Bearer ', '');
      const kept = { lastName, firstName, phone, search, reason, token, password: desk.admin.password };
      const pair = await openPair(api);
      const { traceId, header } = newParent();
      await api.post(PATIENTS, somebody({ lastName, firstName, phone }));
      await api.post(PATIENTS, somebody({ lastName, sex: lastName }));
      await api.get(`${PATIENTS}?search=${search}`);
      await api.get(`${PATIENTS}/${lastName}`);
      await api.get(`/${lastName}?search=${search}`);
      expectBooked(await api.send(bookingCall(booking(pair, 0, 30, { reason }), header)));
      await collector.until(() => collector.holds(traceId), SENT);
      const shown = () => cameTo(collector, api, 'requests with names, a phone, a search text and a reason');
      expect(collector.holds(traceId), `spans of the trace ${traceId} within ${SENT / 1000} s`, shown());
      for (const { body } of collector.deliveries) {
        const told = findSecret(body, kept);
        expect(!told, `no ${told} among the spans`, shown());
      }
    },
  },
  {
    name: 'dead-collector-hurts-nobody',
    why: 'What watches a program must never be what brings it down.',
    hint: 'Send spans beside the requests, keep a bounded number of them, give the sending a limit, at the end as well.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    skip: onlyPosix,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { port } = await openFrozen(stack);
      const endpoints = [`http://127.0.0.1:${port}`, 'http://127.0.0.1:9'];
      await Promise.all(endpoints.map((endpoint) => expectUnhurt(desk, endpoint)));
    },
  },
];
