import type { FastifyRequest } from 'fastify';
import type { Session } from '../../domain/index.ts';
import type { AppointmentRegistry } from '../../service/index.ts';

/** Whether the appointment is one of the doctor who asks. The doctor of an appointment never changes. */
export function isOwnAppointment(appointments: Pick<AppointmentRegistry, 'get'>) {
  return async ({ doctorId }: Session, request: FastifyRequest): Promise<boolean> => {
    const { id } = request.params as { id: string };
    const appointment = await appointments.get(id);
    return appointment.doctorId === doctorId;
  };
}
