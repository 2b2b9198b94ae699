import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, ReceivedMessage } from '../../src/events/index.ts';
import { eventually } from './eventually.ts';

const [CREATED, CANCELLED] = ['appointments.created', 'appointments.cancelled'];

/** What every log of events promises. `place` gives an empty one; each call of what it answers opens it once more. */
export function eventLogContract(
  name: string,
  place: (t: TestContext) => Promise<() => Promise<EventLog>>,
): void {
  /** Reads for a group, and keeps what it is handed. */
  const collect = (log: EventLog, group: string, topics = [CREATED, CANCELLED]) => {
    const received: ReceivedMessage[] = [];
    const troubles: unknown[] = [];
    const reading = log.read({
      group,
      topics,
      handle: async (message) => void received.push(message),
      onTrouble: (error) => troubles.push(error),
    });
    return { received, troubles, stop: () => reading[Symbol.asyncDispose]() };
  };
  const values = (messages: readonly ReceivedMessage[]) => messages.map(({ value }) => value);

  describe(`${name} keeps the contract of an event log`, () => {
    test('hands out what was published, as it was, once to each group', async (t) => {
      const log = await (await place(t))();
      const key = 'a key, ключ';
      await log.publish([{ topic: CREATED, key, value: 'a value, 値', headers: { 'x-note': 'hé' } }]);
      const [one, other] = [collect(log, 'one'), collect(log, 'other')];
      for (const { received } of [one, other]) {
        await eventually(() => received.length > 0);
        const [{ topic, headers, ...message } = assert.fail()] = received;
        assert.deepEqual(
          { topic, key: message.key, value: message.value, headers },
          { topic: CREATED, key, value: 'a value, 値', headers: { 'x-note': 'hé' } },
        );
        assert.match(message.offset, /^\d+$/);
        assert.ok(Math.abs(Date.parse(message.time) - Date.now()) < 60_000);
      }
      await Promise.all([one.stop(), other.stop()]);
      assert.deepEqual([one.received.length, other.received.length], [1, 1]);
    });

    test('keeps the order of the messages of one key', async (t) => {
      const log = await (await place(t))();
      const { received, stop } = collect(log, 'group');
      for (let batch = 0; batch < 5; batch++) {
        await log.publish(
          Array.from({ length: 20 }, (_, n) => ({
            topic: CREATED,
            key: `key ${n % 4}`,
            value: String(batch * 20 + n),
          })),
        );
      }
      await eventually(() => received.length === 100);
      await stop();
      for (let key = 0; key < 4; key++) {
        const ours = values(received.filter((message) => message.key === `key ${key}`)).map(Number);
        assert.deepEqual(
          ours,
          ours.toSorted((a, b) => a - b),
        );
        assert.equal(ours.length, 25);
      }
    });

    test('goes on where the group has stopped', async (t) => {
      const open = await place(t);
      const first = await open();
      await first.publish([{ topic: CREATED, key: 'k', value: '1' }]);
      const before = collect(first, 'group');
      await eventually(() => before.received.length === 1);
      await before.stop();
      await first.publish([{ topic: CREATED, key: 'k', value: '2' }]);
      const after = collect(await open(), 'group');
      await eventually(() => after.received.length === 1);
      await after.stop();
      assert.deepEqual(values(after.received), ['2']);
    });

    test('hands out again what was not done when the reading ended, and waits for what is at hand', async (t) => {
      const log = await (await place(t))();
      await log.publish([
        { topic: CREATED, key: 'k', value: 'done' },
        { topic: CREATED, key: 'k', value: 'given up' },
      ]);
      const handed: unknown[] = [];
      let isDone = false;
      const reading = log.read({
        group: 'group',
        topics: [CREATED],
        async handle({ value }, signal) {
          handed.push(value);
          if (value === 'done') {
            await sleep(100);
            isDone = true;
            return;
          }
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
        onTrouble() {},
      });
      await eventually(() => handed.length === 2);
      assert.ok(isDone);
      await reading[Symbol.asyncDispose]();
      const again = collect(log, 'group', [CREATED]);
      await eventually(() => again.received.length === 1);
      await again.stop();
      assert.deepEqual(values(again.received), ['given up']);
    });

    test('of two readers of a group, each message goes to one; when one leaves, the other has all', async (t) => {
      const open = await place(t);
      const [here, there] = [await open(), await open()];
      const publish = (from: number) =>
        here.publish(
          Array.from({ length: 30 }, (_, n) => ({ topic: CREATED, key: `${n}`, value: `${from + n}` })),
        );
      const one = collect(here, 'group');
      await publish(0);
      await eventually(() => one.received.length === 30);
      const other = collect(there, 'group');
      await publish(30);
      const all = () => new Set([...values(one.received), ...values(other.received)]);
      await eventually(() => all().size === 60, { patienceMs: 20_000 });
      await one.stop();
      await publish(60);
      await eventually(() => all().size === 90, { patienceMs: 20_000 });
      await other.stop();
    });

    test('lists all that there is, from the beginning, and ends', async (t) => {
      const log = await (await place(t))();
      const list = async () => {
        const found: ReceivedMessage[] = [];
        for await (const message of log.list([CREATED, CANCELLED])) found.push(message);
        return found;
      };
      assert.deepEqual(await list(), []);
      await log.publish(
        Array.from({ length: 1_200 }, (_, n) => ({ topic: CREATED, key: `${n % 7}`, value: `${n}` })),
      );
      await log.publish([{ topic: CANCELLED, key: '1', value: 'last' }]);
      const found = await list();
      assert.equal(found.length, 1_201);
      assert.equal(new Set(values(found)).size, 1_201);
      const places = found.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`);
      assert.equal(new Set(places).size, 1_201);
    });

    test('tells how far a group is behind, topic by topic', async (t) => {
      const log = await (await place(t))();
      const lagOf = async (group: string, topics = [CREATED, CANCELLED]) =>
        Object.fromEntries(await log.lag(group, topics));
      assert.deepEqual(await lagOf('group'), { [CREATED]: 0, [CANCELLED]: 0 });
      const some = (topic: string, count: number) =>
        log.publish(Array.from({ length: count }, (_, n) => ({ topic, key: `${n}`, value: `${n}` })));
      await some(CREATED, 20);
      await some(CANCELLED, 3);
      assert.deepEqual(await lagOf('group'), { [CREATED]: 20, [CANCELLED]: 3 });

      const { received, stop } = collect(log, 'group', [CREATED]);
      await eventually(() => received.length === 20);
      await eventually(async () => (await lagOf('group'))[CREATED] === 0);
      assert.deepEqual(await lagOf('group'), { [CREATED]: 0, [CANCELLED]: 3 });
      await stop();
      await some(CREATED, 7);
      assert.deepEqual(await lagOf('group'), { [CREATED]: 7, [CANCELLED]: 3 });
      assert.deepEqual(await lagOf('another group', [CREATED]), { [CREATED]: 27 });
    });

    test('counts a message as behind until it is handled', async (t) => {
      const log = await (await place(t))();
      await log.publish([{ topic: CREATED, key: 'k', value: 'slow' }]);
      const [handed, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const handle = () => {
        handed.resolve();
        return done.promise;
      };
      const reading = log.read({ group: 'group', topics: [CREATED], handle, onTrouble() {} });
      await handed.promise;
      const lag = async () => (await log.lag('group', [CREATED])).get(CREATED);
      assert.equal(await lag(), 1);
      done.resolve();
      await eventually(async () => (await lag()) === 0);
      await reading[Symbol.asyncDispose]();
    });

    test('two that publish at once lose nothing', async (t) => {
      const open = await place(t);
      const logs = [await open(), await open()];
      await Promise.all(
        logs.flatMap((log, writer) =>
          Array.from({ length: 20 }, (_, n) =>
            log.publish([{ topic: CREATED, key: `${n}`, value: `${writer} ${n}` }]),
          ),
        ),
      );
      const { received, stop } = collect(logs[0] ?? assert.fail(), 'group');
      await eventually(() => received.length === 40);
      await stop();
      assert.equal(new Set(values(received)).size, 40);
    });

    test('keeps bytes that are no text, and nothing at all, as they are', async (t) => {
      const log = await (await place(t))();
      const bytes = Buffer.from([0xff, 0x00, 0xfe]);
      await log.publish([
        { topic: CREATED, key: 'bytes', value: bytes },
        { topic: CREATED, key: null, value: null },
        { topic: CREATED, key: '', value: '' },
      ]);
      const { received, stop } = collect(log, 'group', [CREATED]);
      await eventually(() => received.length === 3);
      await stop();
      const valueWith = (key: unknown) => received.find((message) => message.key === key)?.value;
      assert.deepEqual([valueWith('bytes'), valueWith(null), valueWith('')], [bytes, null, '']);
    });
  });
}
