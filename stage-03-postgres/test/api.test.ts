import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLines } from '@medcenter/shared/testing';
import { createHttpApp, formatCursor } from '@medcenter/stage-02-http/transport/http';
import { unavailable } from '../src/domain/index.ts';
import { createLogger } from '../src/observability/index.ts';
import { addClinicRoutes, clinicStatusByCode } from '../src/transport/http/index.ts';
import { createClinic, DATABASES, openStorage } from './support.ts';

const [sqlite] = DATABASES;

async function createApp(t: Parameters<NonNullable<typeof sqlite>['place']>[0], overrides: object = {}) {
  assert.ok(sqlite);
  const clinic = await createClinic(await openStorage(t, await sqlite.place(t)));
  const { patients, doctors, deps } = clinic;
  const appointments = { ...clinic.appointments, ...overrides };
  const { out, lines } = createLines();
  const logger = createLogger({ level: 'info', service: 'test', out });
  const app = await createHttpApp({ patients, clock: deps.clock }, { logger, statuses: clinicStatusByCode });
  addClinicRoutes(app, { doctors, appointments, clock: deps.clock });
  t.after(() => app.close());
  return { app, lines, clinic };
}

test("the document of the API names this stage's routes, too", async (t) => {
  const { app } = await createApp(t);
  const { paths } = (await app.inject('/openapi.json')).json();
  const routes = Object.entries(paths)
    .flatMap(([path, verbs]) => Object.keys(verbs as object).map((verb) => `${verb} ${path}`))
    .filter((route) => /doctors|appointments/.test(route));
  assert.deepEqual(routes.sort(), [
    'delete /api/v1/doctors/{id}',
    'get /api/v1/appointments',
    'get /api/v1/appointments/{id}',
    'get /api/v1/doctors',
    'get /api/v1/doctors/{id}',
    'patch /api/v1/appointments/{id}',
    'post /api/v1/appointments',
    'post /api/v1/doctors',
    'put /api/v1/doctors/{id}',
  ]);
});

test('examples in the document are true: they are accepted, and the answer has the fields of the answer', async (t) => {
  const { app, clinic } = await createApp(t);
  const { paths } = (await app.inject('/openapi.json')).json();
  for (const path of ['/api/v1/doctors', '/api/v1/appointments']) {
    const { example } = paths[path].post.requestBody.content['application/json'];
    const people = path.endsWith('appointments') && {
      patientId: clinic.patient.id,
      doctorId: clinic.doctor.id,
    };
    const answer = await app.inject({ method: 'POST', url: path, payload: { ...example, ...people } });
    assert.equal(answer.statusCode, 201, answer.body);
    const shown = paths[path].post.responses['201'].content['application/json'].example;
    const {
      id: _,
      patientId: __,
      doctorId: ___,
      ...told
    } = { patientId: '', doctorId: '', ...answer.json() };
    const {
      id: ____,
      patientId: _____,
      doctorId: ______,
      ...expected
    } = { patientId: '', doctorId: '', ...shown };
    assert.deepEqual(told, expected);
  }
});

test('what is unavailable is 503 with Retry-After, logged with its cause, and tells nothing of it', async (t) => {
  const cause = new Error('connect ECONNREFUSED 10.0.0.7');
  const { app, lines } = await createApp(t, {
    get: async () => {
      throw unavailable('the database does not answer: try again', cause);
    },
  });
  const answer = await app.inject('/api/v1/appointments/x');
  assert.deepEqual([answer.statusCode, answer.headers['retry-after']], [503, '1']);
  assert.equal(answer.json().detail, 'the database does not answer: try again');
  assert.ok(!answer.body.includes('10.0.0.7'));
  const failures = lines.filter((line) => line.includes('request failed'));
  assert.equal(failures.length, 1);
  assert.match(failures[0] ?? '', /ECONNREFUSED/);
});

test('a name, a reason, a key and an id stand in no line of the log', async (t) => {
  const { app, lines, clinic } = await createApp(t);
  const secrets = { lastName: 'Zyxwvutsr', reason: 'a rash of the elbow', key: 'key-7f3a9c' };
  const headers = { 'idempotency-key': secrets.key };
  const people = { patientId: clinic.patient.id, doctorId: clinic.doctor.id };
  const time = { startsAt: '2091-03-01T09:00:00Z', endsAt: '2091-03-01T09:30:00Z' };
  const payload = { ...people, ...time, reason: secrets.reason };
  const calls = [
    { method: 'POST', url: '/api/v1/doctors', payload: { ...secrets, firstName: 'A', specialty: 'B' } },
    { method: 'GET', url: `/api/v1/doctors?search=${secrets.lastName}` },
    { method: 'POST', url: '/api/v1/appointments', payload, headers },
    { method: 'POST', url: '/api/v1/appointments', payload },
    {
      method: 'POST',
      url: '/api/v1/appointments',
      payload: { ...payload, startsAt: secrets.reason },
      headers,
    },
    { method: 'GET', url: `/api/v1/appointments?patientId=${people.patientId}&from=${secrets.key}` },
    {
      method: 'PATCH',
      url: `/api/v1/appointments/${people.patientId}`,
      payload: { cancellationReason: secrets.reason },
    },
  ] as const;
  for (const call of calls) await app.inject(call);
  await sleep(0);
  assert.ok(lines.length >= calls.length);
  const log = lines.join('\n');
  for (const secret of [...Object.values(secrets), ...Object.values(people)])
    assert.ok(!log.includes(secret), secret);
});

test('a cursor that somebody made themselves is refused, whatever it holds', async (t) => {
  const { app } = await createApp(t);
  const list = JSON.stringify(['appointments', {}, {}]);
  const id = '01981a3e-6c00-7000-8000-4d2a63b1f0c7';
  for (const place of [`garbage ${id}`, `2027-13-45T00:00:00Z ${id}`, '2027-03-01T00:00:00Z x', `\0 ${id}`]) {
    const answer = await app.inject(`/api/v1/appointments?cursor=${formatCursor(place, list)}`);
    assert.equal(answer.statusCode, 400, place);
  }
});
