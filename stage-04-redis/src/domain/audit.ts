import { isUuid } from '@medcenter/stage-03-postgres/domain';

/** What was done with a record; FHIR's AuditEvent.action has the same four. */
export const AUDIT_ACTIONS = ['create', 'read', 'update', 'delete'] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** `denied`: the person may not. `refused`: the change was not made, for another reason; its reason tells something. */
export const AUDIT_OUTCOMES = ['success', 'not_found', 'denied', 'refused'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** One look at the data of one patient, or one change of them, or one try. */
export interface AuditEvent {
  readonly action: AuditAction;
  /** What was touched, such as `Patient/01981a3e-…`; `Patient` alone for a list that held nobody. */
  readonly resource: string;
  /** Whose data they are, where that is known. */
  readonly patientId?: string;
  readonly outcome: AuditOutcome;
}

/** Who did it, and by which request. */
export interface Actor {
  /** Undefined for somebody who did not say who they are. */
  readonly username?: string | undefined;
  readonly requestId: string;
}

/** A line of the audit. */
export interface AuditEntry extends AuditEvent {
  /** UUID version 7: ids sort by time. */
  readonly id: string;
  /** An instant in UTC, RFC 3339. */
  readonly recordedAt: string;
  readonly username?: string;
  readonly requestId: string;
}

export type ResourceKind = 'Patient' | 'Appointment';

/** How a record is named in the audit. What is no id may be anything that people type: it is not kept. */
export function resourceOf(
  kind: ResourceKind,
  id: string | undefined,
): Pick<AuditEvent, 'resource' | 'patientId'> {
  if (id === undefined || !isUuid(id)) return { resource: kind };
  return { resource: `${kind}/${id}`, ...(kind === 'Patient' && { patientId: id }) };
}
