import { appointmentSchema, createShapeCheck } from '@medcenter/stage-04-redis/schema';
import {
  type Appointment,
  type AppointmentEvent,
  EVENT_SOURCE,
  EVENT_TYPES,
  type FieldProblem,
  parseInstant,
  validation,
} from '../domain/index.ts';

const uuid = { type: 'string', pattern: '^[\\da-f]{8}(-[\\da-f]{4}){3}-[\\da-f]{12}$' } as const;
const instant = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$',
  description: 'An instant in UTC, with milliseconds.',
} as const;

/** An event on its way. Fields that it does not name are let through: a newer program may tell more. */
export const eventSchema = {
  type: 'object',
  required: ['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'data'],
  properties: {
    specversion: { const: '1.0' },
    id: {
      type: 'string',
      pattern: '^[\\x21-\\x7e]{1,100}$',
      description: 'A UUID. The same event has the same one.',
    },
    source: { const: EVENT_SOURCE },
    type: { enum: EVENT_TYPES },
    subject: { ...uuid, description: "The appointment's id, and the key of the message." },
    time: instant,
    datacontenttype: { const: 'application/json' },
    data: {
      ...appointmentSchema,
      description: 'The appointment after what happened.',
      properties: {
        ...appointmentSchema.properties,
        id: uuid,
        patientId: uuid,
        doctorId: uuid,
        startsAt: instant,
        endsAt: instant,
        version: {
          type: 'integer',
          minimum: 1,
          maximum: 2 ** 31 - 1,
          description: 'Tells which event is the newer.',
        },
      },
    },
  },
} as const;

const checkEvent = createShapeCheck(eventSchema);

/** Takes what a message holds for an event. @throws DomainError `validation`: it will never be one, however often it is read */
export function readEvent(content: unknown): AppointmentEvent {
  const value = parse(content);
  refuseWrong(value);
  return value;
}

/** Writes an event for a topic. An event that nobody could read is a defect of the program that makes it. */
export function writeEvent(event: AppointmentEvent): string {
  try {
    refuseWrong(event);
  } catch (error) {
    throw new Error('an event was made that does not fit its schema', { cause: error });
  }
  return JSON.stringify(event);
}

function refuseWrong(value: unknown): asserts value is AppointmentEvent {
  const problems = checkEvent(value);
  if (problems.length > 0) throw validation(problems);
  const event = value as AppointmentEvent;
  const more = [...subjectProblems(event), ...timeProblems(event.data)];
  if (more.length > 0) throw validation(more);
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string') throw validation([{ path: '', message: 'the message is no text' }]);
  try {
    return JSON.parse(text);
  } catch {
    throw validation([{ path: '', message: 'the message is not JSON' }]); // The parser's own words would quote it.
  }
}

function subjectProblems({ subject, data }: AppointmentEvent): FieldProblem[] {
  return subject === data.id
    ? []
    : [{ path: '/subject', message: 'is not the id of the appointment in data' }];
}

function timeProblems(data: Appointment): FieldProblem[] {
  return (['startsAt', 'endsAt'] as const)
    .filter((name) => parseInstant(data[name]) === undefined)
    .map((name) => ({ path: `/data/${name}`, message: 'is no day of the calendar' }));
}
