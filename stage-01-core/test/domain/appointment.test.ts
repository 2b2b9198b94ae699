import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  APPOINTMENT_STATUSES,
  type Appointment,
  type AppointmentChange,
  changeAppointment,
  createAppointment,
  isLive,
  overlap,
} from '../../src/domain/index.ts';
import { createStillClock, sampleAppointment } from '../contracts/index.ts';

const clock = createStillClock('2027-02-01T00:00:00.000Z');
const input = {
  patientId: 'p',
  doctorId: 'd',
  startsAt: '2027-03-01T10:00:00+01:00',
  endsAt: '2027-03-01T10:30:00+01:00',
};
const create = (overrides = {}) => createAppointment({ ...input, ...overrides }, { id: 'a1', clock });
const sample = (overrides: Partial<Appointment> = {}) => sampleAppointment({ patientId: 'p', ...overrides });

describe('an appointment', () => {
  test('is booked in UTC', () => {
    const [startsAt, endsAt] = ['2027-03-01T09:00:00.000Z', '2027-03-01T09:30:00.000Z'];
    assert.deepEqual(create(), { id: 'a1', ...input, startsAt, endsAt, status: 'booked', version: 1 });
  });

  const refusals = {
    'without an offset': [{ startsAt: '2027-03-01T10:00:00' }, ['/startsAt']],
    'with two bad times': [{ startsAt: 'x', endsAt: 'y' }, ['/startsAt', '/endsAt']],
    'that ends as it starts': [{ endsAt: input.startsAt }, ['/endsAt']],
    'that ends before it starts': [{ endsAt: '2027-03-01T09:59:59+01:00' }, ['/endsAt']],
    'over 8 hours': [{ endsAt: '2027-03-01T18:00:01+01:00' }, ['/endsAt']],
    'in the past and over 8 hours': [{ startsAt: '2027-01-01T00:00:00Z' }, ['/startsAt', '/endsAt']],
  } as const;
  for (const [how, [overrides, paths]] of Object.entries(refusals)) {
    test(`${how} is refused`, () => {
      assert.throws(
        () => create(overrides),
        (error: { code: string; details: { path: string }[] }) => {
          assert.deepEqual([error.code, error.details.map(({ path }) => path)], ['validation', paths]);
          return true;
        },
      );
    });
  }

  test('of 8 hours, from this very instant, is accepted', () => {
    create({ startsAt: '2027-02-01T00:00:00Z', endsAt: '2027-02-01T08:00:00Z' });
  });

  const moves = [
    'booked>arrived',
    'booked>cancelled',
    'booked>noshow',
    'arrived>fulfilled',
    'arrived>cancelled',
  ];
  for (const from of APPOINTMENT_STATUSES) {
    for (const to of APPOINTMENT_STATUSES) {
      const allowed = moves.includes(`${from}>${to}`);
      test(`${from} -> ${to} is ${allowed ? 'allowed' : 'refused'}`, () => {
        const move = () =>
          changeAppointment(
            sample({ status: from }),
            { status: to, ...(to === 'cancelled' && { cancellationReason: 'ill' }) },
            clock,
          );
        if (!allowed) return assert.throws(move, { code: 'conflict' });
        const { status, version, cancellationReason } = move();
        assert.deepEqual(
          [status, version, cancellationReason],
          [to, 2, to === 'cancelled' ? 'ill' : undefined],
        );
      });
    }
  }

  const change = (appointment: Appointment, wanted: AppointmentChange) => () =>
    changeAppointment(appointment, wanted, clock);

  test('is not cancelled without a reason', () => {
    for (const cancellationReason of [undefined, '', '  ']) {
      const wanted = {
        status: 'cancelled' as const,
        ...(cancellationReason !== undefined && { cancellationReason }),
      };
      assert.throws(change(sample(), wanted), { code: 'validation' });
    }
  });

  test('a change is refused with every bad field at once', () => {
    const bad = change(sample(), { status: 'cancelled', startsAt: 'x', endsAt: 'y' });
    assert.throws(bad, (error: { details: { path: string }[] }) => {
      assert.deepEqual(
        error.details.map(({ path }) => path),
        ['/cancellationReason', '/startsAt', '/endsAt'],
      );
      return true;
    });
  });

  test('keeps no field of the input that is not its own', () => {
    const input = { id: 'mine', status: 'fulfilled', cancellationReason: 'x', reason: 'cough' };
    assert.deepEqual(create(input), { ...create(), reason: 'cough' });
  });

  test('is not changed by a change that changes nothing', () => {
    assert.throws(change(sample(), {}), { code: 'validation' });
    assert.throws(change(sample(), { cancellationReason: 'ill' }), { code: 'validation' });
    assert.throws(change(sample(), { status: 'arrived', cancellationReason: 'ill' }), { code: 'validation' });
  });

  test('may last longer when it has begun, and may not begin in the past', () => {
    const under = sample({ startsAt: '2020-03-01T09:00:00.000Z', endsAt: '2020-03-01T09:30:00.000Z' });
    const longer = changeAppointment(under, { endsAt: '2020-03-01T10:00:00Z' }, clock);
    assert.equal(longer.endsAt, '2020-03-01T10:00:00.000Z');
    assert.throws(change(under, { startsAt: '2020-03-01T09:10:00Z' }), { code: 'validation' });
    assert.throws(change(under, { endsAt: '2020-03-01T08:00:00Z' }), { code: 'validation' });
  });

  test('is moved while it is booked, by the rules for a new one', () => {
    const moved = changeAppointment(sample(), { endsAt: '2027-03-01T10:00:00Z' }, clock);
    assert.deepEqual(
      [moved.startsAt, moved.endsAt, moved.version],
      ['2027-03-01T09:00:00.000Z', '2027-03-01T10:00:00.000Z', 2],
    );
    assert.throws(change(sample(), { startsAt: '2027-03-01T09:30:00Z' }), { code: 'validation' });
    assert.throws(change(sample({ status: 'arrived' }), { endsAt: '2027-03-01T10:00:00Z' }), {
      code: 'conflict',
    });
  });

  test('takes time while it is live, and touches no neighbour', () => {
    assert.deepEqual(
      APPOINTMENT_STATUSES.filter((status) => isLive({ status })),
      ['booked', 'arrived'],
    );
    const next = { startsAt: '2027-03-01T09:30:00.000Z', endsAt: '2027-03-01T10:00:00.000Z' };
    const across = { startsAt: '2027-03-01T09:29:59.999Z', endsAt: '2027-03-01T10:00:00.000Z' };
    assert.equal(overlap(sample(), sample(next)), false);
    assert.equal(overlap(sample(), sample(across)), true);
    assert.equal(overlap(sample(across), sample()), true);
    assert.equal(overlap(sample({ status: 'cancelled' }), sample()), false);
  });
});
