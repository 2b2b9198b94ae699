import { expect } from '../harness.ts';
import { APPOINTMENTS, type ApiCheck, lesson } from './check.ts';
import {
  book,
  booking,
  cancel,
  expectBooked,
  expectLive,
  expectRecord,
  expectTaken,
  hire,
  openPair,
  register,
} from './expectations.ts';
import { rareLetters } from './people.ts';
import { atOffset } from './times.ts';

/** Each shares a moment with an appointment from 60 to 120. */
const OVERLAPS = [
  [60, 120],
  [119, 149],
  [31, 61],
  [30, 150],
  [80, 90],
  [60, 90],
  [90, 120],
  [60, 121],
  [59, 120],
] as const;

/** None of them does. */
const NEIGHBOURS = [
  [30, 60],
  [120, 150],
] as const;

export const conflicts: ApiCheck[] = [
  {
    name: 'back-to-back-is-free',
    why: 'One patient leaves at ten and the next one comes at ten: a clinic that refuses that stands empty half the day.',
    hint: 'An appointment holds its start and not its end: from ten to half past, and from half past to eleven, is no overlap.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      await book(api, pair, 60, 120);
      for (const [from, to] of NEIGHBOURS) await book(api, pair, from, to);
      await expectLive(api, pair.doctorId, 3);
    },
  },
  {
    name: 'doctor-is-never-booked-twice',
    why: 'Two patients before one door, and one of them has taken a day off for it.',
    hint: 'Refuse every overlap with 409 and an error at /doctorId: by one minute, around, within and exactly the same.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      await book(api, pair, 60, 120);
      const other = await register(api);
      for (const [from, to] of OVERLAPS) {
        const reply = await api.post(APPOINTMENTS, booking({ ...pair, patientId: other.id }, from, to));
        expectTaken(reply, '/doctorId');
      }
      await expectLive(api, pair.doctorId, 1);
      await book(api, { patientId: other.id, doctorId: (await hire(api)).id }, 60, 120);
    },
  },
  {
    name: 'patient-is-never-booked-twice',
    why: 'Nobody can sit in two rooms at once; one of the two doctors would wait in vain.',
    hint: 'The same rule for the patient, with an error at /patientId: also where the doctors are two.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      await book(api, pair, 60, 120);
      const other = await hire(api);
      for (const [from, to] of OVERLAPS) {
        const reply = await api.post(APPOINTMENTS, booking({ ...pair, doctorId: other.id }, from, to));
        expectTaken(reply, '/patientId');
      }
      await expectLive(api, other.id, 0);
      await book(api, { patientId: (await register(api)).id, doctorId: other.id }, 60, 120);
    },
  },
  {
    name: 'overlap-is-a-matter-of-time-not-of-text',
    why: 'Two desks in two zones write the same hour in two ways, and mean the same doctor.',
    hint: 'Compare moments and not texts: bring both to UTC first.',
    lesson: lesson('the-walk'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const inZone = (from: number, to: number, hours: number) =>
        booking(pair, 0, 0, { startsAt: atOffset(from, hours), endsAt: atOffset(to, hours) });
      expectBooked(await api.post(APPOINTMENTS, inZone(60, 120, 9)));
      for (const [from, to] of OVERLAPS) expectTaken(await api.post(APPOINTMENTS, inZone(from, to, -7)));
      for (const [from, to] of NEIGHBOURS) expectBooked(await api.post(APPOINTMENTS, inZone(from, to, -7)));
    },
  },
  {
    name: 'conflict-tells-nothing-of-the-other-booking',
    why: 'Whoever tries one time after another must not learn who else is a patient here, and why.',
    hint: 'Say that the doctor or the patient is booked then, and no id, no reason, no time of the other appointment, no word of the database.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      const reason = rareLetters();
      const other = await book(api, pair, 60, 120, { reason });
      const stranger = await register(api);
      const free = await book(api, { ...pair, patientId: stranger.id }, 200);
      const secrets = {
        'id of the other patient': pair.patientId,
        'id of the other appointment': other.id,
        'reason of the other appointment': reason,
        'name of the other patient': String(pair.patient.record.lastName),
        'start of the other appointment': String(other.record.startsAt),
        'end of the other appointment': String(other.record.endsAt),
      };
      const attempts = [
        await api.post(APPOINTMENTS, booking({ ...pair, patientId: stranger.id }, 61, 119)),
        await api.patch(free.path, {
          startsAt: booking(pair, 61).startsAt,
          endsAt: booking(pair, 61, 119).endsAt,
        }),
      ];
      for (const reply of attempts) {
        expectTaken(reply);
        const told = Object.entries(secrets).find(([, secret]) => reply.text.includes(secret));
        expect(!told, `not the ${told?.[0]}: ${told?.[1]}`, reply);
      }
    },
  },
  {
    name: 'what-is-over-frees-its-time',
    why: 'A cancelled hour that stays blocked is an hour in which nobody is treated.',
    hint: 'Only booked and arrived appointments take up time; after cancelled, noshow and fulfilled it is free again.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      await cancel(api, await book(api, pair));
      const missed = await book(api, pair);
      expectRecord(await api.patch(missed.path, { status: 'noshow' }), 200);
      const done = await book(api, pair);
      expectRecord(await api.patch(done.path, { status: 'arrived' }), 200);
      expectTaken(await api.post(APPOINTMENTS, booking(pair)));
      expectRecord(await api.patch(done.path, { status: 'fulfilled' }), 200);
      await book(api, pair);
      expectTaken(await api.post(APPOINTMENTS, booking(pair)));
    },
  },
];
