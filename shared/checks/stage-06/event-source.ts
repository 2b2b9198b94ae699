import { request } from 'node:http';
import type { Client } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import { describeText } from '../text.ts';
import { quoteWord } from '../words.ts';
import { isRecord, type JsonRecord, parse } from './expectations.ts';

export interface ServerEvent {
  event: string;
  /** The last id that was sent, with this event or before it. */
  id: string;
  data: JsonRecord;
}

/** Server-sent events that are being read: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface EventSource {
  events: readonly ServerEvent[];
  type: string;
  until(what: string, holds: (events: readonly ServerEvent[]) => boolean, within?: number): Promise<void>;
  leave(): void;
  exchange(): Exchange;
}

const PATIENCE = 15_000;

/** Listens, as this client. That the server answers with events is what the check relies on. */
export async function listen(
  stack: AsyncDisposableStack,
  api: Client,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventSource> {
  const words = Object.entries(headers).map(([name, value]) => ` -H ${quoteWord(`${name}: ${value}`)}`);
  const token = api.headers.Authorization ? ' -H "Authorization: Bearer $token"' : '';
  api.note(`curl -N -m 5${token}${words.join('')} ${quoteWord(api.url + path)}`, true);
  const outgoing = request(api.url + path, { headers: { ...api.headers, ...headers }, agent: false });
  stack.defer(() => void outgoing.destroy());
  const events: ServerEvent[] = [];
  let text = '';
  let facts = { status: 0, type: '' };
  let isOver = '';
  let wake = Promise.withResolvers<void>();
  const ring = () => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const finish = (how: string) => {
    isOver ||= how;
    ring();
  };
  outgoing.on('error', (error) => finish(error.message));
  outgoing.on('response', (response) => {
    facts = { status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '' };
    let rest = '';
    let lastId = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const blocks = (rest + chunk).replaceAll(/\r\n?/g, '\n').split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = eventOf(block, lastId);
        lastId = event?.id ?? lastId;
        if (event) events.push(event);
      }
      ring();
    });
    response.on('end', () => finish('ended by the server'));
    response.on('error', (error) => finish(error.message));
    ring();
  });
  outgoing.end();

  const exchange = () =>
    api.exchange(
      [`GET ${path}`, ...Object.entries(headers).map((field) => field.join(': '))].join('\n'),
      describeText(`status ${facts.status}, ${facts.type}, ${isOver || 'still open'}`, text),
    );
  const until = async (what: string, holds: () => boolean, within = PATIENCE) => {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, within);
    const limit = performance.now() + within;
    while (!holds() && !isOver && performance.now() < limit) await Promise.race([wake.promise, over.promise]);
    clearTimeout(timer);
    expect(holds(), `${what} within ${within / 1000} s`, exchange());
  };
  await until('an answer', () => facts.status !== 0);
  const isStream = facts.status === 200 && /^text\/event-stream\s*(;|$)/i.test(facts.type);
  expect(isStream, 'status 200 with the type text/event-stream', exchange());
  return {
    events,
    type: facts.type,
    until: (what, holds, within) => until(what, () => holds(events), within),
    leave: () => void outgoing.destroy(),
    exchange,
  };
}

/** A block of lines as an event; comments alone are none. */
function eventOf(block: string, lastId: string): ServerEvent | undefined {
  const fields = block.split('\n').map((line) => /^([^:]+)(?:: ?(.*))?$/.exec(line));
  const valuesOf = (name: string) => fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ''] : []));
  const data = valuesOf('data');
  const id = valuesOf('id').at(-1) ?? lastId;
  if (data.length === 0) return undefined;
  const value = parse(data.join('\n'));
  return { event: valuesOf('event').at(-1) ?? 'message', id, data: isRecord(value) ? value : {} };
}
