import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFolder, createLines } from '@medcenter/shared/testing';
import { start, startSchedule } from '../src/app/index.ts';
import { readConfig, variables } from '../src/config/index.ts';
import { createClient, sampleDoctorInput, samplePatientInput, sampleSchedule } from './contracts/index.ts';

const PASSWORD = 'the first of many doors';
/** What nobody may find in a log, a span or a metric. */
const SEEDED = {
  lastName: 'Zyxwvutsr',
  firstName: 'Qwertzuiop',
  phone: '+4930555000111',
  reason: 'Lorem-Dolor-Amet',
  wrongPassword: 'a password of somewhere else',
  password: PASSWORD,
};

/** The API and the schedule service in this process, with files of the test's own. */
async function startApp(t: TestContext) {
  const folder = await createFolder(t);
  const { out, lines } = createLines();
  const environment = {
    ...{ PORT: '0', GRPC_PORT: '0', PASSWORD_HASH_COST: '10', ADMIN_PASSWORD: PASSWORD, LOG_LEVEL: 'trace' },
    SQLITE_FILE: join(folder, 'medcenter.db'),
    EVENTS_FILE: join(folder, 'events.db'),
    SPANS_FOLDER: join(folder, 'spans'),
  };
  const schedule = await startSchedule(readConfig(variables, environment), out);
  const api = await start(readConfig(variables, { ...environment, SCHEDULE_ADDRESS: schedule.address }), out);
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await api[Symbol.asyncDispose]();
    await schedule[Symbol.asyncDispose]();
  };
  t.after(close);
  const spans = async () => {
    const files = await readdir(environment.SPANS_FOLDER);
    return (
      await Promise.all(files.map((file) => readFile(join(environment.SPANS_FOLDER, file), 'utf8')))
    ).join('');
  };
  return { url: api.url, lines, close, spans };
}

/** Somebody mistypes, signs in, registers, looks, books, moves and cancels; and somebody sends rubbish. */
async function live(url: string): Promise<string> {
  const stranger = createClient(url);
  const login = (username: string, password: string) =>
    stranger.send('POST', '/auth/login', { username, password });
  await login('admin', SEEDED.wrongPassword);
  await login(SEEDED.wrongPassword, 'x');
  const { body } = await login('admin', PASSWORD);
  const desk = createClient(url, { authorization: `Bearer ${body.token}` });
  const { lastName, firstName, phone, reason } = SEEDED;
  const input = samplePatientInput({ lastName, firstName, phone });
  const patient = await desk.send('POST', '/api/v1/patients', input);
  const doctor = await desk.send('POST', '/api/v1/doctors', sampleDoctorInput({ lastName }));
  const path = `/api/v1/doctors/${doctor.body.id}`;
  await desk.send('PUT', `${path}/schedule`, sampleSchedule());
  const times = { startsAt: '2091-03-05T08:00:00.000Z', endsAt: '2091-03-05T08:30:00.000Z' };
  const booking = { patientId: patient.body.id, doctorId: doctor.body.id, ...times, reason };
  const booked = await desk.send('POST', '/api/v1/appointments', booking);
  assert.equal(booked.status, 201, JSON.stringify(booked.body));
  await desk.send('POST', '/api/v1/appointments', booking);
  const change = { status: 'cancelled', cancellationReason: reason };
  await desk.send('PATCH', `/api/v1/appointments/${booked.body.id}`, change);
  for (const query of [`search=${lastName}`, `${lastName}=1`])
    await desk.send('GET', `/api/v1/patients?${query}`);
  for (const end of [patient.body.id, lastName, `${lastName}/%zz`]) {
    await desk.send('GET', `/api/v1/patients/${end}`);
    await stranger.send('GET', `/api/v1/patients/${end}`);
  }
  await desk.send('POST', '/api/v1/patients', { ...input, birthDate: lastName });
  await desk.send('GET', `/${lastName}`);
  await stranger.send('GET', '/api/v1/patients', undefined, { authorization: `Bearer ${body.token}x` });
  return body.token;
}

test('logs and spans of both processes have none of what people typed, and log no field that is not known', async (t) => {
  const { url, lines, close, spans } = await startApp(t);
  const token = await live(url);
  const waiting = AbortSignal.timeout(20_000);
  while (!lines.some((line) => line.includes('eventId')) && !waiting.aborted) await sleep(50);
  await close();
  const log = lines.join('\n');
  const told = await spans();
  assert.ok(lines.length > 15 && told.length > 5_000);
  for (const [what, secret] of Object.entries({ ...SEEDED, token })) {
    assert.ok(!log.includes(secret), `the log has the ${what}`);
    assert.ok(!told.includes(secret), `the spans have the ${what}`);
  }
  const events = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.filter((line) => line.includes('[redacted]')),
    [],
  );
  const requests = events.filter(({ message }) => message === 'request');
  for (const { trace_id, span_id, request_id } of requests) {
    assert.match(`${trace_id} ${span_id}`, /^[0-9a-f]{32} [0-9a-f]{16}$/);
    assert.ok(request_id);
  }
  const booking = requests.find(
    ({ method, status, route }) => method === 'POST' && status === 201 && route.includes('appointments'),
  );
  const services = events.flatMap(({ trace_id, service }) =>
    trace_id === booking?.trace_id ? [service] : [],
  );
  assert.deepEqual([...new Set(services)].sort(), ['medcenter', 'medcenter-schedule']);
});
