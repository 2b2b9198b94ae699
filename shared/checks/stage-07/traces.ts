import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '../harness.ts';
import { seen } from '../stage-02/log.ts';
import { freePort } from '../server.ts';
import { inFile } from '../stage-04/accounts.ts';
import { MONDAY } from '../stage-06/calendar.ts';
import { isOf } from '../stage-05/envelopes.ts';
import type { Call } from '../story.ts';
import { type ApiCheck, APPOINTMENTS, CONNECT, type Desk, lesson, OWN, PATIENTS } from './check.ts';
import {
  bookCall,
  booking,
  bookingCall,
  expectBooked,
  expectLineOf,
  expectStatus,
  isOfConsumer,
  newParent,
  newSpanId,
  newTraceId,
  on,
  openPair,
  openPractice,
  sendTraced,
  slotsPath,
} from './expectations.ts';

const traces = { lesson: lesson('the-contract'), wantsProgram: true } as const;

const openOwn = async (desk: Desk) => ({ api: await desk.open(OWN), server: await desk.behind(OWN) });

/** What the W3C forbids, or what no list of hexadecimal digits is. */
function brokenParents(): string[] {
  const [trace, span] = [newTraceId(), newSpanId()];
  return [
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `ff-${trace}-${span}-01`,
    `00-${trace.toUpperCase().replace(/^./, 'F')}-${span}-01`,
    `00-${trace.slice(1)}-${span}-01`,
    `00-${trace}${span}-01`,
    `00-${trace}-${span}-01-more`,
    `00-${trace}-${span}`,
    `00-${'g'.repeat(32)}-${span}-01`,
    trace,
    'x'.repeat(2_000),
  ];
}

