import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createDoctor,
  type DoctorInput,
  doctorProblems,
  isUuid,
  oldestKeptKey,
  reasonProblems,
  replaceDoctor,
} from '../src/domain/index.ts';
import { createStillClock, sampleDoctor, sampleDoctorInput } from './contracts/index.ts';

const clock = createStillClock();

describe('a doctor', () => {
  test('is kept in the normal form; a middle name that is blank is none', () => {
    const input = { lastName: ' Jose\u0301 ', firstName: 'Ana', middleName: ' ', specialty: ' cardiology ' };
    const now = '2026-06-15T10:00:00.000Z';
    assert.deepEqual(createDoctor(input, { id: 'a', clock }), {
      id: 'a',
      lastName: 'José',
      firstName: 'Ana',
      specialty: 'cardiology',
      version: 1,
      createdAt: now,
      updatedAt: now,
    });
  });

  test('that is replaced keeps its id and its beginning, and nothing else', () => {
    const doctor = sampleDoctor({ middleName: 'Noor', createdAt: '2020-01-01T00:00:00.000Z', version: 4 });
    const { id, createdAt } = doctor;
    const replaced = replaceDoctor(doctor, sampleDoctorInput({ specialty: 'neurology' }), clock);
    const updatedAt = '2026-06-15T10:00:00.000Z';
    const expected = {
      id,
      ...sampleDoctorInput({ specialty: 'neurology' }),
      version: 5,
      createdAt,
      updatedAt,
    };
    assert.deepEqual(replaced, expected);
  });

  const wrong: [Partial<DoctorInput>, string][] = [
    [{ lastName: '7' }, '/lastName'],
    [{ firstName: '' }, '/firstName'],
    [{ middleName: '7' }, '/middleName'],
    [{ specialty: ' ' }, '/specialty'],
    [{ specialty: 'x'.repeat(101) }, '/specialty'],
    [{ specialty: 'a\0b' }, '/specialty'],
  ];
  for (const [fields, path] of wrong) {
    test(`with ${JSON.stringify(fields).slice(0, 40)} is refused`, () => {
      assert.deepEqual(
        doctorProblems(fields).map((problem) => problem.path),
        [path],
      );
      const create = () => createDoctor({ ...sampleDoctorInput(), ...fields }, { id: 'a', clock });
      assert.throws(create, { code: 'validation' });
    });
  }

  test('has no problem where nothing is given', () => {
    assert.deepEqual(doctorProblems({}), []);
    assert.deepEqual(doctorProblems(sampleDoctorInput({ specialty: 'x'.repeat(100) })), []);
  });
});

test('a reason is plain text of 500 characters at the most, with line breaks', () => {
  assert.deepEqual(reasonProblems({ reason: `a\n\tb${'💊'.repeat(496)}`, cancellationReason: '' }), []);
  const paths = (texts: object) => reasonProblems(texts).map(({ path }) => path);
  assert.deepEqual(paths({ reason: 'x'.repeat(501), cancellationReason: '\u0007' }), [
    '/reason',
    '/cancellationReason',
  ]);
  assert.deepEqual(paths({ reason: '\ud800' }), ['/reason']);
  assert.deepEqual(paths({ reason: 7 }), []); // Its shape is for the schema.
});

test('an id is a UUID as this system writes it', () => {
  assert.ok(isUuid('01981a3e-6c00-7000-8000-4d2a63b1f0c7'));
  for (const other of [
    '',
    'x',
    '01981A3E-6C00-7000-8000-4D2A63B1F0C7',
    '{01981a3e-6c00-7000-8000-4d2a63b1f0c7}',
    '01981a3e6c00700080004d2a63b1f0c7',
    '01981a3e-6c00-7000-8000-4d2a63b1f0c7\n',
  ])
    assert.ok(!isUuid(other), JSON.stringify(other));
});

test('keys are kept for 24 hours', () => {
  assert.equal(oldestKeptKey(new Date('2026-06-15T10:00:00Z')), '2026-06-14T10:00:00.000Z');
});
