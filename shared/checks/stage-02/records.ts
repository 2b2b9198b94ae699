import { expect } from '../harness.ts';
import { isRecord } from '../stage-01/expectations.ts';
import { type ApiCheck, lesson, PATIENTS } from './check.ts';
import {
  expectAbsent,
  expectEntityTag,
  expectErrors,
  expectFields,
  expectPatient,
  expectProblem,
  expectRegistered,
  expectStatus,
  register,
  sameJson,
} from './expectations.ts';
import { nobody, rareLetters, somebody } from './people.ts';

export const records: ApiCheck[] = [
  {
    name: 'post-answers-with-the-record',
    why: 'Whoever registers somebody wants to see what was understood, and the id under which it is kept.',
    hint: 'Answer 201 with the whole record: the fields as given, id, version 1, createdAt and updatedAt.',
    lesson: lesson('try-it'),
    async run(desk) {
      const api = await desk.open();
      const details = somebody();
      const reply = await api.post(PATIENTS, details);
      const record = expectPatient(reply, 201);
      expectFields(reply, record, { ...details, version: 1 });
      for (const field of ['createdAt', 'updatedAt']) {
        const instant = String(record[field]);
        const isNow = /Z$/.test(instant) && Math.abs(Date.parse(instant) - Date.now()) < 60_000;
        // A server elsewhere may have another clock; that it is an instant in UTC is enough.
        expect(isNow || /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(instant), `${field} as an instant in UTC`, reply);
      }
    },
  },
  {
    name: 'location-leads-to-the-record',
    why: 'A client that was told where the new record lives must find it there, without building addresses itself.',
    hint: 'With the 201 send Location: the path or the whole address under which GET answers with the record.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { reply, record, id } = await register(api);
      const { location } = reply.headers;
      expect(location, 'a Location header', reply);
      expect(
        URL.canParse(location, api.url + PATIENTS) && location.endsWith(id),
        `a Location that ends in ${id}`,
        reply,
      );
      const { pathname, search } = new URL(location, api.url + PATIENTS);
      const prefix = new URL(api.url).pathname.replace(/\/$/, '');
      const path = prefix && pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : pathname;
      const found = await api.get(path + search);
      expect(sameJson(expectPatient(found, 200), record), 'the same record at its Location', found);
    },
  },
  {
    name: 'get-answers-with-record-and-etag',
    why: 'Without a tag that names the version, nobody can say later which version was seen.',
    hint: 'POST, GET and PUT send the same strong ETag for the same version, and another one after each change.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, record, etag } = await register(api);
      const found = await api.get(path);
      expect(sameJson(expectPatient(found, 200), record), 'exactly the record that POST gave', found);
      expect(expectEntityTag(found) === etag, `the ETag that POST gave: ${etag}`, found);
      const changed = await api.put(path, somebody());
      expectPatient(changed, 200);
      expect(expectEntityTag(changed) !== etag, `another ETag than ${etag}: it is another version`, changed);
      const again = await api.get(path);
      expect(
        expectEntityTag(again) === changed.headers.etag,
        `the ETag that PUT gave: ${changed.headers.etag}`,
        again,
      );
    },
  },
  {
    name: 'names-keep-their-script',
    why: 'A server that reads or writes another encoding than UTF-8 turns names into rubbish.',
    hint: 'Read and write JSON as UTF-8; cut spaces round a name and keep it in normal form C.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const api = await desk.open();
      const names = { lastName: 'Салтыкова-Щедрина', firstName: 'مُحَمَّد', middleName: '山田' };
      const reply = await api.post(PATIENTS, somebody({ ...names, lastName: `  ${names.lastName} ` }));
      expectFields(reply, expectPatient(reply, 201), names);
      const decomposed = await api.post(PATIENTS, somebody({ firstName: 'Zoe\u0308' }));
      const { path, record } = expectRegistered(decomposed);
      expectFields(decomposed, record, { firstName: 'Zo\u00eb' });
      const found = await api.get(path);
      expectFields(found, expectPatient(found, 200), { firstName: 'Zo\u00eb' });
    },
  },
  {
    name: 'put-replaces-the-whole-record',
    why: 'Who sends the whole record means the whole: a phone number that is left out is to be gone.',
    hint: 'Take the fields that came and no old ones; keep id and createdAt, count the version, set updatedAt.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, record, id } = await register(api);
      const { phone: _phone, middleName: _middleName, ...details } = somebody({ firstName: 'Amara' });
      const reply = await api.put(path, details);
      const replaced = expectPatient(reply, 200);
      expectFields(reply, replaced, { ...details, id, version: 2, createdAt: record.createdAt });
      expectAbsent(reply, replaced, 'phone');
      expectAbsent(reply, replaced, 'middleName');
      const found = await api.get(path);
      expect(sameJson(expectPatient(found, 200), replaced), 'exactly the record that PUT gave', found);
    },
  },
  {
    name: 'put-wants-the-whole-record',
    why: 'Half a record in the place of a whole one would wipe out the rest in silence.',
    hint: 'Judge the body of PUT by the same rules as that of POST: each missing field is an error, and nothing changes.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, record } = await register(api);
      expectErrors(await api.put(path, { firstName: 'Amara' }), ['/lastName', '/birthDate', '/sex']);
      expectErrors(await api.put(path, { ...somebody(), nick: 'Chi' }), ['/nick']);
      const found = await api.get(path);
      expect(sameJson(expectPatient(found, 200), record), 'the record as it was', found);
    },
  },
  {
    name: 'put-takes-back-what-get-gave',
    why: 'The plainest client reads a record, mends one field and sends all of it back.',
    hint: 'Let the fields that are yours (id, version, createdAt, updatedAt) be there as they were read, or refuse them by name.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const { path, record, etag } = await register(api);
      const reply = await api.put(path, { ...record, firstName: 'Amara' }, { 'If-Match': etag });
      if (reply.status === 422) return expectErrors(reply, ['/id']);
      expectFields(reply, expectPatient(reply, 200), { id: record.id, firstName: 'Amara', version: 2 });
    },
  },
  {
    name: 'put-cannot-change-the-id',
    why: 'A record that moves to another id by an edit is lost for everybody who knows the old one.',
    hint: 'The id is the one in the path: refuse another one in the body.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const api = await desk.open();
      const { path, id } = await register(api);
      const reply = await api.put(path, { ...somebody(), id: nobody });
      if (reply.status !== 200) expectProblem(reply, 400, 409, 422);
      const found = await api.get(path);
      expect(expectPatient(found, 200).id === id, `the record of ${id} under its own id`, found);
      expectProblem(await api.get(`${PATIENTS}/${nobody}`), 404);
    },
  },
  {
    name: 'delete-takes-one-away-once',
    why: 'One patient must go and no other, and whoever comes second must hear that there was nothing left to do.',
    hint: 'Answer 204 without a body; afterwards GET, PUT and DELETE of this id are 404.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path } = await register(api);
      const other = await register(api);
      const reply = await api.delete(path);
      expectStatus(reply, 204);
      expect(reply.text === '', 'no body', reply);
      expectProblem(await api.delete(path), 404);
      expectProblem(await api.get(path), 404);
      expectProblem(await api.put(path, somebody()), 404);
      expectPatient(await api.get(other.path), 200);
    },
  },
  {
    name: 'unknown-id-is-404',
    why: 'A client must be able to tell "there is no such patient" from "done" and from "broken".',
    hint: 'Answer 404 with a problem, whatever stands in the place of the id, and create nobody by PUT.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const path = `${PATIENTS}/${nobody}`;
      expectProblem(await api.get(path), 404);
      expectProblem(await api.put(path, somebody()), 404);
      expectProblem(await api.delete(path), 404);
      for (const id of [
        'nobody',
        '0',
        '__proto__',
        'constructor',
        '%00',
        '..%2f..%2fetc%2fpasswd',
        rareLetters().repeat(9),
      ])
        expectProblem(await api.get(`${PATIENTS}/${id}`), 404, 400, 414, 422);
    },
  },
  {
    name: 'many-posts-at-once-lose-nothing',
    why: 'On a busy morning every desk registers somebody, and each was told that it is done.',
    hint: 'One change at a time: read, change and write under one lock, and answer only when it is written.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const lastName = rareLetters();
      const calls = Array.from({ length: 50 }, () => ({
        method: 'POST',
        path: PATIENTS,
        body: somebody({ lastName }),
      }));
      const replies = await api.together(calls);
      const ids = replies.map((reply) => expectPatient(reply, 201).id);
      const reply = await api.get(`${PATIENTS}?limit=100&search=${lastName}`);
      const { body } = reply;
      const items: unknown[] = isRecord(body) && Array.isArray(body.items) ? body.items : [];
      const found = new Set(items.map((item) => (isRecord(item) ? item.id : undefined)));
      const lost = ids.filter((id) => !found.has(id));
      expect(new Set(ids).size === 50, '50 different ids', reply);
      expect(lost.length === 0 && items.length === 50, `all 50 in the list; ${lost.length} are lost`, reply);
    },
  },
];
