import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testsOf } from './proofs.ts';

const code = (folder: string) => ({ folder, path: (file: string) => file, href: (file: string) => file });
const [original, changed] = [code('original'), code('changed')];

test('the name of a proof gives nothing of the key away', () => {
  const observe = async () => 0;
  const proof = { question: 'is the secret out?', original: 0, changed: 1, observe };
  const trap = { question: 'is the secret kept?', both: 0, observe };
  const tests = testsOf({
    defects: { 'secret-told': proof, 'secret-lost': proof },
    traps: { secretly: trap },
  });
  assert.deepEqual(
    tests.map(({ name }) => name),
    ['defect 1 of 2 misbehaves', 'defect 2 of 2 misbehaves', 'trap 1 of 1 is fine'],
  );
});

test('its failure says which entry, which question and which code', async (t) => {
  const observe = async ({ folder }: { folder: string }) => folder;
  const question = 'where are we?';
  const [right, wrong, trap] = testsOf({
    defects: {
      right: { question, original: 'original', changed: 'changed', observe },
      wrong: { question, original: 'original', changed: 'elsewhere', observe },
    },
    traps: { trap: { question, both: 'changed', observe } },
  });
  await right?.prove(original, changed, t);
  await assert.rejects(
    async () => wrong?.prove(original, changed, t),
    /^Error: wrong: where are we\?\nThe stage with the change: .*'elsewhere'/s,
  );
  await assert.rejects(
    async () => trap?.prove(original, changed, t),
    /^Error: trap: where are we\?\nThe stage as it is: .*'original'/s,
  );
});

test('a defect wants two different answers', () => {
  const same = { question: 'is it?', original: [1], changed: [1], observe: async () => 0 };
  assert.throws(() => testsOf({ defects: { same }, traps: {} }), /two different answers/);
});
