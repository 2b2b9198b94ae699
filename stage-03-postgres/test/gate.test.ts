import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGate } from '../src/repository/gate.ts';

test('so many are inside at a time, in the order of their coming', async () => {
  const { pass: gate } = createGate({ size: 2, stuckMs: 1_000, waitMs: 5_000, refusal: 'full' });
  const order: number[] = [];
  let [inside, most] = [0, 0];
  const visit = (n: number) =>
    gate(async () => {
      most = Math.max(most, ++inside);
      order.push(n);
      await sleep(5);
      inside -= 1;
      return n;
    });
  const numbers = Array.from({ length: 10 }, (_, n) => n);
  assert.deepEqual(await Promise.all(numbers.map(visit)), numbers);
  assert.deepEqual([most, order], [2, numbers]);
});

test('a queue that moves is waited in, though it takes longer than one that stands still may', async () => {
  const { pass: gate } = createGate({ size: 1, stuckMs: 100, waitMs: 5_000, refusal: 'full' });
  const visits = Array.from({ length: 20 }, () => gate(() => sleep(20)));
  await Promise.all(visits); // 400 ms
});

test('a queue that stands still is refused soon; then the place is free for others', async () => {
  const { pass: gate } = createGate({ size: 1, stuckMs: 100, waitMs: 5_000, refusal: 'full' });
  const release = Promise.withResolvers<void>();
  const inside = gate(() => release.promise);
  const begun = performance.now();
  const waiting = Array.from({ length: 3 }, () => gate(async () => {}));
  for (const each of waiting) await assert.rejects(each, { code: 'unavailable' });
  const ms = performance.now() - begun;
  assert.ok(ms > 95 && ms < 400, `${ms} ms`);
  release.resolve();
  await inside;
  assert.equal(await gate(async () => 'in'), 'in');
});

test('nobody waits for ever in a queue that moves', async () => {
  const { pass: gate } = createGate({ size: 1, stuckMs: 100, waitMs: 200, refusal: 'full' });
  const visits = Array.from({ length: 20 }, () => gate(() => sleep(30)));
  const results = await Promise.allSettled(visits);
  const refused = results.filter(({ status }) => status === 'rejected').length;
  assert.ok(refused > 5 && refused < 18, `${refused} of 20 were refused`);
});

test('work that fails gives its place back', async () => {
  const { pass: gate } = createGate({ size: 1, stuckMs: 100, waitMs: 200, refusal: 'full' });
  await assert.rejects(
    gate(() => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(await gate(async () => 'in'), 'in');
});

test('draining waits for those inside, and for those who wait', async () => {
  const { pass, drain } = createGate({ size: 1, stuckMs: 100, waitMs: 200, refusal: 'full' });
  await drain();
  const ended: string[] = [];
  const visit = (name: string) =>
    pass(async () => {
      await sleep(20);
      ended.push(name);
    });
  const visits = ['one', 'two'].map(visit);
  await drain();
  assert.deepEqual(ended, ['one', 'two']);
  await Promise.all(visits);
});
