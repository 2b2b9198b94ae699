import { expect } from '../harness.ts';
import { rareLetters } from '../stage-03/people.ts';
import { at } from '../stage-03/times.ts';
import { APPOINTMENTS, type ApiCheck, type Desk, lesson, PATIENTS } from './check.ts';
import { isOf, readValue, SOURCE } from './envelopes.ts';
import {
  book,
  booking,
  bookingCall,
  cancel,
  expectBooked,
  expectProblem,
  expectRecord,
  hire,
  openMany,
  openPair,
  sameJson,
} from './expectations.ts';
import { TOPICS, type Told } from './topics.ts';

/** RFC 3339 in UTC. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const kafka = { lesson: lesson('the-contract'), wantsProgram: true, wantsKafka: true } as const;

async function openPlace(desk: Desk) {
  const [api, { program }] = [await desk.open(), await desk.behind()];
  return { api, topics: await desk.topicsOf(program, api) };
}

const shortly = (told: readonly Told[]) =>
  told.map(({ topic }) => topic.replace('appointments.', '')).join(', ');

export const events: ApiCheck[] = [
  {
    name: 'topics-are-there-before-the-first-event',
    why: 'A consumer of another team looks for the topics on the day of the start, and not after the first booking.',
    hint: 'Make appointments.created, .cancelled and .rescheduled at the start, with partitions that you chose; leave those that are there as they are.',
    ...kafka,
    async run(desk) {
      const program = await desk.createProgram();
      const first = await desk.start(program);
      const topics = await desk.topicsOf(program, desk.clientOf(first));
      const before = await topics.partitions();
      const shown = topics.exchange(JSON.stringify([...before]), []);
      for (const topic of TOPICS) expect(Number(before.get(topic)) >= 1, `the topic ${topic}`, shown);
      await first.stop('SIGTERM');
      await desk.start(program);
      const after = await topics.partitions();
      expect(sameJson([...after], [...before]), 'the same partitions after a second start', shown);
    },
  },
  {
    name: 'event-is-a-cloud-event-and-no-more',
    why: 'Other teams build on these fields for years, and each that is missing or means something else is a night of work.',
    hint: 'Exactly specversion, id, source, type, subject, time, datacontenttype and data; data is the appointment as the API answers it.',
    ...kafka,
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const { id, record } = await book(api, await openPair(api), 0, 30, { reason: 'check-up' });
      const [told] = await topics.waitFor(`an event of ${id}`, 1, isOf(id));
      if (!told) return;
      const event = readValue(told);
      const shown = topics.exchange(`the event of ${id}`, [told]);
      const { id: eventId, time, data, ...fixed } = event;
      const wanted = {
        ...{ specversion: '1.0', source: SOURCE, type: 'appointment.created' },
        ...{ subject: id, datacontenttype: 'application/json' },
      };
      const byName = (fields: object) =>
        Object.entries(fields).toSorted(([one], [other]) => (one < other ? -1 : 1));
      expect(
        sameJson(byName(fixed), byName(wanted)),
        `beside id, time and data exactly ${JSON.stringify(wanted)}`,
        shown,
      );
      expect(typeof eventId === 'string' && eventId !== '' && eventId !== id, 'an id of its own', shown);
      const isInstant = typeof time === 'string' && INSTANT.test(time);
      expect(
        isInstant && Math.abs(Date.parse(time) - Date.now()) < 120_000,
        'time: the instant, in UTC',
        shown,
      );
      expect(sameJson(byName(Object(data)), byName(record)), `data: ${JSON.stringify(record)}`, shown);
    },
  },
  {
    name: 'one-event-for-each-thing-that-happened',
    why: 'Whoever listens to cancellations alone must find each of them there, once, and nothing else.',
    hint: 'One topic a type; the key is the id of the appointment; each event has an id of its own, and a newer version in data.',
    ...kafka,
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const { id, path } = await book(api, await openPair(api));
      expectRecord(await api.patch(path, { startsAt: at(60), endsAt: at(90) }), 200);
      await cancel(api, { path });
      const told = await topics.waitFor(`the events of ${id}`, 3, isOf(id));
      const shown = topics.exchange(`the events of ${id}`, told);
      for (const type of ['created', 'rescheduled', 'cancelled']) {
        const found = told.filter(({ topic }) => topic === `appointments.${type}`);
        expect(found.length === 1, `one in appointments.${type}`, shown);
        const event = found[0] ? readValue(found[0]) : {};
        expect(
          event.type === `appointment.${type}` && event.subject === id,
          `type appointment.${type}`,
          shown,
        );
      }
      const ids = new Set(told.map((each) => readValue(each).id));
      expect(ids.size === 3, 'three ids', shown);
      const last = told.find(({ topic }) => topic === 'appointments.cancelled');
      const data = last ? Object(readValue(last).data) : {};
      const sound =
        data.status === 'cancelled' && data.cancellationReason === 'illness' && data.startsAt === at(60);
      expect(sound, 'the appointment as it is afterwards, in data', shown);
    },
  },
  {
    name: 'other-moves-tell-nothing',
    why: 'A consumer that is told of each arrival as if something were booked counts wrong for ever.',
    hint: 'arrived, fulfilled and noshow have no event; neither has a change that changes nothing.',
    ...kafka,
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const pair = await openPair(api);
      const [one, two] = [await book(api, pair, 0), await book(api, pair, 60)];
      expectRecord(await api.patch(one.path, { status: 'arrived' }), 200);
      expectRecord(await api.patch(one.path, { status: 'fulfilled' }), 200);
      expectRecord(await api.patch(two.path, { status: 'noshow' }), 200);
      const witness = await book(api, pair, 120);
      await topics.waitFor(`an event of ${witness.id}`, 1, isOf(witness.id));
      for (const { id } of [one, two])
        await topics.waitFor(`created, and nothing else, of ${id}`, 1, isOf(id), 0);
    },
  },
  {
    name: 'refused-booking-is-not-told',
    why: 'Somebody writes a letter, prepares a room and orders a taxi for every event.',
    hint: 'Put the event into the transaction that is rolled back; publish nothing before the commit.',
    ...kafka,
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const pair = await openPair(api);
      const other = await openPair(api);
      const booked = await book(api, pair);
      const ofPair = (told: Told) => Object(readValue(told).data).doctorId === pair.doctorId;
      for (let round = 0; round < 3; round++) {
        expectProblem(await api.post(APPOINTMENTS, booking(pair, 0)), 409);
        const body = booking({ patientId: other.patientId, doctorId: pair.doctorId }, 15);
        expectProblem(await api.post(APPOINTMENTS, body), 409);
        expectProblem(await api.post(APPOINTMENTS, booking(pair, 200, 100)), 422);
        expectProblem(await api.patch(booked.path, { status: 'cancelled' }), 422);
        const onto = { startsAt: at(600), endsAt: at(660) };
        expectProblem(await api.patch(booked.path, onto, { 'If-Match': '"stale"' }), 412);
      }
      const witness = await book(api, pair, 300);
      await topics.waitFor(`an event of ${witness.id}`, 1, isOf(witness.id));
      await topics.waitFor(`two bookings of the doctor ${pair.doctorId}`, 2, ofPair, 0);
    },
  },
  {
    name: 'repeated-request-is-told-once',
    why: 'The same booking, sent again from a tunnel, must not send two letters.',
    hint: 'A repeat under the same Idempotency-Key finds the answer of before, and writes nothing.',
    ...kafka,
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const pair = await openPair(api);
      const headers = { 'Idempotency-Key': rareLetters() };
      const { id } = expectBooked(await api.post(APPOINTMENTS, booking(pair), headers));
      for (const reply of await api.together(
        Array.from({ length: 3 }, () => bookingCall(booking(pair), headers)),
      ))
        expectBooked(reply);
      await topics.waitFor(`one event of ${id}`, 1, isOf(id));
    },
  },
  {
    name: 'events-of-one-appointment-keep-their-order',
    why: 'Moved to nine, then to ten: who hears it the other way round waits for an hour.',
    hint: 'Tell events of one appointment in the order of their commits, under one key, so that they share a partition.',
    ...kafka,
    lesson: lesson('break-it'),
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const appointments = await Promise.all(
        [0, 1, 2, 3].map(async (lane) => book(api, await openPair(api), lane * 30)),
      );
      for (let move = 1; move <= 8; move++) {
        const calls = appointments.map(({ path }) => ({
          ...{ method: 'PATCH', path },
          body: { startsAt: at(1_000 + move * 60), endsAt: at(1_030 + move * 60) },
        }));
        for (const reply of await api.together(calls)) expectRecord(reply, 200);
      }
      for (const { id } of appointments) {
        const moved = (told: Told) => isOf(id)(told) && told.topic === 'appointments.rescheduled';
        const told = await topics.waitFor(`8 moves of ${id}`, 8, moved);
        const shown = topics.exchange(`the moves of ${id}`, told);
        expect(
          new Set(told.map(({ partition }) => partition)).size === 1,
          'all of them in one partition',
          shown,
        );
        const inOrder = told.toSorted((one, other) => Number(one.offset - other.offset));
        const versions = inOrder.map((each) => Number(Object(readValue(each).data).version));
        const rising = versions.every(
          (version, index) => index === 0 || version > Number(versions[index - 1]),
        );
        expect(rising, `versions that rise, and not ${versions.join(', ')}`, shown);
      }
    },
  },
  {
    name: 'many-at-once-are-all-told',
    why: 'A relay that goes by the last number leaves behind what committed late, and nobody ever misses it.',
    hint: 'Tell what is in the outbox, and take away exactly what was told.',
    ...kafka,
    lesson: lesson('break-it'),
    async run(desk) {
      const { api, topics } = await openPlace(desk);
      const { id: doctorId } = await hire(api);
      const patients = await openMany(api, PATIENTS, 20);
      const ids: string[] = [];
      for (let round = 0; round < 3; round++) {
        const slots = patients.map((patientId, index) => {
          const from = (round * 20 + index) * 10;
          return bookingCall(booking({ patientId, doctorId }, from, from + 10));
        });
        for (const reply of await api.together(slots)) ids.push(expectBooked(reply).id);
      }
      const isOurs = (told: Told) => ids.includes(String(told.key));
      const told = await topics.waitFor(`60 bookings of the doctor ${doctorId}`, 60, isOurs);
      const keys = new Set(told.map(({ key }) => String(key)));
      expect(keys.size === 60, 'each of them once', topics.exchange(shortly(told), told.slice(0, 3)));
    },
  },
];
