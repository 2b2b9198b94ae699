import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFolder } from '@medcenter/shared/testing';
import { createDatabase, needsPostgres } from '@medcenter/shared/testing/postgres';
import type { Appointment } from '@medcenter/stage-03-postgres/domain';
import {
  type ClinicStorage,
  type ClinicTransaction,
  type DatabaseOptions,
  migrateDatabase,
  type PostgresLimits,
  type SqlDatabase,
} from '@medcenter/stage-03-postgres/repository';
import { sampleDoctorInput, samplePatientInput } from '@medcenter/stage-03-postgres/test/contracts';
import { proveReview, type StageCode } from '../testing/proofs.ts';

type RepositoryLayer = typeof import('@medcenter/stage-03-postgres/repository');
type TestSupport = typeof import('../../../stage-03-postgres/test/support.ts');
type Clinic = Awaited<ReturnType<TestSupport['createClinic']>>;

interface Period {
  readonly startsAt: string;
  readonly endsAt: string;
}

/** What the change adds to the doctors. */
interface Absences {
  addAbsence(id: string, input: Period & { readonly reason?: string }): Promise<unknown>;
  handOver(id: string, input: Period & { readonly standInId: string }): Promise<Appointment[]>;
}

const { skip } = needsPostgres();

const repositoryOf = (code: StageCode): Promise<RepositoryLayer> =>
  import(code.href('src/repository/index.ts'));
const supportOf = (code: StageCode): Promise<TestSupport> => import(code.href('test/support.ts'));
const absencesOf = ({ doctors }: Clinic): Partial<Absences> => doctors as Partial<Absences>;

async function placeSqlite(t: TestContext): Promise<DatabaseOptions> {
  return { url: undefined, file: join(await createFolder(t), 'medcenter.db') };
}

/** A database as the stage without the change leaves it. */
const placePostgres = async (t: TestContext): Promise<DatabaseOptions> => ({
  url: await createDatabase(t, migrateBefore),
  file: '',
});
const migrateBefore = async (url: string) => void (await migrateDatabase({ url, file: '' }));

interface Opening {
  /** Where the data are; a SQLite file of its own, when not said. */
  readonly place?: DatabaseOptions;
  readonly limits?: Partial<PostgresLimits>;
  wrapDatabase?(database: SqlDatabase): SqlDatabase;
  wrapStorage?(storage: ClinicStorage): ClinicStorage;
}

/** The services over a database, with one patient and one doctor. */
async function openClinic(code: StageCode, t: TestContext, options: Opening = {}): Promise<Clinic> {
  const { createSqlStorage, openDatabase } = await repositoryOf(code);
  const { limits = {}, wrapDatabase = same, wrapStorage = same } = options;
  const place = options.place ?? (await placeSqlite(t));
  const database = await openDatabase({ ...place, limits });
  t.after(() => database.close());
  const { createClinic } = await supportOf(code);
  return createClinic(wrapStorage(createSqlStorage(wrapDatabase(database))));
}

/** A PostgreSQL database that has its tables from this code alone. */
async function placeFresh(code: StageCode, t: TestContext): Promise<DatabaseOptions> {
  const options = { url: await createDatabase(t), file: '' };
  await (await repositoryOf(code)).migrateDatabase(options);
  return options;
}

const same = <Thing>(thing: Thing): Thing => thing;

const at = (time: string) => `2027-03-01T${time}:00.000Z`;
const period = (start: string, end: string): Period => ({ startsAt: at(start), endsAt: at(end) });

/** By an absence, or where there is none, by an appointment of somebody else. */
async function occupy(clinic: Clinic, time: Period, reason = 'an operation'): Promise<unknown> {
  const { addAbsence } = absencesOf(clinic);
  if (addAbsence) return addAbsence(clinic.doctor.id, { ...time, reason });
  return book(clinic, time, { patientId: await addPatient(clinic), reason });
}

function book(clinic: Clinic, time: Period, others: object = {}): Promise<Appointment> {
  const people = { patientId: clinic.patient.id, doctorId: clinic.doctor.id };
  return clinic.appointments.book({ ...people, ...time, ...others });
}

