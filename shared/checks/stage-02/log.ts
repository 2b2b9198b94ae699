import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Reply } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import type { Server } from '../server.ts';
import type { Call } from '../story.ts';
import { describeText } from '../text.ts';
import { type ApiCheck, lesson, PATIENTS } from './check.ts';
import { expectRegistered, isRecord, type JsonRecord, parse } from './expectations.ts';
import { nobody, rareLetters, somebody } from './people.ts';

/** A line may come a moment after its answer. */
const LINE_LIMIT = 3_000;

/** Every field of a line by its path, such as `request.id`. */
function fieldsOf(line: JsonRecord, prefix = ''): [path: string, value: unknown][] {
  return Object.entries(line).flatMap(([name, value]) =>
    isRecord(value) ? fieldsOf(value, `${prefix}${name}.`) : [[prefix + name, value] as [string, unknown]],
  );
}

const lastName = (path: string) => path.split('.').at(-1);

const hasField = (line: JsonRecord, name: string, fits: (value: unknown) => boolean) =>
  fieldsOf(line).some(([path, value]) => lastName(path) === name && fits(value));

const speaksOf = (line: JsonRecord, requestId: string) =>
  fieldsOf(line).some(([, value]) => value === requestId);

/** Those lines of the log that are JSON and name this request. */
function linesOf(server: Server, requestId: string): JsonRecord[] {
  const lines = server.said().split('\n').map(parse);
  return lines.filter(isRecord).filter((line) => speaksOf(line, requestId));
}

const isRequestLine = (line: JsonRecord) =>
  ['method', 'status'].every((name) => hasField(line, name, () => true));

/** The one line of this request; more of them, or none within a while, is a failure. */
export async function expectLine(
  api: Client,
  server: Server,
  reply: Reply,
  requestId: string,
): Promise<JsonRecord> {
  const found = () => linesOf(server, requestId).filter(isRequestLine);
  for (let waited = 0; found().length === 0 && waited < LINE_LIMIT; waited += 50) await sleep(50);
  await sleep(20);
  const lines = found();
  const [line] = lines;
  expect(
    line && lines.length === 1,
    'one JSON line in the log with its method, status and request id',
    seen(api, server, reply),
  );
  return line;
}

/** What was sent, beside what the log has since. */
export function seen(api: Client, server: Server, { sent, received }: Reply): Exchange {
  const tail = server.said().trimEnd().split('\n').slice(-12).join('\n');
  const log = describeText('the last lines of the log', tail);
  const { repeat } = api.exchange(sent, received);
  return {
    sent,
    received: `${received}\n${log}`,
    repeat: repeat.replace(/\n(kill .*)$/, '\ntail -n 12 log.txt\n$1'),
  };
}

export async function sendWithId(api: Client, call: Call): Promise<{ reply: Reply; requestId: string }> {
  const requestId = `check-${rareLetters()}`;
  return {
    requestId,
    reply: await api.send({ ...call, headers: { ...call.headers, 'X-Request-Id': requestId } }),
  };
}

