import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, type TestContext, test } from 'node:test';
import type { Clock } from '../../src/domain/index.ts';
import type { AppointmentRegistry, DayEvent, ScheduleService } from '../../src/service/index.ts';
import { createStillClock } from '@medcenter/stage-05-events/test/contracts';
import { sampleSchedule } from './schedule-samples.ts';

/** A schedule service, wherever it is, and what is done beside it on the same records. */
export interface ScheduleDesk {
  readonly schedules: ScheduleService;
  readonly appointments: AppointmentRegistry;
  /** Their ids. */
  newDoctor(): Promise<string>;
  newPatient(): Promise<string>;
}

const NOW = '2027-02-01T10:00:00.000Z';
/** A Monday, on which Berlin is an hour ahead of UTC. */
const DATE = '2027-03-01';
const at = (time: string) => `${DATE}T${time}:00.000Z`;

/** What every schedule service does: in this process, or behind a wire. */
export function scheduleServiceContract(
  name: string,
  open: (t: TestContext, clock: Clock) => Promise<ScheduleDesk>,
  options: { skip?: string | false } = {},
): void {
  suite(`${name}, as a schedule service`, options, () => {
    const openDesk = async (t: TestContext) => {
      const desk = await open(t, createStillClock(NOW));
      const doctorId = await desk.newDoctor();
      const patientId = await desk.newPatient();
      const slots = async (date = DATE) =>
        (await desk.schedules.availableSlots({ doctorId, from: date, to: date })).map(
          ({ startsAt }) => startsAt,
        );
      return { ...desk, doctorId, patientId, slots };
    };

    test('keeps a schedule as it was put, and counts its changes', async (t) => {
      const { schedules, doctorId } = await openDesk(t);
      await assert.rejects(schedules.getSchedule(doctorId), { code: 'not_found' });
      const input = sampleSchedule({
        exceptions: [{ date: DATE, intervals: [{ from: '20:00', to: '24:00' }] }],
      });
      const first = await schedules.putSchedule(doctorId, input);
      assert.deepEqual(first, { doctorId, ...input, version: 1, updatedAt: NOW });
      assert.deepEqual(await schedules.getSchedule(doctorId), first);
      const second = await schedules.putSchedule(doctorId, sampleSchedule({ timeZone: 'asia/kathmandu' }));
      assert.deepEqual([second.version, second.timeZone], [2, 'Asia/Kathmandu']);
      const empty = sampleSchedule({ weekly: [] });
      await assert.rejects(schedules.putSchedule(doctorId, empty, { expected: [1] }), {
        code: 'precondition_failed',
      });
      assert.equal((await schedules.putSchedule(doctorId, empty, { expected: [1, 2] })).version, 3);
      assert.deepEqual((await schedules.getSchedule(doctorId)).weekly, []);
    });

    test('knows no schedule of an unknown doctor, and expects none where there is none', async (t) => {
      const { schedules, doctorId } = await openDesk(t);
      for (const stranger of [randomUUID(), 'x']) {
        await assert.rejects(schedules.getSchedule(stranger), { code: 'not_found' });
        await assert.rejects(schedules.putSchedule(stranger, sampleSchedule()), { code: 'not_found' });
      }
      const expected = { expected: [1] };
      const refusal = { code: 'precondition_failed' };
      await assert.rejects(schedules.putSchedule(doctorId, sampleSchedule(), expected), refusal);
    });

    test('refuses a schedule that cannot be, with every bad field', async (t) => {
      const { schedules, doctorId } = await openDesk(t);
      const refusal = await schedules
        .putSchedule(doctorId, {
          timeZone: '+02:00',
          slotMinutes: 4,
          weekly: [{ day: 'monday', from: '9:00', to: '08:00' }],
          exceptions: [{ date: '2027-02-30', intervals: [{ from: '10:00', to: '10:00' }] }],
        })
        .catch((error) => error);
      assert.equal(refusal.code, 'validation');
      assert.deepEqual(
        refusal.details.map(({ path }: { path: string }) => path),
        ['/timeZone', '/slotMinutes', '/weekly/0/from', '/exceptions/0/date', '/exceptions/0/intervals/0/to'],
      );
    });

    test('tells the slots that are free', async (t) => {
      const { schedules, appointments, doctorId, patientId, slots } = await openDesk(t);
      assert.deepEqual(await slots(), []);
      const before = { startsAt: at('08:15'), endsAt: at('08:40') };
      await appointments.book({ doctorId, patientId, ...before });
      await schedules.putSchedule(doctorId, sampleSchedule());
      assert.deepEqual(await slots(), [at('09:00'), at('09:30')]);
      const taken = await schedules.bookSlot({ doctorId, patientId, startsAt: at('09:00') });
      assert.equal(taken.endsAt, at('09:30'));
      assert.deepEqual(await slots(), [at('09:30')]);
      await appointments.change(taken.id, { status: 'cancelled', cancellationReason: 'ill' });
      assert.deepEqual(await slots(), [at('09:00'), at('09:30')]);
      assert.deepEqual(await slots('2027-02-28'), []);
      const week = await schedules.availableSlots({ doctorId, from: '2027-02-01', to: '2027-02-02' });
      assert.equal(week[0]?.startsAt, '2027-02-02T08:00:00.000Z', 'what is past is left out');
    });

    test('refuses dates that are none, in the wrong order, or too many', async (t) => {
      const { schedules, doctorId } = await openDesk(t);
      const paths = async (from: string, to: string) => {
        const refusal = await schedules.availableSlots({ doctorId, from, to }).catch((error) => error);
        assert.equal(refusal.code, 'validation');
        return refusal.details.map(({ path }: { path: string }) => path);
      };
      assert.deepEqual(await paths('2027-02-30', 'x'), ['/from', '/to']);
      assert.deepEqual(await paths('0001-01-01', '9999-12-31'), ['/from', '/to']);
      assert.deepEqual(await paths('2027-03-02', '2027-03-01'), ['/to']);
      assert.deepEqual(await paths('2027-03-01', '2027-04-01'), ['/to']);
      await schedules.availableSlots({ doctorId, from: '2027-03-01', to: '2027-03-31' });
      const stranger = { doctorId: randomUUID(), from: DATE, to: DATE };
      await assert.rejects(schedules.availableSlots(stranger), { code: 'not_found' });
    });

    test('books slots, and nothing but slots; without a schedule, any time', async (t) => {
      const { schedules, doctorId, patientId, newPatient } = await openDesk(t);
      const book = (startsAt: string, endsAt?: string) =>
        schedules.bookSlot({ doctorId, patientId, startsAt, ...(endsAt && { endsAt }) });
      const pathsOf = ({ code, details }: { code: string; details: { path: string }[] }) => [
        code,
        ...details.map(({ path }) => path),
      ];
      const refusal = async (startsAt: string, endsAt?: string) =>
        pathsOf(await book(startsAt, endsAt).catch((e) => e));
      assert.deepEqual(await refusal(at('08:00')), ['validation', '/endsAt']);
      assert.equal((await book(at('12:05'), at('12:10'))).status, 'booked');
      await schedules.putSchedule(doctorId, sampleSchedule());
      const first = await book(at('08:00'));
      assert.deepEqual([first.startsAt, first.endsAt, first.version], [at('08:00'), at('08:30'), 1]);
      assert.equal((await book(at('08:30'), at('09:00'))).endsAt, at('09:00'));
      for (const [startsAt, endsAt] of [
        [at('09:15')],
        [at('09:00'), at('09:20')],
        [at('14:00'), at('14:30')],
      ]) {
        assert.deepEqual(await refusal(startsAt ?? '', endsAt), ['conflict', '/startsAt']);
      }
      const another = { doctorId, patientId: await newPatient(), startsAt: at('08:00') };
      const taken = await schedules.bookSlot(another).catch((error) => error);
      assert.deepEqual(pathsOf(taken), ['conflict', '/doctorId']);
      assert.deepEqual(await refusal('2027-01-04T08:00:00.000Z'), ['validation', '/startsAt']);
    });

    test('a beginning that is past is refused for that, whether it is one of a slot or not', async (t) => {
      const { schedules, doctorId, patientId } = await openDesk(t);
      await schedules.putSchedule(doctorId, sampleSchedule());
      for (const startsAt of ['2027-01-04T08:00:00.000Z', '2027-01-04T08:01:00.000Z']) {
        const refusal = await schedules.bookSlot({ doctorId, patientId, startsAt }).catch((error) => error);
        const message = 'is in the past: give a time to come';
        assert.deepEqual([refusal.code, refusal.details], ['validation', [{ path: '/startsAt', message }]]);
      }
    });

    test('takes keys that a header of HTTP could carry, and no others', async (t) => {
      const { schedules, doctorId, patientId } = await openDesk(t);
      await schedules.putSchedule(doctorId, sampleSchedule());
      const book = (idempotencyKey: string) =>
        schedules.bookSlot({ doctorId, patientId, startsAt: at('09:00') }, { idempotencyKey });
      for (const key of ['', 'a\u0000b', 'a b', 'é', 'x'.repeat(256), 'x'.repeat(20_000)]) {
        const refusal = await book(key).catch((error) => error);
        const paths = refusal.details?.map(({ path }: { path: string }) => path);
        assert.deepEqual([refusal.code, paths], ['validation', ['/idempotencyKey']], key.slice(0, 300));
      }
      const first = await book('~'.repeat(255));
      assert.deepEqual(await book('~'.repeat(255)), first);
    });

    test('tells everything that is wrong with a booking', async (t) => {
      const { schedules } = await openDesk(t);
      const strangers = { patientId: randomUUID(), doctorId: randomUUID() };
      const refusal = await schedules
        .bookSlot({ ...strangers, startsAt: at('09:00'), endsAt: at('08:00') })
        .catch((error) => error);
      assert.equal(refusal.code, 'validation');
      assert.deepEqual(
        refusal.details.map(({ path }: { path: string }) => path),
        ['/patientId', '/doctorId', '/endsAt'],
      );
    });

    test('gives a request with a key the same answer again, whatever has changed since', async (t) => {
      const { schedules, doctorId, patientId } = await openDesk(t);
      await schedules.putSchedule(doctorId, sampleSchedule());
      const key = { idempotencyKey: randomUUID() };
      const booking = { doctorId, patientId, startsAt: at('09:00'), reason: 'check-up' };
      const first = await schedules.bookSlot(booking, key);
      assert.deepEqual(await schedules.bookSlot(booking, key), first);
      await schedules.putSchedule(doctorId, sampleSchedule({ slotMinutes: 60 }));
      assert.deepEqual(await schedules.bookSlot(booking, key), first, 'the slot is longer now');
      await schedules.putSchedule(doctorId, sampleSchedule({ weekly: [] }));
      assert.deepEqual(await schedules.bookSlot(booking, key), first, 'there is no slot now');
      await assert.rejects(schedules.bookSlot({ ...booking, startsAt: at('08:00') }, key), {
        code: 'validation',
      });
    });

    test('tells a day as it is, and ends', async (t) => {
      const { schedules, appointments, doctorId, patientId } = await openDesk(t);
      const query = { doctorId, date: DATE, watch: false };
      assert.deepEqual(await told(schedules, query), []);
      const book = (startsAt: string, endsAt: string) =>
        appointments.book({ doctorId, patientId, startsAt, endsAt });
      await book('2027-02-28T23:30:00Z', '2027-03-01T00:00:00Z');
      const first = await book('2027-03-01T00:00:00Z', '2027-03-01T00:30:00Z');
      const last = await book('2027-03-01T23:30:00Z', '2027-03-02T00:30:00Z');
      assert.deepEqual(await told(schedules, query), [first, last], 'in UTC without a schedule');
      await schedules.putSchedule(doctorId, sampleSchedule());
      assert.equal((await told(schedules, query)).length, 2, 'in Berlin with one');
      assert.notDeepEqual(await told(schedules, query), [first, last]);
      await assert.rejects(told(schedules, { ...query, doctorId: randomUUID() }), { code: 'not_found' });
      await assert.rejects(told(schedules, { ...query, date: '2027-02-29' }), { code: 'validation' });
    });

    test('tells a day, then its changes, and after a position what came behind it', async (t) => {
      const { schedules, appointments, doctorId, patientId } = await openDesk(t);
      const people = { doctorId, patientId };
      const first = await appointments.book({ ...people, startsAt: at('09:00'), endsAt: at('09:30') });
      const query = { doctorId, date: DATE, watch: true };
      const events = schedules.watchDay(query)[Symbol.asyncIterator]();
      const next = async (): Promise<DayEvent> => (await events.next()).value ?? assert.fail('it has ended');
      assert.deepEqual(pick(await next()), ['appointment', first]);
      assert.deepEqual(pick(await next()), ['live']);
      const second = await appointments.book({ ...people, startsAt: at('10:00'), endsAt: at('10:30') });
      const booked = await next();
      assert.deepEqual(pick(booked), ['appointment', second]);
      const noon = await appointments.change(second.id, { startsAt: at('12:00'), endsAt: at('12:30') });
      assert.deepEqual(pick(await next()), ['appointment', noon]);
      const away = { startsAt: '2027-03-02T12:00:00.000Z', endsAt: '2027-03-02T12:30:00.000Z' };
      await appointments.change(second.id, away);
      assert.deepEqual(pick(await next()), ['removed', second.id]);
      await events.return?.();
      const after = 'position' in booked ? booked.position : assert.fail();
      const again = schedules.watchDay({ ...query, after })[Symbol.asyncIterator]();
      const rest = [await again.next(), await again.next(), await again.next()].map(({ value }) =>
        pick(value),
      );
      assert.deepEqual(rest, [['live'], ['appointment', noon], ['removed', second.id]]);
      await again.return?.();
      const lost = schedules.watchDay({ ...query, after: 'nowhere-7' })[Symbol.asyncIterator]();
      const anew = [await lost.next(), await lost.next(), await lost.next()].map(({ value }) => pick(value));
      assert.deepEqual(anew, [['reset'], ['appointment', first], ['live']]);
      await lost.return?.();
    });

    test('lets go of a reader who leaves while there is nothing to tell', async (t) => {
      const { schedules, doctorId } = await openDesk(t);
      const leaving = new AbortController();
      const query = { doctorId, date: DATE, watch: true };
      const events = schedules.watchDay(query, { signal: leaving.signal })[Symbol.asyncIterator]();
      assert.deepEqual(pick((await events.next()).value), ['live']);
      const waiting = events.next().catch(() => ({ done: true }));
      const started = performance.now();
      leaving.abort();
      assert.equal((await waiting).done, true);
      const others = schedules.watchDay(query)[Symbol.asyncIterator]();
      await others.next();
      const pending = others.next();
      await others.return?.();
      assert.equal((await pending).done, true);
      assert.ok(performance.now() - started < 1_000);
    });
  });
}

/** What an event tells, without its position. */
function pick(event: DayEvent | undefined): unknown[] {
  if (event?.kind === 'appointment') return [event.kind, event.appointment];
  if (event?.kind === 'removed') return [event.kind, event.appointmentId];
  return [event?.kind];
}

async function told(schedules: ScheduleService, query: Parameters<ScheduleService['watchDay']>[0]) {
  const appointments = [];
  for await (const event of schedules.watchDay(query)) {
    appointments.push(event.kind === 'appointment' ? event.appointment : assert.fail(event.kind));
  }
  return appointments;
}
