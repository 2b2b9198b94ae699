import { expect } from '../harness.ts';
import { nobody } from '../stage-03/people.ts';
import { dayAfter, MONDAY, TODAY, TUESDAY } from './calendar.ts';
import { type ApiCheck, DOCTORS, lesson } from './check.ts';
import {
  book,
  bookAt,
  cancel,
  daily,
  every,
  expectBooked,
  expectFree,
  expectProblem,
  expectRecord,
  expectSlots,
  expectStatus,
  hire,
  hours,
  on,
  onDays,
  openPair,
  openPractice,
  putSchedule,
  query,
  slotsOf,
  slotsPath,
} from './expectations.ts';

const MORNING = every(on(MONDAY, '09:00'), 4);
const beginningsWithout = (...times: string[]) =>
  MORNING.filter((slot) => !times.some((time) => slot === on(MONDAY, time)));

export const slots: ApiCheck[] = [
  {
    name: 'slots-follow-the-weekly-hours',
    why: 'The desk reads the free times aloud to somebody on the phone, and they had better be times at which somebody works.',
    hint: 'Answer { items: [{ startsAt, endsAt }] } in UTC with a Z: the hours of that weekday, cut into slots from their beginning on.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      const weekly = [...onDays(['monday'], '09:00-11:00'), ...onDays(['wednesday'], '20:00-24:00')];
      await putSchedule(api, doctorId, { weekly });
      await expectFree(api, { doctorId, from: MONDAY }, MORNING);
      await expectFree(api, { doctorId, from: TUESDAY }, []);
      const wednesday = dayAfter(MONDAY, 2);
      await expectFree(api, { doctorId, from: wednesday }, every(on(wednesday, '20:00'), 8));
      await putSchedule(api, doctorId, { weekly, slotMinutes: 60 });
      const beginnings = every(on(MONDAY, '09:00'), 2, 60);
      await expectFree(api, { doctorId, from: MONDAY, minutes: 60 }, beginnings);
    },
  },
  {
    name: 'rows-of-a-day-leave-a-break',
    why: 'Between two rows lies the lunch, and whoever joins them books patients into it.',
    hint: 'Cut each row for itself; what is left at the end of a row is no slot, also where the next one begins there.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      await putSchedule(api, doctorId, { weekly: daily('14:00-15:00', '09:00-10:45') });
      const beginnings = [...every(on(MONDAY, '09:00'), 3), ...every(on(MONDAY, '14:00'), 2)];
      await expectFree(api, { doctorId, from: MONDAY }, beginnings);
    },
  },
  {
    name: 'exception-replaces-the-hours-of-its-date',
    why: 'On Christmas Eve somebody works from ten to eleven, and not from nine to eleven and from ten to eleven as well.',
    hint: 'Where a date has an exception, look at its intervals alone; none is a day off. The dates around it are as ever.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      const [wednesday, thursday] = [dayAfter(MONDAY, 2), dayAfter(MONDAY, 3)];
      const exceptions = [
        { date: TUESDAY, intervals: hours('10:30-11:30') },
        { date: wednesday, intervals: [] },
      ];
      await putSchedule(api, doctorId, { exceptions });
      await expectFree(api, { doctorId, from: TUESDAY }, every(on(TUESDAY, '10:30'), 2));
      await expectFree(api, { doctorId, from: wednesday }, []);
      const around = [MORNING, every(on(TUESDAY, '10:30'), 2), every(on(thursday, '09:00'), 4)].flat();
      await expectFree(api, { doctorId, from: MONDAY, to: thursday }, around);
    },
  },
  {
    name: 'booked-slot-is-not-offered',
    why: 'A time that is offered and then refused makes a fool of the desk.',
    hint: 'Leave out each slot that shares a moment with a live appointment of the doctor; those beside it stay.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const people = await openPractice(api);
      const other = await openPractice(api);
      const { path } = expectBooked(await bookAt(api, people, on(MONDAY, '09:30')));
      await expectFree(api, { doctorId: people.doctorId, from: MONDAY }, beginningsWithout('09:30'));
      await expectFree(api, { doctorId: other.doctorId, from: MONDAY }, MORNING);
      expectRecord(await api.patch(path, { status: 'arrived' }), 200);
      await expectFree(api, { doctorId: people.doctorId, from: MONDAY }, beginningsWithout('09:30'));
    },
  },
  {
    name: 'cancelled-appointment-gives-its-slot-back',
    why: 'Somebody calls off in the morning, and somebody else on the waiting list wants to hear of it.',
    hint: 'Only live appointments take up time: booked and arrived.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const people = await openPractice(api);
      const booked = expectBooked(await bookAt(api, people, on(MONDAY, '10:00')));
      await expectFree(api, { doctorId: people.doctorId, from: MONDAY }, beginningsWithout('10:00'));
      await cancel(api, booked);
      await expectFree(api, { doctorId: people.doctorId, from: MONDAY }, MORNING);
      expectBooked(await bookAt(api, people, on(MONDAY, '10:00')));
    },
  },
  {
    name: 'appointment-from-before-takes-the-slots-that-it-touches',
    why: 'The schedule is entered when the calendar is half full, and what stands there crosswise is still to come.',
    hint: 'Compare times and not beginnings: an appointment from 09:15 to 09:45 takes the slots at 09:00 and at 09:30.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const people = await openPair(api);
      expectBooked(await bookAt(api, people, on(MONDAY, '09:15')));
      expectBooked(await bookAt(api, people, on(MONDAY, '10:30'), 15));
      await putSchedule(api, people.doctorId);
      await expectFree(api, { doctorId: people.doctorId, from: MONDAY }, [on(MONDAY, '10:00')]);
    },
  },
  {
    name: 'past-slots-are-left-out',
    why: 'Nobody can be booked for this morning in the afternoon.',
    hint: 'Offer what is still to begin, by the clock of the moment of the question.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      await putSchedule(api, doctorId, { slotMinutes: 5, weekly: daily('00:00-24:00') });
      const today = TODAY();
      const reply = await api.get(slotsPath(doctorId, dayAfter(today, -2), dayAfter(today)));
      const [first] = expectSlots(reply);
      const minutesAhead = (Date.parse(first?.startsAt ?? '') - Date.now()) / 60_000;
      expect(
        minutesAhead > -0.5 && minutesAhead <= 6,
        'first of all the slot that begins within the next five minutes',
        reply,
      );
      await expectFree(api, { doctorId, from: dayAfter(today, -9), to: dayAfter(today, -2), minutes: 5 }, []);
    },
  },
  {
    name: 'slots-from-and-to-include-their-days',
    why: 'A week "from Monday to Friday" without its Friday is a fifth of the work left undone.',
    hint: 'Both dates are in it, and the same date twice is one day.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      await putSchedule(api, doctorId, { weekly: daily('00:00-00:30', '23:30-24:00') });
      const of = (date: string) => [on(date, '00:00'), on(date, '23:30')];
      await expectFree(api, { doctorId, from: MONDAY, to: TUESDAY }, [...of(MONDAY), ...of(TUESDAY)]);
      await expectFree(api, { doctorId, from: TUESDAY }, of(TUESDAY));
    },
  },
  {
    name: 'thirty-one-days-of-slots-and-no-more',
    why: 'A question without a bound is a question by which one client keeps the server busy for all the others.',
    hint: 'Both ends counted, 31 days are fine and 32 are a 400 that says so.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      await putSchedule(api, doctorId);
      const wanted = Array.from({ length: 31 }, (_, day) => every(on(dayAfter(MONDAY, day), '09:00'), 4));
      await expectFree(api, { doctorId, from: MONDAY, to: dayAfter(MONDAY, 30) }, wanted.flat());
      expectProblem(await api.get(slotsPath(doctorId, MONDAY, dayAfter(MONDAY, 31))), 400);
      expectProblem(await api.get(slotsPath(doctorId, '1999-01-01', '2999-01-01')), 400);
    },
  },
  {
    name: 'range-that-is-none-is-400',
    why: 'Dates the wrong way round are a mistake, and an empty list says that the doctor is booked out.',
    hint: 'Want both dates, as 2027-03-01, each in the calendar, and the second not before the first: else 400.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id } = await hire(api);
      await putSchedule(api, id);
      expectProblem(await api.get(slotsPath(id, TUESDAY, MONDAY)), 400);
      for (const wrong of ['2027-02-30', '2027-3-1', 'monday', '', `${MONDAY}T00:00:00Z`, '20270301']) {
        expectProblem(await api.get(slotsPath(id, wrong, MONDAY)), 400);
        expectProblem(await api.get(slotsPath(id, MONDAY, wrong)), 400);
      }
      for (const missing of [query({ from: MONDAY }), query({ to: MONDAY }), ''])
        expectProblem(await api.get(`${DOCTORS}/${id}/slots${missing}`), 400);
    },
  },
  {
    name: 'doctor-without-a-schedule-has-no-slots',
    why: 'Whoever takes "no schedule" for "always free" offers the night.',
    hint: 'An empty list for a doctor without a schedule; 404 for one whom nobody knows.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const pair = await openPair(api);
      await book(api, pair);
      await expectFree(api, { doctorId: pair.doctorId, from: MONDAY, to: TUESDAY }, []);
      for (const unknown of [nobody, 'x']) expectProblem(await api.get(slotsPath(unknown, MONDAY)), 404);
    },
  },
  {
    name: 'slots-come-in-order-of-time',
    why: 'The first line of the list is what the desk offers as "the next free time".',
    hint: 'Sort by the beginning, in whatever order the rows and the dates were given; no slot twice.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      await putSchedule(api, doctorId, {
        weekly: [...onDays(['tuesday'], '16:00-17:00', '08:00-09:00'), ...onDays(['monday'], '13:00-14:00')],
        exceptions: [{ date: dayAfter(MONDAY, 7), intervals: hours('15:00-16:00', '07:00-08:00') }],
      });
      const slots = await slotsOf(api, doctorId, MONDAY, dayAfter(MONDAY, 8));
      const told = slots.map(({ startsAt }) => startsAt);
      const reply = await api.get(slotsPath(doctorId, MONDAY, dayAfter(MONDAY, 8)));
      expectStatus(reply, 200);
      expect(told.join() === told.toSorted().join(), 'slots in order of time', reply);
      expect(new Set(told).size === 14 && told.length === 14, '14 slots, each once', reply);
    },
  },
];
