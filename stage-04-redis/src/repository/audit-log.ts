import type { ClinicStorage } from '@medcenter/stage-03-postgres/repository';
import type { Actor, AuditEntry, AuditEvent, Clock } from '../domain/index.ts';
import { createQuota } from './quota.ts';
import { sqlAudit } from './sql-audit.ts';

export interface AuditLog {
  /** Writes what a reader saw, or what somebody tried. Resolves when it is on the disk. */
  append(actor: Actor, events: readonly AuditEvent[]): Promise<void>;
  /**
   * Writes what somebody was not allowed to do. Of those who did not say who they are, 60 a minute at the most: the
   * table only ever grows, and they may send as much as they like. The log of requests has them all.
   */
  appendDenial(actor: Actor, event: AuditEvent): Promise<void>;
  /** The entries for what is written in a transaction, to be written in the same one. */
  entriesOf(actor: Actor, events: readonly AuditEvent[]): AuditEntry[];
}

export interface AuditLogDeps {
  /** Without a decorator that would audit it. */
  readonly storage: ClinicStorage;
  readonly newId: () => string;
  readonly clock: Clock;
}

const STRANGERS_A_MINUTE = 60;

/**
 * Each reader waits until the line about them is committed, and a commit is what costs: so whoever comes while one is
 * under way shares the next. Databases call it group commit.
 */
export function createAuditLog({ storage, newId, clock }: AuditLogDeps): AuditLog {
  let waiting: AuditEntry[] = [];
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  const write = async () => {
    // The one before: `append` names this one the last only after this line has run.
    await last.catch(() => {}); // Whoever waited for that one has been told.
    const entries = waiting;
    [waiting, next] = [[], undefined];
    await storage.transaction((tx) => sqlAudit(tx.sql).insert(entries));
  };
  const entriesOf = ({ username, requestId }: Actor, events: readonly AuditEvent[]): AuditEntry[] => {
    const recordedAt = clock.now().toISOString();
    const who = { ...(username !== undefined && { username }), requestId };
    return events.map((event) => ({ id: newId(), recordedAt, ...who, ...event }));
  };
  const append = (actor: Actor, events: readonly AuditEvent[]): Promise<void> => {
    if (events.length === 0) return Promise.resolve();
    waiting.push(...entriesOf(actor, events));
    if (!next) {
      next = write();
      last = next;
    }
    return next;
  };
  const isRoomForStranger = createQuota(STRANGERS_A_MINUTE, clock);
  return {
    entriesOf,
    append,
    async appendDenial(actor, event) {
      if (actor.username !== undefined || isRoomForStranger()) await append(actor, [event]);
    },
  };
}