const addPatient = async ({ patients }: Clinic) => (await patients.register(samplePatientInput())).id;
const addDoctor = async ({ doctors }: Clinic) => (await doctors.register(sampleDoctorInput())).id;

/** By the verb for it, or where there is none, by a transaction for each appointment. */
async function handOver(clinic: Clinic, doctorId: string, standInId: string): Promise<Appointment[]> {
  const verb = absencesOf(clinic).handOver;
  if (verb) return verb(doctorId, { standInId, ...period('08:00', '18:00') });
  const handedOver: Appointment[] = [];
  for (const appointment of await clinic.appointments.list({ doctorId })) {
    const changed = { ...appointment, doctorId: standInId, version: appointment.version + 1 };
    const move = async (tx: ClinicTransaction) => {
      await tx.appointments.update(changed);
      return changed;
    };
    await clinic.storage.transaction(move).then(
      (moved) => handedOver.push(moved),
      () => {},
    );
  }
  return handedOver;
}

/** `done`, or the code of the refusal. */
const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error) => error.code,
  );

proveReview(3, {
  defects: {
    'old-migration-edited': {
      question: 'a PostgreSQL database is there already: does the program start on it?',
      skip: skip || undefined,
      original: 'done',
      changed: 'database',
      async observe(code, t) {
        const { openDatabase } = await repositoryOf(code);
        const opening = openDatabase(await placePostgres(t));
        opening.then((database) => t.after(() => database.close())).catch(() => {});
        return outcomeOf(opening);
      },
    },

    'closed-range': {
      question: "the doctor's time is taken from 9 to 12: can one book until 9, and from 12 on?",
      original: ['done', 'done'],
      changed: ['conflict', 'conflict'],
      async observe(code, t) {
        const clinic = await openClinic(code, t);
        await occupy(clinic, period('09:00', '12:00'));
        return [
          await outcomeOf(book(clinic, period('08:30', '09:00'))),
          await outcomeOf(book(clinic, period('12:00', '12:30'))),
        ];
      },
    },

    'second-connection': {
      question:
        'three appointments are moved at once, through three connections: is one refused that could be done?',
      skip: skip || undefined,
      original: false,
      changed: true,
      async observe(code, t) {
        const limits = { poolSize: 3 };
        const clinic = await openClinic(code, t, { place: await placeFresh(code, t), limits });
        const booked: Appointment[] = [];
        for (let each = 0; each < 3; each++) {
          const people = { patientId: await addPatient(clinic), doctorId: await addDoctor(clinic) };
          booked.push(await book(clinic, period('09:00', '09:30'), people));
        }
        const later = period('10:00', '10:30');
        const moves = booked.map(({ id }) => outcomeOf(clinic.appointments.change(id, later)));
        return (await Promise.all(moves)).includes('unavailable');
      },
    },

    'reason-told': {
      question: "the doctor's time is taken for a reason: does one who wants to book hear it?",
      original: ['conflict', false],
      changed: ['conflict', true],
      async observe(code, t) {
        const clinic = await openClinic(code, t);
        await occupy(clinic, period('09:00', '12:00'), 'an operation');
        const refusal = await book(clinic, period('10:00', '10:30')).catch((error) => error);
        return [refusal.code, JSON.stringify([refusal.message, refusal.details]).includes('operation')];
      },
    },

    'look-then-insert': {
      question: "while an appointment is being moved to 10, the doctor's time from 9 to 12 is taken: how?",
      skip: skip || undefined,
      original: 'conflict',
      changed: 'done',
      async observe(code, t) {
        const clinic = await openClinic(code, t, { place: await placeFresh(code, t) });
        const appointment = await book(clinic, period('14:00', '14:30'));
        const [moved, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
        const moving = clinic.storage.transaction(async (tx) => {
          await tx.appointments.update({ ...appointment, ...period('10:00', '10:30'), version: 2 });
          moved.resolve();
          await gate.promise;
        });
        await Promise.race([moved.promise, moving]);
        const occupied = outcomeOf(occupy(clinic, period('09:00', '12:00')));
        // Time for it to come as far as it gets while the other one is not done.
        await Promise.race([occupied, sleep(200)]);
        gate.resolve();
        await moving;
        return occupied;
      },
    },

    'kept-from-first-run': {
      question:
        'the transaction of a hand-over has to run twice: how often does its answer name the patient?',
      original: 1,
      changed: 2,
      async observe(code, t) {
        let colliding = false;
        const wrapStorage = (storage: ClinicStorage): ClinicStorage => ({
          ...storage,
          async transaction(work) {
            if (colliding)
              await storage.transaction(async (tx) => collide(await work(tx))).catch(expectCollision);
            return storage.transaction(work);
          },
        });
        const clinic = await openClinic(code, t, { wrapStorage });
        const standInId = await addDoctor(clinic);
        await book(clinic, period('09:00', '09:30'));
        colliding = true;
        const handedOver = await handOver(clinic, clinic.doctor.id, standInId);
        return handedOver.filter(({ patientId }) => patientId === clinic.patient.id).length;
      },
    },

    'locks-as-they-come': {
      question: 'two doctors stand in for each other at once: does one of the transactions run again?',
      skip: skip || undefined,
      original: 'each once',
      changed: 'again',
      async observe(code, t) {
        let runs = 0;
        let counting = false;
        let asked = 0;
        const bothCame = Promise.withResolvers<void>();
        const wrapDatabase = (database: SqlDatabase): SqlDatabase => ({
          ...database,
          transaction: (work) =>
            database.transaction((sql, run) => {
              if (counting) runs += 1;
              const lock = async (...keys: string[]) => {
                if (counting && ++asked === 2) bothCame.resolve();
                await sql.lock(...keys);
                if (!counting) return;
                await bothCame.promise; // However long the other takes to connect.
                await sleep(50); // Time for it to have its first lock, too.
              };
              return work({ ...sql, lock }, run);
            }),
        });
        const clinic = await openClinic(code, t, { place: await placeFresh(code, t), wrapDatabase });
        const [one, other] = [clinic.doctor.id, await addDoctor(clinic)];
        await book(clinic, period('09:00', '09:30'));
        const patientId = await addPatient(clinic);
        await book(clinic, period('10:00', '10:30'), { patientId, doctorId: other });
        counting = true;
        await Promise.all([handOver(clinic, one, other), handOver(clinic, other, one)]);
        return runs > 2 ? 'again' : 'each once';
      },
    },

    'refusal-swallowed': {
      question: 'of two appointments the stand-in has no time for the first: is the second handed over?',
      original: true,
      changed: false,
      async observe(code, t) {
        const clinic = await openClinic(code, t);
        const standInId = await addDoctor(clinic);
        await book(clinic, period('09:00', '09:30'), {
          patientId: await addPatient(clinic),
          doctorId: standInId,
        });
        await book(clinic, period('09:00', '09:30'));
        const second = await book(clinic, period('11:00', '11:30'));
        await outcomeOf(handOver(clinic, clinic.doctor.id, standInId));
        return (await clinic.appointments.get(second.id)).doctorId === standInId;
      },
    },
  },

  traps: {
    'eight-hours-before': {
      question:
        'an appointment of eight hours ends within a period, another as it begins: may each of the periods be taken?',
      both: ['conflict', 'done'],
      async observe(code, t) {
        const clinic = await openClinic(code, t);
        await book(clinic, period('08:00', '16:00'));
        return [
          await outcomeOf(occupy(clinic, period('15:59', '18:00'))),
          await outcomeOf(occupy(clinic, period('16:00', '18:00'))),
        ];
      },
    },

    'instants-as-text': {
      question:
        'a period begins in one zone and ends in another: is it taken, and only when its end comes later?',
      both: ['done', 'validation'],
      async observe(code, t) {
        const clinic = await openClinic(code, t);
        const [start, end] = ['2027-03-01T10:00:00+02:00', '2027-03-01T09:00:00Z'];
        return [
          await outcomeOf(occupy(clinic, { startsAt: start, endsAt: end })),
          await outcomeOf(occupy(clinic, { startsAt: end, endsAt: start })),
        ];
      },
    },
  },
});

/** What a database does to a transaction that stood in the way of another: it is rolled back, to be run again. */
function collide(_result: unknown): never {
  throw COLLISION;
}

function expectCollision(error: unknown): void {
  if (error !== COLLISION) throw error;
}

const COLLISION = new Error('collision');
