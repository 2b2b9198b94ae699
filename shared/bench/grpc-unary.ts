import { Agent, get } from 'node:http';
import { openScheduleClient } from '@medcenter/stage-06-grpc/transport/grpc';
import type { Figures, PairedCase } from './paired.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const SECONDS = 3;
const AT_ONCE = 20;
const DATE = '2091-03-05';

/** The free slots of a day by gRPC, and by REST. */
export const grpcUnaryCase: PairedCase = {
  name: 'grpc-unary',
  what: `the free slots of a day from stage 6's service on SQLite, by grpc-js beside REST with node:http and JSON, each server a process of its own; ${AT_ONCE} at a time`,
  ratios: {
    throughput: ({ callsPerSecond = Number.NaN }, { callsPerSecond: rest = Number.NaN }) =>
      callsPerSecond / rest,
    'CPU time of the server': ({ cpuMicroseconds = Number.NaN }, { cpuMicroseconds: rest = Number.NaN }) =>
      rest / cpuMicroseconds,
  },
  async open() {
    await using stack = new AsyncDisposableStack();
    const rest = stack.use(await startServer('slots.ts', 'rest'));
    const grpc = stack.use(await startServer('slots.ts', 'grpc'));
    const { host, pathname } = new URL(grpc.url);
    const client = openScheduleClient({ address: host });
    stack.defer(() => client.close());
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    stack.defer(() => agent.destroy());
    const query = { doctorId: pathname.slice(1), from: DATE, to: DATE };
    const url = `${rest.url}/slots?from=${DATE}&to=${DATE}`;
    const { items } = (await getJson(url, agent)) as { items: unknown[] };
    const opened = stack.move();
    return {
      subject: () => measure(grpc, items.length, () => client.availableSlots(query)),
      control: () =>
        measure(rest, items.length, async () => ((await getJson(url, agent)) as { items: unknown[] }).items),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  },
};

async function measure(
  server: ServerProcess,
  slots: number,
  ask: () => Promise<unknown[]>,
): Promise<Figures> {
  const before = await server.cpu();
  const begun = performance.now();
  let calls = 0;
  const caller = async () => {
    for (; performance.now() - begun < SECONDS * 1_000; calls++) {
      if ((await ask()).length !== slots) throw new Error(`${server.url} answers other slots`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
  const seconds = (performance.now() - begun) / 1_000;
  return { callsPerSecond: calls / seconds, cpuMicroseconds: ((await server.cpu()) - before) / calls };
}

function getJson(url: string, agent: Agent): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  get(url, { agent }, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    answer.on('end', () => resolve(JSON.parse(text)));
  }).on('error', reject);
  return promise;
}
