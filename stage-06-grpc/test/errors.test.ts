import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import {
  conflict,
  DomainError,
  forbidden,
  keyReused,
  notFound,
  preconditionFailed,
  RateLimited,
  unauthenticated,
  unavailable,
  validation,
} from '../src/domain/index.ts';
import { errorOf, serviceErrorOf, statusOf } from '../src/transport/grpc/errors.ts';
import { fieldOfPointer, pointerOfField } from '../src/transport/grpc/field-paths.ts';
import { createPair, DOCTOR } from './grpc-support.ts';

const fields = [
  { path: '/from', message: 'is no date' },
  { path: '/startsAt', message: 'ist nicht möglich — 不可' },
  { path: '/weekly/11/to', message: 'is not after from' },
  { path: '', message: 'is too long' },
];

const REFUSALS: readonly [name: string, error: unknown, code: status][] = [
  ['validation', validation(fields), status.INVALID_ARGUMENT],
  ['a key for another booking', keyReused(), status.INVALID_ARGUMENT],
  ['not_found', notFound('doctor', 'Łukasz "x"'), status.NOT_FOUND],
  [
    'conflict, taken',
    conflict('taken', [{ path: '/doctorId', message: 'is booked then' }]),
    status.ALREADY_EXISTS,
  ],
  [
    'conflict, the patient is elsewhere',
    conflict('taken', [{ path: '/patientId', message: 'is booked then' }]),
    status.ALREADY_EXISTS,
  ],
  [
    'conflict, no slot',
    conflict('no slot', [{ path: '/startsAt', message: 'begins no slot' }]),
    status.FAILED_PRECONDITION,
  ],
  ['conflict, without a field', conflict('it is final'), status.FAILED_PRECONDITION],
  ['precondition_failed', preconditionFailed(7), status.FAILED_PRECONDITION],
  ['unavailable', unavailable('the database is away'), status.UNAVAILABLE],
  ['unauthenticated', unauthenticated('sign in'), status.UNAUTHENTICATED],
  ['forbidden', forbidden('not yours'), status.PERMISSION_DENIED],
  ['rate_limited', new RateLimited('too often', 42), status.RESOURCE_EXHAUSTED],
];

suite('refusals', () => {
  for (const [name, error, code] of REFUSALS) {
    test(`${name} goes as ${status[code]} and arrives as it was thrown`, async (t) => {
      assert.equal(statusOf(error).code, code);
      const { client, server } = await createPair(t, {
        bookSlot: async () => {
          throw error;
        },
      });
      const booking = { doctorId: DOCTOR, patientId: DOCTOR, startsAt: '2091-03-01T09:00:00.000Z' };
      const thrown = await client.bookSlot(booking).catch((each: unknown) => each);
      assert.ok(thrown instanceof DomainError && error instanceof DomainError);
      assert.deepEqual(
        [thrown.code, thrown.message, thrown.details, thrown instanceof RateLimited],
        [error.code, error.message, error.details, error instanceof RateLimited],
      );
      if (thrown instanceof RateLimited) assert.equal(thrown.retryAfterSeconds, 42);
      assert.deepEqual(server.failures, []);
    });
  }

  test('an error that nobody foresaw tells nothing, and is logged once with its request', async (t) => {
    const secret = new Error('password=hunter2');
    const { client, server } = await createPair(
      t,
      { getSchedule: () => Promise.reject(secret) },
      { client: { metadata: () => ({ 'x-request-id': 'r-1' }) } },
    );
    const thrown = await client.getSchedule(DOCTOR).catch((error: Error) => error);
    assert.ok(thrown instanceof Error && !(thrown instanceof DomainError));
    assert.doesNotMatch(JSON.stringify([thrown.message, thrown.cause, `${thrown.cause}`]), /hunter2/);
    const method = '/medcenter.schedule.v1.ScheduleService/GetSchedule';
    assert.deepEqual(server.failures, [{ error: secret, call: { requestId: 'r-1', method } }]);
  });

  test('a code that is for the inside is not told', () => {
    assert.equal(statusOf(new DomainError('database', '/var/lib/secret')).code, status.INTERNAL);
    assert.doesNotMatch(statusOf(new DomainError('toString', 'secret')).message, /secret/);
  });

  test('more problems than the trailers have room for are cut, not lost with all', async (t) => {
    const many = Array.from({ length: 5_000 }, (_, i) => ({
      path: `/exceptions/${i}/date`,
      message: 'is no date',
    }));
    const { client } = await createPair(t, { getSchedule: () => Promise.reject(validation(many)) });
    const thrown = await client.getSchedule(DOCTOR).catch((error: unknown) => error);
    assert.ok(thrown instanceof DomainError && thrown.code === 'validation');
    assert.ok(thrown.details.length > 50);
    assert.deepEqual(thrown.details, many.slice(0, thrown.details.length));
    const { metadata } = serviceErrorOf(validation(many));
    assert.ok(Buffer.concat(metadata.get('grpc-status-details-bin') as Buffer[]).length < 6_000);
  });

  test('a text that no header can carry is told in part', async (t) => {
    const error = notFound('doctor', '\ud83d'.repeat(3) + 'ж'.repeat(100_000));
    const { client } = await createPair(t, { getSchedule: () => Promise.reject(error) });
    const thrown = await client.getSchedule(DOCTOR).catch((each: unknown) => each);
    assert.ok(thrown instanceof DomainError && thrown.code === 'not_found');
    assert.match(thrown.message, /^there is no doctor with the id/);
  });

  for (const code of [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED, status.UNKNOWN]) {
    test(`${status[code]} of the transport is unavailable`, () => {
      const { metadata } = serviceErrorOf(new Error('x'));
      const error = Object.assign(new Error('x'), { code, details: 'x', metadata });
      const { code: told } = errorOf(error) as DomainError;
      assert.equal(told, 'unavailable');
    });
  }
});

suite('field paths', () => {
  const pairs: [pointer: string, field: string][] = [
    ['', ''],
    ['/startsAt', 'starts_at'],
    ['/from', 'from_date'],
    ['/to', 'to_date'],
    ['/after', 'resume_after'],
    ['/weekly/0/from', 'weekly[0].from'],
    ['/exceptions/12/intervals/3/to', 'exceptions[12].intervals[3].to'],
    ['/weekly/7', 'weekly[7]'],
    ['/slotMinutes', 'slot_minutes'],
  ];
  for (const [pointer, field] of pairs) {
    test(`"${pointer}" is "${field}"`, () => {
      assert.equal(fieldOfPointer(pointer), field);
      assert.equal(pointerOfField(field), pointer);
    });
  }
});
