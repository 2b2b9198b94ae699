import { expect } from '../harness.ts';
import { rareLetters } from '../stage-03/people.ts';
import { at } from '../stage-03/times.ts';
import { inFile } from '../stage-04/accounts.ts';
import { findSecret } from '../stage-04/expectations.ts';
import { describeText } from '../text.ts';
import { type ApiCheck, type Desk, lesson } from './check.ts';
import { expectExit, runBeside } from './commands.ts';
import { eventOf, isDeadLetter, messageOf, strangeAppointment } from './envelopes.ts';
import { AFTER_A_CRASH, dateOf, expectFigures, openPair } from './expectations.ts';
import type { Told, Topic, Topics } from './topics.ts';

/** How long what lies behind a message that cannot be handled may wait. */
const BEHIND = 5_000;
const HEADERS = [
  'dlq-topic',
  'dlq-partition',
  'dlq-offset',
  'dlq-group',
  'dlq-attempts',
  'dlq-error',
] as const;
const TODAY = dateOf(at(0));

const kafka = { lesson: lesson('the-contract'), wantsProgram: true, wantsKafka: true } as const;

async function openPlace(desk: Desk) {
  const [api, { program }] = [await desk.open(), await desk.behind()];
  return { api, topics: await desk.topicsOf(program, api), program };
}

interface Poison {
  value: string | Buffer | undefined;
  topic?: Topic;
  key?: string;
}

/** Tells something that cannot be handled. Gives its key, and what was put aside for it: a letter a group. */
async function poison(
  topics: Topics,
  { value, topic = 'appointments.created', key = `poison-${rareLetters()}` }: Poison,
) {
  const place = await topics.tell({ topic, key, value });
  return { place, key, topic, value };
}

/** The dead letters of a poison, whole. */
async function expectPutAside(
  topics: Topics,
  { place, key, topic, value }: Awaited<ReturnType<typeof poison>>,
): Promise<Told[]> {
  const fits = (told: Told) => told.topic === `${topic}.dlq` && String(told.key) === key;
  const found = await untilSome(topics, fits);
  const what = `the dead letters of ${key} in ${topic}.dlq`;
  const shown = topics.exchange(what, found);
  expect(found.length > 0, `a dead letter with the key ${key}, within 10 s`, shown);
  const bytes = value === undefined ? undefined : Buffer.from(value);
  for (const letter of found) {
    const { headers } = letter;
    const same = bytes && letter.value ? letter.value.equals(bytes) : letter.value === bytes;
    expect(same, bytes ? 'the same value, byte by byte' : 'no value, as before', shown);
    for (const name of HEADERS)
      expect(headers[name] !== undefined && headers[name] !== '', `a header ${name}`, shown);
    // With its prefix or without: for whoever reads it they are one topic.
    expect(headers['dlq-topic']?.endsWith(topic), `dlq-topic: ${topic}`, shown);
    expect(headers['dlq-partition'] === String(place.partition), `dlq-partition: ${place.partition}`, shown);
    expect(headers['dlq-offset'] === String(place.offset), `dlq-offset: ${place.offset}`, shown);
    expect(/^[1-9]\d*$/.test(String(headers['dlq-attempts'])), 'dlq-attempts: a number from 1 on', shown);
  }
  const groups = found.map(({ headers }) => headers['dlq-group']);
  expect(new Set(groups).size === found.length, 'one dead letter for each group, and not more', shown);
  return found;
}

/** Waits for the first one, and then for those of other groups. */
async function untilSome(topics: Topics, fits: (told: Told) => boolean): Promise<Told[]> {
  for (const count of [1, 2]) await topics.waitFor('', count, fits, 10_000 / count).catch(() => []);
  return topics.told().filter(fits);
}

/** A good event that no booking stands behind, in this partition. Gives the doctor whose figures it moves. */
async function tellGood(desk: Desk, topics: Topics, partition?: number): Promise<string> {
  const pair = await openPair(await desk.open());
  const message = messageOf('created', strangeAppointment(pair));
  await topics.tell({ ...message, ...(partition !== undefined && { partition }) });
  return pair.doctorId;
}

