import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TimeZones, WEEKDAYS } from '../src/domain/index.ts';
import { createTurns } from '../src/service/turns.ts';
import { sampleSchedule } from './contracts/index.ts';
import { createDesk, openStorage, SQLITE, ZONES } from './support.ts';

suite('what computes for long', () => {
  test('is done one after another, and lets others have their turn between two', async () => {
    const inTurn = createTurns();
    const seen: string[] = [];
    const compute = (name: string) => inTurn(() => void seen.push(name));
    const all = Promise.all([compute('a'), compute('b'), compute('c')]);
    setImmediate(() => seen.push('somebody else'));
    await all;
    assert.deepEqual(seen.filter((name) => name !== 'somebody else').join(''), 'abc');
    assert.ok(seen.indexOf('somebody else') < 2, seen.join(', '));
  });

  test('is not done for one who has left, fails for its own caller alone, and goes on', async () => {
    const inTurn = createTurns();
    const leave = new AbortController();
    const seen: string[] = [];
    const failed = inTurn(() => {
      leave.abort();
      throw new Error('of the first alone');
    });
    const left = inTurn(() => seen.push('left'), leave.signal);
    const there = inTurn(() => seen.push('there'));
    await assert.rejects(failed, /of the first alone/);
    await assert.rejects(left, { name: 'AbortError' });
    assert.equal(await there, 1);
    assert.deepEqual(seen, ['there']);
  });

  test('50 who asked for a month of short slots and gave up hold up nobody', async (t) => {
    const asked = { segments: 0 };
    const zones: TimeZones = {
      ...ZONES,
      segments(...day) {
        asked.segments += 1;
        return ZONES.segments(...day);
      },
    };
    const { schedules, newDoctor } = createDesk(await openStorage(t, await SQLITE.place(t)), { zones });
    const doctorId = await newDoctor();
    const weekly = WEEKDAYS.map((day) => ({ day, from: '00:00', to: '24:00' }));
    await schedules.putSchedule(doctorId, sampleSchedule({ timeZone: 'UTC', slotMinutes: 5, weekly }));
    const month = { doctorId, from: '2027-03-01', to: '2027-03-31' };
    const timed = async () => {
      const began = performance.now();
      assert.equal((await schedules.availableSlots(month)).length, 31 * 288);
      return performance.now() - began;
    };
    await timed();
    const aloneMs = await timed();
    asked.segments = 0;

    const leave = new AbortController();
    const given = Promise.allSettled(
      Array.from({ length: 50 }, () => schedules.availableSlots(month, { signal: leave.signal })),
    );
    const began = performance.now();
    await sleep(0); // That they have left is heard when the process listens.
    leave.abort();
    await timed();
    const waitedMs = performance.now() - began;
    assert.deepEqual(new Set((await given).map(({ status }) => status)), new Set(['rejected']));
    t.diagnostic(`alone ${aloneMs.toFixed(1)} ms, behind those who left ${waitedMs.toFixed(1)} ms`);
    assert.ok(waitedMs < (50 * aloneMs) / 5, `${waitedMs} ms, and alone ${aloneMs} ms`);
    assert.ok(asked.segments <= 5 * 31, `${asked.segments / 31} of 51 were computed`);
  });
});
