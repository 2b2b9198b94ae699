import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLog } from '../src/app/index.ts';
import { readConfig, variables } from '../src/config/index.ts';
import { createSystemClock } from '../src/service/index.ts';
import { eventually, samplePatientInput, sampleSchedule } from './contracts/index.ts';
import {
  ADMIN_PASSWORD,
  type Environment,
  end,
  type Line,
  MONDAY,
  PROFILES,
  type Program,
  readSpanFiles,
  scheduleOf,
  signIn,
  startServer,
} from './program.ts';
import { openStorage } from './support.ts';

/** What nobody may find in a log, in an answer that refuses, in the numbers and in the spans. */
const SEEDS = {
  lastName: 'Zyxwvutsrq',
  firstName: 'Qponmlkjih',
  middleName: 'Gfedcbazyx',
  doctorName: 'Wvutsrqpon',
  phone: '+4915777000333',
  search: 'xwvutsr',
  token: 'c2VlZGVkIHRva2VuIG9mIG5vYm9keSBhdCBhbGw',
  password: 'the kettle sings at dawn',
  reason: 'a knee that clicks on stairs',
  cancellation: 'the knee is silent now',
  key: 'idempotent-quokka-4711',
  zone: 'Mars/Olympus_Mons',
};
/** In the place of an id. Who asks for it is told that there is none; nobody else is told of it. */
const NO_ID = 'Kjihgfedcbaonmlk';
/** A field of each body that is known, with a seed in it; and one that nobody knows. */
const SEEDED_BODY = {
  lastName: SEEDS.lastName,
  firstName: SEEDS.firstName,
  middleName: SEEDS.middleName,
  phone: SEEDS.phone,
  birthDate: SEEDS.search,
  sex: SEEDS.search,
  specialty: SEEDS.reason,
  username: SEEDS.password,
  password: SEEDS.password,
  patientId: SEEDS.search,
  doctorId: SEEDS.search,
  startsAt: SEEDS.search,
  endsAt: SEEDS.search,
  reason: SEEDS.reason,
  status: SEEDS.search,
  cancellationReason: SEEDS.cancellation,
  timeZone: SEEDS.zone,
  slotMinutes: SEEDS.search,
  weekly: [{ day: SEEDS.search, from: SEEDS.search, to: SEEDS.search }],
  exceptions: [{ date: SEEDS.search, intervals: [{ from: SEEDS.search, to: SEEDS.search }] }],
  more: SEEDS.password,
};
const CONNECT = '/medcenter.schedule.v1.ScheduleService';

interface Route {
  readonly method: string;
  readonly path: string;
}

/** What was refused, and in which words. */
type Refusals = { status: number; text: string }[];

function createSender(url: string, token: string, refusals: Refusals) {
  return async (method: string, path: string, body?: unknown, more: Record<string, string> = {}) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...more,
    };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    // Streams have no end.
    const signal = path.includes('/stream') ? AbortSignal.timeout(300) : null;
    try {
      const response = await fetch(url + path, {
        method,
        headers,
        signal,
        ...(method !== 'GET' && method !== 'HEAD' && text !== undefined && { body: text }),
      });
      const answer = await response.text();
      const { status } = response;
      if (status >= 400) refusals.push({ status, text: answer });
      return { status, text: answer };
    } catch {
      return { status: 0, text: '' };
    }
  };
}
type Send = ReturnType<typeof createSender>;

/** Each route of the API's document, so that none is forgotten; and those that it does not name. */
async function listRoutes(url: string): Promise<Route[]> {
  const response = await fetch(`${url}/openapi.json`);
  const { paths } = (await response.json()) as { paths: Record<string, object> };
  const told = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => ({ method: method.toUpperCase(), path })),
  );
  const calls = ['GetAvailableSlots', 'BookSlot', 'StreamDailyAppointments'];
  return [...told, ...calls.map((name) => ({ method: 'POST', path: `${CONNECT}/${name}` }))];
}

