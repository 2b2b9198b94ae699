import { BadQuery, problems } from '@medcenter/stage-04-redis/transport/http';
import type { FastifyInstance } from 'fastify';
import { type FieldProblem, isCalendarDate, type StatisticsQuery } from '../../domain/index.ts';
import { statisticsQuerySchema, statisticsSchema } from '../../schema/index.ts';
import type { Statistics } from '../../service/index.ts';

/** `/statistics`: what the events have told, counted. It follows the bookings by a moment. */
export async function statisticsRoutes(
  app: FastifyInstance,
  { statistics }: { statistics: Statistics },
): Promise<void> {
  const schema = {
    tags: ['statistics'],
    summary: 'Appointments booked and cancelled, by date and doctor',
    querystring: statisticsQuerySchema,
    response: { 200: statisticsSchema, ...problems(400, 503) },
  };
  app.get<{ Querystring: StatisticsQuery }>('/statistics', { schema }, async ({ query }) => {
    const details: FieldProblem[] = (['from', 'to'] as const)
      .filter((name) => query[name] !== undefined && !isCalendarDate(query[name]))
      .map((name) => ({ path: `/${name}`, message: 'is not a calendar date: write it as 2027-03-01' }));
    if (details.length > 0) throw Object.assign(new BadQuery(), { details });
    return { items: await statistics.list(query) };
  });
}
