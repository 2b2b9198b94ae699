// The same requests, counted by their paths, and by the patterns of their routes. Each path is a series that is kept for
// ever: so whoever asks decides how much memory the numbers take.
import { randomUUID } from 'node:crypto';
import { createMetrics } from '../src/observability/index.ts';

const REQUESTS = 2_000;

async function count(name: string, routeOf: () => string): Promise<void> {
  const before = await series();
  const metrics = createMetrics('api');
  for (let number = 0; number < REQUESTS; number++) {
    metrics.answered({ method: 'GET', route: routeOf(), status: 404, seconds: 0.003 });
  }
  const begun = performance.now();
  const text = await metrics.registry.metrics();
  const ms = performance.now() - begun;
  const more = text.split('\n').filter(isSample).length - before;
  const figures = [
    String(more).padStart(8),
    `${Math.ceil(text.length / 1_024)} KiB`.padStart(12),
    `${Math.ceil(ms)} ms`.padStart(10),
  ];
  console.log(name.padEnd(30) + figures.join(''));
}

/** Those that are there without any request. */
async function series(): Promise<number> {
  return (await createMetrics('api').registry.metrics()).split('\n').filter(isSample).length;
}

const isSample = (line: string) => line !== '' && !line.startsWith('#');

console.log(`${`${REQUESTS} requests, by the`.padEnd(30)}  series    one scrape  written in`);
await count('path', () => `/api/v1/patients/${randomUUID()}`);
await count('pattern', () => '/api/v1/patients/:id');
