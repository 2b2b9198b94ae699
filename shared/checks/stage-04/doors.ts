import { expect } from '../harness.ts';
import { lists } from '../stage-02/cors.ts';
import { quiet } from '../stage-02/log.ts';
import { nobody, somebody } from '../stage-03/people.ts';
import type { Call } from '../story.ts';
import { openSession } from './accounts.ts';
import { APPOINTMENTS, type ApiCheck, AUDIT, DOCTORS, lesson, PATIENTS } from './check.ts';
import {
  expectAlive,
  expectGood,
  expectPatient,
  expectStatus,
  expectUnauthenticated,
  register,
  sameJson,
  wordsOf,
} from './expectations.ts';

/** One call of every kind that wants a session. */
export const GUARDED: readonly Call[] = [
  ...[PATIENTS, DOCTORS].flatMap((list) => [
    { method: 'GET', path: list },
    { method: 'GET', path: `${list}?search=a&limit=5` },
    { method: 'GET', path: `${list}/${nobody}` },
    { method: 'POST', path: list, body: somebody() },
    { method: 'PUT', path: `${list}/${nobody}`, body: somebody() },
    { method: 'DELETE', path: `${list}/${nobody}` },
  ]),
  { method: 'GET', path: APPOINTMENTS },
  { method: 'GET', path: `${APPOINTMENTS}/${nobody}` },
  { method: 'POST', path: APPOINTMENTS, body: {} },
  { method: 'PATCH', path: `${APPOINTMENTS}/${nobody}`, body: { status: 'arrived' } },
  { method: 'GET', path: AUDIT },
];