/** Whatever a client could send in the wrong way, to each route. */
async function sendRefused(routes: readonly Route[], send: Send, id: string): Promise<void> {
  const query = new URLSearchParams({
    search: SEEDS.search,
    cursor: SEEDS.search,
    limit: SEEDS.search,
    from: SEEDS.search,
    date: SEEDS.search,
    doctorId: SEEDS.search,
    more: SEEDS.password,
  });
  for (const { method, path } of routes) {
    const here = path.replaceAll(/\{\w+\}/g, id);
    const named = path.replaceAll(/\{\w+\}/g, NO_ID);
    if (here === '/auth/logout') continue;
    await send(method, here, SEEDED_BODY);
    await send(method, `${named}?${query}`, SEEDED_BODY);
    await send(method, here, `{"lastName":"${SEEDS.lastName}`);
    await send(method, here, `${SEEDS.phone} is no JSON`);
    await send(method, here, SEEDED_BODY, { authorization: `Bearer ${SEEDS.token}` });
    await send(method, here, SEEDED_BODY, { authorization: `Basic ${SEEDS.token}` });
    await send(method, here, SEEDED_BODY, { 'idempotency-key': SEEDS.key, 'if-match': SEEDS.search });
    await send(method, here, SEEDS.reason, { 'content-type': 'text/plain' });
    await send('PATCH', `${here}/${NO_ID}?${query}`, SEEDED_BODY);
  }
  await send('GET', `/%zz${NO_ID}`);
}

/** What no client of HTTP sends. */
async function sendBroken(t: TestContext, url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  for (const text of [
    `GET /${SEEDS.lastName} ${SEEDS.phone}\r\n\r\n`,
    `GET / HTTP/1.1\r\n${SEEDS.lastName}\r\n\r\n`,
    `POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: ${SEEDS.password}\r\n\r\n`,
  ]) {
    const socket = connect(Number(port), hostname);
    t.after(() => socket.destroy());
    socket.on('error', () => {}).resume();
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    socket.end(text);
    await closed;
  }
}

