// 10,000 requests in an hour. For one in fifty something is slow: a cold copy, a lock, a connection that is made anew.
// What does the average show, and what a histogram?
import { createMetrics, DURATION_BUCKETS } from '../src/observability/index.ts';

const REQUESTS = 10_000;
const SLOW_ONE_IN = 50;

/** Seconds that one took: some milliseconds, and in a bad hour, now and then, between one and two and a half. */
function took(number: number, isBad: boolean): number {
  if (isBad && number % SLOW_ONE_IN === 0) return 1.2 + (number % 1_300) / 1_000;
  return 0.002 + (number % 17) / 1_000;
}

async function show(name: string, isBad: boolean): Promise<void> {
  const { registry, answered } = createMetrics('api');
  const all = Array.from({ length: REQUESTS }, (_, number) => took(number, isBad));
  for (const seconds of all) answered({ method: 'GET', route: '/api/v1/patients', status: 200, seconds });
  const families = await registry.getMetricsAsJSON();
  const histogram = families.find((family) => family.name === 'http_request_duration_seconds');
  const counts = DURATION_BUCKETS.map((bound) => {
    const bucket = histogram?.values.find(({ labels }) => 'le' in labels && labels.le === bound);
    return { bound, upTo: bucket?.value ?? 0 };
  });
  const mean = all.reduce((sum, seconds) => sum + seconds, 0) / REQUESTS;
  const figures = [
    `${Math.round(mean * 1_000)} ms`,
    ...[0.5, 0.9, 0.99].map((part) => `${Math.round(quantile(part, counts) * 1_000)} ms`),
    String(counts.filter(({ bound }) => bound === 1).map(({ upTo }) => REQUESTS - upTo)),
  ];
  console.log(name.padEnd(12) + figures.map((figure) => figure.padStart(10)).join(''));
}

/** As `histogram_quantile` of Prometheus does: within the bucket, as if all in it were evenly spread. */
function quantile(part: number, counts: readonly { bound: number; upTo: number }[]): number {
  const wanted = part * REQUESTS;
  const index = counts.findIndex(({ upTo }) => upTo >= wanted);
  const { bound: from, upTo: before } = counts[index - 1] ?? { bound: 0, upTo: 0 };
  const { bound: to, upTo } = counts[index] ?? { bound: Number.POSITIVE_INFINITY, upTo: REQUESTS };
  return from + ((to - from) * (wanted - before)) / (upTo - before);
}

console.log(`${'an hour'.padEnd(12)}   average       p50       p90       p99   over 1 s`);
await show('as usual', false);
await show('a bad one', true);
