import { formatCursor, placeIn, problems } from '@medcenter/stage-03-postgres/transport/http';
import type { FastifyInstance } from 'fastify';
import {
  type AuditQueryParameters,
  auditEntrySchema,
  auditQuerySchema,
  pageSchema,
} from '../../schema/index.ts';
import type { AuditReader } from '../../service/index.ts';

/** `/audit`: who saw and changed what. */
export async function auditRoutes(app: FastifyInstance, { audit }: { audit: AuditReader }): Promise<void> {
  const schema = {
    tags: ['audit'],
    summary: "Who saw and changed patients' data, the newest first",
    querystring: auditQuerySchema,
    response: { 200: pageSchema(auditEntrySchema), ...problems(400, 503) },
  };
  app.get<{ Querystring: AuditQueryParameters }>('/audit', { schema }, async ({ query }) => {
    const { limit, cursor = '', ...filters } = query;
    const list = JSON.stringify(['audit', filters]);
    const before = placeIn(list, cursor);
    const { items, next } = await audit.page({ limit, ...filters, ...(before !== '' && { before }) });
    return { items, nextCursor: next === undefined ? null : formatCursor(next, list) };
  });
}