export const traceChecks: ApiCheck[] = [
  {
    name: 'trace-comes-in-over-http',
    why: 'The page that asked has a trace already, and one that breaks at our door explains half of a wait.',
    hint: 'Read traceparent, take its trace id for all lines of the request, and make a span of your own below it, sampled or not.',
    ...traces,
    async run(desk) {
      const { api, server } = await openOwn(desk);
      for (const flags of ['01', '00']) {
        for (const path of ['/health', `${PATIENTS}/nobody`, '/nowhere']) {
          const { traceId, spanId, header } = newParent(flags);
          const told = await sendTraced(api, server, { method: 'GET', path, headers: header });
          const shown = seen(api, server, told.reply);
          expect(told.traceId === traceId, `trace_id: "${traceId}", as it came`, shown);
          expect(told.line.span_id !== spanId, 'a span_id of its own, and not the one that came', shown);
        }
      }
    },
  },
  {
    name: 'broken-traceparent-starts-a-trace',
    why: 'Whatever stands in a header may come from anybody, and what is no trace must neither break a request nor be written down.',
    hint: 'Take what fits the grammar of the W3C to the letter, without zeros alone; for all else begin a new trace, and refuse nothing.',
    ...traces,
    async run(desk) {
      const { api, server } = await openOwn(desk);
      for (const traceparent of brokenParents()) {
        const call = { method: 'GET', path: '/health', headers: { traceparent } };
        const { reply, traceId } = await sendTraced(api, server, call);
        expectStatus(reply, 200);
        const isNew = !traceparent.toLowerCase().includes(traceId);
        expect(isNew, 'a new trace, and nothing of the broken one', seen(api, server, reply));
      }
    },
  },
  {
    name: 'trace-goes-on-over-grpc',
    why: 'Where two processes answer one request, a trace that ends at the first one points at the wrong one.',
    hint: 'Put traceparent into the metadata of each call, continue it in the schedule service, and write a line for the call there.',
    ...traces,
    async run(desk) {
      const { api, server } = await openOwn(desk);
      const people = await openPractice(api);
      const body = { doctorId: people.doctorId, fromDate: MONDAY, toDate: MONDAY };
      const calls: Call[] = [
        { method: 'GET', path: slotsPath(people.doctorId, MONDAY) },
        bookCall(people, on(MONDAY, '09:00')),
        bookCall(people, on(MONDAY, '09:10')),
        { method: 'POST', path: `${CONNECT}/GetAvailableSlots`, body },
      ];
      for (const call of calls) {
        const { traceId, header } = newParent();
        const headers = { ...call.headers, ...header };
        const { line } = await sendTraced(api, server, { ...call, headers });
        await expectLineOf(api, [server], {
          what: `a line of another service than "${line.service}" for ${call.method} ${call.path}`,
          traceId,
          fits: ({ service }) => typeof service === 'string' && service !== line.service,
        });
      }
    },
  },
  {
    name: 'trace-goes-on-to-the-consumer',
    why: 'The reminder that never came began with a booking, and only the trace leads from the one to the other.',
    hint: 'Keep the trace with the event, in the outbox too, and let whoever consumes it go on with it in every line.',
    ...traces,
    async run(desk) {
      const { api, server } = await openOwn(desk);
      const [pair, practice] = [await openPair(api), await openPractice(api)];
      for (const call of [bookingCall(booking(pair)), bookCall(practice, on(MONDAY, '09:00'))]) {
        const { traceId, header } = newParent();
        const { reply } = await sendTraced(api, server, { ...call, headers: { ...call.headers, ...header } });
        expectBooked(reply);
        const what = 'a line of the consumer of appointments.created';
        await expectLineOf(api, [server], { what, traceId, fits: isOfConsumer });
      }
    },
  },
  {
    name: 'trace-of-a-request-without-one-reaches-the-consumer',
    why: 'Most who book bring no trace, and theirs is asked for as often.',
    hint: 'What begins here is a trace as good as one that came in: hand it on alike.',
    ...traces,
    async run(desk) {
      const { api, server } = await openOwn(desk);
      const pair = await openPair(api);
      const { traceId } = await sendTraced(api, server, bookingCall(booking(pair)));
      const what = 'a line of the consumer of appointments.created';
      await expectLineOf(api, [server], { what, traceId, fits: isOfConsumer });
    },
  },
  {
    name: 'trace-outlives-a-kill',
    why: 'What was booked just before the power went is told after it, and it is this one that people ask about.',
    hint: 'Keep traceparent in the row of the outbox, not in the memory of the relay.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = inFile(desk);
      // Without a broker nobody is told before the kill.
      const away = { KAFKA_BROKERS: `127.0.0.1:${await freePort()}` };
      const first = await desk.start(program, { ...settings, ...away });
      const api = desk.clientOf(first);
      const pair = await openPair(api);
      const parents = Array.from({ length: 3 }, () => newParent());
      const calls = parents.map(({ header }, n) => bookingCall(booking(pair, n * 60), header));
      for (const reply of await api.together(calls)) expectBooked(reply);
      first.child.kill();
      await first.child.outcome;
      const second = await desk.start(program, settings);
      const later = desk.clientOf(second);
      for (const { traceId } of parents) {
        const what = 'a line of the consumer of appointments.created, after the new start';
        await expectLineOf(later, [second], { what, traceId, fits: isOfConsumer });
      }
    },
  },
  {
    name: 'trace-goes-through-kafka',
    why: 'Another team consumes these topics, too, and its part of the trace begins with our header.',
    hint: 'Put traceparent into the headers of each message: the trace of the request that booked.',
    ...traces,
    wantsKafka: true,
    async run(desk) {
      const { api, server } = await openOwn(desk);
      const topics = await desk.topicsOf(server.program, api, OWN);
      const pair = await openPair(api);
      const { traceId, header } = newParent();
      const { id } = expectBooked(await api.post(APPOINTMENTS, booking(pair), header));
      const found = await topics.waitFor(`an event of ${id}`, 1, isOf(id));
      const told = found[0]?.headers.traceparent ?? '';
      const shown = topics.exchange(`the event of ${id}`, found);
      expect(told.startsWith(`00-${traceId}-`), `a header traceparent with ${traceId}`, shown);
    },
  },
  {
    name: 'lines-of-others-have-no-trace-of-mine',
    why: 'A trace that gathers lines of strangers sends whoever reads it after the wrong patient.',
    hint: 'Keep the trace in the context of one request (AsyncLocalStorage), never in a variable that all of them share.',
    ...traces,
    async run(desk) {
      const { api, server } = await openOwn(desk);
      const people = await openPractice(api);
      const parents = Array.from({ length: 12 }, () => newParent());
      const calls = parents.map(({ header }, n): Call => {
        const path = n % 2 === 0 ? slotsPath(people.doctorId, MONDAY) : `${PATIENTS}?limit=${n}`;
        return { method: 'GET', path, headers: { ...header, 'X-Request-Id': `check-${header.traceparent}` } };
      });
      await Promise.all(calls.map((call) => api.send(call)));
      await sleep(200);
      for (const { traceId, header } of parents) {
        const line = await expectLineOf(api, [server], {
          what: `the line of request check-${header.traceparent}`,
          traceId,
          fits: (one) => 'method' in one && 'status' in one,
        });
        const shown = api.exchange('twelve requests at once', JSON.stringify(line));
        const isOwn = line.request_id === `check-${header.traceparent}`;
        expect(isOwn, `the request_id check-${header.traceparent} in its line`, shown);
      }
    },
  },
];
