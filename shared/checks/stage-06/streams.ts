import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client.ts';
import { expect } from '../harness.ts';
import { nobody } from '../stage-03/people.ts';
import { employ, openPlace } from '../stage-04/accounts.ts';
import { MONDAY, TUESDAY } from './calendar.ts';
import { type ApiCheck, DOCTORS, lesson, PATIENTS } from './check.ts';
import { listen, type ServerEvent } from './event-source.ts';
import {
  bookAt,
  bookCall,
  cancel,
  daily,
  every,
  expectBooked,
  expectProblem,
  expectRecord,
  expectUnauthenticated,
  hire,
  type JsonRecord,
  on,
  openMany,
  openPair,
  openPractice,
  query,
} from './expectations.ts';
import type { DayEvent, Watched } from './grpc.ts';
import { openDoors } from './over-grpc.ts';

const at9 = on(MONDAY, '09:00');
/** A second telling of the same would come in this time. */
const REST = 1_500;

const streamPath = (doctorId: string, date = MONDAY) =>
  `${DOCTORS}/${doctorId}/appointments/stream${query({ date })}`;

const told = (events: readonly DayEvent[]) => events.filter(({ kind }) => kind === 'appointment');
const isLive = (events: readonly DayEvent[]) => events.some(({ kind }) => kind === 'live');
const statusOf = ({ appointment }: DayEvent) =>
  String(appointment.status).replace('APPOINTMENT_STATUS_', '').toLowerCase();
const tells = (id: string, status: string) => (events: readonly DayEvent[]) =>
  told(events).some((event) => event.appointment.id === id && statusOf(event) === status);
const versionOf = ({ id, version }: JsonRecord) => `${id} ${version}`;

/** No state of an appointment was told twice. */
function expectNoRepeat(day: Watched): void {
  const versions = told(day.events).map(({ appointment }) => versionOf(appointment));
  const twice = versions.filter((version, n) => versions.indexOf(version) !== n);
  expect(
    twice.length === 0,
    `each state of an appointment once, and not twice: ${twice.join(', ')}`,
    day.exchange(),
  );
}

async function bookTwenty(
  api: Client,
  doctorId: string,
  patients: readonly string[],
  slots: readonly string[],
) {
  const calls = patients.map((patientId, n) => bookCall({ doctorId, patientId }, slots[n] ?? ''));
  return (await api.together(calls)).map((reply) => expectBooked(reply).id);
}

