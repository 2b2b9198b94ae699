import type { Client, Reply } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import { APPOINTMENTS, type ApiCheck, DOCTORS, lesson, PATIENTS } from './check.ts';
import {
  book,
  booking,
  bookingCall,
  expectLive,
  expectNothingOfTheDatabase,
  expectRecord,
  expectTaken,
  hire,
  openMany,
  openPair,
  register,
} from './expectations.ts';
import { at } from './times.ts';

/** All answers to requests that were sent at once, as one exchange. */
function together(api: Client, replies: readonly Reply[]): Exchange {
  const counts = new Map<number, number>();
  for (const { status } of replies) counts.set(status, (counts.get(status) ?? 0) + 1);
  const summary = [...counts].map(([status, count]) => `${count} times ${status}`).join(', ');
  const odd = replies.find(({ status }) => status >= 500 || status === 0);
  return api.exchange(
    `${replies.length} at once, such as\n${replies[0]?.sent ?? ''}`,
    `${summary}${odd ? `\nand among them\n${odd.received}` : ''}`,
  );
}

/** Of all who asked at once one was given it, and every other was told that it is taken. */
function expectOneWinner(api: Client, replies: readonly Reply[], winning = 201): void {
  const statuses = replies.map(({ status }) => status);
  const exchange = together(api, replies);
  const winners = statuses.filter((status) => status === winning).length;
  const losers = statuses.filter((status) => status === 409).length;
  expect(
    winners === 1 && losers === replies.length - 1,
    `one ${winning} and ${replies.length - 1} times 409`,
    exchange,
  );
  for (const reply of replies) if (reply.status === 409) expectTaken(reply);
}

