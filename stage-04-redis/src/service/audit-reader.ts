import { cutPage } from '@medcenter/stage-03-postgres/service';
import type { AuditEntry } from '../domain/index.ts';
import type { Audit, AuditQuery } from '../repository/index.ts';

/** Some lines of the audit, and where to go on. */
export interface AuditPage {
  readonly items: readonly AuditEntry[];
  /** The id before which the next page begins; undefined at the end. */
  readonly next: string | undefined;
}

export interface AuditReader {
  /** The newest first. */
  page(query: AuditQuery): Promise<AuditPage>;
}

export function createAuditReader(audit: Pick<Audit, 'list'>): AuditReader {
  return {
    async page({ limit, ...query }) {
      const { items, last } = cutPage(await audit.list({ ...query, limit: limit + 1 }), limit);
      return { items, next: last?.id };
    },
  };
}
