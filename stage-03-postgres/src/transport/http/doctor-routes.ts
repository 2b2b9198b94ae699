import {
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
import type { Doctor } from '../../domain/index.ts';
import {
  doctorInputSchema,
  doctorRecordSchema,
  doctorSchema,
  type PatientPageParameters,
  pageSchema,
  patientPageQuerySchema,
  readDoctorInput,
  readDoctorRecord,
} from '../../schema/index.ts';
import type { DoctorRegistry } from '../../service/index.ts';
import { exampleDoctor, exampleDoctorInput } from './examples.ts';
import { placeIn } from './place-in-list.ts';

export interface DoctorRouteOptions {
  readonly doctors: DoctorRegistry;
}

interface ById {
  Params: { id: string };
}

/** `/doctors`: each route is one call of the service, as with patients. */
export async function doctorRoutes(app: FastifyInstance, { doctors }: DoctorRouteOptions): Promise<void> {
  const answer = { ...doctorSchema, examples: [exampleDoctor] };
  const tags = ['doctors'];

  const listSchema = {
    tags,
    summary: 'Doctors in pages, in the order of registration',
    querystring: patientPageQuerySchema,
    response: { 200: pageSchema(doctorSchema), ...problems(400, 503) },
  };
  app.get<{ Querystring: PatientPageParameters }>('/doctors', { schema: listSchema }, async ({ query }) => {
    const { limit, cursor = '', search = '' } = query;
    const list = `doctors ${search}`;
    const { items, next } = await doctors.page({ limit, after: placeIn(list, cursor), search });
    return { items, nextCursor: next === undefined ? null : formatCursor(next, list) };
  });

  const getSchema = {
    tags,
    summary: 'One doctor',
    headers: ifNoneMatchHeader,
    response: {
      200: answer,
      304: { type: 'null', description: 'The client has this version already.' },
      ...problems(404, 503),
    },
  };
  app.get<ById>('/doctors/:id', { schema: getSchema }, async (request, reply) => {
    const doctor = await doctors.get(request.params.id);
    reply.header('etag', entityTag(doctor.version));
    if (hasAlready(request.headers['if-none-match'], doctor.version)) return reply.code(304).send();
    return doctor;
  });

  const postSchema = {
    tags,
    summary: 'Register a doctor',
    body: { ...doctorInputSchema, examples: [exampleDoctorInput] },
    response: { 201: answer, ...problems(400, 413, 415, 422, 503) },
  };
  app.post('/doctors', { schema: postSchema }, async (request, reply) => {
    const doctor = await doctors.register(readDoctorInput(bodyOf(request)));
    reply.code(201).header('location', `${request.routeOptions.url}/${doctor.id}`);
    return sendDoctor(reply, doctor);
  });

  const putSchema = {
    tags,
    summary: 'Put a whole record in the place of the old one',
    headers: ifMatchHeader,
    body: { ...doctorRecordSchema, examples: [exampleDoctorInput] },
    response: { 200: answer, ...problems(400, 404, 412, 413, 415, 422, 503) },
  };
  app.put<ById>('/doctors/:id', { schema: putSchema }, async (request, reply) => {
    const record = readDoctorRecord(bodyOf(request));
    const expected = expectedVersions(request.headers['if-match']);
    return sendDoctor(reply, await doctors.replace(request.params.id, record, expected));
  });

  const deleteSchema = {
    tags,
    summary: 'The doctor leaves; 409 while an appointment is not over',
    headers: ifMatchHeader,
    response: { 204: { type: 'null', description: 'Gone.' }, ...problems(404, 409, 412, 503) },
  };
  app.delete<ById>('/doctors/:id', { schema: deleteSchema }, async (request, reply) => {
    await doctors.remove(request.params.id, expectedVersions(request.headers['if-match']));
    return reply.code(204).send();
  });
}

function sendDoctor(reply: FastifyReply, doctor: Doctor): FastifyReply {
  return reply.header('etag', entityTag(doctor.version)).send(doctor);
}
