import {
  BadQuery,
  bodyOf,
  entityTag,
  expectedVersions,
  hasAlready,
  ifMatchHeader,
  ifNoneMatchHeader,
  problems,
} from '@medcenter/stage-05-events/transport/http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  DomainError,
  type FieldProblem,
  type Schedule,
  type ScheduleInput,
  type TimeZones,
  validation,
} from '../../domain/index.ts';
import {
  readScheduleRecord,
  scheduleRecordSchema,
  scheduleSchema,
  slotQuerySchema,
  slotsSchema,
} from '../../schema/index.ts';
import type { ExpectedVersions, ScheduleService, SlotQuery } from '../../service/index.ts';
import { exampleSchedule, exampleScheduleInput, exampleSlots } from './schedule-examples.ts';

export interface ScheduleRouteOptions {
  readonly schedules: ScheduleService;
  readonly zones: Pick<TimeZones, 'nameOf'>;
}

interface ById {
  Params: { id: string };
}

/** `/doctors/:id/schedule` and `/doctors/:id/slots`: each route is one call of the service. */
export async function scheduleRoutes(
  app: FastifyInstance,
  { schedules, zones }: ScheduleRouteOptions,
): Promise<void> {
  const answer = { ...scheduleSchema, examples: [exampleSchedule] };
  const tags = ['schedules'];

  const getSchema = {
    tags,
    summary: 'When a doctor works, and how long a slot is',
    headers: ifNoneMatchHeader,
    response: {
      200: answer,
      304: { type: 'null', description: 'The client has this version already.' },
      ...problems(404, 503),
    },
  };
  app.get<ById>('/doctors/:id/schedule', { schema: getSchema }, (request, reply) =>
    whileThere(request, reply, async (signal) => {
      const schedule = await schedules.getSchedule(request.params.id, { signal });
      reply.header('etag', entityTag(schedule.version));
      if (hasAlready(request.headers['if-none-match'], schedule.version)) return reply.code(304).send();
      return schedule;
    }),
  );

  const putSchema = {
    tags,
    summary:
      "Put a whole schedule in the place of the old one, or of none; from then on the doctor's slots are booked",
    headers: ifMatchHeader,
    body: { ...scheduleRecordSchema, examples: [exampleScheduleInput] },
    response: { 200: answer, ...problems(400, 404, 412, 413, 415, 422, 503) },
  };
  app.put<ById>('/doctors/:id/schedule', { schema: putSchema }, async (request, reply) => {
    const { doctorId, version, updatedAt, ...input } = readScheduleRecord(bodyOf(request), zones);
    const { id } = request.params;
    await refuseOtherFields(schedules, id, { doctorId, version, updatedAt });
    const expected = await expectedHere(schedules, id, request.headers['if-match']);
    return sendSchedule(reply, await schedules.putSchedule(id, input satisfies ScheduleInput, { expected }));
  });

  const slotsSchemaOf = {
    tags,
    summary: 'The slots of a doctor that are free and to come, in order; none without a schedule',
    querystring: slotQuerySchema,
    response: { 200: { ...slotsSchema, examples: [{ items: exampleSlots }] }, ...problems(400, 404, 503) },
  };
  app.get<ById & { Querystring: Pick<SlotQuery, 'from' | 'to'> }>(
    '/doctors/:id/slots',
    { schema: slotsSchemaOf },
    (request, reply) =>
      whileThere(request, reply, async (signal) => {
        const { from, to } = request.query;
        const slots = schedules.availableSlots({ doctorId: request.params.id, from, to }, { signal });
        return { items: await slots.catch(refuseQuery) };
      }),
  );
}

/** Looks something up for as long as the client is there: one who has left is not answered, and it is no failure. */
async function whileThere<T>(
  { signal }: FastifyRequest,
  reply: FastifyReply,
  look: (signal: AbortSignal) => Promise<T>,
): Promise<T | FastifyReply> {
  try {
    return await look(signal);
  } catch (error) {
    if (signal.aborted) return reply.hijack();
    throw error;
  }
}

/** What is wrong with a query is answered by a 400, as elsewhere. */
export function refuseQuery(error: unknown): never {
  if (error instanceof DomainError && error.code === 'validation') {
    throw Object.assign(new BadQuery(), { details: error.details });
  }
  throw error;
}

type KeptFields = Pick<Schedule, 'doctorId' | 'version' | 'updatedAt'>;

/** A client may send back what it read; it may not change what is not its to change. */
async function refuseOtherFields(
  schedules: Pick<ScheduleService, 'getSchedule'>,
  id: string,
  given: { readonly [Field in keyof KeptFields]: KeptFields[Field] | undefined },
): Promise<void> {
  const { doctorId: _, ...counted } = given;
  const isCounted = Object.values(counted).some((value) => value !== undefined);
  const now = { ...(isCounted && (await findSchedule(schedules, id))), doctorId: id };
  const details: FieldProblem[] = (['doctorId', 'version', 'updatedAt'] as const)
    .filter((name) => given[name] !== undefined && given[name] !== now[name])
    .map((name) => {
      const remedy = now[name] === undefined ? 'there is no schedule yet' : `or send ${now[name]}`;
      return { path: `/${name}`, message: `cannot be changed: leave it out, ${remedy}` };
    });
  if (details.length > 0) throw validation(details);
}

/** As `expectedVersions`, but where there is no schedule yet, `*` matches nothing: RFC 9110 section 13.1.1. */
async function expectedHere(
  schedules: Pick<ScheduleService, 'getSchedule'>,
  id: string,
  ifMatch: string | undefined,
): Promise<ExpectedVersions> {
  if (ifMatch?.trim() !== '*') return expectedVersions(ifMatch);
  return (await findSchedule(schedules, id)) ? undefined : [];
}

async function findSchedule(
  schedules: Pick<ScheduleService, 'getSchedule'>,
  id: string,
): Promise<Schedule | undefined> {
  try {
    return await schedules.getSchedule(id);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return undefined;
    throw error;
  }
}

function sendSchedule(reply: FastifyReply, schedule: Schedule): FastifyReply {
  return reply.header('etag', entityTag(schedule.version)).send(schedule);
}
