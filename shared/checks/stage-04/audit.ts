import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import { sendWithId } from '../stage-02/log.ts';
import { nobody, rareLetters, somebody } from '../stage-03/people.ts';
import type { Call } from '../story.ts';
import { employ, newPassword, openPlace, openSession, tryLogin } from './accounts.ts';
import { APPOINTMENTS, type ApiCheck, AUDIT, lesson, PATIENTS } from './check.ts';
import {
  book,
  cancel,
  expectForbidden,
  expectPage,
  expectProblem,
  expectStatus,
  expectUnauthenticated,
  findSecret,
  hire,
  type JsonRecord,
  query,
  register,
} from './expectations.ts';

interface Line {
  action: string;
  resource: string;
  outcome: string;
  username?: string;
}

/** All lines about a patient's data, the newest first. */
async function linesAbout(api: Client, patientId: string): Promise<{ lines: JsonRecord[]; reply: Reply }> {
  const reply = await api.get(AUDIT + query({ patientId, limit: 100 }));
  return { lines: expectPage(reply).items, reply };
}

/** The lines of one request: all of them are about this patient. */
async function expectLineOf(
  api: Client,
  { patientId, requestId, wanted }: { patientId: string; requestId: string; wanted: Line },
): Promise<void> {
  const { lines, reply } = await linesAbout(api, patientId);
  const found = lines.filter((line) => line.requestId === requestId);
  const isIt = (line: JsonRecord) =>
    Object.entries(wanted).every(([field, value]) => line[field] === value) &&
    Math.abs(Date.now() - Date.parse(String(line.recordedAt))) < 120_000;
  expect(
    found.some(isIt),
    `a line of now with requestId "${requestId}" and ${JSON.stringify(wanted)}`,
    reply,
  );
}

/** The lines of one request, which may be about nobody: looked for among the newest. */
async function findLines(api: Client, requestId: string): Promise<{ lines: JsonRecord[]; reply: Reply }> {
  let cursor: string | undefined;
  for (let pages = 1; ; pages++) {
    const reply = await api.get(AUDIT + query({ limit: 100, ...(cursor !== undefined && { cursor }) }));
    const { items, nextCursor } = expectPage(reply);
    const lines = items.filter((line) => line.requestId === requestId);
    if (lines.length > 0 || nextCursor === undefined || pages === 20) return { lines, reply };
    cursor = nextCursor;
  }
}

