import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyToText } from './apply-diff.ts';
import { parseUnifiedDiff } from './unified-diff.ts';

const DIFF = `diff --git a/x.ts b/x.ts
index 1..2 100644
--- a/x.ts
+++ b/x.ts
@@ -2,3 +2,4 @@ function one() {
 two
-three
+THREE
+and a half
 four
@@ -8 +9 @@
--- eight
+++ eight
`;
const BEFORE = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n-- eight\nnine';
const AFTER = 'one\ntwo\nTHREE\nand a half\nfour\nfive\nsix\nseven\n++ eight\nnine';

/** The one file of a diff. */
const parseOne = (text: string) => {
  const [file] = parseUnifiedDiff(text);
  assert.ok(file);
  return file;
};

test('each line has its number before the change, after it, or both', () => {
  const { oldPath, newPath, hunks } = parseOne(DIFF);
  assert.deepEqual([oldPath, newPath, hunks[0]?.section], ['x.ts', 'x.ts', 'function one() {']);
  assert.deepEqual(hunks[0]?.lines, [
    { kind: 'same', text: 'two', oldNumber: 2, newNumber: 2 },
    { kind: 'removed', text: 'three', oldNumber: 3 },
    { kind: 'added', text: 'THREE', newNumber: 3 },
    { kind: 'added', text: 'and a half', newNumber: 4 },
    { kind: 'same', text: 'four', oldNumber: 4, newNumber: 5 },
  ]);
});

test('a changed line that looks like the head of a file is a changed line', () => {
  assert.deepEqual(parseOne(DIFF).hunks[1]?.lines, [
    { kind: 'removed', text: '-- eight', oldNumber: 8 },
    { kind: 'added', text: '++ eight', newNumber: 9 },
  ]);
});

test('the change is made where the diff says', () =>
  assert.equal(applyToText(BEFORE, parseOne(DIFF)), AFTER));

test('lines may end as on Windows, in the diff alone', () => {
  assert.equal(applyToText(BEFORE, parseOne(DIFF.replaceAll('\n', '\r\n'))), AFTER);
});

test('an empty line that stays may have lost its mark to an editor', () => {
  const diff = parseOne('--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n\n-b\n+B\n');
  assert.equal(applyToText('a\n\nb\n', diff), 'a\n\nB\n');
});

test('a file is made, and a file is taken away', () => {
  const made = parseOne('--- /dev/null\n+++ b/new.ts\n@@ -0,0 +1,2 @@\n+a\n+b\n');
  assert.deepEqual([made.oldPath, made.newPath, applyToText('', made)], [undefined, 'new.ts', 'a\nb\n']);
  const taken = parseOne('--- a/old.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n');
  assert.deepEqual([taken.oldPath, taken.newPath, applyToText('a\n', taken)], ['old.ts', undefined, '']);
});

test('a last line without a line feed is told apart', () => {
  const diff = parseOne('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n');
  assert.equal(applyToText('a', diff), 'a\n');
  assert.throws(() => applyToText('a\n', diff), /x:1 does not fit/);
});

test('a line that is not what the diff expects is refused by its place', () => {
  const moved = `zero\n${BEFORE}`;
  assert.throws(() => applyToText(moved, parseOne(DIFF)), /x\.ts:2 does not fit: .*"two".*"one"/);
  assert.throws(() => applyToText('one\ntwo\n', parseOne(DIFF)), /x\.ts:3 .*no such line/);
});

const broken = {
  'is cut off': DIFF.slice(0, DIFF.indexOf('+and')),
  'has a count that is too small': DIFF.replace('+2,4', '+2,3'),
  'renames a file': 'diff --git a/x b/y\nrename from x\nrename to y\n',
  'has a line of another kind': DIFF.replace('-three', 'three'),
  'has no hunk': '--- a/x\n+++ b/x\n',
};
for (const [how, diff] of Object.entries(broken)) {
  test(`a diff that ${how} is refused by its line`, () =>
    assert.throws(() => parseUnifiedDiff(diff), /^Error: line \d+ of the diff /));
}
