// A request puts work into a queue, and something else does it later. Of which trace is that work?
import { setTimeout as sleep } from 'node:timers/promises';
import { openTracing, type Carrier } from '../src/observability/index.ts';

const REQUESTS = 100;

const tracing = openTracing({
  service: 'lost-trace',
  ratio: 1,
  exporter: { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} },
});

interface Job {
  /** What the request knows its trace by. */
  readonly traceId: string | undefined;
  /** What goes along with the job, as a header does with a message. */
  readonly carrier?: Carrier;
}

interface Way {
  /** When the worker begins to look for jobs. */
  readonly begins: 'before all requests' | 'in the first request';
  readonly carries: boolean;
}

async function run(name: string, { begins, carries }: Way): Promise<void> {
  const queue: Job[] = [];
  const found = { right: 0, wrong: 0, none: 0 };
  let timer: NodeJS.Timeout | undefined;
  const doJobs = () => {
    for (const { traceId, carrier } of queue.splice(0)) {
      const work = () => {
        const own = tracing.ids()?.trace_id;
        found[own === undefined ? 'none' : own === traceId ? 'right' : 'wrong'] += 1;
      };
      if (carrier) tracing.span('process', { kind: 'consumer', parent: carrier }, work);
      else work();
    }
  };
  const beginWorker = () => {
    timer ??= setInterval(doJobs, 5);
  };
  if (begins === 'before all requests') beginWorker();
  for (let number = 0; number < REQUESTS; number++) {
    tracing.span('POST /bookings', { kind: 'server' }, () => {
      beginWorker();
      queue.push({ traceId: tracing.ids()?.trace_id, ...(carries && { carrier: tracing.outgoing() }) });
    });
  }
  await sleep(50);
  clearInterval(timer);
  if (carries && found.right < REQUESTS) process.exitCode = 1;
  const figures = [found.right, found.none, found.wrong].map((count) => String(count).padStart(8));
  console.log(name.padEnd(44) + figures.join(''));
}

console.log(`${`${REQUESTS} jobs, done by a worker`.padEnd(44)}   right    none   wrong`);
await run('that began before all requests', { begins: 'before all requests', carries: false });
await run('that began in the first request', { begins: 'in the first request', carries: false });
await run('the same, with traceparent beside each job', { begins: 'in the first request', carries: true });
await tracing.close();
