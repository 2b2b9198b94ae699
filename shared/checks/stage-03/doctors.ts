import { expect } from '../harness.ts';
import { type ApiCheck, DOCTORS, lesson } from './check.ts';
import {
  expectAbsent,
  expectEntityTag,
  expectErrors,
  expectFields,
  expectPage,
  expectProblem,
  expectRecord,
  expectRegistered,
  expectStatus,
  hire,
  idsOf,
  query,
  readPagesOf,
  sameJson,
} from './expectations.ts';
import { doctor, nobody, rareLetters } from './people.ts';

const badDoctor = { lastName: 'R2D2', firstName: '', middleName: '?', specialty: ' ' };

export const doctors: ApiCheck[] = [
  {
    name: 'doctor-is-registered-as-patients-are',
    why: 'Who hires somebody must get back what was understood, and the place where it is kept.',
    hint: 'Answer 201 with the record, Location and ETag, and give the very same record at that place.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const details = doctor({ middleName: 'Сергеевна', specialty: 'сердце und Kreislauf' });
      const reply = await api.post(DOCTORS, details);
      const { record, etag, path } = expectRegistered(reply, DOCTORS);
      expectFields(reply, record, { ...details, version: 1 });
      expect(reply.headers.location?.endsWith(path), `a Location that ends in ${path}`, reply);
      const found = await api.get(path);
      expect(sameJson(expectRecord(found, 200), record), 'exactly the record that POST gave', found);
      expect(found.headers.etag === etag, `the ETag ${etag}`, found);
      const again = await api.get(path, { 'If-None-Match': etag });
      expectStatus(again, 304);
    },
  },
  {
    name: 'every-bad-field-of-a-doctor-is-named',
    why: 'A form with three mistakes is to be corrected once and not three times.',
    hint: 'The names follow the rules for patients, the specialty is 1 to 100 characters; name each field that is bad, missing or unknown in one 422.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const paths = Object.keys(badDoctor).map((field) => `/${field}`);
      expectErrors(await api.post(DOCTORS, badDoctor), paths);
      expectErrors(await api.post(DOCTORS, {}), ['/lastName', '/firstName', '/specialty']);
      expectErrors(await api.post(DOCTORS, { lastName: 1, firstName: null, specialty: ['x'] }), [
        '/lastName',
        '/firstName',
        '/specialty',
      ]);
      expectErrors(await api.post(DOCTORS, { ...badDoctor, birthDate: '1970-01-01', 'a/b': 1 }), [
        ...paths,
        '/birthDate',
        '/a~1b',
      ]);
      const { path, record } = await hire(api);
      expectErrors(await api.put(path, badDoctor), paths);
      expectErrors(await api.put(path, { lastName: 'Okafor' }), ['/firstName', '/specialty']);
      const found = await api.get(path);
      expect(sameJson(expectRecord(found, 200), record), 'the record as it was', found);
    },
  },
  {
    name: 'doctor-put-replaces-the-whole-record',
    why: 'A middle name that was left out on purpose must not stay behind.',
    hint: 'As with patients: the fields that came and no old ones, the same id, one version more, another ETag.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, id, etag, record } = await hire(api, { middleName: 'Aylin' });
      const details = doctor({ specialty: 'neurology' });
      const reply = await api.put(path, details, { 'If-Match': etag });
      const replaced = expectRecord(reply, 200);
      expectFields(reply, replaced, { ...details, id, version: 2, createdAt: record.createdAt });
      expectAbsent(reply, replaced, 'middleName');
      expect(expectEntityTag(reply) !== etag, `another ETag than ${etag}`, reply);
      const found = await api.get(path);
      expect(sameJson(expectRecord(found, 200), replaced), 'exactly the record that PUT gave', found);
    },
  },
  {
    name: 'doctor-stale-if-match-is-412',
    why: 'Two who edit one doctor at once must not overwrite each other unseen.',
    hint: 'Compare If-Match with the present version for PUT and DELETE; when they differ answer 412 and change nothing.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, etag } = await hire(api);
      const now = await api.put(path, doctor());
      const record = expectRecord(now, 200);
      expectProblem(await api.put(path, doctor(), { 'If-Match': etag }), 412);
      expectProblem(await api.delete(path, { 'If-Match': etag }), 412);
      const found = await api.get(path);
      expect(sameJson(expectRecord(found, 200), record), 'the record as it was', found);
      expectStatus(await api.delete(path, { 'If-Match': expectEntityTag(found) }), 204);
    },
  },
  {
    name: 'unknown-doctor-is-404',
    why: 'A client must tell a doctor who is not there from a server that is broken.',
    hint: 'Answer 404 for an id that nobody has, whatever it looks like, also once the doctor was removed.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path } = await hire(api);
      expectStatus(await api.delete(path), 204);
      for (const gone of [path, `${DOCTORS}/${nobody}`, `${DOCTORS}/nobody`]) {
        expectProblem(await api.get(gone), 404);
        expectProblem(await api.put(gone, doctor()), 404);
        expectProblem(await api.delete(gone), 404);
      }
    },
  },
  {
    name: 'doctors-come-in-pages',
    why: 'Whoever looks for a free doctor wants to see each of them once.',
    hint: 'The list of doctors has limit, cursor and search as the list of patients has, and whole records as items.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const search = rareLetters();
      const hired: string[] = [];
      for (let count = 0; count < 5; count++) hired.push((await hire(api, { lastName: search })).id);
      const { ids, last } = await readPagesOf(api, DOCTORS, { search, limit: 2 });
      expect(sameJson([...ids].sort(), [...hired].sort()), 'each of the five once', last);
      const first = await api.get(DOCTORS + query({ search, limit: 1 }));
      const [item] = expectPage(first).items;
      const found = await api.get(`${DOCTORS}/${item?.id}`);
      expect(sameJson(expectRecord(found, 200), item), 'the item of the list as the whole record', found);
      expectProblem(await api.get(DOCTORS + query({ search, cursor: 'x' })), 400);
      expectStatus(await api.delete(`${DOCTORS}/${hired[0]}`), 204);
      const rest = await api.get(DOCTORS + query({ search }));
      expect(!idsOf(expectPage(rest)).includes(String(hired[0])), 'nobody who was removed', rest);
    },
  },
  {
    name: 'doctor-search-is-that-of-patients',
    why: 'One search box serves for both, and must find by the same rules.',
    hint: 'Text anywhere in a name, in any case and script; what was typed is no pattern.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const api = await desk.open();
      const rare = rareLetters();
      const { record } = await hire(api, { lastName: `Д'Амико${rare}`, firstName: `Zoe\u0308${rare}` });
      for (const search of [
        rare,
        rare.slice(3),
        `д'амико${rare.toUpperCase()}`,
        `zo\u00eb${rare}`,
        'ико'.concat(rare),
      ]) {
        const reply = await api.get(DOCTORS + query({ search }));
        expect(sameJson(expectPage(reply).items, [record]), 'exactly this doctor', reply);
      }
      for (const search of ['%', '_', '"', "' OR '1'='1", `${rare.slice(0, 9)}%`]) {
        const reply = await api.get(DOCTORS + query({ search }));
        expect(expectPage(reply).items.length === 0, 'nobody: no name has such a text in it', reply);
      }
    },
  },
];
