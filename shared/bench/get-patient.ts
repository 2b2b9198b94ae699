import type { PairedCase } from './paired.ts';
import { startServer } from './server-process.ts';

const SECONDS = 3;

interface GetPatientOptions {
  readonly logLevel: 'warn' | 'info';
  /** The program in `servers/` that answers the same bytes, and what people call it. */
  readonly control: { readonly file: string; readonly title: string };
}

export const BARE_HTTP = { file: 'bare-http.ts', title: 'bare node:http' } as const;
export const BARE_FASTIFY = { file: 'bare-fastify.ts', title: 'a Fastify route and nothing else' } as const;

/** GET /api/v1/patients/:id of stage 2 from memory beside a server that answers the same bytes. */
export function getPatientCase(name: string, { logLevel, control }: GetPatientOptions): PairedCase {
  return {
    name,
    what: `GET a patient over stage 2's API from memory, log at ${logLevel}, beside ${control.title} with the same bytes`,
    ratios: {
      throughput: (subject, control) => per(subject.requestsPerSecond, control.requestsPerSecond),
      'CPU time': (subject, control) => per(control.cpuMicroseconds, subject.cpuMicroseconds),
    },
    async open() {
      await using stack = new AsyncDisposableStack();
      const api = stack.use(await startServer('get-patient.ts', logLevel));
      const answer = await fetch(api.url);
      // What node:http writes by itself is not written twice.
      const own = ['date', 'connection', 'keep-alive'];
      const headers = Object.fromEntries([...answer.headers].filter(([header]) => !own.includes(header)));
      const bare = stack.use(
        await startServer(control.file, JSON.stringify({ headers, body: await answer.text() })),
      );
      const opened = stack.move();
      return {
        subject: () => api.load(SECONDS),
        control: () => bare.load(SECONDS),
        [Symbol.asyncDispose]: () => opened.disposeAsync(),
      };
    },
  };
}

function per(a = Number.NaN, b = Number.NaN): number {
  return a / b;
}
