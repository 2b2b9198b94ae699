import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { type Appointment, unavailable } from '@medcenter/stage-05-events/domain';
import { eventually } from '@medcenter/stage-05-events/test/contracts';
import type { DayEvent, DayQuery, ScheduleService } from '@medcenter/stage-06-grpc/service';
import { createStillClock, sampleSchedule } from '@medcenter/stage-06-grpc/test/contracts';
import { proveReview, type StageCode } from '../testing/proofs.ts';

type DomainLayer = typeof import('@medcenter/stage-06-grpc/domain');
type ServiceLayer = typeof import('@medcenter/stage-06-grpc/service');
type DayHub = typeof import('../../../stage-06-grpc/src/service/day-hub.ts');
type TestSupport = typeof import('../../../stage-06-grpc/test/support.ts');
type GrpcSupport = typeof import('../../../stage-06-grpc/test/grpc-support.ts');

/** The layers of this code, and what its tests stand on. */
async function layersOf(
  code: StageCode,
): Promise<DomainLayer & ServiceLayer & DayHub & TestSupport & GrpcSupport> {
  const [domain, service, hub, support, grpc] = await Promise.all(
    [
      'src/domain/index.ts',
      'src/service/index.ts',
      'src/service/day-hub.ts',
      'test/support.ts',
      'test/grpc-support.ts',
    ].map((file) => import(code.href(file))),
  );
  return { ...domain, ...service, ...hub, ...support, ...grpc };
}

/** A Monday. */
const DATE = '2027-03-01';
const at = (time: string) => `${DATE}T${time}:00.000Z`;
const halfHour = (from: string, to: string) => ({ startsAt: at(from), endsAt: at(to) });

/** The services over a file of their own, with a doctor who has no schedule yet. */
async function openDesk(code: StageCode, t: TestContext, lookMs = 20) {
  const { createDesk, openStorage, SQLITE } = await layersOf(code);
  const desk = createDesk(await openStorage(t, await SQLITE.place(t)), { lookMs });
  const people = { doctorId: await desk.newDoctor(), patientId: await desk.newPatient() };
  const book = (time: { startsAt: string; endsAt: string }) => desk.appointments.book({ ...people, ...time });
  return { ...desk, people, book, query: { doctorId: people.doctorId, date: DATE, watch: true } };
}

/** What a display holds that does as the events say, until all that was there is told. */
async function heldByDisplay(schedules: ScheduleService, query: DayQuery): Promise<number> {
  const held = new Set<string>();
  for await (const event of schedules.watchDay(query)) {
    if (event.kind === 'reset') held.clear();
    if (event.kind === 'appointment') held.add(event.appointment.id);
    if (event.kind === 'live') break;
  }
  return held.size;
}

const codeOf = (error: { code: string }) => error.code;

