import type { Equal } from '@medcenter/stage-04-redis/schema';
import type { FromSchema } from 'json-schema-to-ts';
import type { DayStatistics } from '../domain/index.ts';

const date = { type: 'string', description: 'A calendar date, such as 2027-03-01.' } as const;

export const statisticsQuerySchema = {
  type: 'object',
  properties: {
    from: { ...date, maxLength: 40, description: `${date.description} This one and later.` },
    to: { ...date, maxLength: 40, description: `${date.description} This one and earlier.` },
    doctorId: { type: 'string', maxLength: 100 },
  },
} as const;

export const dayStatisticsSchema = {
  type: 'object',
  required: ['date', 'doctorId', 'booked', 'cancelled'],
  additionalProperties: false,
  properties: {
    date: { ...date, description: 'The date on which the appointments begin, in UTC.' },
    doctorId: { type: 'string' },
    booked: { type: 'integer', description: 'All that were booked, also those that were cancelled later.' },
    cancelled: { type: 'integer' },
  },
} as const;

export const statisticsSchema = {
  type: 'object',
  required: ['items'],
  properties: { items: { type: 'array', items: dayStatisticsSchema } },
} as const;

// Schema and type say the same, or this file does not compile.
true satisfies Equal<FromSchema<typeof dayStatisticsSchema>, DayStatistics>;
