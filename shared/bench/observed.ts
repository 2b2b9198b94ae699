import { Agent, request } from 'node:http';
import type { Figures, PairedCase } from './paired.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const SECONDS = 3;
const AT_ONCE = 20;
const WHAT = `stage 7 as it comes, with its log, metrics and every span kept, beside stage 6, which has the log alone; SQLite, ${AT_ONCE} at a time`;

/** The whole program, observed, beside the same program without it. */
export const observedGetCase = observedCase('observed-get', `GET of a patient from ${WHAT}`, (api) => {
  const path = `/api/v1/patients/${api.patientId}`;
  return () => api.send('GET', path, 200);
});

export const observedBookingCase = observedCase('observed-booking', `bookings by ${WHAT}`, (api) => {
  let next = 0;
  return async () => {
    const startsAt = Date.UTC(2060, 0, 1) + next++ * 60_000;
    const [from, to] = [startsAt, startsAt + 60_000].map((time) => new Date(time).toISOString());
    const { patientId, doctorId } = api;
    await api.send('POST', '/api/v1/appointments', 201, { patientId, doctorId, startsAt: from, endsAt: to });
  };
});

function observedCase(name: string, what: string, work: (api: Api) => () => Promise<unknown>): PairedCase {
  return {
    name,
    what,
    ratios: {
      throughput: ({ perSecond = Number.NaN }, { perSecond: without = Number.NaN }) => perSecond / without,
    },
    async open() {
      await using stack = new AsyncDisposableStack();
      const openOne = async (stage: string) => {
        const api = await signInAt(stack.use(await startServer('api.ts', stage)), stack);
        const once = work(api);
        return () => measure(once);
      };
      const subject = await openOne('stage-07-observability');
      const control = await openOne('stage-06-grpc');
      const opened = stack.move();
      return { subject, control, [Symbol.asyncDispose]: () => opened.disposeAsync() };
    },
  };
}

async function measure(once: () => Promise<unknown>): Promise<Figures> {
  const begun = performance.now();
  let count = 0;
  const caller = async () => {
    for (; performance.now() - begun < SECONDS * 1_000; count++) await once();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
  return { perSecond: (count / (performance.now() - begun)) * 1_000 };
}

interface Api {
  readonly patientId: string;
  readonly doctorId: string;
  /** The body of the answer, which has this status. */
  send(method: string, path: string, status: number, body?: object): Promise<Record<string, string>>;
}

async function signInAt({ url }: ServerProcess, stack: AsyncDisposableStack): Promise<Api> {
  const agent = stack.adopt(new Agent({ keepAlive: true, maxSockets: AT_ONCE }), (opened) =>
    opened.destroy(),
  );
  let token = '';
  const send: Api['send'] = (method, path, status, body) => {
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, string>>();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const asked = request(`${url}${path}`, { agent, method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => {
        if (answer.statusCode === status) resolve(JSON.parse(text));
        else reject(new Error(`${method} ${path} answers ${answer.statusCode}: ${text}`));
      });
    });
    asked.on('error', reject).end(body && JSON.stringify(body));
    return promise;
  };
  const login = { username: 'admin', password: 'as fast as it goes' };
  ({ token = '' } = await send('POST', '/auth/login', 200, login));
  const name = { lastName: 'Quick', firstName: 'Robin' };
  const patient = { ...name, birthDate: '1990-01-01', sex: 'unknown' };
  const { id: patientId = '' } = await send('POST', '/api/v1/patients', 201, patient);
  const { id: doctorId = '' } = await send('POST', '/api/v1/doctors', 201, { ...name, specialty: 'surgery' });
  return { patientId, doctorId, send };
}
