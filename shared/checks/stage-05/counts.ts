import { expect } from '../harness.ts';
import { nobody, rareLetters } from '../stage-03/people.ts';
import { at } from '../stage-03/times.ts';
import { APPOINTMENTS, type ApiCheck, DOCTORS, lesson, PATIENTS } from './check.ts';
import {
  book,
  booking,
  bookingCall,
  cancel,
  dateOf,
  expectBooked,
  expectErrors,
  expectFigures,
  expectProblem,
  expectRecord,
  hire,
  openMany,
  openPair,
} from './expectations.ts';

const DAY = 24 * 60;
const [TODAY, TOMORROW] = [dateOf(at(0)), dateOf(at(DAY))];

export const counts: ApiCheck[] = [
  {
    name: 'booking-is-counted-once',
    why: 'A figure that is too high by one is worse than none: nobody looks for what is not there.',
    hint: 'Write the event in the transaction of the booking, and count each event once.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      await book(api, pair);
      await expectFigures(api, pair.doctorId, { [TODAY]: [1, 0] });
      await book(api, pair, 60);
      await book(api, pair, DAY);
      await expectFigures(api, pair.doctorId, { [TODAY]: [2, 0], [TOMORROW]: [1, 0] });
    },
  },
  {
    name: 'cancelled-is-counted-beside-booked',
    why: 'Who cancels how often is the question that these figures are for.',
    hint: 'booked counts all that were booked for the date, also those that were cancelled later; cancelled counts these.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const [one, , three] = [
        await book(api, pair, 0),
        await book(api, pair, 60),
        await book(api, pair, DAY),
      ];
      await cancel(api, one);
      await expectFigures(api, pair.doctorId, { [TODAY]: [2, 1], [TOMORROW]: [1, 0] });
      await cancel(api, three);
      await expectFigures(api, pair.doctorId, { [TODAY]: [2, 1], [TOMORROW]: [1, 1] });
      await book(api, pair, 0); // The time is free again, and this is another appointment.
      await expectFigures(api, pair.doctorId, { [TODAY]: [3, 1], [TOMORROW]: [1, 1] });
    },
  },
  {
    name: 'moved-is-counted-where-it-went',
    why: 'One appointment that was moved twice is still one appointment, and takes place on one day.',
    hint: 'A move has an event of its own; count the appointment on the date that it begins on now, and no longer on the old one.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const { path } = await book(api, pair);
      const move = async (from: number) =>
        expectRecord(await api.patch(path, { startsAt: at(from), endsAt: at(from + 30) }), 200);
      await move(60);
      await expectFigures(api, pair.doctorId, { [TODAY]: [1, 0] });
      await move(DAY);
      await expectFigures(api, pair.doctorId, { [TOMORROW]: [1, 0] });
      await move(2 * DAY);
      await cancel(api, { path });
      await expectFigures(api, pair.doctorId, { [dateOf(at(2 * DAY))]: [1, 1] });
    },
  },
  {
    name: 'date-is-that-of-the-start-in-utc',
    why: 'Half an hour before midnight in one place is the next day in another, and each report must say the same.',
    hint: 'Take the date of the instant in UTC, whatever offset the request was written with.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const midnight = Date.parse(`${TOMORROW}T00:00:00Z`);
      const shown = (instant: number) =>
        `${new Date(instant + 5 * 3_600_000).toISOString().slice(0, 19)}+05:00`;
      const times = [midnight - 1_800_000, midnight] as const;
      for (const startsAt of times) {
        const body = { ...booking(pair), startsAt: shown(startsAt), endsAt: shown(startsAt + 1_200_000) };
        expectBooked(await api.post(APPOINTMENTS, body));
      }
      const before = dateOf(new Date(midnight - 1).toISOString());
      await expectFigures(api, pair.doctorId, { [before]: [1, 0], [TOMORROW]: [1, 0] });
    },
  },
  {
    name: 'refused-bookings-are-not-counted',
    why: 'An event of a booking that never came about sends people to an empty room.',
    hint: 'What is rolled back is not told: let the event be a row in the transaction that the refusal takes back.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const [pair, other] = [await openPair(api), await openPair(api)];
      const booked = await book(api, pair);
      for (const body of [
        booking(pair, 0),
        booking({ patientId: other.patientId, doctorId: pair.doctorId }, 15),
      ])
        expectProblem(await api.post(APPOINTMENTS, body), 409);
      expectErrors(await api.post(APPOINTMENTS, booking({ ...pair, patientId: nobody }, 120)), [
        '/patientId',
      ]);
      expectProblem(await api.post(APPOINTMENTS, booking(pair, 200, 100)), 422);
      expectProblem(await api.post(APPOINTMENTS, '{'), 400);
      const taken = await book(api, pair, 300);
      const onto = { startsAt: at(DAY), endsAt: at(DAY + 30) };
      const blocked = await book(api, { patientId: other.patientId, doctorId: pair.doctorId }, DAY);
      expectProblem(await api.patch(taken.path, onto), 409);
      expectProblem(await api.patch(taken.path, { ...onto, status: 'fulfilled' }), 409, 422);
      const late = { startsAt: at(2 * DAY), endsAt: at(2 * DAY + 30) };
      expectProblem(await api.patch(booked.path, late, { 'If-Match': '"stale"' }), 412);
      expectProblem(await api.patch(blocked.path, { status: 'cancelled' }), 422);
      await expectFigures(api, pair.doctorId, { [TODAY]: [2, 0], [TOMORROW]: [1, 0] });
    },
  },
  {
    name: 'repeated-request-is-counted-once',
    why: 'A phone in a tunnel sends the same booking three times.',
    hint: 'A repeat under the same Idempotency-Key books nothing, so it tells nothing.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const headers = { 'Idempotency-Key': rareLetters() };
      const first = expectBooked(await api.post(APPOINTMENTS, booking(pair), headers));
      const calls = Array.from({ length: 4 }, () => bookingCall(booking(pair), headers));
      for (const reply of await api.together(calls))
        expect(expectBooked(reply).id === first.id, `the same answer, with ${first.id}`, reply);
      await expectFigures(api, pair.doctorId, { [TODAY]: [1, 0] });
    },
  },
  {
    name: 'other-moves-change-no-figure',
    why: 'That somebody has arrived is neither a booking nor a cancellation.',
    hint: 'arrived, fulfilled and noshow are no events of this stage; what was cancelled after the arrival is.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const booked = await Promise.all([0, 60, 120].map((from) => book(api, pair, from)));
      const [one, two, three] = booked;
      const set = async (path: string | undefined, status: string) =>
        expectRecord(await api.patch(String(path), { status }), 200);
      await set(one?.path, 'arrived');
      await set(one?.path, 'fulfilled');
      await set(two?.path, 'noshow');
      await set(three?.path, 'arrived');
      await expectFigures(api, pair.doctorId, { [TODAY]: [3, 0] });
      await cancel(api, { path: String(three?.path) });
      await expectFigures(api, pair.doctorId, { [TODAY]: [3, 1] });
    },
  },
  {
    name: 'many-at-once-are-all-counted',
    why: 'In the rush of the morning events commit out of the order in which they got their numbers, and a reader that goes by numbers leaves some behind for ever.',
    hint: 'Remember no last number: mark or delete what was told, so that a row that commits late is simply there later.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const doctors = await openMany(api, DOCTORS, 4);
      const patients = await openMany(api, PATIENTS, 20);
      for (let round = 0; round < 4; round++) {
        const calls = patients.map((patientId, index) => {
          const doctorId = String(doctors[index % doctors.length]);
          return bookingCall(
            booking({ patientId, doctorId }, (round * 20 + index) * 10, (round * 20 + index) * 10 + 10),
          );
        });
        for (const reply of await api.together(calls)) expectBooked(reply);
      }
      for (const [lane, doctorId] of doctors.entries()) {
        const figures: Record<string, [number, number]> = {};
        for (let slot = lane; slot < 80; slot += 4) {
          const date = dateOf(at(slot * 10));
          figures[date] = [(figures[date]?.[0] ?? 0) + 1, 0];
        }
        await expectFigures(api, doctorId, figures);
      }
    },
  },
  {
    name: 'race-for-one-slot-is-counted-once',
    why: 'Thirty ask for one hour, twenty-nine are refused in the last moment, and one event is the truth.',
    hint: 'The event belongs into the transaction that wins; those that lose take theirs back.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      const patients = await openMany(api, PATIENTS, 30);
      const calls = patients.map((patientId) => bookingCall(booking({ patientId, doctorId })));
      const replies = await api.together(calls);
      const winners = replies.filter(({ status }) => status === 201);
      const shown = api.exchange('30 bookings of one slot', replies.map(({ status }) => status).join(', '));
      expect(winners.length === 1, 'one 201', shown);
      await expectFigures(api, doctorId, { [TODAY]: [1, 0] });
    },
  },
];
