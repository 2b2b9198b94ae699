import {
  type Appointment,
  type AppointmentChange,
  type AppointmentInput,
  changeAppointment,
  createAppointment,
  notFound,
  validation,
} from '../domain/index.ts';
import type { AppointmentQuery, AppointmentReader, Repositories } from '../repository/index.ts';
import type { ServiceDeps } from './patients.ts';

/** What people do with appointments. Nothing in it says that the answer comes from this process. */
export interface Scheduling {
  /** @throws DomainError `validation`; `conflict` when the doctor or the patient has a live appointment then */
  book(input: AppointmentInput): Promise<Appointment>;
  /** @throws DomainError `not_found` */
  get(id: string): Promise<Appointment>;
  /** By start, then by id. */
  list(query?: AppointmentQuery): Promise<Appointment[]>;
  /** @throws DomainError `not_found`, `validation`; `conflict` for a move that is not allowed or a time that is taken */
  change(id: string, change: AppointmentChange): Promise<Appointment>;
}

export function createScheduling({ storage, newId, clock }: ServiceDeps): Scheduling {
  return {
    async book(input) {
      const appointment = createAppointment(input, { id: newId(), clock });
      return storage.transaction((tx) => addAppointment(tx, appointment));
    },
    get: (id) => getAppointment(storage.appointments, id),
    list: (query = {}) => storage.appointments.list(query),
    change: (id, change) =>
      storage.transaction(async (tx) => {
        const changed = changeAppointment(await getAppointment(tx.appointments, id), change, clock);
        await tx.appointments.update(changed);
        return changed;
      }),
  };
}

/** @throws DomainError `not_found` */
export async function getAppointment(appointments: AppointmentReader, id: string): Promise<Appointment> {
  const appointment = await appointments.find(id);
  if (!appointment) throw notFound('appointment', id);
  return appointment;
}

/** @throws DomainError `validation` for an unknown patient, `conflict` for a taken time */
export async function addAppointment(tx: Repositories, appointment: Appointment): Promise<Appointment> {
  if (!(await tx.patients.find(appointment.patientId))) {
    throw validation([
      { path: '/patientId', message: 'is the id of no patient: register the patient first' },
    ]);
  }
  // Whether the time is free is not asked here: the answer could be old by the time of the insert.
  await tx.appointments.insert(appointment);
  return appointment;
}