/** A day at the desk, with all that is secret in it, and nothing wrong. Answers ids. */
async function sendValid(send: Send) {
  const must = async (wanted: number, ...request: Parameters<Send>) => {
    const { status, text } = await send(...request);
    assert.equal(status, wanted, `${request[0]} ${request[1]}: ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  const { lastName, firstName, middleName, phone, search, reason } = SEEDS;
  const input = { ...samplePatientInput(), lastName, firstName, middleName, phone };
  const patient = await must(201, 'POST', '/api/v1/patients', input);
  await must(200, 'GET', `/api/v1/patients?search=${search}`);
  await must(200, 'GET', `/api/v1/patients/${patient.id}`);
  await must(200, 'PUT', `/api/v1/patients/${patient.id}`, { ...input, firstName: SEEDS.doctorName });
  const named = { lastName: SEEDS.doctorName, firstName, specialty: 'cardiology' };
  const [doctor, other] = [
    await must(201, 'POST', '/api/v1/doctors', named),
    await must(201, 'POST', '/api/v1/doctors', named),
  ];
  await must(200, 'PUT', `/api/v1/doctors/${doctor.id}/schedule`, sampleSchedule());
  const people = { patientId: patient.id, doctorId: doctor.id, reason };
  const at = (time: string) => `${MONDAY}T${time}:00.000Z`;
  const booking = { ...people, startsAt: at('08:00'), endsAt: at('08:30') };
  const key = { 'idempotency-key': SEEDS.key };
  const booked = await must(201, 'POST', '/api/v1/appointments', booking, key);
  await must(409, 'POST', '/api/v1/appointments', booking);
  await must(422, 'POST', '/api/v1/appointments', { ...booking, reason: `${reason}!` }, key);
  await must(200, 'POST', `${CONNECT}/BookSlot`, { ...people, startsAt: at('08:30') });
  await send('GET', `/api/v1/doctors/${doctor.id}/appointments/stream?date=${MONDAY}`);
  await must(200, 'PATCH', `/api/v1/appointments/${booked.id}`, {
    status: 'cancelled',
    cancellationReason: SEEDS.cancellation,
  });
  // A reminder of it is due now, and is a line of the log.
  const soon = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
  const urgent = { ...people, doctorId: other.id, startsAt: soon(60), endsAt: soon(90) };
  await must(201, 'POST', '/api/v1/appointments', urgent);
  await must(409, 'DELETE', `/api/v1/patients/${patient.id}`);
  await must(401, 'POST', '/auth/login', { username: 'admin', password: SEEDS.password });
  await must(401, 'POST', '/auth/login', { username: SEEDS.password, password: SEEDS.password });
  return { patientId: patient.id, doctorId: doctor.id, booking };
}

/** Of somebody else who writes into our topics. */
async function publishNonsense(t: TestContext, env: Environment): Promise<void> {
  const log = await openLog(readConfig(variables, env), createSystemClock());
  t.after(() => log.close());
  const topic = 'appointments.created';
  const event = { specversion: '1.0', id: SEEDS.phone, type: SEEDS.lastName, data: SEEDED_BODY };
  await log.publish([
    { topic, key: SEEDS.lastName, value: `${SEEDS.lastName} is no JSON` },
    { topic, key: 'k', value: JSON.stringify(event), headers: { traceparent: SEEDS.token } },
  ]);
}

/** The worst that a database says: PostgreSQL tells of the row that it refuses, and of the text that it cannot read. */
async function breakDatabase(t: TestContext, env: Environment): Promise<void> {
  const storage = await openStorage(t, env);
  const statements = env.DATABASE_URL
    ? [
        `ALTER TABLE doctors ADD CONSTRAINT none CHECK (specialty = 'none') NOT VALID`,
        'ALTER TABLE patients DROP COLUMN phone, ADD COLUMN phone integer',
        'ALTER TABLE appointments RENAME TO gone',
      ]
    : ['ALTER TABLE patients RENAME TO gone', 'ALTER TABLE appointments RENAME COLUMN reason TO gone'];
  await storage.transaction(async ({ sql }) => {
    for (const statement of statements) await sql.query(statement);
  });
}

function assertSilent(places: Record<string, string>, secrets: Record<string, string>): void {
  for (const [place, text] of Object.entries(places)) {
    for (const [name, secret] of Object.entries(secrets)) {
      const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
      for (const form of forms) {
        const index = text.toLowerCase().indexOf(form.toLowerCase());
        assert.equal(
          index,
          -1,
          `${name} is in ${place}: ${text.slice(Math.max(0, index - 300), index + 300)}`,
        );
      }
    }
  }
}

async function placesOf({ url, output }: Program, refusals: Refusals) {
  const metrics = async (accept: string) => (await fetch(`${url}/metrics`, { headers: { accept } })).text();
  return {
    metrics: (await metrics('text/plain')) + (await metrics('application/openmetrics-text')),
    log: output.logged,
    'what it says': output.said,
    errors: refusals.map(({ text }) => text).join('\n'),
  };
}

for (const profile of PROFILES) {
  suite(`secrets of the program, ${profile.name}`, profile.suite, () => {
    test('are in no log, refusal, number or span, whatever is sent, and whatever breaks', async (t) => {
      const env: Environment = { ...(await profile.environment(t)), REMINDER_FILE: '', LOG_LEVEL: 'trace' };
      const server = await startServer(t, env);
      await scheduleOf(t, server.child);
      const { token } = await signIn(server.url);
      const refusals: Refusals = [];
      const send = createSender(server.url, token, refusals);
      const { patientId, doctorId, booking } = await sendValid(send);
      const routes = await listRoutes(server.url);
      assert.ok(routes.length > 25, `${routes.length}`);
      await sendRefused(routes, send, patientId);
      await sendBroken(t, server.url);
      await publishNonsense(t, env);
      const putAside = ({ message }: Line) => message === 'event put aside';
      await eventually(() => server.log().filter(putAside).length === 4, { patienceMs: 20_000 });
      await eventually(() => server.log().some(({ message }) => message === 'reminder'), {
        patienceMs: 20_000,
      });

      await breakDatabase(t, env);
      const before = refusals.length;
      const { lastName, firstName, phone, reason } = SEEDS;
      const patient = { ...samplePatientInput(), lastName, firstName, phone };
      await send('POST', '/api/v1/patients', patient);
      await send('PUT', `/api/v1/patients/${patientId}`, patient);
      await send('POST', '/api/v1/doctors', { lastName, firstName, specialty: reason });
      await send('POST', '/api/v1/appointments', { ...booking, reason });
      await send('GET', `/api/v1/patients?search=${SEEDS.search}`);
      for (const { method, path } of routes) {
        if (path !== '/auth/logout') await send(method, path.replaceAll(/\{\w+\}/g, doctorId), patient);
      }
      const broken = refusals.slice(before).filter(({ status }) => status >= 500);
      assert.ok(broken.length >= 4, JSON.stringify(refusals.slice(before)));
      assert.ok(server.log().some(({ level, error }) => level === 'error' && error?.stack));
      await sleep(100);

      const places = await placesOf(server, refusals);
      assert.equal((await end(server, 'SIGTERM')).exitCode, 0);
      const spans = await readSpanFiles(env.SPANS_FOLDER ?? '');
      assert.ok(spans.length > 50_000 && refusals.length > 200);
      const secrets = { ...SEEDS, ofSession: token, ofAdmin: ADMIN_PASSWORD };
      assertSilent({ ...places, log: server.output.logged, spans }, secrets);
      const { errors: _, ...others } = places;
      assertSilent({ ...others, log: server.output.logged, spans }, { NO_ID });
    });
  });
}
