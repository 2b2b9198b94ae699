import type { FastifyInstance } from 'fastify';
import { type Actor, type AuditEvent, DomainError } from '../../domain/index.ts';

const read = { action: 'read', resource: 'Appointment', outcome: 'denied' } as const;
const create = { ...read, action: 'create' } as const;

/** What the audit keeps of a request that was refused, for those routes to patients' data that are new in this stage. */
const DENIALS: Readonly<Record<string, AuditEvent>> = {
  'GET /api/v1/doctors/:id/appointments/stream': read,
  'POST /medcenter.schedule.v1.ScheduleService/BookSlot': create,
  'POST /medcenter.schedule.v1.ScheduleService/StreamDailyAppointments': read,
};

/** Has a line kept of who was not let in. To be called on an app that is not ready, beside `addAccess`. */
export function auditDenials(
  app: FastifyInstance,
  onDenied: (actor: Actor, event: AuditEvent) => Promise<void>,
): void {
  app.addHook('onError', async ({ method, routeOptions, session, id: requestId }, _reply, error) => {
    if (!(error instanceof DomainError) || !['unauthenticated', 'forbidden'].includes(error.code)) return;
    const event = DENIALS[`${method} ${routeOptions.url}`];
    if (event) await onDenied({ username: session?.username, requestId }, event);
  });
}
