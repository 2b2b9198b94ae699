import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Appointment, unavailable } from '@medcenter/stage-05-events/domain';
import type { EventLog, LogMessage, Notifier } from '@medcenter/stage-05-events/events';
import type { ClinicStorage } from '@medcenter/stage-05-events/repository';
import { eventually, sampleAppointment, sampleEvent } from '@medcenter/stage-05-events/test/contracts';
import { proveReview, type StageCode } from '../testing/proofs.ts';

type DomainLayer = typeof import('@medcenter/stage-05-events/domain');
type EventLayer = typeof import('@medcenter/stage-05-events/events');
type RepositoryLayer = typeof import('@medcenter/stage-05-events/repository');
type TestSupport = typeof import('../../../stage-05-events/test/support.ts');

/** The layers of this code, and what its tests stand on. */
async function layersOf(code: StageCode): Promise<DomainLayer & EventLayer & RepositoryLayer & TestSupport> {
  const [domain, events, repository, support] = await Promise.all(
    ['src/domain/index.ts', 'src/events/index.ts', 'src/repository/index.ts', 'test/support.ts'].map(
      (file) => import(code.href(file)),
    ),
  );
  return { ...domain, ...events, ...repository, ...support };
}

const CREATED = 'appointments.created';
const SICK = 'cannot sleep since the fire';
/** The time of the sample events. */
const TOLD_AT = '2026-06-15T10:00:00.000Z';
const DAY_MS = 24 * 3_600_000;

const appointmentOf = (overrides: Partial<Appointment> = {}) =>
  sampleAppointment({ patientId: randomUUID(), doctorId: randomUUID(), ...overrides });
const booking = () => sampleEvent('appointment.created', appointmentOf());
const messageOf = (event: object): LogMessage => ({
  topic: CREATED,
  key: 'k',
  value: JSON.stringify(event),
});

async function countReminders(storage: ClinicStorage): Promise<number> {
  return (await storage.sql.query('SELECT version FROM reminders')).length;
}

