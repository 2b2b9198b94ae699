import type { DatabaseOptions } from '@medcenter/stage-03-postgres/repository';
import { v7 as uuidv7 } from 'uuid';
import type { Stage } from '../stages.ts';
import { openDoor } from './doors.ts';
import { SAMPLE_DOCTORS, SAMPLE_PEOPLE, SAMPLE_SCHEDULE } from './sample-people.ts';

type Repository = typeof import('@medcenter/stage-03-postgres/repository');
type Domain = typeof import('@medcenter/stage-03-postgres/domain');
type Service = typeof import('@medcenter/stage-03-postgres/service');
/** From stage 5 on, what is booked is told. */
type Telling = Partial<Pick<typeof import('@medcenter/stage-05-events/repository'), 'withOutbox'>>;
type App = Partial<Pick<typeof import('@medcenter/stage-05-events/app'), 'createNewEvent'>>;
/** From stage 6 on, doctors have schedules. */
type Scheduling = Partial<
  Pick<typeof import('@medcenter/stage-06-grpc/repository'), 'sqlSchedules'> &
    Pick<typeof import('@medcenter/stage-06-grpc/domain'), 'createSchedule'> &
    Pick<typeof import('@medcenter/stage-06-grpc/service'), 'createTimeZones'>
>;

/** Puts a few people and their appointments of tomorrow into an empty database, all at once; else nothing. Answers the id of a doctor. */
export async function addSampleClinic(stage: Stage, options: DatabaseOptions): Promise<string | undefined> {
  // The stage's own doors: a later stage has tables that this one does not know.
  const { createSqlStorage, migrations, openDatabase, withOutbox, sqlSchedules } = await openDoor<
    Repository & Telling & Scheduling
  >(stage, 'repository');
  const { createNewEvent } = await openDoor<App>(stage, 'app');
  const { createAppointment, createDoctor, createPatient, createSchedule } = await openDoor<
    Domain & Scheduling
  >(stage, 'domain');
  const { createSystemClock, createTimeZones } = await openDoor<Service & Scheduling>(stage, 'service');
  const clock = createSystemClock();

  await using stack = new AsyncDisposableStack();
  const database = await openDatabase(options, migrations);
  const stored = stack.adopt(createSqlStorage(database), (opened) => opened.close());
  const storage =
    withOutbox && createNewEvent
      ? withOutbox(stored, { newEvent: createNewEvent(clock), onCommit: () => {} }) // The server's relay tells it.
      : stored;
  const identity = () => ({ id: uuidv7(), clock });
  await storage.transaction(async (tx) => {
    const isEmpty = async (list: { list(query: object): Promise<unknown[]> }) =>
      (await list.list({ limit: 1 })).length === 0;
    if (!(await isEmpty(tx.patients)) || !(await isEmpty(tx.doctors))) return;
    const patients = SAMPLE_PEOPLE.map((person) => createPatient(person, identity()));
    const doctors = SAMPLE_DOCTORS.map((doctor) => createDoctor(doctor, identity()));
    for (const patient of patients) await tx.patients.insert(patient);
    for (const doctor of doctors) await tx.doctors.insert(doctor);
    if (sqlSchedules && createSchedule && createTimeZones) {
      const rules = { clock, zones: createTimeZones() };
      const table = sqlSchedules(tx.sql);
      for (const { id } of doctors) await table.put(createSchedule(id, SAMPLE_SCHEDULE, rules));
    }
    for (const [index, patient] of patients.entries()) {
      const doctorId = doctors[index % doctors.length]?.id ?? '';
      // The first ones at 9, one with each doctor; those after them at half past, back to back.
      const times = tomorrow(9 + Math.floor(index / doctors.length) / 2, clock.now());
      const appointment = createAppointment({ patientId: patient.id, doctorId, ...times }, identity());
      await tx.appointments.insert(appointment);
    }
  });
  const [doctor] = await storage.doctors.list({ limit: 1 });
  return doctor?.id;
}

/** Half an hour of tomorrow, from this hour on, in UTC. */
function tomorrow(hour: number, now: Date): { startsAt: string; endsAt: string } {
  const day = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
  const at = (hours: number) => new Date(day + hours * 3_600_000).toISOString();
  return { startsAt: at(hour), endsAt: at(hour + 0.5) };
}
