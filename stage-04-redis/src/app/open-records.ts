import { v7 as uuidv7 } from 'uuid';
import type { CacheResult } from '../cache/index.ts';
import type { Actor, Clock } from '../domain/index.ts';
import {
  type AuditLog,
  type ClinicStorage,
  createAuditLog,
  withAudit,
  withPatientCache,
} from '../repository/index.ts';
import type { Adapters } from './open-adapters.ts';

export interface RecordDeps {
  readonly clock: Clock;
  /** Who acts now, for the audit. */
  actor(): Actor | undefined;
  /** Told how a patient was found. */
  onLook?(result: CacheResult): void;
}

export interface Records {
  /** For people: what they do with it is audited. */
  readonly storage: ClinicStorage;
  readonly auditLog: AuditLog;
}

/** From the inside out: the database, copies in front of it, the audit around both. */
export function openRecords(
  stack: AsyncDisposableStack,
  { storage: stored, cache }: Pick<Adapters, 'storage' | 'cache'>,
  { clock, actor, onLook = () => {} }: RecordDeps,
): Records {
  const cached = stack.adopt(withPatientCache(stored, { cache, onLook }), (opened) => opened.close());
  const auditLog = createAuditLog({ storage: stored, newId: uuidv7, clock });
  return { storage: withAudit(cached, { log: auditLog, actor }), auditLog };
}
