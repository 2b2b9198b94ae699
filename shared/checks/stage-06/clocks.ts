import { BERLIN, dayAfter, LORD_HOWE, MONDAY, SOUTHERN_SUMMER } from './calendar.ts';
import { type ApiCheck, lesson } from './check.ts';
import {
  bookAt,
  daily,
  every,
  expectBooked,
  expectFree,
  expectTaken,
  hire,
  hours,
  on,
  openPractice,
  putSchedule,
  register,
} from './expectations.ts';

const NIGHT = { timeZone: 'Europe/Berlin', weekly: daily('00:00-06:00') };
const ISLAND = { timeZone: 'Australia/Lord_Howe', weekly: daily('01:00-03:00') };

export const clocks: ApiCheck[] = [
  {
    name: 'clocks-go-forward-in-berlin',
    why: 'In one night of the year there is no half past two, and whoever adds half hours to midnight books somebody then.',
    hint: 'Working time is when the clock on the wall shows it. That night it shows 00:00 to 06:00 for five hours: ten slots.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      await putSchedule(api, doctorId, NIGHT);
      const date = BERLIN.forward;
      await expectFree(api, { doctorId, from: date }, every(on(dayAfter(date, -1), '23:00'), 10));
      await expectFree(api, { doctorId, from: dayAfter(date) }, every(on(date, '22:00'), 12));
      await expectFree(
        api,
        { doctorId, from: dayAfter(date, -1) },
        every(on(dayAfter(date, -2), '23:00'), 12),
      );
    },
  },
  {
    name: 'clocks-go-back-in-berlin',
    why: 'In one night of the year half past two comes twice, and the doctor is there both times.',
    hint: 'That night the clock shows 00:00 to 06:00 for seven hours: fourteen slots, one after the other in UTC.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      await putSchedule(api, doctorId, NIGHT);
      const date = BERLIN.back;
      await expectFree(api, { doctorId, from: date }, every(on(dayAfter(date, -1), '22:00'), 14));
      await expectFree(api, { doctorId, from: dayAfter(date) }, every(on(date, '23:00'), 12));
    },
  },
  {
    name: 'hour-that-comes-twice-is-booked-twice',
    why: 'Two patients have an appointment at half past two in that night, an hour apart, and both are right.',
    hint: 'Book instants, not times on the wall: the first 02:30 is 00:30 in UTC and the second one 01:30.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const one = await openPractice(api, NIGHT);
      const { id: patientId } = await register(api);
      const date = BERLIN.back;
      const [first, second] = [on(date, '00:30'), on(date, '01:30')];
      expectBooked(await bookAt(api, one, first));
      expectBooked(await bookAt(api, { ...one, patientId }, second));
      for (const taken of [first, second]) expectTaken(await bookAt(api, { ...one, patientId }, taken));
      const all = every(on(dayAfter(date, -1), '22:00'), 14);
      const left = all.filter((slot) => slot !== first && slot !== second);
      await expectFree(api, { doctorId: one.doctorId, from: date }, left);
    },
  },
  {
    name: 'clocks-change-by-half-an-hour-on-lord-howe',
    why: 'Not every zone moves its clocks by an hour, and a program that knows only hours is wrong there twice a year.',
    hint: 'Ask a database of time zones for the offset at each instant; on Lord Howe Island it is 10:30 in winter and 11:00 in summer.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      await putSchedule(api, doctorId, ISLAND);
      const { forward, back } = LORD_HOWE;
      await expectFree(api, { doctorId, from: forward }, every(on(dayAfter(forward, -1), '14:30'), 3));
      await expectFree(api, { doctorId, from: back }, every(on(dayAfter(back, -1), '14:00'), 5));
    },
  },
  {
    name: 'offsets-of-kathmandu-and-sao-paulo',
    why: 'Some clocks are a quarter of an hour beside all the others, and some countries have stopped changing theirs.',
    hint: 'Kathmandu is 5:45 ahead of UTC; São Paulo is three hours behind it all year, as it was not before 2019.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      await putSchedule(api, doctorId, { timeZone: 'Asia/Kathmandu' });
      await expectFree(api, { doctorId, from: MONDAY }, every(on(MONDAY, '03:15'), 4));
      await putSchedule(api, doctorId, { timeZone: 'America/Sao_Paulo' });
      await expectFree(api, { doctorId, from: SOUTHERN_SUMMER }, every(on(SOUTHERN_SUMMER, '12:00'), 4));
    },
  },
  {
    name: 'date-is-the-one-of-the-doctors-zone',
    why: 'On Kiritimati Monday begins when elsewhere it is Sunday morning, and the weekday of UTC is the wrong one.',
    hint: 'The dates of a question, of an exception and of a weekday are those on the wall of the doctor.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id: doctorId } = await hire(api);
      const weekly = hours('09:00-10:00').map((row) => ({ day: 'monday', ...row }));
      const sunday = dayAfter(MONDAY, -1);
      await putSchedule(api, doctorId, { timeZone: 'Pacific/Kiritimati', weekly });
      await expectFree(api, { doctorId, from: MONDAY }, every(on(sunday, '19:00'), 2));
      await expectFree(api, { doctorId, from: sunday }, []);
      const exceptions = [{ date: MONDAY, intervals: hours('23:00-24:00') }];
      await putSchedule(api, doctorId, { timeZone: 'Pacific/Pago_Pago', weekly, exceptions });
      await expectFree(api, { doctorId, from: MONDAY }, every(on(dayAfter(MONDAY), '10:00'), 2));
    },
  },
];
