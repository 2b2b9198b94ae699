import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import type { Appointment } from '../src/domain/index.ts';
import type { ClinicStorage } from '../src/repository/index.ts';
import { type DayEvent, REMEMBERED_CHANGES, type ScheduleService } from '../src/service/index.ts';
import { eventually, sampleSchedule } from './contracts/index.ts';
import { createDesk, DATABASES, openStorage } from './support.ts';

const DATE = '2027-03-01';
const QUARTER = 900_000;
const instant = (milliseconds: number) => new Date(Date.parse(DATE) + milliseconds).toISOString();

/** What a client holds who does as the events say, and how often each version was told. */
function createFollower() {
  const held = new Map<string, Appointment>();
  const tellings = new Map<string, number>();
  const kinds: string[] = [];
  let position: string | undefined;
  return {
    held,
    kinds,
    position: () => position,
    repeated: () => [...tellings].filter(([, count]) => count > 1).map(([telling]) => telling),
    take(event: DayEvent) {
      kinds.push(event.kind);
      if (event.kind === 'reset') {
        held.clear();
        tellings.clear();
      } else position = event.position;
      if (event.kind === 'removed') held.delete(event.appointmentId);
      if (event.kind !== 'appointment') return;
      const { id, version } = event.appointment;
      assert.ok((held.get(id)?.version ?? 0) < version, 'told something older');
      held.set(id, event.appointment);
      tellings.set(`${id} ${version}`, (tellings.get(`${id} ${version}`) ?? 0) + 1);
    },
  };
}

type Follower = ReturnType<typeof createFollower>;

/** Reads events in the background until it is stopped, or so many have come. */
function follow(
  schedules: ScheduleService,
  query: Parameters<ScheduleService['watchDay']>[0],
  { follower = createFollower(), upTo = Number.POSITIVE_INFINITY } = {},
) {
  const leaving = new AbortController();
  const done = (async () => {
    let count = 0;
    for await (const event of schedules.watchDay(query, { signal: leaving.signal })) {
      follower.take(event);
      count += 1;
      if (count >= upTo) return;
    }
  })().catch((error) => assert.ok(leaving.signal.aborted, String(error)));
  return { follower, done, stop: () => leaving.abort() };
}

