import { AsyncLocalStorage } from 'node:async_hooks';
import type { ClinicStorage, ClinicTransaction } from '@medcenter/stage-03-postgres/repository';
import {
  type Actor,
  type Appointment,
  type AuditAction,
  type AuditEvent,
  DomainError,
  type Patient,
  type ResourceKind,
  resourceOf,
} from '../domain/index.ts';
import type { AuditLog } from './audit-log.ts';
import { sqlAudit } from './sql-audit.ts';

export interface AuditOptions {
  readonly log: AuditLog;
  /** Who acts now; undefined when it is the program itself. */
  actor(): Actor | undefined;
}

/**
 * The storage, with a line in the audit for each patient's data that are read or written. What is read is handed out
 * after its line is committed; a line about what is written is committed with it, or neither is. A change that is
 * refused tells something of the record that it was about (its version, that it is taken): it leaves a line of its own.
 *
 * Whoever reads a page asks for one record more than they show, to see whether there is more: that one has no line.
 */
export function withAudit(storage: ClinicStorage, { log, actor }: AuditOptions): ClinicStorage {
  // What is read beside a transaction, while it runs, has its line in it: a transaction of its own would wait for it.
  const running = new AsyncLocalStorage<AuditEvent[]>();
  const seen = async <T>(found: T, events: (found: T) => readonly AuditEvent[]): Promise<T> => {
    const reader = actor();
    const inside = running.getStore();
    if (inside) inside.push(...events(found));
    else if (reader) await log.append(reader, events(found));
    return found;
  };
  const { patients, appointments } = storage;
  return {
    ...storage,
    patients: {
      find: async (id) => seen(await patients.find(id), (found) => [looked('Patient', id, found)]),
      list: async (query) =>
        seen(await patients.list(query), (found) => listed('Patient', shown(found, query))),
    },
    appointments: {
      find: async (id) => seen(await appointments.find(id), (found) => [looked('Appointment', id, found)]),
      list: async (query) =>
        seen(await appointments.list(query), (found) => listed('Appointment', shown(found, query))),
    },
    async transaction(work) {
      const writer = actor();
      if (!writer) return storage.transaction(work);
      let looks: AuditEvent[] = [];
      try {
        return await storage.transaction(async (tx) => {
          const events: AuditEvent[] = [];
          looks = []; // The work may run again.
          const result = await running.run(events, () =>
            work(watching(tx, { look: (event) => looks.push(event), note: (event) => events.push(event) })),
          );
          await sqlAudit(tx.sql).insert(log.entriesOf(writer, events));
          return result;
        });
      } catch (error) {
        if (error instanceof DomainError && error.code !== 'unavailable') {
          await log.append(writer, looks.map(asRefused));
        }
        throw error;
      }
    },
  };
}

interface Watcher {
  /** Told of what is looked up, to be changed or to be referred to. */
  look(event: AuditEvent): void;
  /** Told of what is written, and of an answer that is given again. */
  note(event: AuditEvent): void;
}

function watching(tx: ClinicTransaction, { look, note }: Watcher): ClinicTransaction {
  const { patients, appointments, idempotencyKeys } = tx;
  return {
    ...tx,
    patients: {
      ...patients,
      async find(id) {
        const found = await patients.find(id);
        look(looked('Patient', id, found));
        return found;
      },
      async insert(patient) {
        await patients.insert(patient);
        note(eventOf('create', patient));
      },
      async insertMissing(given) {
        const ids = await patients.insertMissing(given);
        for (const id of ids) note(eventOf('create', { id }));
        return ids;
      },
      async update(patient) {
        await patients.update(patient);
        note(eventOf('update', patient));
      },
      async delete(id) {
        await patients.delete(id);
        note(eventOf('delete', { id }));
      },
    },
    appointments: {
      ...appointments,
      async find(id) {
        const found = await appointments.find(id);
        look(looked('Appointment', id, found));
        return found;
      },
      async insert(appointment) {
        await appointments.insert(appointment);
        note(eventOf('create', appointment));
      },
      async update(appointment) {
        await appointments.update(appointment);
        note(eventOf('update', appointment));
      },
    },
    idempotencyKeys: {
      ...idempotencyKeys,
      async find(key) {
        const kept = await idempotencyKeys.find(key);
        if (kept) note(read(kept.answer));
        return kept;
      },
    },
  };
}

type Touched = Pick<Patient, 'id'> | Pick<Appointment, 'id' | 'patientId'>;

function eventOf(action: AuditAction, record: Touched): AuditEvent {
  const [kind, patientId] =
    'patientId' in record ? ['Appointment', record.patientId] : ['Patient', record.id];
  return { action, resource: `${kind}/${record.id}`, patientId, outcome: 'success' };
}

const read = (record: Touched) => eventOf('read', record);

function shown<Item>(found: readonly Item[], { limit }: { readonly limit?: number }): readonly Item[] {
  return limit === undefined ? found : found.slice(0, Math.max(limit - 1, 1));
}

function listed(kind: ResourceKind, found: readonly Touched[]): AuditEvent[] {
  return found.length > 0 ? found.map(read) : [{ action: 'read', resource: kind, outcome: 'success' }];
}

function looked(kind: ResourceKind, id: string, found: Touched | undefined): AuditEvent {
  return found ? read(found) : { action: 'read', ...resourceOf(kind, id), outcome: 'not_found' };
}

function asRefused(look: AuditEvent): AuditEvent {
  return look.outcome === 'success' ? { ...look, outcome: 'refused' } : look;
}
