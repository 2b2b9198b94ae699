import { expect } from '../harness.ts';
import { nobody } from '../stage-03/people.ts';
import { employ, openPlace } from '../stage-04/accounts.ts';
import { MONDAY } from './calendar.ts';
import { type ApiCheck, lesson } from './check.ts';
import {
  daily,
  expectErrors,
  expectForbidden,
  expectNamed,
  expectProblem,
  expectSchedule,
  expectSlots,
  expectStatus,
  expectUnauthenticated,
  hire,
  hours,
  onDays,
  putSchedule,
  sameJson,
  schedule,
  schedulePath,
  slotsPath,
} from './expectations.ts';

const PLENTY = {
  timeZone: 'Europe/Berlin',
  slotMinutes: 20,
  weekly: [
    ...onDays(['monday'], '14:00-18:00', '09:00-12:30'),
    ...onDays(['saturday'], '00:00-24:00'),
    ...onDays(['tuesday'], '09:00-12:00', '12:00-13:00'),
  ],
  exceptions: [
    { date: '2027-12-24', intervals: [] },
    { date: '2027-03-28', intervals: hours('10:00-11:00', '22:00-24:00') },
  ],
};

const wrongRow = (row: object) => ({ weekly: [{ day: 'monday', from: '09:00', to: '13:00', ...row }] });
const wrongDate = (exception: object) => ({ exceptions: [{ date: MONDAY, intervals: [], ...exception }] });

