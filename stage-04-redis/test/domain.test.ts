import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptAccount, passwordProblems, resourceOf } from '../src/domain/index.ts';
import { samplePatient } from './contracts/index.ts';

const input = { username: 'anna', role: 'admin', password: 'tea at half past four' };

test('a name to sign in with is one word of plain letters, in lower case', () => {
  for (const [given, kept] of [
    ['anna', 'anna'],
    [' Anna.B ', 'anna.b'],
    ['7', '7'],
    ['a@clinic.example', 'a@clinic.example'],
    ['x'.repeat(64), 'x'.repeat(64)],
  ] as const) {
    assert.equal(acceptAccount({ ...input, username: given }).username, kept);
  }
  for (const username of ['', ' ', 'a b', '-a', 'änna', 'аnna', 'a\nb', 'a\0', 'cli:ada', 'x'.repeat(65)]) {
    const accept = () => acceptAccount({ ...input, username });
    assert.throws(accept, { code: 'validation' }, JSON.stringify(username));
  }
});

test('a password is 12 to 256 characters, whatever they are', () => {
  const paths = (password: string) => passwordProblems(password).map(({ path }) => path);
  for (const password of ['x'.repeat(12), '😀'.repeat(12), ' '.repeat(12), 'x'.repeat(256)]) {
    assert.deepEqual(paths(password), [], password);
  }
  for (const password of ['', 'x'.repeat(11), '😀'.repeat(11), 'x'.repeat(257)]) {
    assert.deepEqual(paths(password), [''], password);
  }
});

test("an account is a doctor's only with the role doctor", () => {
  const doctorId = samplePatient().id;
  assert.equal(acceptAccount({ ...input, role: 'doctor', doctorId }).doctorId, doctorId);
  assert.throws(() => acceptAccount({ ...input, doctorId }), { code: 'validation' });
});

test('what is no id is not kept in the audit', () => {
  const { id } = samplePatient();
  assert.deepEqual(resourceOf('Patient', id), { resource: `Patient/${id}`, patientId: id });
  assert.deepEqual(resourceOf('Appointment', id), { resource: `Appointment/${id}` });
  assert.deepEqual(resourceOf('Patient', 'Okafor, Adaeze'), { resource: 'Patient' });
});
