import createError from '@fastify/error';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Clock, Patient } from '../../domain/index.ts';
import {
  type PatientPageParameters,
  patientInputSchema,
  patientPageQuerySchema,
  patientPageSchema,
  patientRecordSchema,
  patientSchema,
  readPatientInput,
  readPatientRecord,
} from '../../schema/index.ts';
import type { PatientRegistry } from '../../service/index.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { entityTag, expectedVersions, hasAlready } from './entity-tag.ts';
import { bodyOf } from './json-body.ts';
import { exampleInput, examplePatient, ifMatchHeader, ifNoneMatchHeader, problems } from './openapi.ts';

export interface PatientRouteOptions {
  readonly patients: PatientRegistry;
  readonly clock: Clock;
  /** The schema of a patient in an answer. An answer leaves out each field that its schema does not name. */
  readonly patientSchema?: object;
}

export const BadCursor = createError(
  'FST_ERR_BAD_CURSOR',
  'The cursor is not one that this list gave: begin without one.',
  400,
);

interface ById {
  Params: { id: string };
}

/** `/patients`: each route is one call of the service. A body is read in the handler, shape and rules together. */
export async function patientRoutes(app: FastifyInstance, options: PatientRouteOptions): Promise<void> {
  const { patients, clock } = options;
  const answer = { ...(options.patientSchema ?? patientSchema), examples: [examplePatient] };
  const tags = ['patients'];

  const pageSchema = {
    tags,
    summary: 'Patients in pages, in the order of registration',
    querystring: patientPageQuerySchema,
    response: { 200: patientPageSchema, ...problems(400) },
  };
  app.get<{ Querystring: PatientPageParameters }>('/patients', { schema: pageSchema }, async (request) => {
    const { limit, cursor = '', search = '' } = request.query;
    const after = cursor === '' ? '' : parseCursor(cursor, search);
    if (after === undefined) throw new BadCursor();
    const { items, next } = await patients.page({ limit, after, search });
    return { items, nextCursor: next === undefined ? null : formatCursor(next, search) };
  });

  const getSchema = {
    tags,
    summary: 'One patient',
    headers: ifNoneMatchHeader,
    response: {
      200: answer,
      304: { type: 'null', description: 'The client has this version already.' },
      ...problems(404),
    },
  };
  app.get<ById>('/patients/:id', { schema: getSchema }, async (request, reply) => {
    const patient = await patients.get(request.params.id);
    reply.header('etag', entityTag(patient.version));
    if (hasAlready(request.headers['if-none-match'], patient.version)) return reply.code(304).send();
    return patient;
  });

  const postSchema = {
    tags,
    summary: 'Register a patient',
    body: { ...patientInputSchema, examples: [exampleInput] },
    response: { 201: answer, ...problems(400, 413, 415, 422) },
  };
  app.post('/patients', { schema: postSchema }, async (request, reply) => {
    const patient = await patients.register(readPatientInput(bodyOf(request), clock));
    reply.code(201).header('location', `${request.routeOptions.url}/${patient.id}`);
    return sendPatient(reply, patient);
  });

  const putSchema = {
    tags,
    summary: 'Put a whole record in the place of the old one',
    headers: ifMatchHeader,
    body: { ...patientRecordSchema, examples: [exampleInput] },
    response: { 200: answer, ...problems(400, 404, 412, 413, 415, 422) },
  };
  app.put<ById>('/patients/:id', { schema: putSchema }, async (request, reply) => {
    const record = readPatientRecord(bodyOf(request), clock);
    return sendPatient(
      reply,
      await patients.replace(request.params.id, record, expectedVersions(request.headers['if-match'])),
    );
  });

  const deleteSchema = {
    tags,
    summary: 'Take a patient away',
    headers: ifMatchHeader,
    response: { 204: { type: 'null', description: 'Gone.' }, ...problems(404, 409, 412) },
  };
  app.delete<ById>('/patients/:id', { schema: deleteSchema }, async (request, reply) => {
    await patients.remove(request.params.id, expectedVersions(request.headers['if-match']));
    return reply.code(204).send();
  });
}

function sendPatient(reply: FastifyReply, patient: Patient): FastifyReply {
  return reply.header('etag', entityTag(patient.version)).send(patient);
}
