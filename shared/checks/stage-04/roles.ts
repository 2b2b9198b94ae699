import { expect } from '../harness.ts';
import { doctor, nobody, somebody } from '../stage-03/people.ts';
import { at } from '../stage-03/times.ts';
import { addAccount, employ, newName, newPassword, openPlace, openSession, user } from './accounts.ts';
import { APPOINTMENTS, type ApiCheck, AUDIT, DOCTORS, lesson, PATIENTS } from './check.ts';
import {
  book,
  booking,
  expectBooked,
  expectFields,
  expectForbidden,
  expectPage,
  expectRecord,
  expectRegistered,
  expectStatus,
  openPair,
  register,
  sameJson,
} from './expectations.ts';

export const roles: ApiCheck[] = [
  {
    name: 'receptionist-does-the-work-of-the-desk',
    why: 'A desk that may not book is of no use, and one that may dismiss doctors is of too much.',
    hint: 'Let receptionists read all, and write patients and appointments; 403 for writing doctors and for the audit.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { api } = await employ(place, 'receptionist');
      const { path, id: patientId } = await register(api);
      expectRecord(await api.put(path, somebody()), 200);
      expectRecord(await api.get(path), 200);
      expectPage(await api.get(PATIENTS));
      const other = await openPair(place.api);
      expectPage(await api.get(DOCTORS));
      expectRecord(await api.get(other.doctor.path), 200);
      const booked = await book(api, { patientId, doctorId: other.doctorId });
      expectRecord(await api.get(booked.path), 200);
      expectPage(await api.get(APPOINTMENTS));
      const cancelled = { status: 'cancelled', cancellationReason: 'illness' };
      expectRecord(await api.patch(booked.path, cancelled), 200);
      const { path: leaving } = await register(api);
      expectStatus(await api.delete(leaving), 204);

      for (const call of [
        { method: 'POST', path: DOCTORS, body: doctor() },
        { method: 'PUT', path: other.doctor.path, body: doctor() },
        { method: 'DELETE', path: other.doctor.path },
        { method: 'GET', path: AUDIT },
      ])
        expectForbidden(await api.send(call));
      const found = await place.api.get(other.doctor.path);
      expect(sameJson(expectRecord(found, 200), other.doctor.record), 'the doctor as before', found);
    },
  },
  {
    name: 'doctor-reads-and-does-not-write',
    why: 'What is written about a patient must come from those whose work it is to write it.',
    hint: 'Let doctors GET patients, doctors and appointments; every POST, PUT and DELETE of theirs is a 403 that changes nothing.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const pair = await openPair(place.api);
      const booked = await book(place.api, pair);
      const { api } = await employ(place, 'doctor', pair.doctorId);
      const kept = [pair.patient, pair.doctor, booked];
      for (const { path } of kept) expectRecord(await api.get(path), 200);
      for (const path of [PATIENTS, DOCTORS, APPOINTMENTS]) expectPage(await api.get(path));
      for (const call of [
        { method: 'POST', path: PATIENTS, body: somebody() },
        { method: 'PUT', path: pair.patient.path, body: somebody() },
        { method: 'DELETE', path: pair.patient.path },
        { method: 'POST', path: DOCTORS, body: doctor() },
        { method: 'PUT', path: pair.doctor.path, body: doctor() },
        { method: 'DELETE', path: pair.doctor.path },
        { method: 'POST', path: APPOINTMENTS, body: booking(pair, 60) },
        { method: 'GET', path: AUDIT },
      ])
        expectForbidden(await api.send(call));
      for (const { path, record } of kept) {
        const found = await place.api.get(path);
        expect(sameJson(expectRecord(found, 200), record), 'the record as it was', found);
      }
    },
  },
  {
    name: 'doctor-moves-their-own-appointments-alone',
    why: 'Each doctor knows who has come to them, and nothing of who has come to others.',
    hint: 'Compare the doctor of the appointment with the doctor of the account; where they differ, 403, whatever the body says.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const [mine, theirs] = [await openPair(place.api), await openPair(place.api)];
      const [own, foreign] = [await book(place.api, mine), await book(place.api, theirs)];
      const { api } = await employ(place, 'doctor', mine.doctorId);

      const moved = await api.patch(own.path, { startsAt: at(120), endsAt: at(150) });
      expectFields(moved, expectRecord(moved, 200), { startsAt: at(120) });
      const arrived = await api.patch(own.path, { status: 'arrived' });
      expectFields(arrived, expectRecord(arrived, 200), { status: 'arrived' });

      for (const body of [
        { status: 'arrived' },
        { startsAt: at(240), endsAt: at(270) },
        { status: 'cancelled', cancellationReason: 'illness' },
        { status: 'arrived', doctorId: mine.doctorId },
      ])
        expectForbidden(await api.patch(foreign.path, body));
      const found = await place.api.get(foreign.path);
      expect(sameJson(expectRecord(found, 200), foreign.record), 'the appointment as it was', found);
      expectStatus(await api.patch(`${APPOINTMENTS}/${nobody}`, { status: 'arrived' }), 403, 404);
    },
  },
  {
    name: 'doctor-without-a-link-moves-nothing',
    why: 'An account that is linked to nobody must not by chance be linked to everybody.',
    hint: 'Without a --doctor-id there are no appointments of their own: an absent id is equal to none.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { path } = await book(place.api, await openPair(place.api));
      const { api } = await employ(place, 'doctor');
      expectRecord(await api.get(path), 200);
      for (const body of [{ status: 'arrived' }, {}, { doctorId: '' }])
        expectForbidden(await api.patch(path, body));
      const found = await place.api.get(path);
      expectFields(found, expectRecord(found, 200), { status: 'booked' });
    },
  },
  {
    name: 'refusal-comes-before-the-body',
    why: 'Who may not write has no use for the rules of writing, and could learn from them what is there.',
    hint: 'Look at the role before the body, the id and If-Match: 403 before 400, 404, 412 and 422.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { path } = await register(place.api);
      const { api } = await employ(place, 'doctor');
      for (const call of [
        { method: 'POST', path: PATIENTS, body: '{' },
        { method: 'POST', path: PATIENTS, body: {} },
        { method: 'POST', path: PATIENTS, body: 'x', headers: { 'Content-Type': 'text/plain' } },
        { method: 'PUT', path: `${PATIENTS}/${nobody}`, body: somebody() },
        { method: 'PUT', path, body: somebody(), headers: { 'If-Match': '"x"' } },
        { method: 'DELETE', path: `${DOCTORS}/${nobody}` },
      ])
        expectForbidden(await api.send(call));
    },
  },
  {
    name: 'admin-may-do-everything',
    why: 'When nobody else is there, somebody must be able to do all of it.',
    hint: 'The role admin has every route.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const booked = expectBooked(await api.post(APPOINTMENTS, booking(pair)));
      const cancelled = { status: 'cancelled', cancellationReason: 'illness' };
      expectRecord(await api.patch(booked.path, cancelled), 200);
      expectRecord(await api.put(pair.doctor.path, doctor()), 200);
      const { path } = expectRegistered(await api.post(DOCTORS, doctor()), DOCTORS);
      expectStatus(await api.delete(path), 204);
      expectPage(await api.get(AUDIT));
    },
  },
  {
    name: 'doctor-id-belongs-to-a-doctor',
    why: 'A slip in the id would give somebody the appointments of a stranger, or of nobody for ever.',
    hint: 'Refuse --doctor-id with another role than doctor, and an id that no doctor has: exit code 1, and no account.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { doctorId } = await openPair(place.api);
      const cases = [
        ['receptionist', doctorId],
        ['admin', doctorId],
        ['doctor', nobody],
        ['doctor', 'x'],
      ] as const;
      const names: string[] = [];
      for (const [role, id] of cases) {
        const username = newName();
        names.push(username);
        const words = ['add', '--username', username, '--role', role, '--doctor-id', id];
        const ran = await user(place, words, `${newPassword()}\n`);
        expect(ran.exitCode === 1, 'exit code 1', ran);
      }
      const list = await user(place, ['list']);
      for (const username of names)
        expect(!list.stdout.includes(username), `no ${username} in the list`, list);
      const account = await addAccount(place, 'doctor', { doctorId });
      await openSession(place.api, account);
    },
  },
];