export const schedules: ApiCheck[] = [
  {
    name: 'schedule-is-read-as-it-was-put',
    why: 'Hours that come back in another order, or with a midnight that has become 00:00, are hours that nobody entered.',
    hint: 'Keep the rows as they were given: several a day, "24:00" as it is, days off as empty intervals; answer with an ETag.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id } = await hire(api);
      const put = await putSchedule(api, id, PLENTY);
      const got = expectSchedule(await api.get(schedulePath(id)));
      for (const { record, reply } of [put, got])
        for (const [name, value] of Object.entries(PLENTY))
          expect(sameJson(record[name], value), `${name}: ${JSON.stringify(value)}`, reply);
      expect(got.etag === put.etag, `the ETag of the PUT, ${put.etag}`, got.reply);
    },
  },
  {
    name: 'schedule-of-nobody-is-404',
    why: 'A doctor who keeps no hours is no doctor with empty hours: the desk books them by telephone.',
    hint: 'GET of a doctor without a schedule: 404. GET and PUT of a doctor whom nobody knows: 404, too.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id } = await hire(api);
      expectProblem(await api.get(schedulePath(id)), 404);
      for (const unknown of [nobody, 'x']) {
        expectProblem(await api.get(schedulePath(unknown)), 404);
        expectProblem(await api.put(schedulePath(unknown), schedule()), 404);
      }
    },
  },
  {
    name: 'schedule-is-put-under-its-etag',
    why: 'Two people at two desks change the hours of one doctor, and the second one wipes out what the first one did.',
    hint: 'If-Match with another version: 412 and nothing changes; with the right one: 200 and another ETag. If-None-Match: 304.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id } = await hire(api);
      const path = schedulePath(id);
      const { etag: first } = await putSchedule(api, id);
      expectStatus(await api.get(path, { 'If-None-Match': first }), 304);
      const second = expectSchedule(
        await api.put(path, schedule({ slotMinutes: 15 }), { 'If-Match': first }),
      );
      expect(second.etag !== first, 'another ETag', second.reply);
      const stale = await api.put(path, schedule({ slotMinutes: 60 }), { 'If-Match': first });
      expectProblem(stale, 412);
      const now = expectSchedule(await api.get(path, { 'If-None-Match': first }));
      expect(now.record.slotMinutes === 15 && now.etag === second.etag, 'the second schedule', now.reply);
    },
  },
  {
    name: 'each-bad-field-of-a-schedule-is-named',
    why: 'Hours are typed in by hand, and "422" alone does not say which of thirty rows is meant.',
    hint: 'Point at the place in the body, such as /weekly/0/to; a zone has a name of the IANA database, a time is HH:MM, "24:00" only as an end.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id } = await hire(api);
      const cases: [Record<string, unknown>, RegExp][] = [
        [{ timeZone: 'Europe/Nowhere' }, /^\/timeZone$/],
        [{ timeZone: '' }, /^\/timeZone$/],
        [{ timeZone: 1 }, /^\/timeZone$/],
        [{ slotMinutes: 0 }, /^\/slotMinutes$/],
        [{ slotMinutes: -30 }, /^\/slotMinutes$/],
        [{ slotMinutes: 7.5 }, /^\/slotMinutes$/],
        [{ slotMinutes: '30' }, /^\/slotMinutes$/],
        [{ slotMinutes: 100_000 }, /^\/slotMinutes$/],
        [{ weekly: 'monday' }, /^\/weekly$/],
        [wrongRow({ day: 'montag' }), /^\/weekly\/0\/day$/],
        [wrongRow({ from: '9:00' }), /^\/weekly\/0\/from$/],
        [wrongRow({ from: '24:00' }), /^\/weekly\/0\/from$/],
        [wrongRow({ from: '09:00:00' }), /^\/weekly\/0\/from$/],
        [wrongRow({ to: '25:00' }), /^\/weekly\/0\/to$/],
        [wrongRow({ to: '24:30' }), /^\/weekly\/0\/to$/],
        [wrongRow({ to: '12:60' }), /^\/weekly\/0\/to$/],
        [wrongRow({ to: '09:00' }), /^\/weekly\/0\/(from|to)$/],
        [wrongRow({ to: '00:00' }), /^\/weekly\/0\/(from|to)$/],
        [wrongRow({ from: '22:00', to: '06:00' }), /^\/weekly\/0\/(from|to)$/],
        [wrongDate({ date: '2027-02-30' }), /^\/exceptions\/0\/date$/],
        [wrongDate({ date: 'christmas' }), /^\/exceptions\/0\/date$/],
        [wrongDate({ intervals: null }), /^\/exceptions\/0\/intervals$/],
        [wrongDate({ intervals: hours('11:00-10:00') }), /^\/exceptions\/0\/intervals\/0\/(from|to)$/],
        [wrongDate({ intervals: [{ from: '10:00' }] }), /^\/exceptions\/0\/intervals\/0(\/to)?$/],
      ];
      for (const [changes, place] of cases)
        expectNamed(await api.put(schedulePath(id), schedule(changes)), [place]);
      const { exceptions: _exceptions, ...rest } = schedule();
      for (const missing of ['timeZone', 'slotMinutes', 'weekly']) {
        const { [missing]: _left, ...others } = { ...rest, exceptions: [] } as Record<string, unknown>;
        expectErrors(await api.put(schedulePath(id), others), [`/${missing}`]);
      }
      expectProblem(await api.get(schedulePath(id)), 404);
    },
  },
  {
    name: 'all-that-is-wrong-with-a-schedule-is-told-at-once',
    why: 'Whoever mends one row and then hears of the next one enters a schedule five times.',
    hint: 'Gather every problem, of every row, before you answer.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id } = await hire(api);
      const reply = await api.put(schedulePath(id), {
        ...{ timeZone: 'Mars/Olympus', slotMinutes: 0 },
        weekly: [{ day: 'monday', from: '9', to: '13:00' }, ...onDays(['tuesday'], '10:00-09:00')],
        exceptions: [{ date: '2027-13-01', intervals: [] }],
      });
      const rows = [/^\/weekly\/0\/from$/, /^\/weekly\/1\/(from|to)$/, /^\/exceptions\/0\/date$/];
      expectNamed(reply, [/^\/timeZone$/, /^\/slotMinutes$/, ...rows]);
    },
  },
  {
    name: 'unknown-fields-of-a-schedule-are-named',
    why: 'A server that drops "slotMinute", a slip of the pen, keeps the old length in silence.',
    hint: 'Refuse what you do not know, with its place, also inside of the rows.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id } = await hire(api);
      const cases: [Record<string, unknown>, RegExp][] = [
        [{ lunch: '12:00' }, /^\/lunch$/],
        [wrongRow({ room: 7 }), /^\/weekly\/0\/room$/],
        [wrongDate({ reason: 'holiday' }), /^\/exceptions\/0\/reason$/],
        [
          wrongDate({ intervals: [{ ...hours('09:00-10:00')[0], room: 7 }] }),
          /^\/exceptions\/0\/intervals\/0\/room$/,
        ],
      ];
      for (const [changes, place] of cases)
        expectNamed(await api.put(schedulePath(id), schedule(changes)), [place]);
    },
  },
  {
    name: 'hours-that-overlap-are-refused',
    why: 'Two rows that overlap offer one time twice, and the second patient stands before a closed door.',
    hint: 'Refuse rows of one day, or intervals of one date, that overlap, and one date given twice; rows that only touch are fine.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id } = await hire(api);
      const overlapping = [
        { weekly: onDays(['monday'], '09:00-12:00', '11:30-13:00') },
        { weekly: onDays(['monday'], '09:00-12:00', '09:00-12:00') },
        { weekly: onDays(['monday'], '10:00-11:00', '09:00-18:00') },
      ];
      for (const changes of overlapping)
        expectNamed(await api.put(schedulePath(id), schedule(changes)), [/^\/weekly\b/]);
      const dates = [
        wrongDate({ intervals: hours('09:00-12:00', '11:00-13:00') }),
        {
          exceptions: [
            ...wrongDate({}).exceptions,
            ...wrongDate({ intervals: hours('09:00-10:00') }).exceptions,
          ],
        },
      ];
      for (const changes of dates)
        expectNamed(await api.put(schedulePath(id), schedule(changes)), [/^\/exceptions\b/]);
      await putSchedule(api, id, { weekly: daily('09:00-12:00', '12:00-13:00') });
    },
  },
  {
    name: 'refused-schedule-changes-nothing',
    why: 'A schedule of which half was taken is one that nobody wanted.',
    hint: 'Look at all of it first, then put all of it at once.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { id } = await hire(api);
      const { etag, record } = await putSchedule(api, id);
      const wrongs = [
        { slotMinutes: 45, timeZone: 'x' },
        wrongRow({ to: '08:00' }),
        { slotMinutes: 45, lunch: 1 },
      ];
      for (const wrong of wrongs) expectProblem(await api.put(schedulePath(id), schedule(wrong)), 422);
      expectProblem(await api.put(schedulePath(id), '{"timeZone":'), 400);
      const now = expectSchedule(await api.get(schedulePath(id)));
      expect(now.etag === etag && sameJson(now.record, record), 'the schedule as it was before', now.reply);
    },
  },
  {
    name: 'schedules-and-slots-want-a-session',
    why: 'A new route is the one on which the lock is forgotten.',
    hint: 'The same door as before: 401 without a token, or with one that is none, for GET and for PUT.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      const { id } = await hire(api);
      for (const stranger of [api.as(undefined), api.as('x'.repeat(43))]) {
        expectUnauthenticated(await stranger.get(schedulePath(id)));
        expectUnauthenticated(await stranger.put(schedulePath(id), schedule()));
        expectUnauthenticated(await stranger.get(slotsPath(id, MONDAY)));
      }
      expectProblem(await api.get(schedulePath(id)), 404);
    },
  },
  {
    name: 'everybody-at-work-reads-schedules-and-admin-puts-them',
    why: 'The desk needs the free times all day long; whose hours are which is decided elsewhere.',
    hint: 'Let admin, receptionist and doctor read schedules and slots; PUT is the admin’s: else 403.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { id } = await hire(place.api);
      await putSchedule(place.api, id);
      for (const role of ['receptionist', 'doctor']) {
        const { api } = await employ(place, role);
        expectSchedule(await api.get(schedulePath(id)));
        expectSlots(await api.get(slotsPath(id, MONDAY)));
        expectForbidden(await api.put(schedulePath(id), schedule({ slotMinutes: 5 })));
      }
    },
  },
];