for (const { name, suite: options, place } of DATABASES) {
  suite(`a day that is watched over ${name}`, options, () => {
    /** Two programs on one database: one is watched, the other one writes. */
    const open = async (t: TestContext) => {
      const at = await place(t);
      const [watched, other] = [await openStorage(t, at), await openStorage(t, at)];
      const desk = createDesk(watched);
      const writer = createDesk(other);
      const [doctorId, patientId] = [await writer.newDoctor(), await writer.newPatient()];
      const query = { doctorId, date: DATE, watch: true };
      const rows = async () => {
        const day = { doctorId, from: instant(0), to: instant(24 * 3_600_000) };
        return new Map((await other.appointments.list(day)).map((each) => [each.id, each]));
      };
      const holdsAll = (follower: Follower) =>
        eventually(
          async () => {
            const [held, stored] = [follower.held, await rows()];
            return (
              held.size === stored.size &&
              [...stored].every(([id, { version }]) => held.get(id)?.version === version)
            );
          },
          { what: 'a follower who holds what is stored' },
        );
      return { watched, other, desk, writer, doctorId, patientId, query, rows, holdsAll };
    };

    /** Inserts so many as the past left them: they take up no time. */
    const fill = async (
      storage: ClinicStorage,
      people: { doctorId: string; patientId: string },
      count: number,
    ) => {
      for (let begun = 0; begun < count; begun += 500) {
        await storage.transaction(async (tx) => {
          for (let n = begun; n < Math.min(begun + 500, count); n++) {
            const time = { startsAt: instant(n * 10), endsAt: instant(n * 10 + 5) };
            await tx.appointments.insert({
              id: uuidv7(),
              ...people,
              ...time,
              status: 'fulfilled',
              version: 1,
            });
          }
        });
      }
    };

    test('one that leaves and one that comes at the same time are seen', async (t) => {
      const { desk, writer, doctorId, patientId, query, holdsAll } = await open(t);
      const people = { doctorId, patientId };
      const book = (n: number) =>
        writer.appointments.book({
          ...people,
          startsAt: instant(n * QUARTER),
          endsAt: instant((n + 1) * QUARTER),
        });
      const first = await book(0);
      const { follower, stop, done } = follow(desk.schedules, query);
      await holdsAll(follower);
      // The same number of rows, and the same sum of their versions.
      await writer.storage.transaction(async (tx) => {
        await tx.sql.query('DELETE FROM appointments WHERE id = $1', first.id);
        const time = { startsAt: first.startsAt, endsAt: first.endsAt };
        await tx.appointments.insert({ ...first, ...time, id: uuidv7() });
      });
      await holdsAll(follower);
      stop();
      await done;
      assert.deepEqual(follower.kinds, ['appointment', 'live', 'removed', 'appointment']);
    });

    test('with changes all the while, during the snapshot and after, nothing is left out and nothing told twice', async (t) => {
      const { desk, writer, doctorId, patientId, query, holdsAll } = await open(t);
      const people = { doctorId, patientId };
      await fill(writer.storage, { doctorId, patientId }, 1_200);
      let [isWriting, hour] = [true, 0];
      const writing = (async () => {
        const next = () => ({ startsAt: instant(hour * QUARTER), endsAt: instant(++hour * QUARTER) });
        while (isWriting && hour < 90) {
          const { id } = await writer.appointments.book({ ...people, ...next() });
          await writer.appointments.change(id, next());
          if (hour % 3 === 0) {
            const away = instant((100 + hour) * QUARTER);
            await writer.appointments.change(id, { startsAt: away, endsAt: instant((101 + hour) * QUARTER) });
          }
        }
      })();
      const slow = createFollower();
      const slowly = (async () => {
        for await (const event of desk.schedules.watchDay(query)) {
          slow.take(event);
          if (slow.kinds.length % 50 === 0) await sleep(2);
          if (!isWriting && slow.kinds.includes('live')) break;
        }
      })();
      const quick = follow(desk.schedules, query);
      await writing;
      await holdsAll(quick.follower);
      isWriting = false;
      await fill(writer.storage, people, 1).catch(() => {});
      await slowly;
      quick.stop();
      await quick.done;
      for (const follower of [quick.follower, slow]) {
        assert.deepEqual(follower.repeated(), []);
        assert.ok(!follower.kinds.includes('reset'));
      }
    });

    test('one who comes back goes on exactly behind what they have', async (t) => {
      const { desk, writer, doctorId, patientId, query, holdsAll } = await open(t);
      const follower = createFollower();
      const first = follow(desk.schedules, query, { follower });
      await eventually(() => follower.kinds.includes('live'));
      let quarter = 0;
      const book = () =>
        writer.appointments.book({
          ...{ doctorId, patientId },
          ...{ startsAt: instant(quarter * QUARTER), endsAt: instant(++quarter * QUARTER) },
        });
      await book();
      await book();
      await holdsAll(follower);
      first.stop();
      await first.done;
      for (let round = 0; round < 5; round++) {
        await book();
        await book();
        const after = follower.position() ?? assert.fail();
        // They leave after one event, though two are there: the other one comes the next time.
        const again = follow(desk.schedules, { ...query, after }, { follower, upTo: 2 });
        await again.done;
      }
      const last = follow(desk.schedules, { ...query, after: follower.position() ?? '' }, { follower });
      await holdsAll(follower);
      last.stop();
      await last.done;
      assert.deepEqual(follower.repeated(), []);
      assert.ok(!follower.kinds.includes('reset'));
      assert.equal(follower.held.size, 12);
    });

    test('what is remembered no more, or comes from elsewhere, begins anew', async (t) => {
      const { desk, writer, watched, doctorId, patientId, query, holdsAll } = await open(t);
      await fill(writer.storage, { doctorId, patientId }, 3);
      const first = follow(desk.schedules, query);
      await holdsAll(first.follower);
      await eventually(() => first.follower.kinds.includes('live'));
      first.stop();
      await first.done;
      const other = createDesk(watched);
      const known = first.follower.position() ?? '';
      const anew = ['reset', 'appointment', 'appointment', 'appointment', 'live'];
      for (const [schedules, after, kinds] of [
        [desk.schedules, known, ['live']],
        [other.schedules, known, anew],
        [desk.schedules, `${known}0`, anew],
        [desk.schedules, known.replace(/\d+$/, '-1'), anew],
        [desk.schedules, 'snapshot', anew],
      ] as const) {
        const again = follow(schedules, { ...query, after }, { upTo: kinds.length });
        await again.done;
        assert.deepEqual(again.follower.kinds, kinds, after);
      }
      const short = createDesk(watched, { keepMs: 50 });
      const once = follow(short.schedules, query, { upTo: 4 });
      await once.done;
      await sleep(150);
      const late = follow(short.schedules, { ...query, after: once.follower.position() ?? '' }, { upTo: 5 });
      await late.done;
      assert.deepEqual(late.follower.kinds, anew);
    });

    test('one who is too slow for the changes that are remembered has the whole day again', async (t) => {
      const { desk, writer, doctorId, patientId, query, holdsAll } = await open(t);
      const people = { doctorId, patientId };
      const slow = createFollower();
      const events = desk.schedules.watchDay(query)[Symbol.asyncIterator]();
      slow.take((await events.next()).value);
      assert.deepEqual(slow.kinds, ['live']);
      const quick = follow(desk.schedules, query);
      await eventually(() => quick.follower.kinds.includes('live'));
      await fill(writer.storage, people, REMEMBERED_CHANGES + 200);
      await holdsAll(quick.follower);
      quick.stop();
      await quick.done;
      while (slow.held.size < REMEMBERED_CHANGES + 200) slow.take((await events.next()).value);
      assert.equal(slow.kinds.filter((kind) => kind === 'reset').length, 1);
      await events.return?.();
    });

    test('a follower hears of a database that does not answer, and goes on after it', async (t) => {
      const { watched, writer, doctorId, patientId, query } = await open(t);
      let isDown = false;
      const query_: typeof watched.sql.query = (text, ...values) =>
        isDown ? Promise.reject(new Error('down')) : watched.sql.query(text, ...values);
      const desk = createDesk({ ...watched, sql: { ...watched.sql, query: query_ } });
      const events = desk.schedules.watchDay(query)[Symbol.asyncIterator]();
      const live = (await events.next()).value as DayEvent;
      isDown = true;
      await assert.rejects(events.next(), /down/);
      isDown = false;
      const time = { startsAt: instant(0), endsAt: instant(QUARTER) };
      await writer.appointments.book({ doctorId, patientId, ...time });
      const after = 'position' in live ? live.position : '';
      const again = follow(desk.schedules, { ...query, after }, { upTo: 2 });
      await again.done;
      assert.deepEqual(again.follower.kinds, ['live', 'appointment']);
    });

    test('one who leaves is let go at once, also while the database is slow', async (t) => {
      const { watched, query } = await open(t);
      const slow = { ...watched.appointments, list: () => new Promise<never>(() => {}) };
      const { schedules } = createDesk({ ...watched, appointments: slow });
      const leaving = new AbortController();
      const first = schedules.watchDay(query, { signal: leaving.signal })[Symbol.asyncIterator]();
      const second = schedules.watchDay({ ...query, watch: false })[Symbol.asyncIterator]();
      const waiting = [first.next(), second.next()];
      await sleep(50);
      leaving.abort();
      await assert.rejects(waiting[0] ?? assert.fail(), { name: 'AbortError' });
      await second.return?.();
      assert.equal((await waiting[1])?.done, true);
    });

    test('nobody looks at a day when nobody watches it', async (t) => {
      const { watched, query } = await open(t);
      let looks = 0;
      const counted: typeof watched.sql.query = (text, ...values) => {
        if (text.includes('appointment_writes')) looks += 1;
        return watched.sql.query(text, ...values);
      };
      const desk = createDesk({ ...watched, sql: { ...watched.sql, query: counted } });
      const many = Array.from({ length: 20 }, () => follow(desk.schedules, query));
      await eventually(() => many.every(({ follower }) => follower.kinds.includes('live')));
      const before = looks;
      await sleep(300);
      assert.ok(looks - before <= 16, `${looks - before} looks in 300 ms: one for all of them, each 20 ms`);
      assert.ok(looks > before);
      for (const { stop } of many) stop();
      await Promise.all(many.map(({ done }) => done));
      await sleep(50);
      const after = looks;
      await sleep(200);
      assert.equal(looks, after);
    });

    test('a day is the day of the zone: on a day of 23 hours it ends an hour earlier', async (t) => {
      const { desk, writer, doctorId, patientId } = await open(t);
      const people = { doctorId, patientId };
      const book = (startsAt: string, endsAt: string) =>
        writer.appointments.book({ ...people, startsAt, endsAt });
      await book('2027-03-27T22:30:00Z', '2027-03-27T23:00:00Z');
      const first = await book('2027-03-27T23:00:00Z', '2027-03-27T23:30:00Z');
      const last = await book('2027-03-28T21:30:00Z', '2027-03-28T22:00:00Z');
      await book('2027-03-28T22:00:00Z', '2027-03-28T22:30:00Z');
      await desk.schedules.putSchedule(doctorId, sampleSchedule());
      const { follower, done } = follow(desk.schedules, { doctorId, date: '2027-03-28', watch: false });
      await done;
      assert.deepEqual([...follower.held.keys()], [first.id, last.id]);
    });
  });
}
