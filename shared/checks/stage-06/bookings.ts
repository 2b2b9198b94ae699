import { expect } from '../harness.ts';
import { MONDAY } from './calendar.ts';
import { APPOINTMENTS, type ApiCheck, lesson, PATIENTS } from './check.ts';
import {
  bookAt,
  bookCall,
  bookingAt,
  cancel,
  daily,
  every,
  expectBooked,
  expectErrors,
  expectFields,
  expectFree,
  expectLive,
  expectNoSlot,
  expectRecord,
  expectTaken,
  on,
  openMany,
  openPair,
  openPractice,
  putSchedule,
  register,
  sameJson,
  slotsOf,
} from './expectations.ts';

const RACERS = 20;
const at9 = on(MONDAY, '09:00');

export const bookings: ApiCheck[] = [
  {
    name: 'free-slot-is-booked',
    why: 'It is what the free times are read for.',
    hint: 'POST /api/v1/appointments with the beginning and the end of a free slot: 201 as before; then it is offered no more.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const people = await openPractice(api, { timeZone: 'Europe/Berlin', slotMinutes: 20 });
      const { doctorId, patientId } = people;
      const [slot, ...others] = await slotsOf(api, doctorId, MONDAY);
      const body = { doctorId, patientId, ...slot, reason: 'check-up' };
      const booked = expectBooked(await api.post(APPOINTMENTS, body));
      expectFields(booked.reply, booked.record, body);
      const left = others.map(({ startsAt }) => startsAt);
      expect(left.length === 5, 'six slots of twenty minutes before', booked.reply);
      await expectFree(api, { doctorId, from: MONDAY, minutes: 20 }, left);
    },
  },
  {
    name: 'time-that-is-no-slot-is-409',
    why: 'One booking five minutes beside the grid spoils two slots for the rest of the day.',
    hint: 'A doctor with a schedule is booked on exactly one slot: beginning and end as offered. Else 409, and nothing is booked.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const people = await openPractice(api, {
        exceptions: [{ date: MONDAY, intervals: [] }],
        weekly: daily('09:00-11:00', '14:00-14:45'),
      });
      const day = on(MONDAY, '24:00').slice(0, 10);
      const wrongs: [string, number][] = [
        [on(day, '09:05'), 30],
        [on(day, '09:00'), 15],
        [on(day, '09:00'), 60],
        [on(day, '08:30'), 30],
        [on(day, '11:00'), 30],
        [on(day, '14:30'), 30],
        [on(day, '14:30'), 15],
        [on(day, '03:00'), 30],
        [on(MONDAY, '09:00'), 30],
      ];
      for (const [from, minutes] of wrongs) expectNoSlot(await bookAt(api, people, from, minutes));
      await expectLive(api, people.doctorId, 0);
      const all = [...every(on(day, '09:00'), 4), on(day, '14:00')];
      await expectFree(api, { doctorId: people.doctorId, from: MONDAY, to: day }, all);
    },
  },
  {
    name: 'taken-slot-is-409',
    why: 'Between the list of free times and the click lies a minute, in which somebody else was quicker.',
    hint: 'As before: 409 that says whose time is taken, for the doctor and for the patient.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const one = await openPractice(api);
      const other = await openPractice(api);
      expectBooked(await bookAt(api, one, at9));
      expectTaken(await bookAt(api, { ...one, patientId: other.patientId }, at9), '/doctorId', '/startsAt');
      expectTaken(await bookAt(api, { ...other, patientId: one.patientId }, at9), '/patientId', '/startsAt');
      await expectLive(api, one.doctorId, 1);
    },
  },
  {
    name: 'doctor-without-a-schedule-is-booked-at-any-time',
    why: 'Half of the practice has no hours entered yet, and the desk goes on as before.',
    hint: 'Ask for a slot only where there is a schedule; and what was refused before is refused still.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      for (const [from, minutes] of [
        ['03:07', 11],
        ['09:00', 240],
        ['23:50', 20],
      ] as const)
        expectBooked(await bookAt(api, pair, on(MONDAY, from), minutes));
      expectTaken(await bookAt(api, pair, on(MONDAY, '09:30')));
      const { doctorId, patientId } = pair;
      const turned = { doctorId, patientId, startsAt: on(MONDAY, '16:00'), endsAt: on(MONDAY, '15:00') };
      expectErrors(await api.post(APPOINTMENTS, turned), ['/endsAt']);
    },
  },
  {
    name: 'appointment-moves-onto-a-slot-alone',
    why: 'What may not be booked may not be moved there either, or every rule has a back door.',
    hint: 'PATCH with a new time: 200 onto a free slot, 409 off the grid, outside the hours, or where somebody is.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const people = await openPractice(api);
      const { id: patientId } = await register(api);
      const { path } = expectBooked(await bookAt(api, people, at9));
      expectBooked(await bookAt(api, { ...people, patientId }, on(MONDAY, '10:00')));
      const timesAt = (time: string, minutes = 30) => {
        const { startsAt, endsAt } = bookingAt(people, on(MONDAY, time), minutes);
        return { startsAt, endsAt };
      };
      for (const wrong of [timesAt('09:40'), timesAt('11:00'), timesAt('09:30', 60), timesAt('09:00', 45)])
        expectNoSlot(await api.patch(path, wrong));
      expectTaken(await api.patch(path, timesAt('10:00')));
      const same = expectRecord(await api.get(path), 200);
      expect(same.startsAt === at9, `startsAt: ${at9}`, await api.get(path));
      const moved = await api.patch(path, timesAt('10:30'));
      expectFields(moved, expectRecord(moved, 200), timesAt('10:30'));
      const free = [at9, on(MONDAY, '09:30')];
      await expectFree(api, { doctorId: people.doctorId, from: MONDAY }, free);
    },
  },
  {
    name: 'appointments-from-before-a-schedule-stay-and-can-be-cancelled',
    why: 'New hours begin on a Monday, and what was promised before is kept or called off, but never stuck.',
    hint: 'Look for a slot where a time is booked or moved, and not where a status changes.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const people = await openPractice(api);
      const [one, two] = [
        expectBooked(await bookAt(api, people, at9)),
        expectBooked(await bookAt(api, people, on(MONDAY, '10:00'))),
      ];
      await putSchedule(api, people.doctorId, { slotMinutes: 45, weekly: daily('13:00-16:00') });
      expectRecord(await api.patch(one.path, { status: 'arrived' }), 200);
      await cancel(api, two);
      expectNoSlot(await bookAt(api, people, on(MONDAY, '10:00')));
      expectBooked(await bookAt(api, people, on(MONDAY, '13:45'), 45));
    },
  },
  {
    name: 'key-books-a-slot-once',
    why: 'The answer was lost on its way, the desk sends the booking again, and the patient has two appointments or none.',
    hint: 'Carry the Idempotency-Key to whoever books: the same answer again, also to two at once; another body with the key is 422.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const people = await openPractice(api);
      const key = { 'Idempotency-Key': `slot-${people.patientId}` };
      const call = bookCall(people, at9, key);
      const first = expectBooked(await api.send(call));
      for (const reply of [await api.send(call), ...(await api.together([call, call, call]))]) {
        const again = expectBooked(reply);
        expect(sameJson(again.record, first.record), `the same appointment, ${first.id}`, reply);
      }
      const other = await api.send(bookCall(people, on(MONDAY, '09:30'), key));
      expect(other.status === 422, 'status 422', other);
      await expectLive(api, people.doctorId, 1);
    },
  },
  {
    name: 'twenty-want-one-slot-and-one-gets-it',
    why: 'The free times are on everybody’s screen, and at eight the phones open.',
    hint: 'Decide in the transaction that writes, under a lock or a constraint: a look before it is out of date by then.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { doctorId } = await openPractice(api);
      const patients = await openMany(api, PATIENTS, RACERS);
      for (const time of ['09:00', '10:30']) {
        const calls = patients.map((patientId) => bookCall({ patientId, doctorId }, on(MONDAY, time)));
        const replies = await api.together(calls);
        const winners = replies.filter(({ status }) => status === 201).length;
        const statuses = replies.map(({ status }) => status).toSorted();
        const shown = api.exchange(
          `${RACERS} bookings of one slot at once`,
          `statuses ${statuses.join(', ')}`,
        );
        expect(winners === 1, 'one 201', shown);
        for (const reply of replies) if (reply.status !== 201) expectTaken(reply);
      }
      await expectLive(api, doctorId, 2);
    },
  },
  {
    name: 'schedule-changes-among-bookings-and-none-is-off-the-grid',
    why: 'While the hours are changed, people go on booking, and each booking must fit the hours that it was made under.',
    hint: 'Read the schedule in the transaction of the booking, under the same lock that a change of it takes.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { doctorId } = await openPractice(api, { weekly: daily('08:00-19:00') });
      const patients = await openMany(api, PATIENTS, RACERS);
      const grid = every(on(MONDAY, '08:00'), RACERS + 1);
      const [first = ''] = patients;
      expectBooked(await bookAt(api, { doctorId, patientId: first }, grid.at(-1) ?? ''));
      const book = async () => {
        const calls = patients.map((patientId, n) => bookCall({ patientId, doctorId }, grid[n] ?? ''));
        return api.together(calls);
      };
      // The changed hours begin a quarter past: from the answer of the PUT on nothing on the old grid is a slot.
      const [replies] = await Promise.all([
        book(),
        putSchedule(api, doctorId, { weekly: daily('08:15-19:15') }),
      ]);
      for (const reply of replies)
        expect([201, 409].includes(reply.status), 'each of them booked or refused: 201 or 409', reply);
      const late = await bookAt(api, { doctorId, patientId: first }, on(MONDAY, '18:30'));
      expectNoSlot(late);
    },
  },
];