export const races: ApiCheck[] = [
  {
    name: 'fifty-want-one-slot-and-one-gets-it',
    why: 'At eight the phones open, fifty people want the first appointment, and one of them is told the truth.',
    hint: 'Let a constraint of the database decide at the moment of the insert: a look before it can be out of date by then.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      const patients = await openMany(api, PATIENTS, 50);
      const calls = patients.map((patientId) => bookingCall(booking({ patientId, doctorId })));
      expectOneWinner(api, await api.together(calls));
      await expectLive(api, doctorId, 1);
    },
  },
  {
    name: 'twenty-doctors-want-one-patient',
    why: 'Twenty departments call the same patient in for the same hour.',
    hint: 'The constraint for the patient is a second one beside that for the doctor, and where both are taken there must be no deadlock.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { id: patientId } = await register(api);
      const doctors = await openMany(api, DOCTORS, 20);
      const calls = doctors.map((doctorId) => bookingCall(booking({ patientId, doctorId })));
      expectOneWinner(api, await api.together(calls));
    },
  },
  {
    name: 'overlapping-ranges-race-without-overlap',
    why: 'Those who race seldom want the very same minute: a unique key on the start would let all of them through.',
    hint: 'Compare ranges and not starts, in the constraint itself.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      const patients = await openMany(api, PATIENTS, 20);
      const calls = patients.map((patientId, index) =>
        bookingCall(booking({ patientId, doctorId }, index * 7, index * 7 + 45)),
      );
      const replies = await api.together(calls);
      const exchange = together(api, replies);
      expect(
        replies.every(({ status }) => status === 201 || status === 409),
        '201 or 409 for each',
        exchange,
      );
      const starts = replies.flatMap(({ status }, index) => (status === 201 ? [index * 7] : []));
      const overlap = starts.some((start, index) => index > 0 && start < Number(starts[index - 1]) + 45);
      expect(starts.length > 0 && !overlap, 'at least one 201, and no two that overlap', exchange);
      await expectLive(api, doctorId, starts.length);
    },
  },
  {
    name: 'bookings-that-cross-do-not-block-each-other',
    why: 'One wants doctor A for patient B, another at the same moment doctor A for somebody else, and a server that waits for itself answers nobody.',
    hint: 'Take locks in one order, or try again after a deadlock: crossed requests end in 201 or 409, never in a 5xx.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const doctors = await openMany(api, DOCTORS, 5);
      const patients = await openMany(api, PATIENTS, 5);
      const calls = doctors.flatMap((doctorId) =>
        patients.map((patientId) => bookingCall(booking({ patientId, doctorId }))),
      );
      const replies = await api.together(calls);
      const exchange = together(api, replies);
      expect(
        replies.every(({ status }) => status === 201 || status === 409),
        '201 or 409 for each',
        exchange,
      );
      const won = replies
        .filter(({ status }) => status === 201)
        .map(({ body }) => body as Record<string, unknown>);
      const nobodyTwice = (['doctorId', 'patientId'] as const).every(
        (field) => new Set(won.map((record) => record[field])).size === won.length,
      );
      expect(won.length > 0 && nobodyTwice, 'at least one 201, and nobody booked twice', exchange);
    },
  },
  {
    name: 'two-move-to-one-slot-and-one-gets-it',
    why: 'A free slot shows on two screens, and two patients are moved to it at the same moment.',
    hint: 'The constraint must hold for an update as for an insert; who loses keeps the old time.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      const patients = await openMany(api, PATIENTS, 6);
      const paths: string[] = [];
      for (const [index, patientId] of patients.entries())
        paths.push((await book(api, { patientId, doctorId }, index * 30)).path);
      const body = { startsAt: at(600), endsAt: at(630) };
      const replies = await api.together(paths.map((path) => ({ method: 'PATCH', path, body })));
      expectOneWinner(api, replies, 200);
      await expectLive(api, doctorId, 6);
    },
  },
  {
    name: 'two-changes-with-one-tag',
    why: 'One desk notes that the patient has come, the other calls the appointment off: both have read the same version.',
    hint: 'Compare the tag under the lock under which you write, or write only where the version is still the one that was read.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      for (let round = 0; round < 5; round++) {
        const { path, etag } = await book(api, pair, round * 30);
        const headers = { 'If-Match': etag };
        const replies = await api.together([
          { method: 'PATCH', path, headers, body: { status: 'arrived' } },
          { method: 'PATCH', path, headers, body: { status: 'cancelled', cancellationReason: 'illness' } },
        ]);
        const statuses = replies.map(({ status }) => status).sort();
        expect(statuses[0] === 200 && statuses[1] === 412, 'one 200 and one 412', together(api, replies));
        const winner = replies.find(({ status }) => status === 200);
        const found = await api.get(path);
        const { status } = expectRecord(found, 200);
        expect(winner?.text.includes(`"${status}"`), 'what the winner wrote', found);
      }
    },
  },
  {
    name: 'delete-and-booking-at-once',
    why: 'A doctor leaves at the very moment when somebody books: one of the two must hear no.',
    hint: 'Lock the row of patient and doctor while you book, or let a foreign key and a check in one transaction decide.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      for (const who of ['doctor', 'patient', 'doctor', 'patient'] as const) {
        const pair = await openPair(api);
        const replies = await api.together([
          { method: 'DELETE', path: pair[who].path },
          bookingCall(booking(pair)),
          bookingCall(booking(pair, 60)),
        ]);
        const [removal, ...bookings] = replies;
        const booked = bookings.filter(({ status }) => status === 201).length;
        const exchange = together(api, replies);
        const consistent =
          (removal?.status === 204 && booked === 0) || (removal?.status === 409 && booked > 0);
        expect(consistent, `either the ${who} removed or something booked`, exchange);
        for (const reply of replies) {
          expect([201, 204, 409, 422].includes(reply.status), '201, 204, 409 or 422', reply);
          expectNothingOfTheDatabase(reply);
        }
      }
    },
  },
];

/** Races through two servers on the same data. */
export const racesOfTwo: ApiCheck[] = [
  {
    name: 'two-servers-on-one-database-have-one-winner',
    why: 'A second server is started for the rush hour, and no lock in the memory of one keeps anybody out of the other.',
    hint: 'What decides must be in the database that both share; where it is locked, wait and try again.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const { program } = await desk.behind();
      const api = await desk.open();
      const other = await desk.start(program);
      for (const line of other.startLines) api.note(line);
      for (let round = 0; round < 2; round++) {
        const { id: doctorId } = await hire(api);
        const patients = await openMany(api, PATIENTS, 16);
        const calls = patients.map((patientId, index) => ({
          ...bookingCall(booking({ patientId, doctorId })),
          path: (index % 2 === 0 ? api.url : other.url) + APPOINTMENTS,
        }));
        expectOneWinner(api, await api.together(calls));
        await expectLive(api, doctorId, 1);
      }
    },
  },
];