export const audit: ApiCheck[] = [
  {
    name: 'audit-is-for-admins-alone',
    why: 'Who has looked at whom is itself something that not everybody may know, and nobody may change.',
    hint: 'GET /api/v1/audit for the role admin, 403 for the others, 401 for nobody, and no other method at all.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      expectPage(await place.api.get(AUDIT));
      for (const role of ['receptionist', 'doctor'])
        expectForbidden(await (await employ(place, role)).api.get(AUDIT));
      expectUnauthenticated(await place.api.as(undefined).get(AUDIT));
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
        expectProblem(await place.api.send({ method, path: AUDIT, body: {} }), 404, 405);
      expectProblem(await place.api.get(`${AUDIT}?limit=0`), 400);
      expectProblem(await place.api.get(`${AUDIT}?cursor=tampered`), 400);
    },
  },
  {
    name: 'audit-tells-who-what-and-when',
    why: 'When a patient asks who has read their record, "somebody, some time" is no answer.',
    hint: 'Write a line for each look and each change: recordedAt, username, requestId, action, resource, outcome.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { username, api } = await employ(place, 'receptionist');
      const { id: patientId, path } = await register(api);
      const resource = `Patient/${patientId}`;
      const calls: [Call, string][] = [
        [{ method: 'GET', path }, 'read'],
        // From the copy: who reads it there has read it.
        [{ method: 'GET', path }, 'read'],
        [{ method: 'PUT', path, body: somebody() }, 'update'],
        [{ method: 'DELETE', path }, 'delete'],
      ];
      for (const [call, action] of calls) {
        const { requestId, reply } = await sendWithId(api, call);
        expectStatus(reply, 200, 204);
        const wanted = { action, resource, outcome: 'success', username };
        await expectLineOf(place.api, { patientId, requestId, wanted });
      }
      const { requestId, reply } = await sendWithId(api, { method: 'GET', path });
      expectProblem(reply, 404);
      const wanted = { action: 'read', resource, outcome: 'not_found', username };
      await expectLineOf(place.api, { patientId, requestId, wanted });
    },
  },
  {
    name: 'audit-knows-who-was-in-a-list',
    why: 'A search shows twenty people at once, and each of the twenty has been looked at.',
    hint: 'Write one line for each record that a list shows, and one for the list where it shows nobody.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { username, api } = await employ(place, 'doctor');
      const lastName = rareLetters();
      const people = [await register(place.api, { lastName }), await register(place.api, { lastName })];
      const { requestId } = await sendWithId(api, { method: 'GET', path: `${PATIENTS}?search=${lastName}` });
      for (const { id: patientId } of people) {
        const wanted = { action: 'read', resource: `Patient/${patientId}`, outcome: 'success', username };
        await expectLineOf(place.api, { patientId, requestId, wanted });
      }
    },
  },
  {
    name: 'audit-keeps-appointments-too',
    why: 'Which doctor somebody sees says more about them than their name.',
    hint: 'Write the lines for appointments as for patients, with the patient whose data they are.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { username, api } = await employ(place, 'receptionist');
      const [{ id: patientId }, { id: doctorId }] = [await register(api), await hire(place.api)];
      const { id, path } = await book(api, { patientId, doctorId });
      await cancel(api, { path });
      const { requestId } = await sendWithId(api, { method: 'GET', path });
      const about = { resource: `Appointment/${id}`, outcome: 'success', username };
      await expectLineOf(place.api, { patientId, requestId, wanted: { action: 'read', ...about } });
      const { lines, reply } = await linesAbout(place.api, patientId);
      for (const action of ['create', 'update']) {
        const isThere = lines.some((line) => line.action === action && line.resource === about.resource);
        expect(isThere, `a line with "${action}" and "${about.resource}"`, reply);
      }
    },
  },
  {
    name: 'audit-keeps-what-was-denied',
    why: 'The tries that failed are those that somebody should ask about.',
    hint: 'Write a line for each 403 that was about a patient, with the outcome denied.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { username, api } = await employ(place, 'doctor');
      const { id: patientId, path } = await register(place.api);
      const resource = `Patient/${patientId}`;
      const denied = await sendWithId(api, { method: 'DELETE', path });
      expectForbidden(denied.reply);
      const wanted = { action: 'delete', resource, outcome: 'denied', username };
      await expectLineOf(place.api, { patientId, requestId: denied.requestId, wanted });

      const created = await sendWithId(api, { method: 'POST', path: PATIENTS, body: somebody() });
      expectForbidden(created.reply);
      const { lines, reply } = await findLines(place.api, created.requestId);
      const isThere = lines.some(({ action, outcome }) => action === 'create' && outcome === 'denied');
      expect(isThere, `a line with requestId "${created.requestId}", create and denied`, reply);
    },
  },
  {
    name: 'audit-keeps-the-tries-of-strangers',
    why: 'Who rattles at the doors at night has no name, and the morning must still know of it.',
    hint: 'Write a line with the outcome denied, and without a username, for a 401 that was about a patient; a limit for a flood of them is wise.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      // A server of its own: other checks send strangers by the dozen.
      const api = desk.clientOf(await desk.start(await desk.createProgram()));
      const { id: patientId, path } = await register(api);
      const { requestId, reply } = await sendWithId(api.as(undefined), { method: 'GET', path });
      expectUnauthenticated(reply);
      const wanted = { action: 'read', resource: `Patient/${patientId}`, outcome: 'denied' };
      await expectLineOf(api, { patientId, requestId, wanted });
      const { lines, reply: shown } = await linesAbout(api, patientId);
      const line = lines.find((one) => one.requestId === requestId);
      expect(line?.username === undefined || line.username === null, 'no username in that line', shown);
    },
  },
  {
    name: 'audit-comes-in-pages-newest-first',
    why: 'While somebody reads the audit it grows, and a line that slips between two pages is the one that was looked for.',
    hint: 'Page by a cursor that stands for the last line that was shown; the newest first, none twice, none left out.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const api = await desk.open();
      const { id: patientId, path } = await register(api);
      const asked: string[] = [];
      for (let time = 0; time < 17; time++)
        asked.push((await sendWithId(api, { method: 'GET', path })).requestId);
      const ids: string[] = [];
      const told: string[] = [];
      const times: number[] = [];
      let cursor: string | undefined;
      let last: Reply | undefined;
      for (let pages = 0; pages === 0 || (cursor !== undefined && pages < 20); pages++) {
        const reply = await api.get(
          AUDIT + query({ patientId, limit: 5, ...(cursor !== undefined && { cursor }) }),
        );
        const page = expectPage(reply);
        expect(page.items.length <= 5, 'at most 5 lines', reply);
        ids.push(...page.items.map((line) => String(line.id)));
        told.push(...page.items.map((line) => String(line.requestId)));
        times.push(...page.items.map((line) => Date.parse(String(line.recordedAt))));
        [cursor, last] = [page.nextCursor, reply];
        await api.get(path); // It grows meanwhile.
      }
      if (!last) return;
      expect(new Set(ids).size === ids.length, 'no line twice', last);
      const missing = asked.filter((id) => !told.includes(id));
      expect(missing.length === 0, `each of the 17 looks; missing: ${missing.join(', ')}`, last);
      const inOrder = times.every((time, index) => index === 0 || time <= (times[index - 1] ?? 0));
      expect(inOrder, 'the newest first', last);
      const shown = told.filter((id) => asked.includes(id));
      expect(shown.join() === asked.toReversed().join(), 'the looks in the order of their time', last);
    },
  },
  {
    name: 'audit-tells-no-person-and-no-secret',
    why: 'The audit is kept for years after the patient is gone, and must not be a second register of patients.',
    hint: 'Keep ids and nothing of the records: no name, no phone, no reason, no search, no token, no password.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { username, password, token, api } = await employ(place, 'receptionist');
      const secrets = {
        lastName: rareLetters(),
        firstName: rareLetters(),
        phone: `+1202555${String(Date.now() % 1e7).padStart(7, '0')}`,
        reason: rareLetters(),
        search: rareLetters(),
        wrongId: rareLetters(),
        wrongPassword: newPassword(),
        password,
        token,
      };
      const { lastName, firstName, phone, reason, search, wrongId } = secrets;
      const { id: patientId, path } = await register(api, { lastName, firstName, phone });
      const { id: doctorId } = await hire(place.api);
      const booked = await book(api, { patientId, doctorId }, 0, 30, { reason });
      await api.get(`${PATIENTS}?search=${lastName}`);
      await api.get(`${PATIENTS}?search=${search}`);
      await api.get(`${PATIENTS}/${wrongId}`);
      await api.get(`${APPOINTMENTS}/${wrongId}`);
      await api.as(undefined).get(`${PATIENTS}/${wrongId}`);
      await api.as(undefined).put(path, somebody({ lastName, firstName }));
      await api.put(path, somebody({ lastName, firstName, phone, sex: reason }));
      await cancel(api, booked);
      await tryLogin(api, username, secrets.wrongPassword);
      await openSession(api, { username, password });
      const replies = [
        await place.api.get(AUDIT + query({ patientId, limit: 100 })),
        await place.api.get(AUDIT + query({ username, limit: 100 })),
        await place.api.get(AUDIT + query({ limit: 100 })),
      ];
      for (const reply of replies) {
        expectPage(reply);
        const told = findSecret(reply.text, secrets);
        expect(!told, `no ${told} in the audit`, reply);
      }
    },
  },
  {
    name: 'audit-outlives-the-patient-and-the-account',
    why: 'Who wants to hide a look must not be able to do it by deleting what was looked at.',
    hint: 'Tie the lines to nothing that can be deleted: they hold the id and the name as they were.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { username, api } = await employ(place, 'receptionist');
      const { id: patientId, path } = await register(place.api);
      const { requestId } = await sendWithId(api, { method: 'GET', path });
      expectStatus(await place.api.delete(path), 204);
      const { program } = place;
      const words = ['user', 'remove', '--username', username];
      const { exitCode } = await program.start(words, { env: desk.storage }).outcome;
      expect(exitCode === 0, 'the account removed: exit code 0', place.api.exchange(words.join(' '), ''));
      const wanted = { action: 'read', resource: `Patient/${patientId}`, outcome: 'success', username };
      await expectLineOf(place.api, { patientId, requestId, wanted });
      expectProblem(await place.api.get(`${PATIENTS}/${nobody}`), 404);
    },
  },
];
