import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import { describeEnd } from '../program.ts';
import { readPagesOf } from '../stage-02/expectations.ts';
import { at } from '../stage-03/times.ts';
import { inFile } from '../stage-04/accounts.ts';
import { APPOINTMENTS, type ApiCheck, type Desk, lesson, onlyPosix, PATIENTS } from './check.ts';
import {
  AFTER_A_CRASH,
  book,
  booking,
  bookingCall,
  cancel,
  dateOf,
  expectBooked,
  expectFigures,
  hire,
  isRecord,
  openMany,
  openPair,
} from './expectations.ts';

const DAY = 24 * 60;
const TODAY = dateOf(at(0));
const ROUNDS = 3;

/** Appointments of ten minutes, one after the other: so many, by date. */
function figuresOf(count: number): Record<string, [number, number]> {
  const figures: Record<string, [number, number]> = {};
  for (let slot = 0; slot < count; slot++) {
    const date = dateOf(at(slot * 10));
    figures[date] = [(figures[date]?.[0] ?? 0) + 1, 0];
  }
  return figures;
}

const slotOf = (pair: { patientId: string; doctorId: string }, slot: number) =>
  booking(pair, slot * 10, slot * 10 + 10);

/** As many as the list of appointments knows, by date: whoever was told nothing may be booked all the same. */
async function figuresOfList(api: Client, doctorId: string): Promise<Record<string, [number, number]>> {
  const figures: Record<string, [number, number]> = {};
  const { ids } = await readPagesOf(api, APPOINTMENTS, { doctorId, limit: 100 });
  const items = await Promise.all(ids.map((id) => api.get(`${APPOINTMENTS}/${id}`)));
  for (const { body } of items) {
    const date = dateOf(isRecord(body) ? body.startsAt : undefined);
    figures[date] = [(figures[date]?.[0] ?? 0) + 1, 0];
  }
  return figures;
}

/** Books with several clients until nobody answers, and tells which appointments were promised. */
async function bookUntilItEnds(
  clients: readonly Client[],
  doctorId: string,
  patients: readonly string[],
  first: number,
) {
  const promised: string[] = [];
  const lanes = clients.map(async (own, lane) => {
    const patientId = String(patients[lane]);
    for (let slot = first + lane; ; slot += clients.length) {
      const reply = await own.post(APPOINTMENTS, slotOf({ patientId, doctorId }, slot));
      if (reply.status !== 201) return;
      if (isRecord(reply.body)) promised.push(String(reply.body.id));
    }
  });
  await Promise.all(lanes);
  return promised;
}

/** Bookings under way, and then the end of the program in the given way; after a restart all are counted. */
const endsUnderBookings = (
  end: (server: Awaited<ReturnType<Desk['start']>>, api: Client) => Promise<void>,
) => {
  return async (desk: Desk) => {
    const program = await desk.createProgram();
    const settings = inFile(desk);
    let server = await desk.start(program, settings);
    const { id: doctorId } = await hire(desk.clientOf(server));
    const patients = await openMany(desk.clientOf(server), PATIENTS, 4);
    const promised: string[] = [];
    for (let round = 0; round < 2; round++) {
      const current = server;
      const clients = patients.map(() => desk.clientOf(current));
      const bookings = bookUntilItEnds(clients, doctorId, patients, round * 5_000);
      await sleep(250 + Math.random() * 400);
      await end(current, desk.clientOf(current));
      promised.push(...(await bookings));
      server = await desk.start(program, settings);
    }
    const api = desk.clientOf(server);
    const figures = await figuresOfList(api, doctorId);
    const listed = Object.values(figures).reduce((sum, [booked]) => sum + booked, 0);
    const exchange: Exchange = api.exchange(
      `${promised.length} bookings that were promised, and the end of the program among them`,
      `${listed} appointments in the list`,
    );
    expect(
      promised.length > 0 && listed >= promised.length,
      'every appointment whose 201 was read',
      exchange,
    );
    await expectFigures(api, doctorId, figures, { within: AFTER_A_CRASH });
  };
};

