import {
  BadCursor,
  BadQuery,
  bodyOf,
  entityTag,
  expectedVersions,
  formatCursor,
  hasAlready,
  ifMatchHeader,
  ifNoneMatchHeader,
  problems,
} from '@medcenter/stage-02-http/transport/http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Appointment, type Clock, type FieldProblem, isUuid, parseInstant } from '../../domain/index.ts';
import {
  type AppointmentPageParameters,
  appointmentAnswerSchema,
  appointmentChangeSchema,
  appointmentInputSchema,
  appointmentPageQuerySchema,
  pageSchema,
  readAppointmentChange,
  readAppointmentInput,
} from '../../schema/index.ts';
import type { AppointmentPlace, AppointmentRegistry } from '../../service/index.ts';
import { exampleAppointment, exampleAppointmentInput } from './examples.ts';
import { idempotencyKeyHeader, idempotencyKeyOf } from './idempotency-key.ts';
import { placeIn } from './place-in-list.ts';

export interface AppointmentRouteOptions {
  readonly appointments: AppointmentRegistry;
  readonly clock: Clock;
}

interface ById {
  Params: { id: string };
}

/** `/appointments`: each route is one call of the service. */
export async function appointmentRoutes(
  app: FastifyInstance,
  { appointments, clock }: AppointmentRouteOptions,
): Promise<void> {
  const answer = { ...appointmentAnswerSchema, examples: [exampleAppointment] };
  const tags = ['appointments'];

  const listSchema = {
    tags,
    summary: 'Appointments in pages, by their start',
    querystring: appointmentPageQuerySchema,
    response: { 200: pageSchema(appointmentAnswerSchema), ...problems(400, 503) },
  };
  app.get<{ Querystring: AppointmentPageParameters }>(
    '/appointments',
    { schema: listSchema },
    async ({ query }) => {
      const { limit, cursor = '', from, to, ...filters } = query;
      const times = { ...instantOf('from', from), ...instantOf('to', to) };
      const list = JSON.stringify(['appointments', filters, times]);
      const after = appointmentPlace(placeIn(list, cursor));
      const { items, next } = await appointments.page({
        limit,
        ...filters,
        ...times,
        ...(after && { after }),
      });
      return { items, nextCursor: next ? formatCursor(`${next.startsAt} ${next.id}`, list) : null };
    },
  );

  const getSchema = {
    tags,
    summary: 'One appointment',
    headers: ifNoneMatchHeader,
    response: {
      200: answer,
      304: { type: 'null', description: 'The client has this version already.' },
      ...problems(404, 503),
    },
  };
  app.get<ById>('/appointments/:id', { schema: getSchema }, async (request, reply) => {
    const appointment = await appointments.get(request.params.id);
    reply.header('etag', entityTag(appointment.version));
    if (hasAlready(request.headers['if-none-match'], appointment.version)) return reply.code(304).send();
    return appointment;
  });

  const postSchema = {
    tags,
    summary: 'Book an appointment',
    headers: idempotencyKeyHeader,
    body: { ...appointmentInputSchema, examples: [exampleAppointmentInput] },
    response: { 201: answer, ...problems(400, 409, 413, 415, 422, 503) },
  };
  app.post('/appointments', { schema: postSchema }, async (request, reply) => {
    const idempotencyKey = idempotencyKeyOf(request.headers);
    const input = readAppointmentInput(bodyOf(request), clock);
    const appointment = await appointments.book(input, { idempotencyKey });
    reply.code(201).header('location', `${request.routeOptions.url}/${appointment.id}`);
    return sendAppointment(reply, appointment);
  });

  const patchSchema = {
    tags,
    summary: 'Move an appointment to another status, another time, or both',
    headers: ifMatchHeader,
    body: { ...appointmentChangeSchema, examples: [{ status: 'cancelled', cancellationReason: 'illness' }] },
    response: { 200: answer, ...problems(400, 404, 409, 412, 413, 415, 422, 503) },
  };
  app.patch<ById>('/appointments/:id', { schema: patchSchema }, async (request, reply) => {
    const change = readAppointmentChange(bodyOf(request));
    const expected = expectedVersions(request.headers['if-match']);
    return sendAppointment(reply, await appointments.change(request.params.id, change, expected));
  });
}

function sendAppointment(reply: FastifyReply, appointment: Appointment): FastifyReply {
  return reply.header('etag', entityTag(appointment.version)).send(appointment);
}

/** Anybody can make a cursor: what it holds is not trusted. @throws a 400 */
function appointmentPlace(text: string): AppointmentPlace | undefined {
  if (text === '') return undefined;
  const [instant = '', id = ''] = text.split(' ');
  const startsAt = parseInstant(instant);
  if (!startsAt || !isUuid(id)) throw new BadCursor();
  return { startsAt, id };
}

/** An instant of the query, in UTC. @throws a 400 when it is none */
function instantOf<Name extends string>(name: Name, text: string | undefined): { [N in Name]?: string } {
  if (text === undefined) return {};
  // A "+" that was not written as %2B has become a space on its way here.
  const instant = parseInstant(text.replace(' ', '+'));
  if (!instant) {
    const message = 'is not an instant with an offset: write it as 2027-03-01T09:00:00Z';
    const details: FieldProblem[] = [{ path: `/${name}`, message }];
    throw Object.assign(new BadQuery(), { details });
  }
  return { [name]: instant } as { [N in Name]?: string };
}
