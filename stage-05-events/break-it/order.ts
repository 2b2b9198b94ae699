// Appointments are booked, and then cancelled. The two are told in two topics, and between topics there is no order:
// here the reader gets to the second topic first. What does it think of the appointments at the end?
import { v7 as uuidv7 } from 'uuid';
import { type Appointment, createAppointment } from '../src/domain/index.ts';
import { type ClinicStorage, type ClinicTransaction, sqlStatistics } from '../src/repository/index.ts';
import { readEvent } from '../src/schema/index.ts';
import { clock, halfHour, newEvent, openClinic, toMessage } from './clinics.ts';

const APPOINTMENTS = 20;
const people = { doctorId: uuidv7(), patientId: uuidv7() };

interface Reader {
  keep(tx: ClinicTransaction, appointment: Appointment): Promise<unknown>;
  countCancelled(storage: ClinicStorage): Promise<number>;
}

/** What was told last is true. */
const theLastToldOne: Reader = {
  keep: ({ sql }, { id, status }) =>
    sql.query(
      `INSERT INTO experiment (id, status) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET status = $2`,
      ...[id, status],
    ),
  async countCancelled({ sql }) {
    return (await sql.query("SELECT id FROM experiment WHERE status = 'cancelled'")).length;
  },
};

/** This stage's own: what happened last is true. */
const theNewestVersion: Reader = {
  keep: ({ sql }, appointment) => sqlStatistics(sql).put([appointment], clock.now()),
  async countCancelled({ sql }) {
    const [day] = await sqlStatistics(sql).list({});
    return day?.cancelled ?? 0;
  },
};

console.log(`${`${APPOINTMENTS} appointments, all cancelled`.padEnd(34)}cancelled, it thinks`);
for (const [name, { keep, countCancelled }] of [
  ['what was told last is true', theLastToldOne],
  ['the newest version is true', theNewestVersion],
] as const) {
  await using clinic = await openClinic();
  const { storage, log } = clinic;
  await storage.transaction(({ sql }) =>
    sql.query('CREATE TABLE experiment (id TEXT PRIMARY KEY, status TEXT)'),
  );
  for (let number = 0; number < APPOINTMENTS; number++) {
    const booked = createAppointment({ ...people, ...halfHour(number) }, { id: uuidv7(), clock });
    const cancelled: Appointment = { ...booked, status: 'cancelled', version: booked.version + 1 };
    await log.publish([
      toMessage(newEvent('appointment.created', booked)),
      toMessage(newEvent('appointment.cancelled', cancelled)),
    ]);
  }
  for await (const { value } of log.list(['appointments.cancelled', 'appointments.created'])) {
    await storage.transaction((tx) => keep(tx, readEvent(value).data));
  }
  const cancelled = await countCancelled(storage);
  console.log(`${name.padEnd(34)}${String(cancelled).padStart(20)}`);
  if (name.startsWith('the newest') && cancelled !== APPOINTMENTS) process.exitCode = 1;
}