export const log: ApiCheck[] = [
  {
    name: 'one-log-line-a-request',
    why: 'The log is what is left of a request when somebody asks about it tomorrow.',
    hint: 'Write one JSON line when a request is answered: method, route, status, ms and the request id, for errors as well.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const [api, server] = [await desk.open(), await desk.behind()];
      const { path } = expectRegistered(await api.post(PATIENTS, somebody()));
      const calls: Call[] = [
        { method: 'GET', path },
        { method: 'PUT', path, body: somebody() },
        { method: 'POST', path: PATIENTS, body: '{' },
        { method: 'POST', path: PATIENTS, body: {} },
        { method: 'GET', path: `${PATIENTS}?limit=2` },
        { method: 'GET', path: '/nowhere' },
        { method: 'DELETE', path },
      ];
      for (const call of calls) {
        const { reply, requestId } = await sendWithId(api, call);
        const line = await expectLine(api, server, reply, requestId);
        const exchange = seen(api, server, reply);
        expect(
          hasField(line, 'method', (value) => value === call.method),
          `method: "${call.method}"`,
          exchange,
        );
        expect(
          hasField(line, 'status', (value) => value === reply.status),
          `status: ${reply.status}`,
          exchange,
        );
        expect(
          hasField(line, 'ms', (value) => typeof value === 'number' && value >= 0),
          'ms: a number',
          exchange,
        );
        expect(
          hasField(line, 'route', (value) => value === null || typeof value === 'string'),
          'route: a text',
          exchange,
        );
      }
    },
  },
  {
    name: 'log-line-has-the-answered-request-id',
    why: 'An id that the client was told and the log does not know leads nowhere.',
    hint: 'Make the request id once, and use the same one for the answer and for every log line of the request.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const [api, server] = [await desk.open(), await desk.behind()];
      for (const reply of [
        await api.get('/health'),
        await api.get(`${PATIENTS}/nobody`),
        await api.post(PATIENTS, '{'),
      ]) {
        const requestId = reply.headers['x-request-id'];
        expect(typeof requestId === 'string', 'an X-Request-Id', reply);
        await expectLine(api, server, reply, requestId);
      }
    },
  },
  {
    name: 'log-tells-no-person',
    why: 'Logs are read by many, copied everywhere and kept for years: who is a patient here is none of their business.',
    hint: 'Log the pattern of the route, such as /api/v1/patients/:id, never the address as it came, and no header or body.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    async run(desk) {
      const [api, server] = [await desk.open(), await desk.behind()];
      const rare = {
        lastName: rareLetters(),
        firstName: rareLetters(),
        phone: `+1202555${Date.now() % 1e7}`,
      };
      const Authorization = api.headers.Authorization ?? `Bearer token-${rareLetters()}`;
      const token = Authorization.replace('Bearer ', '');
      const created = await api.post(PATIENTS, somebody(rare), { Authorization });
      const { id, path } = expectRegistered(created);
      const unknown = nobody.replace('9999', '8765');
      const calls: Call[] = [
        { method: 'GET', path: `${PATIENTS}?search=${rare.lastName}&limit=5` },
        { method: 'GET', path: `${PATIENTS}?cursor=${rare.firstName}` },
        { method: 'GET', path: `${PATIENTS}?limit=${rare.lastName}` },
        { method: 'GET', path },
        { method: 'PUT', path, body: somebody({ ...rare, sex: rare.lastName }) },
        { method: 'PUT', path, body: somebody(rare), headers: { 'If-Match': '"x"' } },
        { method: 'POST', path: PATIENTS, body: `{"lastName":"${rare.lastName}",}` },
        { method: 'GET', path: `${PATIENTS}/${unknown}` },
        { method: 'GET', path: `${PATIENTS}/${rare.lastName}` },
        { method: 'GET', path: `/nowhere/${rare.firstName}` },
        { method: 'GET', path: `/${rare.lastName}/%zz` },
        { method: 'DELETE', path },
      ];
      const secrets = { ...rare, token, id, unknown };
      for (const call of calls) {
        const { reply, requestId } = await sendWithId(api, {
          ...call,
          headers: { ...call.headers, Authorization },
        });
        // A path that cannot be read may come past the log.
        if (!call.path.includes('%zz')) await expectLine(api, server, reply, requestId);
        const told = Object.entries(secrets).find(([, secret]) => server.said().includes(secret));
        expect(!told, `no ${told?.[0]} in the log, and not "${told?.[1]}"`, seen(api, server, reply));
      }
    },
  },
  {
    name: 'log-level-is-heeded',
    why: 'Who asks for errors alone does not want to look for them among a million good requests.',
    hint: 'With LOG_LEVEL=error write no line for a request that went well.',
    lesson: lesson('try-it'),
    wantsProgram: true,
    async run(desk) {
      const server = await desk.behind(quiet);
      const api = await desk.open(quiet);
      const { reply, requestId } = await sendWithId(api, { method: 'GET', path: '/health' });
      await sleep(300);
      expect(linesOf(server, requestId).length === 0, 'no line for it in the log', seen(api, server, reply));
    },
  },
];

/** The settings of the server that `cors.ts` asks too: two checks for one start. */
export const quiet = {
  LOG_LEVEL: 'error',
  CORS_ORIGINS: 'https://desk.example,http://localhost:5173',
  DATA_FILE: undefined,
} as const;
