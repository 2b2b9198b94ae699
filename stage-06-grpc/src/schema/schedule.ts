import { createShapeCheck, type Equal } from '@medcenter/stage-05-events/schema';
import type { FromSchema } from 'json-schema-to-ts';
import {
  type FieldProblem,
  MAX_SLOT_DAYS,
  type Schedule,
  SCHEDULE_LIMITS,
  type ScheduleFields,
  type ScheduleInput,
  SLOT_MINUTES,
  type Slot,
  scheduleProblems,
  type TimeZones,
  validation,
  WEEKDAYS,
} from '../domain/index.ts';

const date = {
  type: 'string',
  description: "A calendar date in the schedule's time zone, such as 2027-03-01.",
} as const;
const from = { type: 'string', description: 'When it begins, by the clock on the wall: 09:00.' } as const;
const to = { type: 'string', description: 'When it ends; midnight is 24:00.' } as const;

const intervalSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['from', 'to'],
  properties: { from, to },
} as const;

export const scheduleInputSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['timeZone', 'slotMinutes', 'weekly', 'exceptions'],
  properties: {
    timeZone: { type: 'string', description: 'A name of the IANA database, such as Europe/Berlin.' },
    slotMinutes: {
      type: 'integer',
      description: `How long a slot is; ${SLOT_MINUTES.least} to ${SLOT_MINUTES.most} minutes.`,
    },
    weekly: {
      type: 'array',
      description: `The hours of each week, in any order; ${SCHEDULE_LIMITS.weekly} rows at the most. A break is the time between two rows.`,
      items: {
        ...intervalSchema,
        required: ['day', ...intervalSchema.required],
        properties: { day: { enum: WEEKDAYS }, ...intervalSchema.properties },
      },
    },
    exceptions: {
      type: 'array',
      description: `Dates with other hours in the place of the week's, or with none: a day off; ${SCHEDULE_LIMITS.exceptions} at the most, with ${SCHEDULE_LIMITS.allIntervals} intervals in all.`,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['date', 'intervals'],
        properties: { date, intervals: { type: 'array', items: intervalSchema } },
      },
    },
  },
} as const;

const keptFields = {
  doctorId: { type: 'string' },
  version: { type: 'integer', description: 'Counts the changes, from 1.' },
  updatedAt: { type: 'string', description: 'An instant in UTC.' },
} as const;

export const scheduleSchema = {
  type: 'object',
  additionalProperties: false,
  required: [...scheduleInputSchema.required, 'doctorId', 'version', 'updatedAt'],
  properties: { ...scheduleInputSchema.properties, ...keptFields },
} as const;

/** A whole record, as PUT takes it: also as GET answered it. */
export const scheduleRecordSchema = {
  ...scheduleInputSchema,
  properties: { ...scheduleInputSchema.properties, ...keptFields },
} as const;

export const slotQuerySchema = {
  type: 'object',
  required: ['from', 'to'],
  properties: {
    from: { ...date, maxLength: 40 },
    to: {
      ...date,
      maxLength: 40,
      description: `${date.description} It is included; ${MAX_SLOT_DAYS} days at the most.`,
    },
  },
} as const;

export const slotSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['startsAt', 'endsAt'],
  properties: {
    startsAt: { type: 'string', description: 'An instant in UTC.' },
    endsAt: { type: 'string', description: 'An instant in UTC. The moment itself is not in the slot.' },
  },
} as const;

export const slotsSchema = {
  type: 'object',
  required: ['items'],
  properties: { items: { type: 'array', items: slotSchema } },
} as const;

export const dayStreamQuerySchema = {
  type: 'object',
  required: ['date'],
  properties: {
    date: {
      ...date,
      maxLength: 40,
      description: "A calendar date in the zone of the doctor's schedule, or in UTC without one.",
    },
  },
} as const;

/** A schema knows no lists that are only to be read. */
type Writable<T> = T extends readonly (infer Item)[]
  ? Writable<Item>[]
  : T extends object
    ? { -readonly [Field in keyof T]: Writable<T[Field]> }
    : T;

// Schema and type say the same, or this file does not compile.
true satisfies Equal<FromSchema<typeof scheduleInputSchema>, Writable<ScheduleInput>>;
true satisfies Equal<FromSchema<typeof scheduleSchema>, Writable<Schedule>>;
true satisfies Equal<FromSchema<typeof slotSchema>, Slot>;

/** Takes a whole schedule from outside. @throws DomainError `validation` with every problem of shape and rule */
export function readScheduleRecord(
  value: unknown,
  zones: Pick<TimeZones, 'nameOf'>,
): ScheduleInput & Partial<Pick<Schedule, keyof typeof keptFields>> {
  const problems = checkScheduleRecord(value);
  if (problems.length === 0) {
    const record = value as ScheduleInput;
    const broken = scheduleProblems(record, zones);
    if (broken.length > 0) throw validation(broken);
    return record;
  }
  throw validation([...problems, ...scheduleProblems(soundFields(value, problems), zones)]);
}

const checkScheduleRecord = createShapeCheck(scheduleRecordSchema);

/** What is of the right shape in a record that is not: each field that a problem names is left out. */
function soundFields(value: unknown, problems: readonly FieldProblem[]): ScheduleFields {
  const wrong = new Set(problems.map(({ path }) => path));
  return (withoutFields(value, '', wrong) ?? {}) as ScheduleFields;
}

function withoutFields(value: unknown, path: string, wrong: ReadonlySet<string>): unknown {
  if (wrong.has(path)) return undefined;
  if (Array.isArray(value)) return value.map((each, index) => withoutFields(each, `${path}/${index}`, wrong));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, each]) => [
    name,
    withoutFields(each, `${path}/${name}`, wrong),
  ]);
  return Object.fromEntries(fields.filter(([, each]) => each !== undefined));
}