export const doors: ApiCheck[] = [
  {
    name: 'nobody-gets-in-without-a-token',
    why: 'One route that was forgotten is the one that everybody will know of.',
    hint: 'Refuse by default, before the route is looked at: 401 as a problem, with WWW-Authenticate: Bearer.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const stranger = (await desk.open()).as(undefined);
      for (const call of GUARDED) expectUnauthenticated(await stranger.send(call));
      const head = await stranger.send({ method: 'HEAD', path: PATIENTS });
      expect(head.status === 401, 'status 401 for HEAD too', head);
    },
  },
  {
    name: 'tokens-that-are-none-are-401',
    why: 'What is in that header comes from anybody, and a server that stumbles over it opens a door or falls down.',
    hint: 'Take Bearer and one word; whatever else is there, or is not known, is a 401 with WWW-Authenticate.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const token = await openSession(api, desk.admin);
      const stranger = api.as(undefined);
      const wrongs = [
        'Bearer',
        'Bearer  ',
        'Bearer null',
        'Bearer undefined',
        'Bearer *',
        "Bearer ' OR 1=1 --",
        'Bearer ../../../etc/passwd',
        'Bearer %00',
        'Bearer [object Object]',
        'Bearer __proto__',
        `Bearer ${'x'.repeat(4_000)}`,
        'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJhZG1pbiJ9.',
        'Basic YWRtaW46YWRtaW4=',
        token,
        `Token ${token}`,
        `Bearer ${token} ${token}`,
        `Bearer ${token}x`,
        `Bearer ${token.slice(0, -2)}`,
        `Bearer ${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`,
        `Bearer "${token}"`,
      ];
      for (const Authorization of wrongs)
        expectUnauthenticated(await stranger.get(`${PATIENTS}?limit=1`, { Authorization }));
      await expectGood(api, token);
    },
  },
  {
    name: 'bearer-is-read-in-any-case',
    why: 'The name of a scheme has no case, and some clients write it small.',
    hint: 'Compare the word Bearer without regard to case (RFC 9110, section 11.1), and the token exactly.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const token = await openSession(api, desk.admin);
      for (const scheme of ['bearer', 'BEARER']) {
        const headers = { Authorization: `${scheme} ${token}` };
        expectStatus(await api.as(undefined).get(`${PATIENTS}?limit=1`, headers), 200);
      }
    },
  },
  {
    name: 'token-counts-in-its-header-alone',
    why: 'Addresses land in logs and histories, and cookies are sent along by any page.',
    hint: 'Read the token from Authorization and from nowhere else.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const token = await openSession(api, desk.admin);
      const stranger = api.as(undefined);
      const words = ['access_token', 'token', 'authorization', 'session'];
      for (const word of words) {
        expectUnauthenticated(await stranger.get(`${PATIENTS}/${nobody}?${word}=${token}`));
        expectUnauthenticated(await stranger.get(PATIENTS, { Cookie: `${word}=${token}` }));
      }
      expectUnauthenticated(await stranger.get(PATIENTS, { 'X-Api-Key': token, 'X-User': 'admin' }));
    },
  },
  {
    name: 'strangers-learn-nothing',
    why: 'Whether somebody is a patient here is already something that a stranger must not find out.',
    hint: 'Ask who it is before you look at the id or at the body: the answers must be word for word the same.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const { path, etag, record } = await register(api);
      const stranger = api.as(undefined);
      const replies = [
        await stranger.get(`${PATIENTS}/${nobody}`),
        await stranger.get(path),
        await stranger.get(path, { 'If-None-Match': etag }),
        await stranger.post(PATIENTS, '{'),
        await stranger.post(PATIENTS, {}),
        await stranger.post(PATIENTS, 'x', { 'Content-Type': 'text/plain' }),
        await stranger.put(path, somebody(), { 'If-Match': '"x"' }),
        await stranger.delete(path, { 'If-Match': etag }),
      ];
      const [first] = replies;
      for (const reply of replies) {
        expectUnauthenticated(reply);
        expect(first && wordsOf(reply) === wordsOf(first), 'the same words each time', reply);
        expect(!reply.headers.etag && !reply.headers['x-cache'], 'no ETag and no X-Cache', reply);
      }
      const found = await api.get(path);
      expect(sameJson(expectPatient(found, 200), record), 'the record as it was', found);
    },
  },
  {
    name: 'health-and-documents-are-open',
    why: 'Whoever watches over servers has no account, and who is to write a client reads the document first.',
    hint: 'Leave /health, /docs with its files, /openapi.json and /auth/login open, and by name: they are the exceptions.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const stranger = (await desk.open()).as(undefined);
      await expectAlive(stranger);
      expectStatus(await stranger.get('/openapi.json'), 200);
      let reply = await stranger.get('/docs');
      if (reply.status >= 300 && reply.status < 400)
        reply = await stranger.get(
          new URL(reply.headers.location ?? '', `${stranger.url}/docs`).href.slice(stranger.url.length),
        );
      expectStatus(reply, 200);
      expectStatus(await stranger.get('/nowhere'), 401, 404);
    },
  },
  {
    name: 'preflight-lets-a-page-show-its-token',
    why: 'Before a page may send Authorization the browser asks, without any token, and takes silence for a no.',
    hint: 'Answer OPTIONS of a named origin without a session, name authorization among the allowed headers, and let the page read the 401.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const stranger = (await desk.open(quiet)).as(undefined);
      const [Origin = ''] = quiet.CORS_ORIGINS.split(',');
      const asked = ['authorization', 'content-type'];
      for (const path of [PATIENTS, APPOINTMENTS, '/auth/login']) {
        const headers = {
          ...{ Origin, 'Access-Control-Request-Method': 'POST' },
          'Access-Control-Request-Headers': asked.join(','),
        };
        const reply = await stranger.send({ method: 'OPTIONS', path, headers });
        expect(reply.status === 204 || reply.status === 200, 'status 204 or 200', reply);
        expect(reply.headers['access-control-allow-origin'] === Origin, `the origin ${Origin}`, reply);
        for (const name of asked)
          expect(
            lists(reply, 'access-control-allow-headers', name),
            `${name} among the allowed headers`,
            reply,
          );
        // For a browser, * does not stand for this one (Fetch standard, CORS non-wildcard request-header name).
        const allowed = String(reply.headers['access-control-allow-headers']).toLowerCase();
        expect(allowed.includes('authorization'), 'authorization by its name', reply);
      }
      const refused = await stranger.get(PATIENTS, { Origin });
      expectUnauthenticated(refused);
      expect(
        refused.headers['access-control-allow-origin'] === Origin,
        `the origin ${Origin} on the 401`,
        refused,
      );
    },
  },
];
