import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import type { Server } from '../server.ts';
import { expectLine, seen, sendWithId } from '../stage-02/log.ts';
import { isRecord, type JsonRecord, parse } from '../stage-06/expectations.ts';
import type { Call } from '../story.ts';
import { describeText } from '../text.ts';

export * from '../stage-06/expectations.ts';

/** https://www.w3.org/TR/trace-context/#traceparent-header-field-values */
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
/** How long a line may take that follows a request: a consumer has its own pace. */
const LINE_LIMIT = 15_000;

export const newTraceId = (): string => randomBytes(16).toString('hex');
export const newSpanId = (): string => randomBytes(8).toString('hex');

/** A trace that somebody else has begun. */
export interface Parent {
  traceId: string;
  spanId: string;
  header: { traceparent: string };
}

export function newParent(flags = '01'): Parent {
  const [traceId, spanId] = [newTraceId(), newSpanId()];
  return { traceId, spanId, header: { traceparent: `00-${traceId}-${spanId}-${flags}` } };
}

/** The lines of the log that are JSON objects. */
export const jsonLines = (text: string): JsonRecord[] => text.split('\n').map(parse).filter(isRecord);

/** The line of a request, which has a trace. */
export interface Traced {
  reply: Reply;
  line: JsonRecord;
  traceId: string;
}

/** Sends it, and reads its line: one with a trace, a span and the id of the request. */
export async function sendTraced(api: Client, server: Server, call: Call): Promise<Traced> {
  const { reply, requestId } = await sendWithId(api, call);
  const line = await expectLine(api, server, reply, requestId);
  const shown = seen(api, server, reply);
  const { trace_id: traceId, span_id: spanId, request_id: told } = line;
  expect(typeof traceId === 'string' && TRACE_ID.test(traceId), 'trace_id: 32 hexadecimal digits', shown);
  expect(typeof spanId === 'string' && SPAN_ID.test(spanId), 'span_id: 16 hexadecimal digits', shown);
  expect(told === requestId, `request_id: "${requestId}"`, shown);
  return { reply, line, traceId };
}

/** Waits for a line of a trace in the log. */
export async function expectLineOf(
  api: Client,
  servers: readonly Server[],
  { what, traceId, fits }: { what: string; traceId: string; fits(line: JsonRecord): boolean },
): Promise<JsonRecord> {
  const all = () => jsonLines(servers.map((server) => server.said()).join('\n'));
  const ofTrace = () => all().filter(({ trace_id }) => trace_id === traceId);
  const deadline = performance.now() + LINE_LIMIT;
  while (!ofTrace().some(fits) && performance.now() < deadline) await sleep(50);
  const line = ofTrace().find(fits);
  const shown = api.exchange(
    `a request with the trace ${traceId}`,
    describeText(
      'the lines of this trace',
      ofTrace()
        .map((one) => JSON.stringify(one))
        .join('\n'),
    ),
  );
  expect(line, `${what}, with the trace_id ${traceId}`, shown);
  return line;
}

/** A line of whoever consumed a booking, and not of a request. */
export const isOfConsumer = (line: JsonRecord): boolean =>
  !('method' in line && 'status' in line) && /appointments?\.created/.test(JSON.stringify(line));

/** The answer, and how long it took. */
export async function timed(api: Client, call: Call, limit: number): Promise<Reply> {
  const started = performance.now();
  const reply = await api.send(call);
  const milliseconds = Math.round(performance.now() - started);
  expect(milliseconds < limit, `an answer within ${limit} ms, and not after ${milliseconds} ms`, reply);
  return reply;
}
