import { once } from 'node:events';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** One event of a stream: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface ServerSentEvent {
  readonly event: string;
  /** What a client that comes back sends as `Last-Event-ID`. */
  readonly id?: string;
  readonly data: unknown;
}

export interface EventStreamOptions {
  /** How often something is sent when there is nothing to tell: so both sides see whether the other is still there. */
  readonly heartbeatMs: number;
  /** After this time a client that lost the connection comes back. */
  readonly retryMs: number;
  /** Aborts when the client has left or may hear no more, or the server ends. */
  readonly signal: AbortSignal;
}

/** Who does not read hears of no end: after this time the connection is cut. */
const LAST_WORDS_MS = 1_000;

/**
 * Answers with events, as they come, for as long as they come. A client that reads slowly is waited for. From here on
 * the answer is ours: the framework's limit of time does not hold for it, and its errors cannot be problems any more.
 */
export async function sendEvents(
  reply: FastifyReply,
  events: AsyncIterable<ServerSentEvent>,
  { heartbeatMs, retryMs, signal }: EventStreamOptions,
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // The connection is of no use after it: so a server that ends need not wait for the next request on it.
    connection: 'close',
  });
  const heart = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write(':\n\n');
  }, heartbeatMs);
  try {
    await write(raw, `retry: ${retryMs}\n\n`, signal);
    for await (const event of events) await write(raw, formatEvent(event), signal);
  } finally {
    clearInterval(heart);
    raw.end();
    setTimeout(() => raw.destroy(), LAST_WORDS_MS).unref();
  }
}

async function write(raw: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (!raw.write(text)) await once(raw, 'drain', { signal });
}

/** JSON has no line breaks of its own, so the data are one line. */
function formatEvent({ event, id, data }: ServerSentEvent): string {
  return [
    `event: ${event}`,
    ...(id === undefined ? [] : [`id: ${id}`]),
    `data: ${JSON.stringify(data)}`,
    '',
    '',
  ].join('\n');
}