proveReview(5, {
  defects: {
    'slices-overtake': {
      question:
        'an appointment has thirty events, and the first call of the log is slow: is their order kept?',
      original: true,
      changed: false,
      async observe(code, t) {
        const { createMovableClock, openStorage, SQLITE, sqlOutbox, startRelay } = await layersOf(code);
        const storage = await openStorage(t, await SQLITE.place(t));
        await storage.transaction(async (tx) => {
          for (let n = 0; n < 30; n++) {
            await sqlOutbox(tx.sql).add({ topic: CREATED, key: 'k', value: String(n) }, TOLD_AT);
          }
        });
        const told: number[] = [];
        let calls = 0;
        const publish = async (messages: readonly LogMessage[]) => {
          calls += 1;
          if (calls === 1) await sleep(30);
          told.push(...messages.map(({ value }) => Number(value)));
        };
        const deps = { storage, clock: createMovableClock(), log: { publish }, onTrouble() {} };
        await using _relay = startRelay(deps);
        await eventually(() => told.length >= 30);
        return told.every((n, place) => n === place);
      },
    },

    'outage-given-up': {
      question: 'the log fails five times, and then it is back: how often is the event told that waits?',
      original: 1,
      changed: 0,
      async observe(code, t) {
        const { createMovableClock, openStorage, SQLITE, sqlOutbox, startRelay } = await layersOf(code);
        const storage = await openStorage(t, await SQLITE.place(t));
        await storage.transaction((tx) =>
          sqlOutbox(tx.sql).add({ topic: CREATED, key: 'k', value: 'x' }, TOLD_AT),
        );
        const told: LogMessage[] = [];
        let calls = 0;
        const publish = async (messages: readonly LogMessage[]) => {
          calls += 1;
          if (calls <= 5) throw unavailable('Kafka cannot answer now');
          told.push(...messages);
        };
        const deps = { storage, clock: createMovableClock(), log: { publish }, onTrouble() {} };
        await using _relay = startRelay(deps);
        await eventually(async () => (await sqlOutbox(storage.sql).list(1)).length === 0);
        return told.length;
      },
    },

    'record-in-log': {
      question: 'an event of a type that nobody knows is put aside: does the log tell why the patient comes?',
      original: false,
      changed: true,
      async observe(code, t) {
        const { FILE_LOG, startConsumer } = await layersOf(code);
        const log = await (await FILE_LOG.place(t))();
        const data = appointmentOf({ reason: SICK });
        const event = { ...sampleEvent('appointment.created', data), type: 'appointment.forgotten' };
        await log.publish([messageOf(event)]);
        const said: unknown[] = [];
        const onTrouble = (error: unknown, place?: object) => said.push({ err: error, ...place });
        await using _consumer = startConsumer({ log, group: 'g', handle: async () => {}, onTrouble });
        await eventually(() => said.length > 0);
        return JSON.stringify(said).includes(SICK);
      },
    },

    'noted-without-work': {
      question:
        'the database goes away when a reminder is noted, and the event is handed in again: how many are noted?',
      original: 1,
      changed: 0,
      async observe(code, t) {
        const { createMovableClock, openStorage, SQLITE, scheduleReminder } = await layersOf(code);
        const stored = await openStorage(t, await SQLITE.place(t));
        let breaks = 1;
        const storage: ClinicStorage = {
          ...stored,
          transaction: (work) =>
            stored.transaction(async (tx) => {
              const result = await work(tx);
              const rows = await tx.sql.query('SELECT version FROM reminders');
              if (rows.length > 0 && breaks-- > 0) throw unavailable('the database is away');
              return result;
            }),
        };
        const schedule = scheduleReminder({ storage, clock: createMovableClock(TOLD_AT), leadHours: 24 });
        const event = booking();
        await schedule(event).catch(() => {});
        await schedule(event);
        return countReminders(stored);
      },
    },

    'old-news-dropped': {
      question: 'the reader was away for two days: how many reminders has a booking of the first of them?',
      original: 1,
      changed: 0,
      async observe(code, t) {
        const { createMovableClock, openStorage, SQLITE, scheduleReminder } = await layersOf(code);
        const storage = await openStorage(t, await SQLITE.place(t));
        const clock = createMovableClock(TOLD_AT);
        clock.moveBy(2 * DAY_MS);
        await scheduleReminder({ storage, clock, leadHours: 24 })(booking());
        return countReminders(storage);
      },
    },

    'outlives-claim': {
      question: 'two processes send thirty reminders, five seconds each: is anybody reminded twice?',
      original: false,
      changed: true,
      async observe(code, t) {
        const { createMovableClock, openStorage, reminderOf, SQLITE, sqlReminders, startReminderSender } =
          await layersOf(code);
        const stored = await openStorage(t, await SQLITE.place(t));
        const clock = createMovableClock('2027-03-01T08:00:00.000Z');
        const booked = Array.from({ length: 30 }, () =>
          appointmentOf({ id: randomUUID(), startsAt: '2027-03-01T23:00:00.000Z' }),
        );
        await stored.transaction(async (tx) => {
          for (const each of booked) await sqlReminders(tx.sql).put(reminderOf(each, 24), 'due');
        });
        const find = async (wanted: string) => booked.find(({ id }) => id === wanted);
        const storage: ClinicStorage = { ...stored, appointments: { ...stored.appointments, find } };

        const sent: string[] = [];
        let sending: Promise<void> | undefined;
        /** Five seconds for all that are on their way together; nothing else takes time. */
        const fiveSeconds = async () => {
          await sleep(10);
          sending = undefined;
          clock.moveBy(5_000);
          other?.wake();
        };
        const notifier: Notifier = {
          async send({ appointmentId }) {
            sent.push(appointmentId);
            sending ??= fiveSeconds();
            await sending;
          },
          close() {},
        };
        const deps = { storage, clock, notifier, onTrouble() {} };
        let other: ReturnType<typeof startReminderSender> | undefined;
        await using _one = startReminderSender(deps);
        await eventually(() => sent.length > 0);
        await using two = startReminderSender(deps);
        other = two;
        const isTwice = () => new Set(sent).size < sent.length;
        await eventually(async () => {
          const rows = await stored.sql.query("SELECT version FROM reminders WHERE status = 'due'");
          return rows.length === 0 || isTwice();
        });
        return isTwice();
      },
    },

    'noted-not-sent': {
      question: 'Kafka is away when a dead letter is to be sent once more: how many wait to be sent again?',
      original: 1,
      changed: 0,
      async observe(code, t) {
        const { createDeadLetterDesk, createMovableClock, FILE_LOG, openStorage, SQLITE } =
          await layersOf(code);
        const log = await (await FILE_LOG.place(t))();
        await log.publish([{ ...messageOf(booking()), topic: `${CREATED}.dlq` }]);
        const away: Pick<EventLog, 'list' | 'publish'> = {
          list: (topics) => log.list(topics),
          publish: async () => {
            throw unavailable('Kafka cannot answer now');
          },
        };
        const storage = await openStorage(t, await SQLITE.place(t));
        const desk = createDeadLetterDesk({ storage, log: away, clock: createMovableClock() });
        for (const letter of await desk.list()) await desk.redrive([letter]).catch(() => {});
        return (await desk.list()).filter(({ isRedriven }) => !isRedriven).length;
      },
    },

    'replay-in-pieces': {
      question: 'Kafka goes away during a replay: how many bookings do the statistics show now?',
      original: 1,
      changed: 0,
      async observe(code, t) {
        const { createMovableClock, openStorage, replayStatistics, SQLITE, sqlStatistics } =
          await layersOf(code);
        const storage = await openStorage(t, await SQLITE.place(t));
        const clock = createMovableClock();
        const event = booking();
        await storage.transaction((tx) => sqlStatistics(tx.sql).put([event.data], clock.now()));
        clock.moveBy(60_000);
        const log: Pick<EventLog, 'list'> = {
          // biome-ignore lint/correctness/useYield: it does not come so far.
          async *list() {
            throw unavailable('Kafka cannot answer now');
          },
        };
        await replayStatistics({ storage, clock, log }).catch(() => {});
        return (await sqlStatistics(storage.sql).list({})).length;
      },
    },
  },

  traps: {
    'offset-once-a-batch': {
      question:
        'a reader ends after two of three events, and later all come again, as after a crash: what is left for the next one, and how many are counted?',
      both: { left: 1, counted: 3 },
      async observe(code, t) {
        const {
          countEvent,
          createMovableClock,
          FILE_LOG,
          openStorage,
          SQLITE,
          sqlStatistics,
          startConsumer,
        } = await layersOf(code);
        const log = await (await FILE_LOG.place(t))();
        const storage = await openStorage(t, await SQLITE.place(t));
        const count = countEvent({ storage, clock: createMovableClock() });
        const events = [booking(), booking(), booking()];
        const last = events[2]?.id;
        await log.publish(events.map(messageOf));
        /** How many it is handed until it has had the last one, or has failed at it. */
        const read = async (group: string, isAway: boolean): Promise<number> => {
          let handed = 0;
          const atEnd = Promise.withResolvers<void>();
          await using _reading = startConsumer({
            log,
            group,
            async handle(event) {
              if (isAway && event.id === last) throw unavailable('the database is away');
              await count(event);
              handed += 1;
              if (event.id === last) atEnd.resolve();
            },
            onTrouble: () => atEnd.resolve(),
          });
          await atEnd.promise;
          return handed;
        };
        await read('g', true);
        const left = await read('g', false);
        await read('another one', false);
        const days = await sqlStatistics(storage.sql).list({});
        return { left, counted: days.reduce((sum, { booked }) => sum + booked, 0) };
      },
    },

    'row-from-memory': {
      question:
        'somebody else cancels between the look and the change, and the change is made again: what is told?',
      both: ['appointment.created'],
      async observe(code, t) {
        const { createTellingClinic, openStorage, SQLITE } = await layersOf(code);
        const { book, storage, waiting } = await createTellingClinic(
          await openStorage(t, await SQLITE.place(t)),
        );
        const { id } = await book();
        const cancelAs = (version: number) =>
          storage.transaction(async (tx) => {
            const found = await tx.appointments.find(id);
            if (!found) throw new Error('it was not there');
            await tx.sql.query(
              "UPDATE appointments SET version = 2, status = 'cancelled', cancellation_reason = 'ill' WHERE id = $1",
              id,
            );
            const cancelled = { ...found, status: 'cancelled', cancellationReason: 'recovered' } as const;
            await tx.appointments.update({ ...cancelled, version });
          });
        await cancelAs(2).catch(() => {}); // A conflict.
        await cancelAs(3);
        return (await waiting()).map(({ type }) => type);
      },
    },
  },
});
