import type { Client } from '../client.ts';
import { expect } from '../harness.ts';
import type { Piece } from '../socket.ts';
import { type ApiCheck, lesson, PATIENTS } from './check.ts';
import {
  expectAlive,
  expectNoFailure,
  expectPage,
  expectPatient,
  expectProblem,
  query,
  register,
  sameJson,
} from './expectations.ts';
import { rareLetters, somebody } from './people.ts';

/** A request as it goes over the wire. */
export function written(
  api: Client,
  line: string,
  headers: Readonly<Record<string, string | number>> = {},
  body = '',
): string {
  const fields = Object.entries({ Host: new URL(api.url).host, ...api.headers, ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `${[`${line} HTTP/1.1`, ...fields].join('\r\n')}\r\n\r\n${Buffer.from(body).toString('latin1')}`;
}

/** Whatever the bytes were: no 5xx, and the server lives. */
async function expectUnharmed(
  api: Client,
  pieces: readonly Piece[],
  expected: string,
  allowed: number[],
): Promise<void> {
  const heard = await api.talk(pieces, { enough: (text) => /\r\n\r\n/.test(text) });
  const [status] = heard.statuses;
  expect(status === undefined ? heard.closed : allowed.includes(status), expected, heard);
  await expectAlive(api);
}

export const JSON_HEADERS = { 'Content-Type': 'application/json' };

export const wire: ApiCheck[] = [
  {
    name: 'unknown-paths-are-404',
    why: 'A mistyped address must be told from an empty answer.',
    hint: 'Answer 404 with a problem to each path that the contract does not name.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      for (const path of [
        '/api/v1',
        '/api/v2/patients',
        '/api/v1/patient',
        `${PATIENTS}/a/b`,
        '/.env',
        '/patients.json',
      ])
        expectProblem(await api.get(path), 404);
      expectProblem(await api.post('/api/v1/nowhere', somebody()), 404);
    },
  },
  {
    name: 'unknown-methods-are-refused',
    why: 'A method that nobody wrote must do nothing, and above all not something else.',
    hint: 'Answer 405 with Allow, or 404: PATCH is not PUT, and DELETE on the list deletes nobody.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, record } = await register(api);
      const calls = [
        { method: 'PATCH', path, body: { firstName: 'Amara' } },
        { method: 'POST', path, body: somebody() },
        { method: 'DELETE', path: PATIENTS },
        { method: 'PUT', path: PATIENTS, body: somebody() },
        { method: 'PROPFIND', path },
        { method: 'POST', path: '/health', body: {} },
      ];
      for (const call of calls) {
        const reply = await api.send(call);
        expectProblem(reply, 405, 404, 501);
        expect(
          reply.status !== 405 || reply.headers.allow,
          'an Allow header with the 405 (RFC 9110, 15.5.6)',
          reply,
        );
      }
      const found = await api.get(path);
      expect(sameJson(expectPatient(found, 200), record), 'the record as it was', found);
    },
  },
  {
    name: 'head-answers-like-get',
    why: 'HEAD asks what GET would say, without the body: monitors and caches live on it.',
    hint: 'The status and the headers of GET, ETag among them, and not one byte of a body.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, etag } = await register(api);
      const paths = [path, PATIENTS, '/health', `${PATIENTS}/nobody`];
      for (const target of paths) {
        const got = await api.get(target);
        const reply = await api.send({ method: 'HEAD', path: target });
        expect(reply.status === got.status, `status ${got.status}, as GET says`, reply);
        expect(target !== path || reply.headers.etag === etag, `the ETag ${etag}, as GET says`, reply);
      }
      const heard = await api.talk([written(api, `HEAD ${path}`, { Connection: 'close' })]);
      expect(heard.text.split('\r\n\r\n')[1] === '', 'nothing behind the headers', heard);
    },
  },
  {
    name: 'options-does-no-harm',
    why: 'Browsers and curious people ask what a path can do, and asking must change nothing.',
    hint: 'Answer OPTIONS with 200 or 204 and Allow, or with 404 or 405: never with 5xx.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const api = await desk.open();
      const { path } = await register(api);
      for (const target of [path, PATIENTS, '/health', '/nowhere'])
        expectNoFailure(await api.send({ method: 'OPTIONS', path: target }));
      expectPatient(await api.get(path), 200);
      await expectUnharmed(
        api,
        [written(api, 'OPTIONS *', { Connection: 'close' })],
        'no 5xx',
        [200, 204, 400, 404, 405, 501],
      );
    },
  },
  {
    name: 'bad-percent-encoding-is-refused',
    why: 'One broken percent sign in an address has ended many a server whose decoder throws.',
    hint: 'Catch the failure of decoding and answer 400 (or 404) with a problem.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      for (const path of [
        `${PATIENTS}/%zz`,
        `${PATIENTS}/%`,
        '/%E0%A4%A',
        `${PATIENTS}/%ff%fe`,
        '/%c0%ae%c0%ae/',
      ])
        expectProblem(await api.get(path), 400, 404);
      await expectAlive(api);
    },
  },
  {
    name: 'half-a-request-holds-nobody-up',
    why: 'A client with a bad line sends half and then nothing, and all the others still want their answers.',
    hint: 'Serve other connections meanwhile, and give up on a request that does not get whole within a while.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const lastName = rareLetters();
      const body = JSON.stringify(somebody({ lastName }));
      const headers = { ...JSON_HEADERS, 'Content-Length': Buffer.byteLength(body) };
      const halves = [`GET ${PATIENTS} HTT`, written(api, `POST ${PATIENTS}`, headers, body.slice(0, 20))];
      const waiting = halves.map((half) => api.talk([half], { patience: 1_000 }));
      await expectAlive(api);
      const { path } = await register(api);
      expectPatient(await api.get(path), 200);
      for (const heard of await Promise.all(waiting))
        expect(
          heard.statuses.every((status) => status >= 400 && status < 500),
          'no answer yet, or a refusal',
          heard,
        );
      const reply = await api.get(PATIENTS + query({ search: lastName }));
      expect(expectPage(reply).items.length === 0, 'nobody registered by half a request', reply);
    },
  },
  {
    name: 'huge-headers-are-refused',
    why: 'Headers are kept in memory before anybody has looked at them.',
    hint: 'Leave a limit on the size of all headers, and answer 431 or 400 or end the connection.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const [head = ''] = written(api, 'GET /health', { Connection: 'close' }).split('\r\n\r\n');
      const refusals = [400, 413, 414, 431];
      const refused = 'a refusal with 431 (or 400), or the end of the connection';
      await expectUnharmed(
        api,
        [`${head}\r\nX-Big: `, { text: 'x', times: 3_000_000 }, '\r\n\r\n'],
        refused,
        refusals,
      );
      const line: Piece[] = [
        'GET /health?',
        { text: 'x', times: 3_000_000 },
        head.slice('GET /health'.length),
        '\r\n\r\n',
      ];
      await expectUnharmed(api, line, refused, refusals);
    },
  },
  {
    name: 'what-is-no-http-is-harmless',
    why: 'Every open port is talked to by scanners that speak something else.',
    hint: 'Answer 400 or end the connection, and listen on.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const refused = 'a 400, or the end of the connection';
      const refusals = [400, 405, 408, 414, 431, 501, 505];
      for (const bytes of [
        'hello\r\n\r\n',
        '\u0016\u0003\u0001\u0000\u0005hello\r\n\r\n',
        'GET\r\n\r\n',
        'GET /health HTTP/9.9\r\n\r\n',
      ])
        await expectUnharmed(api, [bytes], refused, refusals);
      const lengths = written(api, `POST ${PATIENTS}`, { ...JSON_HEADERS, 'Content-Length': 'many' });
      await expectUnharmed(api, [lengths], refused, [...refusals, 411, 422]);
    },
  },
  {
    name: 'pipelined-requests-are-answered-in-order',
    why: 'A client may send its next request before it has the last answer, and must not get them mixed up.',
    hint: 'Answer on one connection in the order of the requests; ending it after an answer is allowed too.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const [one, two] = [await register(api), await register(api)];
      const requests = [
        written(api, `GET ${one.path}`),
        written(api, `GET ${PATIENTS}/nobody`),
        written(api, `GET ${two.path}`, { Connection: 'close' }),
      ];
      const heard = await api.talk([requests.join('')]);
      const places = [one.id, two.id].map((id) => heard.text.indexOf(`"${id}"`));
      expect(heard.statuses[0] === 200 && places[0] !== -1, `first the record of ${one.id}`, heard);
      // HTTP/1.1 lets a server end a connection after any answer; what it does answer must be in order.
      const inOrder = [[200], [200, 404], [200, 404, 200]].some((statuses) =>
        sameJson(statuses, heard.statuses),
      );
      expect(inOrder && heard.closed, 'then 404, then 200, or an early end of the connection', heard);
      expect(
        heard.statuses.length < 3 || Number(places[1]) > Number(places[0]),
        `and last the record of ${two.id}`,
        heard,
      );
    },
  },
  {
    name: 'client-that-leaves-midway-is-nobody',
    why: 'Windows are closed and trains enter tunnels in the middle of a request.',
    hint: 'A body that never became whole is thrown away; the server logs it at most, and lives on.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const lastName = rareLetters();
      const body = JSON.stringify(somebody({ lastName }));
      const headers = { ...JSON_HEADERS, 'Content-Length': Buffer.byteLength(body) + 50 };
      await api.talk([written(api, `POST ${PATIENTS}`, headers, body), { pause: 100 }], { leave: true });
      await api.talk([written(api, `GET ${PATIENTS}`)], { leave: true });
      await expectAlive(api);
      const reply = await api.get(PATIENTS + query({ search: lastName }));
      expect(
        expectPage(reply).items.length === 0,
        'nobody registered by a request that was never whole',
        reply,
      );
    },
  },
];
