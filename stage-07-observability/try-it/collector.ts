// The smallest collector: it takes spans as OpenTelemetry sends them (OTLP, as JSON), and prints what they are called.
// A stage of its own, which is told of it, registers a patient and a doctor, and books.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDesk, openSystem } from './open-system.ts';

interface Batch {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly { traceId: string; name: string }[] }[];
  }[];
}

const received: { service: string; traceId: string; name: string }[] = [];
const collector = createServer(async (request, response) => {
  const { resourceSpans } = (await json(request)) as Batch;
  for (const { resource, scopeSpans } of resourceSpans) {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    for (const { traceId, name } of scopeSpans.flatMap(({ spans }) => spans)) {
      received.push({ service, traceId, name });
    }
  }
  response.setHeader('content-type', 'application/json').end('{}');
}).listen(0, '127.0.0.1');
await once(collector, 'listening');
const address = collector.address();
const port = typeof address === 'object' ? address?.port : undefined;

{
  await using system = await openSystem({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  const desk = await openDesk(system.url);
  console.log(`booking: ${(await desk.book(1)).status}`);
  await sleep(1_500); // The consumers; and spans go out each half second.
}
collector.close();
collector.closeAllConnections();
const trace = received.find(({ name }) => name === 'POST /api/v1/appointments')?.traceId;
for (const service of ['medcenter', 'medcenter-schedule']) {
  const names = received.filter((span) => span.traceId === trace && span.service === service);
  console.log(`\n${service}: ${names.length} spans of that trace`);
  for (const { name } of names) console.log(`  ${name}`);
}