proveReview(6, {
  defects: {
    'zone-kept': {
      question:
        'after Monday was asked for, how many slots has the night in Hobart in which clocks go forward?',
      original: 10,
      changed: 12,
      async observe(code) {
        const { createTimeZones, slotsOf, WEEKDAYS } = await layersOf(code);
        const zones = createTimeZones();
        const weekly = WEEKDAYS.map((day) => ({ day, from: '00:00', to: '06:00' }));
        const night = sampleSchedule({ timeZone: 'Australia/Hobart', weekly });
        const [monday, sunday] = ['2027-10-04', '2027-10-03'].map((date) =>
          slotsOf(night, { from: date, to: date }, zones),
        );
        if (monday?.length !== 12) throw new Error('Monday has its 12 slots');
        return sunday?.length;
      },
    },

    'taken-range': {
      question: 'the doctor has somebody until 08:15: which slots are free from 08:00 on?',
      original: [at('08:30'), at('09:00'), at('09:30')],
      changed: [at('08:00'), at('08:30'), at('09:00'), at('09:30')],
      async observe(code, t) {
        const { schedules, people, book } = await openDesk(code, t);
        await book(halfHour('07:45', '08:15'));
        await schedules.putSchedule(people.doctorId, sampleSchedule());
        const query = { doctorId: people.doctorId, from: DATE, to: DATE };
        return (await schedules.availableSlots(query)).map(({ startsAt }) => startsAt);
      },
    },

    'one-signal': {
      question: 'two ask for the same slots, and the first one leaves: what does the second one get?',
      original: 'an answer',
      changed: 'unavailable',
      async observe(code, t) {
        const { createPair, DOCTOR } = await layersOf(code);
        const asked = Promise.withResolvers<void>();
        const answered = Promise.withResolvers<void>();
        const { client } = await createPair(t, {
          async availableSlots() {
            asked.resolve();
            await answered.promise;
            return [];
          },
        });
        const query = { doctorId: DOCTOR, from: DATE, to: DATE };
        const leaving = new AbortController();
        const first = client.availableSlots(query, { signal: leaving.signal }).catch(codeOf);
        await asked.promise;
        const second = client.availableSlots(query).then(() => 'an answer', codeOf);
        leaving.abort();
        await first;
        answered.resolve();
        return second;
      },
    },

    'deadline-anew': {
      question:
        'a service says after 400 of 600 ms that it cannot, and then is silent: is the caller told in 600 ms?',
      original: true,
      changed: false,
      async observe(code, t) {
        const { createPair, DOCTOR, hang, PATIENT } = await layersOf(code);
        let calls = 0;
        const service: Partial<ScheduleService> = {
          async bookSlot(_booking, { signal } = {}) {
            calls += 1;
            if (calls > 1) return hang(signal);
            await sleep(400);
            throw unavailable('the database is away');
          },
        };
        const { client } = await createPair(t, service, { client: { deadlineMs: 600 } });
        const booking = { doctorId: DOCTOR, patientId: PATIENT, startsAt: at('09:00') };
        const began = performance.now();
        await client.bookSlot(booking, { idempotencyKey: 'k' }).catch(codeOf);
        return performance.now() - began < 800;
      },
    },

    'place-within-list': {
      question: 'a display loses its connection after the first of three: how many has it when it is back?',
      original: 3,
      changed: 0,
      async observe(code, t) {
        const { schedules, book, query } = await openDesk(code, t);
        await book(halfHour('09:00', '09:30'));
        await book(halfHour('10:00', '10:30'));
        await book(halfHour('11:00', '11:30'));
        const events = schedules.watchDay(query)[Symbol.asyncIterator]();
        const first: DayEvent | undefined = (await events.next()).value ?? undefined;
        await events.return?.();
        const after = first && 'position' in first ? first.position : '';
        return heldByDisplay(schedules, { ...query, after });
      },
    },

    'hub-of-another-day': {
      question:
        'a display watches, and a schedule in Kathmandu is put: how many of its early patients has another display?',
      original: 1,
      changed: 0,
      async observe(code, t) {
        const { schedules, people, book, query } = await openDesk(code, t);
        // A quarter to two in the morning of the next date in Kathmandu.
        await book({ startsAt: '2027-02-28T20:00:00.000Z', endsAt: '2027-02-28T20:30:00.000Z' });
        const before = schedules.watchDay(query)[Symbol.asyncIterator]();
        await before.next();
        await schedules.putSchedule(people.doctorId, sampleSchedule({ timeZone: 'Asia/Kathmandu' }));
        const held = await heldByDisplay(schedules, query);
        await before.return?.();
        return held;
      },
    },

    'counted-too-late': {
      question: 'somebody books while a look asks its questions: how many changes are known after it?',
      original: 1,
      changed: 0,
      async observe(code) {
        const { createDayHub, sampleAppointment } = await layersOf(code);
        const booked: Appointment = sampleAppointment({ startsAt: at('09:00'), endsAt: at('09:30') });
        let looks = 0;
        let count = 0;
        const hub = createDayHub({
          id: 'h',
          doctorId: booked.doctorId,
          ranges: [{ startsAt: at('00:00'), endsAt: at('23:59') }],
          appointments: { find: async () => booked },
          times: {
            async writes() {
              looks += 1;
              // The answer to this question takes longer than that to the other one.
              if (looks === 2) {
                await sleep(10);
                count += 1;
              }
              return count;
            },
            versions: async () => new Map(count === 0 ? [] : [[booked.id, booked.version]]),
          },
          lookMs: 5,
        });
        await hub.join();
        await eventually(() => looks >= 5);
        hub.leave();
        return hub.newest();
      },
    },
  },

  traps: {
    'no-look-to-join': {
      question:
        'somebody books, and before the next look a second display is switched on: how often is it told?',
      both: 1,
      async observe(code, t) {
        const { schedules, book, query } = await openDesk(code, t, 100);
        const first = schedules.watchDay(query)[Symbol.asyncIterator]();
        await first.next();
        await book(halfHour('09:00', '09:30'));
        const leaving = new AbortController();
        let told = 0;
        const display = (async () => {
          for await (const { kind } of schedules.watchDay(query, { signal: leaving.signal })) {
            if (kind === 'appointment') told += 1;
          }
        })().catch(() => {});
        await eventually(() => told > 0);
        await sleep(250); // The time of two looks.
        leaving.abort();
        await display;
        await first.return?.();
        return told;
      },
    },

    'key-on-the-way': {
      question: 'without a key, two times are booked, and the second one once more: what is said?',
      both: ['booked', 'booked', 'conflict'],
      async observe(code, t) {
        const { withRemoteBooking } = await layersOf(code);
        const { appointments, schedules, people } = await openDesk(code, t);
        const registry = withRemoteBooking(appointments, schedules, createStillClock());
        const said: string[] = [];
        const [nine, ten] = [halfHour('09:00', '09:30'), halfHour('10:00', '10:30')];
        for (const time of [nine, ten, ten]) {
          const booking = registry.book({ ...people, ...time });
          said.push(await booking.then(({ status }) => status, codeOf));
        }
        return said;
      },
    },

    'side-by-side': {
      question: 'nobody knows the doctor, and the table of schedules does not answer: what is said?',
      both: 'not_found',
      async observe(code, t) {
        const { createDesk, DOCTOR, openStorage, SQLITE } = await layersOf(code);
        const stored = await openStorage(t, await SQLITE.place(t));
        let late: Promise<unknown> = Promise.resolve();
        const query: typeof stored.sql.query = (text, ...values) => {
          if (!text.includes('FROM schedules')) return stored.sql.query(text, ...values);
          late = sleep(50);
          return late.then(() => Promise.reject(unavailable('the database is away')));
        };
        const { schedules } = createDesk({ ...stored, sql: { ...stored.sql, query } });
        const asked = schedules.availableSlots({ doctorId: DOCTOR, from: DATE, to: DATE });
        const said = await asked.then(() => 'slots', codeOf);
        await late;
        await sleep(0); // An error that nobody takes would end the test here.
        return said;
      },
    },
  },
});
