import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createPatient,
  nameHolds,
  patientProblems,
  replacePatient,
  updatePatient,
} from '../../src/domain/index.ts';
import { createStillClock, samplePatientInput } from '../contracts/index.ts';

const clock = createStillClock('2026-06-15T10:00:00.000Z');
const create = (overrides = {}) => createPatient(samplePatientInput(overrides), { id: 'p1', clock });
const pathsOf = (fields: object) => patientProblems(fields, clock.today()).map(({ path }) => path);

describe('a patient', () => {
  test('begins at version 1, at this instant, with names trimmed and in normal form', () => {
    assert.deepEqual(create({ lastName: '  Jose\u0301  ', middleName: ' ', phone: '' }), {
      id: 'p1',
      lastName: 'José',
      firstName: 'Adaeze',
      birthDate: '1990-05-14',
      sex: 'female',
      version: 1,
      createdAt: '2026-06-15T10:00:00.000Z',
      updatedAt: '2026-06-15T10:00:00.000Z',
    });
  });

  test('is refused with every bad field at once', () => {
    const bad = {
      lastName: '',
      firstName: '1',
      middleName: '?',
      birthDate: '2023-02-29',
      sex: 'f',
      phone: '030',
    };
    assert.throws(() => create(bad), {
      code: 'validation',
      details: patientProblems({ ...bad, sex: 'f' as 'female' }, clock.today()),
    });
    assert.deepEqual(pathsOf(bad), [
      '/lastName',
      '/firstName',
      '/middleName',
      '/birthDate',
      '/sex',
      '/phone',
    ]);
  });

  const birthDates = {
    '2026-06-15': true, // Born today.
    '2026-06-16': false,
    '1896-06-15': true, // 130 years old today.
    '1896-06-14': false,
    '2024-02-29': true,
    '2023-02-29': false,
    '1900-02-29': false,
    '2000-02-29': true,
    '90-05-14': false,
    '1990-5-14': false,
    '1990-05-14T00:00:00Z': false,
    '1990-13-01': false,
    '1990-00-10': false,
    '1990-01-00': false,
    '14.05.1990': false,
  };
  for (const [birthDate, accepted] of Object.entries(birthDates)) {
    test(`born ${birthDate} is ${accepted ? 'accepted' : 'refused'}`, () => {
      assert.deepEqual(pathsOf({ birthDate }), accepted ? [] : ['/birthDate']);
    });
  }

  const phones = {
    '+493012345678': true,
    '+12': true,
    '+1234567890123456': false,
    '+0123': false,
    '030 123': false,
    '+49 30': false,
  };
  for (const [phone, accepted] of Object.entries(phones)) {
    test(`phone ${phone} is ${accepted ? 'accepted' : 'refused'}`, () => {
      assert.deepEqual(pathsOf({ phone }), accepted ? [] : ['/phone']);
    });
  }

  test('changes only in the fields that are given, and counts its versions', () => {
    const later = createStillClock('2026-06-16T08:00:00.000Z');
    const changed = updatePatient(create({ phone: '+493012345678' }), { firstName: 'Ada' }, later);
    assert.deepEqual(changed, {
      ...create({ phone: '+493012345678', firstName: 'Ada' }),
      version: 2,
      updatedAt: '2026-06-16T08:00:00.000Z',
    });
  });

  test('loses an optional field that is set to nothing, or that a replacement leaves out', () => {
    const patient = create({ middleName: 'Ngozi', phone: '+493012345678' });
    const cleared = updatePatient(patient, { middleName: '', phone: '' }, clock);
    assert.ok(!('middleName' in cleared) && !('phone' in cleared));
    const replaced = replacePatient(patient, samplePatientInput(), clock);
    assert.ok(!('middleName' in replaced) && !('phone' in replaced));
  });

  test('whom a rule would refuse today can still be changed in the rest', () => {
    const old = { ...create(), birthDate: '1880-01-01' };
    assert.equal(updatePatient(old, { phone: '+493012345678' }, clock).phone, '+493012345678');
    assert.throws(() => updatePatient(old, { birthDate: '1880-01-02' }, clock), { code: 'validation' });
    assert.throws(() => replacePatient(old, samplePatientInput({ birthDate: '1880-01-01' }), clock), {
      code: 'validation',
    });
    assert.throws(() => updatePatient(create(), {}, clock), { code: 'validation' });
  });

  test('cannot lose a field that it must have', () => {
    assert.throws(() => updatePatient(create(), { lastName: ' ' }, clock), { code: 'validation' });
  });

  test('is found by a text that goes from one name into the next', () => {
    const patient = samplePatientInput({ lastName: 'Петрова', firstName: 'Анна', middleName: 'Ивановна' });
    for (const text of ['ПЕТРОВА АННА', 'анна иван', 'ровна'.slice(1)])
      assert.ok(nameHolds(patient, text), text);
    assert.ok(!nameHolds(patient, 'Анна Петрова'));
  });
});
