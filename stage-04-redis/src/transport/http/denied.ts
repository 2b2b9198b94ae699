import type { FastifyRequest } from 'fastify';
import { type AuditAction, type AuditEvent, type ResourceKind, resourceOf } from '../../domain/index.ts';

const KINDS: Readonly<Record<string, ResourceKind>> = {
  '/api/v1/patients': 'Patient',
  '/api/v1/appointments': 'Appointment',
};

const ACTIONS: Readonly<Record<string, AuditAction>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

/** What the audit keeps of a refused request; undefined when it was not for patients' data. */
export function denialOf({ method, routeOptions, params }: FastifyRequest): AuditEvent | undefined {
  const kind = KINDS[routeOptions.url?.replace('/:id', '') ?? ''];
  if (!kind) return undefined;
  const { id } = params as { id?: string };
  return { action: ACTIONS[method] ?? 'read', ...resourceOf(kind, id), outcome: 'denied' };
}
