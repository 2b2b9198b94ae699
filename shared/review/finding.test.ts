import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ParsedFinding, parseFinding, parseFindings } from './finding.ts';
import { createFile } from './testing/samples.ts';

const files = ['stage/src/service/index.ts', 'stage/src/domain/index.ts', 'stage/src/domain/patient.ts'].map(
  (path) => createFile(path),
);
const parse = (typed: string) => parseFinding(typed, files);
const problemOf = (parsed: ParsedFinding) => ('problem' in parsed ? parsed.problem : 'none');

describe('a finding', () => {
  const forms = {
    'patient.ts:12 loses a phone': [12, 12],
    '  patient.ts:12-15   loses a phone ': [12, 15],
    'domain/patient.ts:12: loses a phone': [12, 12],
    'stage/src/domain/patient.ts: 12, loses a phone': [12, 12],
    './stage/src/domain/patient.ts:12–15 loses a phone': [12, 15],
    'src\\domain\\patient.ts:12 loses a phone': [12, 12],
  };
  for (const [typed, [first, last]] of Object.entries(forms)) {
    test(`can be written as "${typed}"`, () => {
      const file = 'stage/src/domain/patient.ts';
      const finding = { file, first, last, consequence: 'loses a phone', typed: typed.trim() };
      assert.deepEqual(parse(typed), { finding });
    });
  }

  const refusals = {
    'it loses a phone': /is not "file:line consequence": write it as in "patients\.ts:12 /,
    'patient.ts loses a phone': /is not "file:line consequence"/,
    'patient.ts:12': /does not say what goes wrong/,
    'patient.ts:12 ???': /does not say what goes wrong/,
    'patient.ts:0 x': /no range of lines: write patient\.ts:12/,
    'patient.ts:15-12 x': /no range of lines/,
    'patient.ts:1-400 x': /points at 400 lines: point at 25 at the most/,
    'person.ts:12 x':
      /a file that the change does not have, person\.ts: .*\n {2}stage\/src\/service\/index\.ts/,
    'index.ts:12 x': /could be stage\/src\/service\/index\.ts or stage\/src\/domain\/index\.ts: write more/,
    'tient.ts:12 x': /does not have, tient\.ts/,
  };
  for (const [typed, problem] of Object.entries(refusals)) {
    test(`cannot be "${typed}", and the remedy is said`, () =>
      assert.match(problemOf(parse(typed)), problem));
  }
});

test('a file of findings may have blank lines and remarks; each bad line is told by its number', () => {
  const text =
    '# my review\r\n\r\npatient.ts:12 one\r\nno finding\r\n\r\nservice/index.ts:3 two\r\npatient.ts:7\r\n';
  const { findings, problems } = parseFindings(text, files);
  assert.deepEqual(
    findings.map(({ consequence }) => consequence),
    ['one', 'two'],
  );
  assert.deepEqual(
    problems.map(({ line, typed }) => [line, typed]),
    [
      [4, 'no finding'],
      [7, 'patient.ts:7'],
    ],
  );
});
