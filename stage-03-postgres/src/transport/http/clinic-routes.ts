import { statusByCode } from '@medcenter/stage-02-http/transport/http';
import type { FastifyInstance } from 'fastify';
import { DomainError, type UnavailableErrorCode } from '../../domain/index.ts';
import { type AppointmentRouteOptions, appointmentRoutes } from './appointment-routes.ts';
import { type DoctorRouteOptions, doctorRoutes } from './doctor-routes.ts';

/** The HTTP status for each code of the domain that this stage knows. */
export const clinicStatusByCode = {
  ...statusByCode,
  ...({ unavailable: 503 } satisfies Record<UnavailableErrorCode, number>),
};

export type ClinicRouteOptions = DoctorRouteOptions & AppointmentRouteOptions;

/** Adds doctors and appointments to an app that is not yet ready. */
export function addClinicRoutes(app: FastifyInstance, options: ClinicRouteOptions): void {
  app.addHook('onError', async (_request, reply, error) => {
    // In seconds. Whatever was too busy is likely to be free again by then.
    if (error instanceof DomainError && error.code === 'unavailable') reply.header('retry-after', '1');
  });
  app.register(doctorRoutes, { prefix: '/api/v1', ...options });
  app.register(appointmentRoutes, { prefix: '/api/v1', ...options });
}
