import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { isRecord, type JsonRecord, parse } from './expectations.ts';

/** One request with spans in it, as it came. */
export interface Delivery {
  method: string;
  path: string;
  type: string;
  body: Buffer;
}

export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  /** The service.name of the resource that it came with. */
  service: string;
}

/** A collector of spans that keeps what it is given: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export interface Collector {
  url: string;
  deliveries: readonly Delivery[];
  /** Of what came as JSON. */
  spans(): Span[];
  /** Whether this came, in either form: digits as text, or the bytes that they stand for. */
  holds(digits: string): boolean;
  until(holds: () => boolean, within: number): Promise<void>;
}

export async function openCollector(stack: AsyncDisposableStack): Promise<Collector> {
  const deliveries: Delivery[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
    const { method = '', url: path = '' } = request;
    deliveries.push({ method, path, type: request.headers['content-type'] ?? '', body });
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const holds = (digits: string) =>
    deliveries.some(({ body }) => body.includes(digits) || body.includes(Buffer.from(digits, 'hex')));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deliveries,
    holds,
    spans: () => deliveries.flatMap(({ body }) => spansIn(body)),
    async until(isSo, within) {
      const deadline = performance.now() + within;
      while (!isSo() && performance.now() < deadline) await sleep(50);
    },
  };
}

const listOf = (value: unknown): JsonRecord[] => (Array.isArray(value) ? value.filter(isRecord) : []);

function spansIn(body: Buffer): Span[] {
  const document = parse(body.toString('utf8'));
  if (!isRecord(document)) return [];
  return listOf(document.resourceSpans).flatMap(({ resource, scopeSpans }) => {
    const attributes = isRecord(resource) ? listOf(resource.attributes) : [];
    const named = attributes.find(({ key }) => key === 'service.name')?.value;
    const service = isRecord(named) ? String(named.stringValue) : '';
    return listOf(scopeSpans)
      .flatMap(({ spans }) => listOf(spans))
      .map(({ traceId, spanId, parentSpanId, name }) => ({
        ...{ traceId: String(traceId), spanId: String(spanId), parentSpanId: String(parentSpanId ?? '') },
        ...{ name: String(name), service },
      }));
  });
}
