import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDataFile, readPatientChanges, readPatientInput } from '../src/schema/index.ts';
import { createStillClock, samplePatient, samplePatientInput } from './contracts/index.ts';

const clock = createStillClock();
const problemsOf = (value: unknown): string[] => {
  try {
    readPatientInput(value, clock);
    return [];
  } catch (error) {
    return (error as { details: { path: string }[] }).details.map(({ path }) => path);
  }
};

test('an input of the right shape passes as it is', () => {
  const input = samplePatientInput();
  assert.equal(readPatientInput(input, clock), input);
  assert.deepEqual(readPatientChanges({ phone: '' }, clock), { phone: '' });
});

test('problems of shape and problems of rule are told together, in the order of the fields', () => {
  const input = { firstName: 7, birthDate: '2023-02-29', sex: 'f', phone: '1', 'a/b': 1 };
  assert.deepEqual(problemsOf(input), ['/a~1b', '/lastName', '/firstName', '/birthDate', '/sex', '/phone']);
});

test('what is no object at all is refused', () => {
  for (const value of [null, 7, 'x', [], undefined])
    assert.equal(problemsOf(value).length > 0, true, String(value));
});

test('a data file is judged by its shape, and the problem is told by its place', () => {
  const { phone: _, ...patient } = samplePatient();
  assert.deepEqual(checkDataFile({ version: 1, patients: [patient], appointments: [] }), []);
  const wrong = { version: 1, patients: [patient, { ...patient, version: 0 }], appointments: [] };
  assert.deepEqual(
    checkDataFile(wrong).map(({ path }) => path),
    ['/patients/1/version'],
  );
});
