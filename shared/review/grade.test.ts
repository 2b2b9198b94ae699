import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Finding } from './finding.ts';
import { gradeFindings, gradeInWords } from './grade.ts';
import { placeKey } from './review-key.ts';
import { createDefect, createFile, createFinding, createTrap } from './testing/samples.ts';

const key = {
  defects: [
    createDefect('one', 10),
    createDefect('two', 15, { lines: { first: 15, last: 20 }, words: ['twice'] }),
  ],
  traps: [createTrap('fine', 40, 42)],
};

/** Ids of what was found, what was missed, and what was blamed; "-" for a place that the key does not have. */
function idsOf(findings: Finding[], of = key) {
  const { found, missed, falseAlarms } = gradeFindings(of, findings);
  return {
    found: found.map(({ defect }) => defect.id),
    missed: missed.map(({ id }) => id),
    blamed: falseAlarms.map(({ trap }) => trap?.id ?? '-'),
  };
}

describe('a finding', () => {
  test('on the line of a defect finds it', () => {
    assert.deepEqual(idsOf([createFinding(10)]), { found: ['one'], missed: ['two'], blamed: [] });
  });

  for (const [line, finds] of [
    [6, false],
    [7, true],
    [13, true],
    [23, true],
    [24, false],
  ] as const) {
    test(`on line ${line} is ${finds ? 'near enough' : 'too far off'}`, () => {
      const { found, blamed } = idsOf([createFinding(line, { consequence: 'x' })]);
      assert.deepEqual([found.length, blamed.length], finds ? [1, 0] : [0, 1]);
    });
  }

  test('in another file finds nothing', () => {
    assert.deepEqual(idsOf([createFinding(10, { file: 'b.ts' })]).blamed, ['-']);
  });

  test('may be a range that shares a line with the defect', () => {
    assert.deepEqual(idsOf([createFinding(5, { last: 10 })]).found, ['one']);
  });

  test('between two defects is of the one that its words mean; without such words, of the nearer', () => {
    assert.deepEqual(idsOf([createFinding(12, { consequence: 'it is booked twice' })]).found, ['two']);
    assert.deepEqual(idsOf([createFinding(13, { consequence: 'it is lost' })]).found, ['one']);
    assert.deepEqual(idsOf([createFinding(13, { consequence: 'bad' })]).found, ['two']);
  });

  test('on a line of the key is of that line, whatever its words', () => {
    assert.deepEqual(idsOf([createFinding(10, { consequence: 'twice' })]).found, ['one']);
    const near = { defects: [createDefect('near', 43)], traps: key.traps };
    assert.deepEqual(idsOf([createFinding(42)], near), { found: [], missed: ['near'], blamed: ['fine'] });
  });

  test('as far from a defect as from a trap is of the defect', () => {
    const even = { defects: [createDefect('even', 46)], traps: key.traps };
    assert.deepEqual(idsOf([createFinding(44, { consequence: 'x' })], even).found, ['even']);
  });
});

describe('a grade', () => {
  test('counts several findings on one defect once, and shows them all', () => {
    const grade = gradeFindings(key, [createFinding(10), createFinding(9), createFinding(11)]);
    assert.equal(gradeInWords(grade), '1 of 2 found, no false alarms');
    assert.equal(grade.found[0]?.findings.length, 3);
  });

  test('counts a blamed trap once, and every line that nothing is wrong with', () => {
    const grade = gradeFindings(
      key,
      [40, 41, 60, 70].map((line) => createFinding(line)),
    );
    assert.equal(gradeInWords(grade), '0 of 2 found, 3 false alarms');
    assert.equal(gradeInWords(gradeFindings(key, [createFinding(60)])), '0 of 2 found, 1 false alarm');
  });

  const consequences = {
    'the phone is LOST for good': true,
    'Lost phone': true,
    'phone:lost': true,
    'ballost is no such word': false,
    'this line is bad': false,
  };
  for (const [consequence, seen] of Object.entries(consequences)) {
    test(`says of "${consequence}" that the consequence was ${seen ? '' : 'not '}seen`, () => {
      const [found] = gradeFindings(key, [createFinding(10, { consequence })]).found;
      assert.equal(found?.consequenceSeen, seen);
    });
  }
});

describe('the places of a key', () => {
  const files = [createFile('a.ts', ['first', '  second one', 'third', 'third again'])];
  const defect = createDefect('x', 0);
  const linesOf = (place: { from: string; to?: string }) =>
    placeKey({ defects: [{ ...defect, ...place }], traps: [] }, files).defects[0]?.lines;

  test('are the added lines that begin so', () => {
    assert.deepEqual(linesOf({ from: 'second' }), { first: 2, last: 2 });
    assert.deepEqual(linesOf({ from: 'first', to: 'third again' }), { first: 1, last: 4 });
  });

  test('are refused where there is no such line, more than one, or an end before the beginning', () => {
    assert.throws(
      () => linesOf({ from: 'fifth' }),
      /"x" wants one added line of a\.ts .*fifth\nThe patch has 0\./,
    );
    assert.throws(() => linesOf({ from: 'third' }), /The patch has 2\./);
    assert.throws(() => linesOf({ from: 'second', to: 'first' }), /"x" ends before it begins/);
  });
});