export const crashes: ApiCheck[] = [
  {
    name: 'kill-nine-after-a-booking-loses-no-event',
    why: 'Who writes to the database and then to the log of events dies in between one day, and nobody ever hears of that booking.',
    hint: 'Write the event in the transaction of the booking, into an outbox, and tell it from there: after a restart it is still to be told.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = inFile(desk);
      let server = await desk.start(program, settings);
      const pair = await openPair(desk.clientOf(server));
      for (let round = 0; round < ROUNDS; round++) {
        expectBooked(await desk.clientOf(server).post(APPOINTMENTS, slotOf(pair, round)));
        server.child.kill();
        await server.child.outcome;
        server = await desk.start(program, settings);
      }
      await expectFigures(desk.clientOf(server), pair.doctorId, figuresOf(ROUNDS), { within: AFTER_A_CRASH });
    },
  },
  {
    name: 'kill-nine-under-bookings-counts-each-once',
    why: 'The power goes in the middle of the work, and afterwards each booking must have been told, and none of them counted twice.',
    hint: 'Told twice is allowed and lost is not: note the event in the transaction of what follows from it, and commit the place in the log after the work.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    alone: true,
    run: endsUnderBookings(async (server, api) => {
      api.note('kill -9 %1');
      server.child.kill();
      await server.child.outcome;
    }),
  },
  {
    name: 'sigterm-with-events-under-way-loses-none',
    why: 'Every update ends the program while something is on its way.',
    hint: 'Finish the event at hand, leave the rest for the next start, and end within seconds with 0.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    alone: true,
    skip: onlyPosix,
    run: endsUnderBookings(async (server, api) => {
      const outcome = await server.stop('SIGTERM');
      const shown = api.exchange('SIGTERM under bookings', describeEnd(outcome));
      expect(outcome.exitCode === 0, 'exit code 0 within some seconds', shown);
    }),
  },
  {
    name: 'two-processes-count-once',
    why: 'A second server is started for the rush hour, and both of them look for something to do.',
    hint: 'Let one of them at a time do a piece of work: a lease, or rows that are locked while they are told.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const { program } = await desk.behind();
      const api = await desk.open();
      const second = await desk.start(program);
      for (const line of second.startLines) api.note(line);
      const other = desk.clientOf(second);
      const { id: doctorId } = await hire(api);
      const patients = await openMany(api, PATIENTS, 10);
      // The token of one is good at the other: they share the sessions.
      const calls = patients.map((patientId, slot) => ({
        ...bookingCall(slotOf({ patientId, doctorId }, slot)),
        path: (slot % 2 === 0 ? api.url : other.url) + APPOINTMENTS,
      }));
      for (const reply of await api.together(calls)) expectBooked(reply);
      for (const reader of [api, other]) await expectFigures(reader, doctorId, figuresOf(10));
    },
  },
  {
    name: 'one-of-two-dies-and-the-other-goes-on',
    why: 'The process that had the work in its hands is gone, and nobody else must wait for it for ever.',
    hint: 'Let a lease run out by itself after some seconds; then whoever is left takes the work.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = inFile(desk);
      const first = await desk.start(program, settings);
      const pair = await openPair(desk.clientOf(first));
      const second = await desk.start(program, settings);
      const api = desk.clientOf(second);
      const booked = await book(desk.clientOf(first), pair);
      await expectFigures(api, pair.doctorId, { [TODAY]: [1, 0] }, { within: AFTER_A_CRASH });
      await book(desk.clientOf(first), pair, DAY);
      first.child.kill();
      await first.child.outcome;
      await cancel(api, booked);
      await book(api, pair, 60);
      const figures = { [TODAY]: [2, 1], [dateOf(at(DAY))]: [1, 0] } as const;
      await expectFigures(api, pair.doctorId, figures, { within: AFTER_A_CRASH });
    },
  },
];