export const deadLetters: ApiCheck[] = [
  {
    name: 'poison-blocks-nobody',
    why: 'One message that nobody can read stops everything behind it, and the queue grows all night.',
    hint: 'What can never be handled is put aside at once; what is behind it in the partition is handled within 5 s.',
    ...kafka,
    lesson: lesson('break-it'),
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      await expectFigures(api, await tellGood(desk, topics), { [TODAY]: [1, 0] });
      const { place } = await poison(topics, { value: 'not json' });
      const doctorId = await tellGood(desk, topics, place.partition);
      await expectFigures(api, doctorId, { [TODAY]: [1, 0] }, { within: BEHIND });
    },
  },
  {
    name: 'dead-letter-is-complete',
    why: 'Whoever finds it a month later has this letter, and nothing else to go by.',
    hint: 'Into <topic>.dlq with the same key and value, and the headers dlq-topic, -partition, -offset, -group, -attempts and -error.',
    ...kafka,
    async run(desk) {
      const { topics } = await openPlace(desk);
      await expectPutAside(topics, await poison(topics, { value: 'not json' }));
      await expectPutAside(
        topics,
        await poison(topics, { value: '{"half":', topic: 'appointments.cancelled' }),
      );
    },
  },
  {
    name: 'dead-letter-tells-what-is-wrong',
    why: 'The word "invalid" over a hundred fields is no help, and the name of the wrong one is half of the repair.',
    hint: 'Write into dlq-error which field of the event is missing or wrong, and why.',
    ...kafka,
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const pair = await openPair(api);
      const { startsAt: _, ...late } = strangeAppointment(pair);
      const status = strangeAppointment(pair, { status: 'perhaps' });
      const cases = [
        ['startsAt', eventOf('created', late as typeof status)],
        ['status', eventOf('created', status)],
        ['specversion', eventOf('created', strangeAppointment(pair), { specversion: '0.3' })],
      ] as const;
      for (const [field, event] of cases) {
        const letters = await expectPutAside(topics, await poison(topics, { value: JSON.stringify(event) }));
        for (const letter of letters) {
          const told = String(letter.headers['dlq-error']);
          expect(told.includes(field), `${field} in dlq-error`, topics.exchange('the dead letter', letters));
        }
      }
      await expectFigures(api, pair.doctorId, {});
    },
  },
  {
    name: 'unknown-type-is-put-aside',
    why: 'An event of next year, read by the program of this year, must neither be guessed at nor lost.',
    hint: 'A type that you do not know goes to the dead letters, also when all the rest is right.',
    ...kafka,
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const pair = await openPair(api);
      const event = eventOf('created', strangeAppointment(pair), { type: 'appointment.dreamt' });
      await expectPutAside(topics, await poison(topics, { value: JSON.stringify(event) }));
      await expectFigures(api, pair.doctorId, {});
    },
  },
  {
    name: 'odd-values-are-put-aside',
    why: 'Anybody who can write into a topic can write anything, and the oddest of it comes from the tests of the house.',
    hint: 'No value at all, an empty one, JSON that is no object, bytes that are no text: put each aside as it is, and live on.',
    ...kafka,
    lesson: lesson('break-it'),
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const values = ['', 'null', '[]', '7', '{}', '"appointment.created"', 'x'.repeat(20_000), undefined];
      const told = [];
      for (const value of values) told.push(await poison(topics, { value }));
      for (const each of told) await expectPutAside(topics, each);
      await expectFigures(api, await tellGood(desk, topics, told.at(-1)?.place.partition), {
        [TODAY]: [1, 0],
      });
    },
  },
  {
    name: 'dead-letter-keeps-every-byte',
    why: 'What is wrong may be a single byte, and a copy that "repairs" it leaves nothing to find.',
    hint: 'Carry keys and values as bytes: text that is read and written again loses what is no UTF-8.',
    ...kafka,
    lesson: lesson('break-it'),
    async run(desk) {
      const { topics } = await openPlace(desk);
      const value = Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0xc3, 0x28, 0x0d, 0x0a]);
      await expectPutAside(topics, await poison(topics, { value }));
    },
  },
  {
    name: 'extra-fields-are-let-through',
    why: 'A newer program tells more, and the older one beside it must go on counting.',
    hint: 'Accept fields that you do not know, in the envelope and in data: extensions are what CloudEvents are made for.',
    ...kafka,
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const pair = await openPair(api);
      const appointment = strangeAppointment(pair, { room: 'B 12', tags: ['first visit'] });
      const more = { traceparent: '00-1-2-00', dataschema: 'https://medcenter.example/appointment' };
      await topics.tell(messageOf('created', appointment, more));
      await expectFigures(api, pair.doctorId, { [TODAY]: [1, 0] });
      const fits = (told: Told) => isDeadLetter(told) && String(told.key) === appointment.id;
      await topics.waitFor(`dead letters of ${appointment.id}`, 0, fits, 0);
    },
  },
  {
    name: 'log-tells-nothing-of-dead-letters',
    why: 'What is put aside is a whole appointment, or worse; the log is read by many more than the topic.',
    hint: 'Log where the message lies and what is wrong, not its value.',
    ...kafka,
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const server = await desk.behind();
      const { api, topics } = await openPlace(desk);
      const secrets = { text: rareLetters(), reason: rareLetters(), status: rareLetters() };
      const pair = await openPair(api);
      const appointment = strangeAppointment(pair, { reason: secrets.reason, status: secrets.status });
      const values = [`${secrets.text} is not json`, JSON.stringify(eventOf('created', appointment))];
      for (const value of values) await expectPutAside(topics, await poison(topics, { value }));
      const tail = server.said().trimEnd().split('\n').slice(-12).join('\n');
      const found = findSecret(server.said(), secrets);
      expect(
        !found,
        `no ${found} in the log`,
        api.exchange('the log of the program', describeText('its end', tail)),
      );
    },
  },
  {
    name: 'dead-letters-are-listed-shown-and-sent-again',
    why: 'The program is mended, and a hundred letters wait: a person must see them, and send them once more without writing a program.',
    hint: '`dlq list` with a line for each, its id first; `dlq show --id`; `dlq redrive --id` or `--all`, which `--dry-run` only talks about.',
    ...kafka,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = inFile(desk);
      const api = desk.clientOf(await desk.start(program, settings));
      const topics = await desk.topicsOf(program, api, settings);
      const place = { api, program };
      const dlq = (...args: string[]) => runBeside(desk, place, ['dlq', ...args], settings);
      const pair = await openPair(api);
      const value = JSON.stringify(eventOf('created', strangeAppointment(pair, { status: 'perhaps' })));
      const put = await poison(topics, { value });
      const letters = await expectPutAside(topics, put);

      const list = await dlq('list');
      expectExit(list, 0);
      const lines = list.stdout.split('\n').filter((line) => line.includes('appointments.created'));
      expect(lines.length === letters.length, `${letters.length} lines of appointments.created`, list);
      const id = lines[0]?.split(/[\s|│]+/).find((word) => word !== '') ?? '';
      const shown = await dlq('show', '--id', id);
      expectExit(shown, 0);
      for (const words of [put.key, 'perhaps', 'dlq-error'])
        expect(
          shown.stdout.includes(words),
          `${words} in what it shows of "${id}", the first word of the line`,
          shown,
        );

      const isBack = (told: Told) => told.topic === put.topic && String(told.key) === put.key;
      expectExit(await dlq('redrive', '--id', id, '--dry-run'), 0);
      expectExit(await dlq('redrive', '--all', '--dry-run'), 0);
      await topics.waitFor('the message, not yet sent again', 1, isBack, 0);
      const redrive = await dlq('redrive', '--id', id);
      expectExit(redrive, 0);
      const [, again] = await topics.waitFor('the message, and once more', 2, isBack);
      expect(String(again?.value) === value, 'the same value', redrive);
      const rest = await dlq('list');
      expectExit(rest, 0);
      expect(!rest.stdout.split(/\s+/).includes(id), `no ${id} in the list any more`, rest);
      await expectFigures(api, pair.doctorId, {}, { within: AFTER_A_CRASH });
    },
  },
];
