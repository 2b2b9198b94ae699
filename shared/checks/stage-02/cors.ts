import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Reply } from '../client.ts';
import { expect } from '../harness.ts';
import { type ApiCheck, DATA_FILE, lesson, PATIENTS } from './check.ts';
import { expectNoFailure, register } from './expectations.ts';
import { quiet } from './log.ts';
import { somebody } from './people.ts';

const NAMED = quiet.CORS_ORIGINS.split(',');
const UNNAMED = [
  'https://evil.example',
  'https://desk.example.evil.example',
  'https://evil-desk.example',
  'http://desk.example',
  'https://desk.example:8443',
  'null',
];

const preflightOf = (origin: string, method: string) => ({
  ...{ method: 'OPTIONS', path: `${PATIENTS}/0198c0de-0001-7000-8000-000000000001` },
  headers: {
    Origin: origin,
    'Access-Control-Request-Method': method,
    'Access-Control-Request-Headers': 'content-type,if-match',
  },
});

/** A header that lists names, or says * for all. */
export function lists(reply: Reply, header: string, name: string): boolean {
  const names = String(reply.headers[header] ?? '')
    .toLowerCase()
    .split(/\s*,\s*/);
  return names.includes(name.toLowerCase()) || names.includes('*');
}

function expectAllowed(reply: Reply, origin: string): void {
  const allowed = reply.headers['access-control-allow-origin'];
  expect(allowed === origin, `Access-Control-Allow-Origin: ${origin}`, reply);
}

function expectNotAllowed(reply: Reply, origin: string): void {
  expectNoFailure(reply);
  const allowed = reply.headers['access-control-allow-origin'];
  expect(allowed !== origin && allowed !== '*', `no Access-Control-Allow-Origin for ${origin}`, reply);
}

export const cors: ApiCheck[] = [
  {
    name: 'no-other-origin-by-default',
    why: 'Without this rule any page that a doctor has open could read the patients through the browser.',
    hint: 'With CORS_ORIGINS unset send no Access-Control-Allow-Origin to anybody.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    async run(desk) {
      const api = await desk.open();
      for (const Origin of [...NAMED, 'https://evil.example', 'null']) {
        expectNotAllowed(await api.get(PATIENTS, { Origin }), Origin);
        expectNotAllowed(await api.send(preflightOf(Origin, 'PUT')), Origin);
      }
    },
  },
  {
    name: 'named-origin-may-read',
    why: 'The desk has a page of its own, and it must be able to read answers and errors.',
    hint: 'Name the origin in Access-Control-Allow-Origin when CORS_ORIGINS has it, on errors as well.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const api = await desk.open(quiet);
      for (const Origin of NAMED) {
        expectAllowed(await api.get(PATIENTS, { Origin }), Origin);
        expectAllowed(await api.post(PATIENTS, somebody(), { Origin }), Origin);
        expectAllowed(await api.get(`${PATIENTS}/nobody`, { Origin }), Origin);
        expectAllowed(await api.post(PATIENTS, {}, { Origin }), Origin);
      }
    },
  },
  {
    name: 'unnamed-origin-may-not-read',
    why: 'An origin that merely looks like a named one belongs to somebody else.',
    hint: 'Compare the whole origin with each name of the list; do not reflect what came, nor look for a part of it.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const api = await desk.open(quiet);
      for (const Origin of UNNAMED) {
        expectNotAllowed(await api.get(PATIENTS, { Origin }), Origin);
        expectNotAllowed(await api.send(preflightOf(Origin, 'DELETE')), Origin);
      }
    },
  },
  {
    name: 'preflight-lets-the-api-be-used',
    why: 'Before a page may send PUT or If-Match the browser asks, and takes silence for a no.',
    hint: 'Answer OPTIONS of a named origin with 204 or 200, the methods of the API, and content-type and if-match among the headers.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const api = await desk.open(quiet);
      for (const method of ['PUT', 'DELETE', 'POST']) {
        const [origin = ''] = NAMED;
        const call = preflightOf(origin, method);
        const reply = await api.send(method === 'POST' ? { ...call, path: PATIENTS } : call);
        expect(reply.status === 204 || reply.status === 200, 'status 204 or 200', reply);
        expectAllowed(reply, origin);
        // POST needs no leave of its own (Fetch standard, CORS-safelisted methods).
        const allowed = method === 'POST' || lists(reply, 'access-control-allow-methods', method);
        expect(allowed, `${method} in Access-Control-Allow-Methods`, reply);
        for (const header of ['content-type', 'if-match'])
          expect(
            lists(reply, 'access-control-allow-headers', header),
            `${header} in Access-Control-Allow-Headers`,
            reply,
          );
      }
    },
  },
  {
    name: 'pages-may-read-the-headers-they-need',
    why: 'A page that cannot read the ETag cannot send it back, and the whole care for versions was for nothing.',
    hint: 'Send Access-Control-Expose-Headers: ETag, Location, X-Request-Id.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const api = await desk.open(quiet);
      const [Origin = ''] = NAMED;
      for (const reply of [
        await api.post(PATIENTS, somebody(), { Origin }),
        await api.get(`${PATIENTS}/nobody`, { Origin }),
      ])
        for (const header of ['ETag', 'Location', 'X-Request-Id'])
          expect(
            lists(reply, 'access-control-expose-headers', header),
            `${header} in Access-Control-Expose-Headers`,
            reply,
          );
    },
  },
  {
    name: 'default-file-is-where-it-was-started',
    why: 'Without a word about files, people look for their data where they stand.',
    hint: `Without DATA_FILE keep the patients in ${DATA_FILE} in the folder where the server was started.`,
    lesson: lesson('try-it'),
    wantsProgram: true,
    async run(desk) {
      const api = await desk.open(quiet);
      const { reply } = await register(api);
      const { program } = await desk.behind(quiet);
      expect(existsSync(join(program.folder, DATA_FILE)), `a file ${DATA_FILE} in the current folder`, reply);
    },
  },
];
