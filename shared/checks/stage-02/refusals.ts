import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '../harness.ts';
import type { Body } from '../story.ts';
import { LongBody } from '../story.ts';
import { type ApiCheck, DATA_FILE, lesson, PATIENTS } from './check.ts';
import {
  expectErrors,
  expectNothingOfTheInside,
  expectPage,
  expectPatient,
  expectProblem,
  expectRegistered,
  expectStatus,
  isRecord,
  query,
  register,
  sameJson,
} from './expectations.ts';
import { badFields, nobody, rareLetters, somebody } from './people.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
/** More than any server should read about one patient. */
const FAR_TOO_LONG = 40_000_000;

/** Fields that are no part of a patient, with a JSON Pointer to each. */
const unknownFields = { nick: 'Chi', isAdmin: true, 'a/b': 1, constructor: 1, appointments: [] };
const unknownPaths = ['/nick', '/isAdmin', '/a~1b', '/constructor', '/appointments'];

export const refusals: ApiCheck[] = [
  {
    name: 'every-bad-field-is-named-at-once',
    why: 'Whoever fills in a form wants to hear of all its mistakes at once.',
    hint: 'Answer 422 with errors: one { path, message } for each bad field, path being "/birthDate" and so on, and keep nothing.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const firstName = rareLetters();
      const fields = Object.keys(badFields).map((field) => `/${field}`);
      expectErrors(await api.post(PATIENTS, badFields), fields);
      const bad = { ...badFields, firstName };
      const paths = fields.filter((path) => path !== '/firstName');
      expectErrors(await api.post(PATIENTS, bad), paths);
      const { path, record } = await register(api);
      expectErrors(await api.put(path, bad), paths);
      const reply = await api.get(PATIENTS + query({ search: firstName }));
      expect(expectPage(reply).items.length === 0, 'nobody kept of those who were refused', reply);
      const found = await api.get(path);
      expect(sameJson(expectPatient(found, 200), record), 'the record as it was before the PUT', found);
    },
  },
  {
    name: 'every-missing-field-is-named',
    why: 'Being told of one missing field at a time is four tries where one would do.',
    hint: 'A missing field is an error at its own path, such as "/lastName": name all that are missing together.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      expectErrors(await api.post(PATIENTS, {}), ['/lastName', '/firstName', '/birthDate', '/sex']);
      const { birthDate: _birthDate, ...rest } = somebody({ sex: 'robot' });
      expectErrors(await api.post(PATIENTS, rest), ['/birthDate', '/sex']);
    },
  },
  {
    name: 'wrong-types-are-bad-fields',
    why: 'A number where a text belongs is a mistake of the client, and no reason for the server to fall over.',
    hint: 'Look at the type before the value, refuse with 422, and turn nothing into text on the way.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const api = await desk.open();
      const wrong = {
        lastName: 7,
        firstName: null,
        middleName: {},
        birthDate: 19900517,
        sex: true,
        phone: ['+12025550199'],
      };
      expectErrors(
        await api.post(PATIENTS, wrong),
        Object.keys(wrong).map((field) => `/${field}`),
      );
    },
  },
  {
    name: 'unknown-fields-are-named',
    why: 'A misspelt field that is passed over in silence is a value that is lost in silence.',
    hint: 'Refuse each field that a patient does not have with 422, named by its path; in a path "/" is written "~1".',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      expectErrors(await api.post(PATIENTS, { ...somebody(), ...unknownFields }), unknownPaths);
      expectErrors(await api.post(PATIENTS, { ...badFields, nick: 'Chi' }), ['/nick', '/birthDate']);
    },
  },
  {
    name: 'proto-in-a-body-is-harmless',
    why: 'A field of that name has turned more than one program of JavaScript against its owner.',
    hint: 'Treat __proto__ as the unknown field that it is: 422, or 400 from a parser that knows the trick.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const sound = JSON.stringify(somebody()).slice(0, -1);
      for (const trick of [
        '"__proto__":{"isAdmin":true}',
        '"__proto__":null',
        '"constructor":{"prototype":{"x":1}}',
      ])
        expectProblem(await api.post(PATIENTS, `${sound},${trick}}`, JSON_TYPE), 400, 422);
      // Whoever lets the trick in gives these fields to everybody.
      expectProblem(
        await api.post(PATIENTS, '{"__proto__":{"lastName":"A","firstName":"B"}}', JSON_TYPE),
        400,
        422,
      );
      const { record, reply } = await register(api);
      expect(!('isAdmin' in record), 'an ordinary record afterwards', reply);
    },
  },
  {
    name: 'duplicate-keys-do-no-harm',
    why: 'JSON leaves open what a field means that is there twice, but not that a server may fall over it.',
    hint: 'Refuse it, or take one of the two values: the first or the last, never a third thing.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { firstName: _firstName, ...rest } = somebody();
      const body = `${JSON.stringify(rest).slice(0, -1)},"firstName":"Amara","firstName":"Ngozi"}`;
      const reply = await api.post(PATIENTS, body, JSON_TYPE);
      if (reply.status !== 201) return void expectProblem(reply, 400, 422);
      const { path, record } = expectRegistered(reply);
      expect(['Amara', 'Ngozi'].includes(String(record.firstName)), 'one of the two first names', reply);
      const found = await api.get(path);
      expect(sameJson(expectPatient(found, 200), record), 'the same one again', found);
    },
  },
  {
    name: 'body-that-is-not-json-is-400',
    why: 'A client that sends broken JSON has a defect, and must hear of it in words that help.',
    hint: 'Answer 400 with a problem; do not send the words of your parser, which quote the body and speak of your inside.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const whole = JSON.stringify(somebody());
      for (const body of [
        '{',
        '',
        `${whole}}`,
        whole.replaceAll('"', "'"),
        whole.slice(0, -9),
        'lastName=Okafor',
        'undefined',
      ])
        expectProblem(await api.post(PATIENTS, body, JSON_TYPE), 400);
      const { path } = await register(api);
      expectProblem(await api.put(path, '{"lastName":', JSON_TYPE), 400);
    },
  },
  {
    name: 'json-that-is-no-object-is-refused',
    why: 'A list or a bare word is JSON too, and no patient.',
    hint: 'Refuse it as you refuse other bad input, with 422 or 400, before you look for fields in it.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
      for (const body of ['[]', 'null', '7', '"Okafor"', 'true', `[${JSON.stringify(somebody())}]`, deep])
        expectProblem(await api.post(PATIENTS, body, JSON_TYPE), 422, 400);
    },
  },
  {
    name: 'other-media-types-are-415',
    why: 'A form or a file that is read as JSON by chance lets any web page write here without asking.',
    hint: 'Take application/json alone, whatever stands behind the semicolon, and answer 415 to every other type.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const lastName = rareLetters();
      const body = JSON.stringify(somebody({ lastName }));
      const types = [
        ...['text/plain', 'text/json', 'application/xml', 'application/x-www-form-urlencoded'],
        ...['multipart/form-data; boundary=x', 'application/jsonp', 'text/plain; application/json'],
      ];
      for (const type of types) expectProblem(await api.post(PATIENTS, body, { 'Content-Type': type }), 415);
      const { path } = await register(api);
      expectProblem(await api.put(path, body, { 'Content-Type': 'text/plain' }), 415);
      const reply = await api.get(PATIENTS + query({ search: lastName }));
      expect(expectPage(reply).items.length === 0, 'nobody kept of those who were refused', reply);
      for (const type of [
        'application/json',
        'Application/JSON',
        'application/json; charset=utf-8',
        'application/json;charset="UTF-8"',
      ])
        expectPatient(await api.post(PATIENTS, body, { 'Content-Type': type }), 201);
    },
  },
  {
    name: 'wrong-charset-is-refused',
    why: 'Letters that were read by the wrong table become a name that nobody has.',
    hint: 'JSON is UTF-8: refuse another charset with 415, and bytes that are not UTF-8 with 400, instead of guessing.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const text = JSON.stringify(somebody({ firstName: 'Zoë' }));
      const cases: [Body, string][] = [
        [Buffer.from(text, 'utf16le'), 'application/json; charset=utf-16'],
        [Buffer.from(text, 'latin1'), 'application/json; charset=iso-8859-1'],
        [Buffer.from(text, 'latin1'), 'application/json'],
      ];
      for (const [body, type] of cases) {
        const reply = await api.post(PATIENTS, body, { 'Content-Type': type });
        if (reply.status !== 201) expectProblem(reply, 400, 415, 422);
        else {
          const understood =
            type !== 'application/json' && isRecord(reply.body) && reply.body.firstName === 'Zoë';
          expect(understood, 'a refusal (415 or 400), or the very name that was sent', reply);
        }
      }
    },
  },
  {
    name: 'body-that-is-too-large-is-413',
    why: 'Whoever reads a body of any length into memory can be stopped by a single client.',
    hint: 'Set a limit that no patient reaches, count the bytes also where no Content-Length tells them, and answer 413.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const start = JSON.stringify(somebody());
      for (const measured of [true, false])
        expectProblem(await api.post(PATIENTS, new LongBody(start, FAR_TOO_LONG, measured)), 413);
      expectPatient(await api.post(PATIENTS, `${start}${' '.repeat(500)}`, JSON_TYPE), 201);
    },
  },
  {
    name: 'every-error-is-a-problem',
    why: 'A client that finds HTML or bare words in an error can only throw them away.',
    hint: 'One place that turns every error, also those of the router and the framework, into application/problem+json.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, etag } = await register(api);
      expectPatient(await api.put(path, somebody()), 200);
      expectProblem(await api.get('/nowhere', { Accept: 'text/html' }), 404);
      expectProblem(await api.get('/api/v1/nowhere'), 404);
      expectProblem(await api.get(`${PATIENTS}/${nobody}`, { Accept: 'text/html' }), 404);
      expectProblem(await api.post(PATIENTS, '{', JSON_TYPE), 400);
      expectProblem(await api.get(`${PATIENTS}?cursor=x`), 400);
      expectProblem(await api.post(PATIENTS, 'x', { 'Content-Type': 'text/plain' }), 415);
      expectProblem(await api.post(PATIENTS, {}), 422);
      expectProblem(await api.put(path, somebody(), { 'If-Match': etag }), 412);
      expectProblem(await api.send({ method: 'PATCH', path, body: somebody() }), 405, 404);
    },
  },
  {
    name: 'damaged-file-tells-nothing-and-stays',
    why: 'When the file is torn, a patient must not read where it lies, and the next request must not overwrite it.',
    hint: 'Answer 5xx with a problem that says no more than its request id, log the rest, and leave the bytes as they are.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const api = desk.clientOf(await desk.start(program));
      const { path, record } = await register(api);
      const whole = await readText(program.folder);
      const torn = whole.slice(0, whole.length / 2);
      await program.put(DATA_FILE, torn);
      api.note(
        `cp ${DATA_FILE} whole.json; head -c ${Math.floor(whole.length / 2)} whole.json > ${DATA_FILE}`,
      );
      for (const reply of [
        await api.get(PATIENTS),
        await api.get(path),
        await api.post(PATIENTS, somebody()),
      ]) {
        expect(reply.status >= 500, 'a refusal with 5xx', reply);
        expectProblem(reply, reply.status);
        const told = [program.folder, DATA_FILE, String(record.lastName)].find((words) =>
          reply.text.includes(words),
        );
        expect(told === undefined, `nothing of the file in the answer, and not "${told}"`, reply);
        expectNothingOfTheInside(reply, reply.text);
        expect((await readText(program.folder)) === torn, `every byte of ${DATA_FILE} as it was`, reply);
      }
      await program.put(DATA_FILE, whole);
      api.note(`cp whole.json ${DATA_FILE}`);
      expectStatus(await api.get(path), 200);
    },
  },
];

function readText(folder: string): Promise<string> {
  return readFile(join(folder, DATA_FILE), 'utf8');
}
