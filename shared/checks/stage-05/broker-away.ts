import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import { describeEnd } from '../program.ts';
import { freePort } from '../server.ts';
import { at } from '../stage-03/times.ts';
import { inFile } from '../stage-04/accounts.ts';
import { openFrozen } from '../stage-04/outages.ts';
import type { Call } from '../story.ts';
import { APPOINTMENTS, type ApiCheck, type Desk, lesson, onlyPosix } from './check.ts';
import { expectExit, runBeside } from './commands.ts';
import {
  AFTER_A_CRASH,
  booking,
  bookingCall,
  dateOf,
  expectBooked,
  expectFigures,
  expectFiguresStay,
  expectRecord,
  openPair,
  statisticsOf,
} from './expectations.ts';

/** How long anybody is kept waiting while no broker answers. */
const IN_TIME = 1_000;
/** How long the program may take to end then. */
const END_TIME = 10_000;

/** Data of the check's own, and a Kafka that is not there. */
async function awaySettings(desk: Desk): Promise<Record<string, string>> {
  return { ...inFile(desk), KAFKA_BROKERS: `127.0.0.1:${await freePort()}` };
}

async function timed(api: Client, call: Call): Promise<Reply> {
  const started = performance.now();
  const reply = await api.send(call);
  const milliseconds = Math.round(performance.now() - started);
  expect(milliseconds < IN_TIME, `an answer within ${IN_TIME} ms, and not after ${milliseconds} ms`, reply);
  return reply;
}

async function endInTime(server: Awaited<ReturnType<Desk['start']>>, api: Client): Promise<void> {
  const outcomeOf = async () => {
    const started = performance.now();
    return { outcome: await server.stop('SIGTERM'), milliseconds: performance.now() - started };
  };
  const { outcome, milliseconds } = await outcomeOf();
  const shown = api.exchange(
    'SIGTERM, while no broker answers',
    `${describeEnd(outcome)} after ${Math.round(milliseconds)} ms`,
  );
  expect(outcome.exitCode === 0, 'exit code 0', shown);
  expect(milliseconds < END_TIME, `an end within ${END_TIME / 1000} s`, shown);
}

export const outages: ApiCheck[] = [
  {
    name: 'bookings-go-on-without-a-broker',
    why: 'The broker is down for an hour, and nobody at the desk may notice.',
    hint: 'Start without it, answer after the commit, and leave telling to a relay that tries again: a broker that is away costs disk, not bookings.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const server = await desk.start(await desk.createProgram(), await awaySettings(desk));
      const api = desk.clientOf(server);
      api.note('# behind KAFKA_BROKERS nobody listens');
      const pair = await openPair(api);
      for (let slot = 0; slot < 5; slot++) {
        const { path } = expectBooked(await timed(api, bookingCall(booking(pair, slot * 60))));
        const moved = { startsAt: at(slot * 60 + 5), endsAt: at(slot * 60 + 35) };
        expectRecord(await timed(api, { method: 'PATCH', path, body: moved }), 200);
        await sleep(400);
      }
      await statisticsOf(api, { doctorId: pair.doctorId });
      const many = Array.from({ length: 10 }, (_, slot) => bookingCall(booking(pair, 1_000 + slot * 60)));
      for (const reply of await api.together(many)) expectBooked(reply);
    },
  },
  {
    name: 'program-ends-in-time-without-a-broker',
    why: 'Who cannot be ended while the broker is down is killed, and a client that tries for ever is the usual reason.',
    hint: 'Give each question to the broker a limit, and break off what waits when SIGTERM comes.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    skip: onlyPosix,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = await awaySettings(desk);
      const first = await desk.start(program, settings);
      await endInTime(first, desk.clientOf(first));
      const second = await desk.start(program, settings);
      const api = desk.clientOf(second);
      const pair = await openPair(api);
      expectBooked(await api.post(APPOINTMENTS, booking(pair)));
      await sleep(3_000);
      await endInTime(second, api);
      const third = desk.clientOf(await desk.start(program, settings));
      expectRecord(await third.get(pair.patient.path), 200);
    },
  },
  {
    name: 'silent-broker-holds-nobody-up',
    why: 'A broker that accepts and says nothing is the worst of all failures: whoever waits for it stands still with it.',
    hint: 'Give each question to the broker a time limit of your own, and let no request wait for one.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    skip: onlyPosix,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { port } = await openFrozen(stack);
      const settings = { ...inFile(desk), KAFKA_BROKERS: `127.0.0.1:${port}` };
      const server = await desk.start(await desk.createProgram(), settings);
      const api = desk.clientOf(server);
      api.note('# behind KAFKA_BROKERS somebody listens and says nothing');
      const pair = await openPair(api);
      for (let slot = 0; slot < 6; slot++) {
        expectBooked(await timed(api, bookingCall(booking(pair, slot * 60))));
        await sleep(500);
      }
      await endInTime(server, api);
    },
  },
  {
    name: 'commands-without-a-broker-harm-nothing',
    why: 'Who counts anew while the log cannot be read must not end with empty figures.',
    hint: 'Read the log to its end before you change a row; where it is away, say so in words and exit with 1.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const api = desk.clientOf(await desk.start(program, inFile(desk)));
      const pair = await openPair(api);
      expectBooked(await api.post(APPOINTMENTS, booking(pair)));
      const figures = { [dateOf(at(0))]: [1, 0] } as const;
      await expectFigures(api, pair.doctorId, figures);
      const away = await awaySettings(desk);
      for (const args of [['replay'], ['dlq', 'list'], ['dlq', 'redrive', '--all']]) {
        const ran = await runBeside(desk, { api, program }, args, away);
        expectExit(ran, 1);
        expect(ran.stderr.trim() !== '', 'words on stderr', ran);
      }
      await expectFiguresStay(api, pair.doctorId, figures);
    },
  },
  {
    name: 'what-was-not-told-is-told-later',
    why: 'An hour without the broker must end with all of its bookings told, in their order, and none of them twice.',
    hint: 'Keep the events in the outbox until the broker has them, also through a restart.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    wantsKafka: true,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = inFile(desk);
      const server = await desk.start(program, await awaySettings(desk));
      const before = desk.clientOf(server);
      const pair = await openPair(before);
      const booked = [];
      for (let slot = 0; slot < 12; slot++)
        booked.push(expectBooked(await before.post(APPOINTMENTS, booking(pair, slot * 10, slot * 10 + 10))));
      const [moved] = booked;
      const times = { startsAt: at(2_000), endsAt: at(2_010) };
      expectRecord(await before.patch(String(moved?.path), times), 200);
      server.child.kill();
      await server.child.outcome;

      const api = desk.clientOf(await desk.start(program, settings));
      const topics = await desk.topicsOf(program, api, settings);
      const figures: Record<string, [number, number]> = {};
      for (const instant of [...booked.slice(1).map((_, index) => at((index + 1) * 10)), times.startsAt]) {
        const date = dateOf(instant);
        figures[date] = [(figures[date]?.[0] ?? 0) + 1, 0];
      }
      await expectFigures(api, pair.doctorId, figures, { within: AFTER_A_CRASH });
      const ids = booked.map(({ id }) => id);
      const isOurs = (topic: string, key: string) => topic === 'appointments.created' && ids.includes(key);
      await topics.waitFor('created, one for each of 12 bookings', 12, (told) =>
        isOurs(told.topic, String(told.key)),
      );
    },
  },
];
