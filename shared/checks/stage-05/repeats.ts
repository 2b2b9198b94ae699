import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '../harness.ts';
import { at, fromNow } from '../stage-03/times.ts';
import { inFile } from '../stage-04/accounts.ts';
import { type ApiCheck, type Desk, lesson } from './check.ts';
import { expectExit, runBeside } from './commands.ts';
import { isOf, messageOf, strangeAppointment } from './envelopes.ts';
import {
  AFTER_A_CRASH,
  book,
  cancel,
  dateOf,
  expectFigures,
  expectFiguresStay,
  expectRecord,
  openPair,
} from './expectations.ts';
import type { Topics } from './topics.ts';

const DAY = 24 * 60;
const [TODAY, TOMORROW] = [dateOf(at(0)), dateOf(at(DAY))];

const kafka = { lesson: lesson('break-it'), wantsProgram: true, wantsKafka: true } as const;

async function openPlace(desk: Desk) {
  const [api, { program }] = [await desk.open(), await desk.behind()];
  return { api, topics: await desk.topicsOf(program, api), program };
}

/** Puts what was told of an appointment into the topics once more, the newest first. */
async function tellAgain(topics: Topics, id: string): Promise<void> {
  for (const { topic, key, value } of topics.told().filter(isOf(id)).toReversed())
    await topics.tell({ topic: topic as Parameters<Topics['tell']>[0]['topic'], key: String(key), value });
}

export const repeats: ApiCheck[] = [
  {
    name: 'event-told-again-is-counted-once',
    why: 'Kafka promises "at least once", and keeps its word on the worst of days.',
    hint: 'Note the id of each event that was handled, in the transaction of what follows from it, and let a repeat pass.',
    ...kafka,
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const pair = await openPair(api);
      const booked = [await book(api, pair), await book(api, pair, 60), await book(api, pair, 120)];
      const [one, two] = booked;
      if (!one || !two) return;
      await cancel(api, one);
      expectRecord(await api.patch(two.path, { startsAt: at(DAY), endsAt: at(DAY + 30) }), 200);
      const figures = { [TODAY]: [2, 1], [TOMORROW]: [1, 0] } as const;
      await expectFigures(api, pair.doctorId, figures);
      const told = await topics.waitFor('five events', 5, (each) => booked.some(({ id }) => isOf(id)(each)));
      expect(told.length === 5, 'five events', topics.exchange('their events', told));
      for (let round = 0; round < 3; round++) for (const { id } of booked) await tellAgain(topics, id);
      await sleep(2_000);
      await expectFiguresStay(api, pair.doctorId, figures, 'after the repeats');
    },
  },
  {
    name: 'cancelled-before-created-ends-right',
    why: 'Two topics give no order: now and then the cancellation is heard of first.',
    hint: 'Go by the version in data: what is older than what you know changes nothing, in whatever order it comes.',
    ...kafka,
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const pair = await openPair(api);
      const created = strangeAppointment(pair);
      const cancelled = { ...created, version: 2, status: 'cancelled', cancellationReason: 'illness' };
      for (let round = 0; round < 2; round++) await topics.tell(messageOf('cancelled', cancelled));
      await expectFigures(api, pair.doctorId, { [TODAY]: [1, 1] });
      for (let round = 0; round < 2; round++) await topics.tell(messageOf('created', created));
      await sleep(2_000);
      await expectFiguresStay(api, pair.doctorId, { [TODAY]: [1, 1] }, 'after both of them');
    },
  },
  {
    name: 'old-move-does-not-win',
    why: 'A move that was on its way for an hour must not take the appointment back to the old day.',
    hint: 'Compare versions, not the times at which events come in.',
    ...kafka,
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const pair = await openPair(api);
      const created = strangeAppointment(pair);
      const onDay = (day: number, version: number) => ({
        ...{ ...created, version },
        ...{ startsAt: at(day * DAY), endsAt: at(day * DAY + 30) },
      });
      await topics.tell(messageOf('created', created));
      await topics.tell(messageOf('rescheduled', onDay(2, 3)));
      await expectFigures(api, pair.doctorId, { [dateOf(at(2 * DAY))]: [1, 0] });
      await topics.tell(messageOf('rescheduled', onDay(1, 2)));
      await topics.tell(messageOf('created', created));
      await sleep(2_000);
      await expectFiguresStay(api, pair.doctorId, { [dateOf(at(2 * DAY))]: [1, 0] }, 'after the old move');
    },
  },
  {
    name: 'reminder-told-again-is-sent-once',
    why: 'A log that is read twice must not ring at the same door twice.',
    hint: 'One reminder for an appointment and its version, whatever comes in again.',
    ...kafka,
    async run(desk) {
      const { api, topics, program } = await openPlace(desk);
      const times = { startsAt: fromNow(120), endsAt: fromNow(150) };
      const { id } = await book(api, await openPair(api), 0, 30, times);
      await topics.waitFor(`an event of ${id}`, 1, isOf(id));
      const linesOf = async () => (await desk.remindersOf(program)).filter((line) => line.includes(id));
      for (let waited = 0; waited < 15_000 && (await linesOf()).length === 0; waited += 100) await sleep(100);
      for (let round = 0; round < 3; round++) await tellAgain(topics, id);
      await sleep(3_000);
      const lines = await linesOf();
      expect(
        lines.length === 1,
        'one line in the file of reminders',
        api.exchange(`lines with ${id}`, lines.join('\n')),
      );
    },
  },
  {
    name: 'kill-nine-of-the-consumer-loses-nothing',
    why: 'A place in the log that is committed before the work is done skips the work when the power goes.',
    hint: 'Commit the place after the work, and turn the commits of the client itself off.',
    ...kafka,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = inFile(desk);
      let server = await desk.start(program, settings);
      const topics = await desk.topicsOf(program, desk.clientOf(server), settings);
      const pair = await openPair(desk.clientOf(server));
      let count = 0;
      for (let round = 0; round < 2; round++) {
        const messages = Array.from({ length: 200 }, () => messageOf('created', strangeAppointment(pair)));
        await Promise.all(messages.map((message) => topics.tell(message)));
        count += messages.length;
        await sleep(100 + Math.random() * 300);
        server.child.kill();
        await server.child.outcome;
        server = await desk.start(program, settings);
      }
      const api = desk.clientOf(server);
      await expectFigures(api, pair.doctorId, { [TODAY]: [count, 0] }, { within: AFTER_A_CRASH });
      expectExit(await runBeside(desk, { api, program }, ['replay'], settings), 0);
      await expectFiguresStay(api, pair.doctorId, { [TODAY]: [count, 0] }, 'after a replay, too');
    },
  },
];