export const streams: ApiCheck[] = [
  {
    name: 'stream-tells-the-day-and-ends',
    why: 'The list for the door of the consulting room is read once in the morning, and a stream that never ends never prints.',
    hint: 'Without watch: each appointment of that day in the doctor’s zone, also a cancelled one, and then the end with OK.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, grpc } = await openDoors(desk, stack);
      const people = await openPractice(api, {
        timeZone: 'Pacific/Kiritimati',
        weekly: daily('00:00-24:00'),
      });
      const first = expectBooked(await bookAt(api, people, on(MONDAY, '08:30')));
      await cancel(api, first);
      const others = [expectBooked(await bookAt(api, people, on(MONDAY, '09:30')))];
      // By the clocks there this is Tuesday already.
      const { id: next } = expectBooked(await bookAt(api, people, on(MONDAY, '10:00')));
      const { doctorId } = people;
      for (const [date, ids] of [
        [MONDAY, [first, ...others].map(({ id }) => id)],
        [TUESDAY, [next]],
        ['2031-01-01', []],
      ] as const) {
        const day = grpc.watch({ doctorId, date, watch: false });
        expect((await day.ended) === 'OK', 'a stream that ends with OK', day.exchange());
        const found = told(day.events).map(({ appointment }) => String(appointment.id));
        expect(
          found.toSorted().join() === ids.toSorted().join(),
          `these: ${ids.join(', ') || 'none'}`,
          day.exchange(),
        );
      }
      const day = grpc.watch({ doctorId, date: MONDAY });
      await day.ended;
      expect(tells(first.id, 'cancelled')(day.events), 'the first one as cancelled', day.exchange());
    },
  },
  {
    name: 'watched-day-tells-each-change',
    why: 'On the screen in the corridor somebody waits for their name, and a screen that is an hour old is worse than none.',
    hint: 'With watch: the day, then each booking, cancellation and move as it happens; one that moves to another day is told as removed.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, grpc } = await openDoors(desk, stack);
      const people = await openPractice(api);
      const early = expectBooked(await bookAt(api, people, at9));
      const day = grpc.watch({ doctorId: people.doctorId, date: MONDAY, watch: true });
      await day.until('the day, and that it is live', isLive);
      expect(tells(early.id, 'booked')(day.events), 'the appointment of the day', day.exchange());
      const late = expectBooked(await bookAt(api, people, on(MONDAY, '10:00')));
      await day.until('the booking', tells(late.id, 'booked'));
      await cancel(api, early);
      await day.until('the cancellation', tells(early.id, 'cancelled'));
      const times = (date: string) => ({ startsAt: on(date, '10:30'), endsAt: on(date, '11:00') });
      expectRecord(await api.patch(late.path, times(MONDAY)), 200);
      await day.until('the move', (events) =>
        told(events).some(({ appointment }) => appointment.version === 2 && appointment.id === late.id),
      );
      expectRecord(await api.patch(late.path, times(TUESDAY)), 200);
      await day.until('that it has left the day', (events) =>
        events.some(({ removed }) => removed === late.id),
      );
      expectNoRepeat(day);
    },
  },
  {
    name: 'day-and-changes-leave-nothing-out-and-repeat-nothing',
    why: 'Somebody books in the moment in which the screen is switched on: between the list and the changes lies the gap.',
    hint: 'Note where the changes are before you read the day, and leave out of them what the day has told already.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, grpc } = await openDoors(desk, stack);
      const patients = await openMany(api, PATIENTS, 20);
      for (let round = 0; round < 3; round++) {
        const { doctorId } = await openPractice(api, { weekly: daily('00:00-24:00') });
        const slots = every(on(MONDAY, `0${round}:00`), 40).slice(round);
        const watch = () => grpc.watch({ doctorId, date: MONDAY, watch: true });
        const half = patients.slice(0, 10);
        const before = await bookTwenty(api, doctorId, half, slots.slice(20));
        const days: Watched[] = [];
        const opened = (async () => {
          for (let n = 0; n < 8; n++) {
            days.push(watch());
            await sleep(20);
          }
        })();
        const ids = [...before, ...(await bookTwenty(api, doctorId, patients, slots))];
        await opened;
        for (const day of days)
          await day.until(`all ${ids.length} appointments`, (events) =>
            ids.every((id) => tells(id, 'booked')(events)),
          );
        await sleep(REST / 3);
        for (const day of days) {
          expectNoRepeat(day);
          day.leave();
        }
        // Each patient has a time that is free again.
        for (const id of ids) await cancel(api, { path: `/api/v1/appointments/${id}` });
      }
    },
  },
  {
    name: 'leaving-a-stream-harms-nobody',
    why: 'Screens are switched off without a word, a hundred times a day.',
    hint: 'When a client leaves, its stream ends on your side, too; the others and the server go on.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, grpc } = await openDoors(desk, stack);
      const people = await openPractice(api);
      const watch = () => grpc.watch({ doctorId: people.doctorId, date: MONDAY, watch: true });
      const staying = watch();
      const leaving = Array.from({ length: 30 }, watch);
      const listening = await Promise.all(
        Array.from({ length: 10 }, () => listen(stack, api, streamPath(people.doctorId))),
      );
      await staying.until('that it is live', isLive);
      for (const each of [...leaving, ...listening]) each.leave();
      const { id } = expectBooked(await bookAt(api, people, at9));
      await staying.until('the booking', tells(id, 'booked'));
      const again = watch();
      await again.until('the booking in the day', tells(id, 'booked'));
    },
  },
  {
    name: 'stream-of-no-day-is-refused',
    why: 'A stream of a day that does not exist stays empty, and looks like a day on which nobody comes.',
    hint: 'INVALID_ARGUMENT that names date over gRPC; over HTTP 400, and 404 for a doctor whom nobody knows.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { api, grpc } = await openDoors(desk, stack);
      const { id } = await hire(api);
      for (const date of ['2027-02-30', 'today', '']) {
        const day = grpc.watch({ doctorId: id, date, watch: true });
        const how = await day.ended;
        expect(how === 'INVALID_ARGUMENT', 'a stream that ends with INVALID_ARGUMENT', day.exchange());
        expectProblem(await api.get(streamPath(id, date)), 400);
      }
      expectProblem(await api.get(`${DOCTORS}/${id}/appointments/stream`), 400);
      expectProblem(await api.get(streamPath(nobody)), 404);
    },
  },
  {
    name: 'events-of-a-day-come-over-http',
    why: 'A browser knows nothing of gRPC, and has been able to listen to events for fifteen years.',
    hint: 'text/event-stream with the events appointment, removed, live and reset; the data are JSON, an appointment as the API answers it.',
    lesson: lesson('the-contract'),
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const api = await desk.open();
      const people = await openPair(api);
      const early = expectBooked(await bookAt(api, people, at9));
      const source = await listen(stack, api, streamPath(people.doctorId));
      const knows = (id: string, status: string) => (events: readonly ServerEvent[]) =>
        events.some(({ event, data }) => event === 'appointment' && data.id === id && data.status === status);
      await source.until('the appointment of the day', knows(early.id, 'booked'));
      await source.until('that it is live', (events) => events.some(({ event }) => event === 'live'));
      const late = expectBooked(await bookAt(api, people, on(MONDAY, '17:00')));
      await source.until('the booking', knows(late.id, 'booked'));
      await cancel(api, late);
      await source.until('the cancellation', knows(late.id, 'cancelled'));
      const moved = { startsAt: on(TUESDAY, '09:00'), endsAt: on(TUESDAY, '09:30') };
      expectRecord(await api.patch(early.path, moved), 200);
      await source.until('that it has left the day', (events) =>
        events.some(({ event, data }) => event === 'removed' && data.appointmentId === early.id),
      );
    },
  },
  {
    name: 'events-of-a-day-want-a-session',
    why: 'Who comes to the doctor today is nobody’s business, and a stream is read as easily as a list.',
    hint: '401 before the first event, as on every route of /api/v1; each role at work may listen.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const place = await openPlace(desk);
      const { doctorId } = await openPractice(place.api);
      for (const stranger of [place.api.as(undefined), place.api.as('x'.repeat(43))])
        expectUnauthenticated(await stranger.get(streamPath(doctorId)));
      const { api } = await employ(place, 'receptionist');
      const source = await listen(stack, api, streamPath(doctorId));
      await source.until('that it is live', (events) => events.some(({ event }) => event === 'live'));
    },
  },
  {
    name: 'events-go-on-after-the-last-one',
    why: 'The train goes through a tunnel, the browser comes back by itself, and what happened meanwhile must be told once.',
    hint: 'Give each event an id; with Last-Event-ID go on right behind it, and tell neither what was told nor less than what was missed.',
    lesson: lesson('break-it'),
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const api = await desk.open();
      const people = await openPractice(api);
      const path = streamPath(people.doctorId);
      const early = expectBooked(await bookAt(api, people, at9));
      const source = await listen(stack, api, path);
      await source.until('that it is live', (events) => events.some(({ event }) => event === 'live'));
      const heard = expectBooked(await bookAt(api, people, on(MONDAY, '09:30')));
      const of = (id: string, version: number) => (events: readonly ServerEvent[]) =>
        events.some(({ data }) => data.id === id && data.version === version);
      await source.until('the booking', of(heard.id, 1));
      const { id: last = '' } = source.events.at(-1) ?? {};
      expect(last !== '', 'an id with the events', source.exchange());
      source.leave();
      const missed = expectBooked(await bookAt(api, people, on(MONDAY, '10:00')));
      await cancel(api, early);
      const again = await listen(stack, api, path, { 'Last-Event-ID': last });
      await again.until('the booking that was missed', of(missed.id, 1));
      await again.until('the cancellation that was missed', of(early.id, 2));
      const { id: newest } = expectBooked(await bookAt(api, people, on(MONDAY, '10:30')));
      await again.until('a new booking', of(newest, 1));
      await sleep(REST / 3);
      const versions = again.events
        .filter(({ data }) => data.version !== undefined)
        .map(({ data }) => versionOf(data));
      const wanted = [`${missed.id} 1`, `${early.id} 2`, `${newest} 1`];
      expect(
        versions.toSorted().join() === wanted.toSorted().join(),
        'what happened since then, each once, and nothing from before',
        again.exchange(),
      );
    },
  },
];
