import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createLines } from '@medcenter/shared/testing';
import { createLogger } from '../src/observability/index.ts';
import { WEEKDAYS } from '../src/domain/index.ts';
import { type DayEvent, leavable } from '../src/service/index.ts';
import {
  accessStatusByCode,
  addClinicRoutes,
  createHttpApp,
  type DayStreamRouteOptions,
  dayStreamRoutes,
  documentAccess,
  exampleSchedule,
  exampleScheduleInput,
  exampleSlots,
  ruleOf,
  scheduleAccessRules,
  scheduleRoutes,
  securitySchemes,
} from '../src/transport/http/index.ts';
import { createClient, createStillClock, eventually, sampleAppointment } from './contracts/index.ts';
import { createDesk, openStorage, SQLITE, ZONES } from './support.ts';

const DATE = '2027-03-01';

async function openApi(
  t: TestContext,
  options: Partial<DayStreamRouteOptions> & { handlerMs?: number } = {},
) {
  const { handlerMs = 5_000, ...streams } = options;
  const clock = createStillClock('2027-02-01T10:00:00.000Z');
  const desk = createDesk(await openStorage(t, await SQLITE.place(t)), { clock });
  const { out, lines } = createLines();
  const app = await createHttpApp(
    { patients: desk.patients, clock },
    {
      logger: createLogger({ level: 'info', service: 'test', out }),
      corsOrigins: ['https://clinic.example'],
      statuses: accessStatusByCode,
      securitySchemes,
      onRoute: documentAccess(scheduleAccessRules),
      limits: { handlerMs },
    },
  );
  addClinicRoutes(app, { ...desk, clock });
  app.register(scheduleRoutes, { prefix: '/api/v1', schedules: desk.schedules, zones: ZONES });
  app.register(dayStreamRoutes, { prefix: '/api/v1', schedules: desk.schedules, ...streams });
  t.after(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const [doctorId, patientId] = [await desk.newDoctor(), await desk.newPatient()];
  return {
    ...desk,
    app,
    url,
    lines,
    client: createClient(url),
    doctorId,
    patientId,
    path: `/api/v1/doctors/${doctorId}`,
  };
}

/** Reads a stream of events as it comes, on a connection of its own. */
async function openStream(t: TestContext, url: string, headers: Record<string, string> = {}) {
  const request = get(url, { headers, agent: false });
  t.after(() => request.destroy());
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (!response) throw new Error('no answer');
  const state = { text: '', isOver: false };
  const reading = (async () => {
    for await (const chunk of response.setEncoding('utf8')) state.text += chunk;
  })()
    .catch(() => {})
    .finally(() => {
      state.isOver = true;
    });
  const events = () =>
    state.text
      .split('\n\n')
      .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2))))
      .filter(({ event }) => event !== undefined);
  return { response, state, reading, events, leave: () => request.destroy() };
}

/** A day on which more happens than anybody reads. */
function createEndlessDay() {
  const told = { count: 0, isOver: false };
  const appointment = sampleAppointment({ patientId: randomUUID(), reason: 'x'.repeat(400) });
  const endless = leavable(async function* (): AsyncGenerator<DayEvent, void> {
    try {
      while (told.count < 1_000_000) {
        told.count += 1;
        if (told.count % 100 === 0) await sleep(0);
        yield { kind: 'appointment', appointment, position: String(told.count) };
      }
    } finally {
      told.isOver = true;
    }
  });
  return { told, watchDay: () => endless };
}

async function untilStill(told: { readonly count: number }): Promise<void> {
  let before = -1;
  await eventually(async () => {
    const isStill = told.count === before;
    before = told.count;
    await sleep(200);
    return isStill;
  });
}

const pathsOf = (body: { errors?: { path: string }[] }) => body.errors?.map(({ path }) => path);

suite('schedules over HTTP', () => {
  test('a schedule is put and read, with its ETag', async (t) => {
    const { client, path } = await openApi(t);
    assert.equal((await client.send('GET', `${path}/schedule`)).status, 404);
    assert.equal(
      (await client.send('PUT', `${path}/schedule`, exampleScheduleInput, { 'if-match': '"1"' })).status,
      412,
    );
    const put = await client.send('PUT', `${path}/schedule`, exampleScheduleInput);
    assert.deepEqual([put.status, put.headers.get('etag')], [200, '"1"']);
    const got = await client.send('GET', `${path}/schedule`);
    assert.deepEqual([got.status, got.body, got.headers.get('etag')], [200, put.body, '"1"']);
    assert.deepEqual(Object.keys(got.body).sort(), Object.keys(exampleSchedule).sort());
    const known = { 'if-none-match': '"1"' };
    assert.equal((await client.send('GET', `${path}/schedule`, undefined, known)).status, 304);
    const again = await client.send('PUT', `${path}/schedule`, got.body, { 'if-match': '"1"' });
    assert.deepEqual([again.status, again.body.version], [200, 2], 'what was read can be sent back');
    assert.equal(
      (await client.send('PUT', `${path}/schedule`, exampleScheduleInput, { 'if-match': '"1"' })).status,
      412,
    );
    const stranger = `/api/v1/doctors/${randomUUID()}/schedule`;
    assert.equal((await client.send('GET', stranger)).status, 404);
    assert.equal((await client.send('PUT', stranger, exampleScheduleInput)).status, 404);
  });

  test('any schedule matches If-Match: *, and none does not', async (t) => {
    const { client, path } = await openApi(t);
    const any = { 'if-match': ' * ' };
    const put = async (at: string, headers: Record<string, string>) =>
      (await client.send('PUT', `${at}/schedule`, exampleScheduleInput, headers)).status;
    assert.equal(await put(path, any), 412);
    assert.equal((await client.send('GET', `${path}/schedule`)).status, 404, 'nothing was put');
    assert.equal(await put(`/api/v1/doctors/${randomUUID()}`, any), 404);
    assert.equal(await put(path, {}), 200);
    assert.equal(await put(path, any), 200);
  });

  test('as many exceptions as the rules allow fit into a request', async (t) => {
    const { client, path } = await openApi(t);
    const hours = (count: number) =>
      Array.from({ length: count }, (_, n) => {
        const hour = String(n).padStart(2, '0');
        return { from: `${hour}:00`, to: `${hour}:30` };
      });
    const exceptions = Array.from({ length: 366 }, (_, n) => ({
      date: new Date(Date.UTC(2028, 0, 1 + n)).toISOString().slice(0, 10),
      intervals: hours(n < 268 ? 3 : 2),
    }));
    const weekly = Array.from({ length: 100 }, (_, n) => {
      const [hour, quarter] = [String(n % 20).padStart(2, '0'), '00'];
      return { day: WEEKDAYS[Math.floor(n / 20)], from: `${hour}:${quarter}`, to: `${hour}:15` };
    });
    const put = async (days: typeof exceptions) => {
      const body = { ...exampleScheduleInput, weekly, exceptions: days };
      const answer = await client.send('PUT', `${path}/schedule`, body);
      return [answer.status, ...(pathsOf(answer.body) ?? [])];
    };
    assert.deepEqual(await put(exceptions), [200]);
    const last = { date: '2028-12-31', intervals: hours(3) };
    assert.deepEqual(await put([...exceptions.slice(0, 365), last]), [422, '/exceptions']);
  });

  test('every bad field is named', async (t) => {
    const { client, path, doctorId } = await openApi(t);
    const put = async (body: unknown) => {
      const answer = await client.send('PUT', `${path}/schedule`, body);
      return [answer.status, ...(pathsOf(answer.body) ?? [])];
    };
    const weekly = [
      { day: 'monday', from: '09:00', to: '08:00' },
      { day: 'someday', from: '1', to: '24:00' },
    ];
    const bad = { ...exampleScheduleInput, weekly, timeZone: '+01:00', room: 3 };
    assert.deepEqual(await put(bad), [
      422,
      '/room',
      '/weekly/1/day',
      '/timeZone',
      '/weekly/0/to',
      '/weekly/1/from',
    ]);
    const firstOne = { ...exampleScheduleInput, version: 1, updatedAt: '2027-02-01T10:00:00.000Z' };
    assert.deepEqual(await put(firstOne), [422, '/version', '/updatedAt'], 'there is none yet');
    assert.deepEqual(await put({ ...exampleScheduleInput, doctorId: 'x' }), [422, '/doctorId']);
    assert.deepEqual(await put({ ...exampleScheduleInput, doctorId }), [200]);
    const other = { ...exampleScheduleInput, doctorId: 'x', version: 7 };
    assert.deepEqual(await put(other), [422, '/doctorId', '/version']);
    assert.deepEqual(await put('{'), [400]);
  });

  test('slots are listed; what is wrong with the query is a 400', async (t) => {
    const { client, path } = await openApi(t);
    const slots = async (query: string) => client.send('GET', `${path}/slots?${query}`);
    assert.deepEqual((await slots(`from=${DATE}&to=${DATE}`)).body, { items: [] });
    await client.send('PUT', `${path}/schedule`, exampleScheduleInput);
    assert.deepEqual((await slots('from=2027-03-05&to=2027-03-05')).body, { items: exampleSlots });
    assert.deepEqual((await slots('from=2027-03-04&to=2027-03-04')).body, { items: [] });
    for (const [query, ...paths] of [
      ['', '/from', '/to'],
      ['from=2027-02-30&to=x', '/from', '/to'],
      ['from=2027-03-02&to=2027-03-01', '/to'],
      ['from=2027-03-01&to=2027-04-01', '/to'],
    ] as const) {
      const answer = await slots(query);
      assert.deepEqual([answer.status, pathsOf(answer.body)], [400, paths]);
    }
    const stranger = `/api/v1/doctors/${randomUUID()}/slots?from=${DATE}&to=${DATE}`;
    assert.equal((await client.send('GET', stranger)).status, 404);
  });

  test('a doctor with a schedule is booked by slots', async (t) => {
    const { client, path, doctorId, patientId } = await openApi(t);
    await client.send('PUT', `${path}/schedule`, exampleScheduleInput);
    const book = (startsAt: string, endsAt: string) =>
      client.send('POST', '/api/v1/appointments', { doctorId, patientId, startsAt, endsAt });
    assert.equal((await book('2027-03-01T08:10:00Z', '2027-03-01T08:40:00Z')).status, 409);
    assert.equal((await book('2027-03-01T09:00:00+01:00', '2027-03-01T09:30:00+01:00')).status, 201);
  });

  test('the rules of access know every route, and the document tells of them', async (t) => {
    const { client } = await openApi(t);
    const { paths } = (await client.send('GET', '/openapi.json')).body;
    const roles = (path: string, method: string) => paths[path][method]['x-roles'];
    const doctor = '/api/v1/doctors/{id}';
    assert.equal(roles(`${doctor}/schedule`, 'put'), 'admin');
    assert.equal(roles(`${doctor}/schedule`, 'get'), 'admin, receptionist, doctor');
    assert.equal(roles(`${doctor}/slots`, 'get'), 'admin, receptionist, doctor');
    assert.equal(roles(`${doctor}/appointments/stream`, 'get'), 'admin, receptionist, doctor');
    assert.equal(ruleOf(scheduleAccessRules, 'GET', '/health'), 'anybody');
  });
});

suite('a day as server-sent events', () => {
  test('tells the day and its changes, and goes on after Last-Event-ID', async (t) => {
    const { url, path, appointments, doctorId, patientId } = await openApi(t);
    const people = { doctorId, patientId };
    const first = await appointments.book({
      ...people,
      startsAt: `${DATE}T09:00:00Z`,
      endsAt: `${DATE}T09:30:00Z`,
    });
    const address = `${url}${path}/appointments/stream?date=${DATE}`;
    const origin = { origin: 'https://clinic.example', 'x-request-id': 'mine' };
    const stream = await openStream(t, address, origin);
    const { headers, statusCode } = stream.response;
    assert.equal(statusCode, 200);
    assert.equal(headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(headers['x-request-id'], 'mine');
    assert.equal(headers['access-control-allow-origin'], 'https://clinic.example');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    await eventually(() => stream.events().length === 2);
    assert.match(stream.state.text, /^retry: 2000\n\n/);
    const [snapshot, live] = stream.events();
    assert.deepEqual([snapshot?.event, JSON.parse(snapshot?.data ?? '')], ['appointment', first]);
    assert.deepEqual([live?.event, live?.data], ['live', '{}']);
    const moved = await appointments.change(first.id, {
      startsAt: `${DATE}T10:00:00Z`,
      endsAt: `${DATE}T10:30:00Z`,
    });
    await eventually(() => stream.events().length === 3);
    assert.deepEqual(JSON.parse(stream.events()[2]?.data ?? ''), moved);
    stream.leave();
    await stream.reading;
    await appointments.change(first.id, { startsAt: '2027-03-02T10:00:00Z', endsAt: '2027-03-02T10:30:00Z' });
    const again = await openStream(t, address, { 'last-event-id': stream.events()[2]?.id ?? '' });
    await eventually(() => again.events().length === 2);
    const kinds = again.events().map(({ event, data }) => [event, data]);
    assert.deepEqual(kinds, [
      ['live', '{}'],
      ['removed', JSON.stringify({ appointmentId: first.id })],
    ]);
  });

  test('what is wrong before the first event is a problem', async (t) => {
    const { client, path } = await openApi(t);
    const refused = async (address: string) => {
      const { status, headers, body } = await client.send('GET', address);
      assert.match(headers.get('content-type') ?? '', /problem\+json/);
      return [status, pathsOf(body)];
    };
    const stream = `${path}/appointments/stream`;
    assert.deepEqual(await refused(stream), [400, ['/date']]);
    assert.deepEqual(await refused(`${stream}?date=2027-02-29`), [400, ['/date']]);
    assert.deepEqual(await refused(`/api/v1/doctors/${randomUUID()}/appointments/stream?date=${DATE}`), [
      404,
      undefined,
    ]);
    assert.equal(
      (await fetch(`${(await openApi(t)).url}${stream}?date=${DATE}`, { method: 'HEAD' })).status,
      405,
    );
  });

  test('outlives the limit of time for answers, beats, and ends with the session', async (t) => {
    let isAllowed = true;
    const { url, path, lines } = await openApi(t, {
      handlerMs: 100,
      heartbeatMs: 40,
      stillAllowed: async () => {
        if (!isAllowed) throw new Error('signed out');
      },
    });
    const stream = await openStream(t, `${url}${path}/appointments/stream?date=${DATE}`);
    await eventually(() => stream.state.text.split(':\n\n').length > 8);
    assert.equal(stream.state.isOver, false);
    isAllowed = false;
    await stream.reading;
    assert.ok(stream.state.isOver);
    await eventually(() => lines.some((line) => line.includes('appointments/stream')));
    assert.ok(!lines.some((line) => line.includes('error')), lines.join('\n'));
  });

  test('waits for a client who reads slowly, and lets go of one who leaves', async (t) => {
    const { told, watchDay } = createEndlessDay();
    const { url, path } = await openApi(t, { schedules: { watchDay } });
    const request = get(`${url}${path}/appointments/stream?date=${DATE}`, { agent: false });
    const [response]: IncomingMessage[] = await once(request, 'response');
    response?.pause();
    await untilStill(told);
    assert.ok(told.count < 100_000, `${told.count} events of 600 bytes go to one who does not read`);
    const read = told.count;
    response?.resume();
    await eventually(() => told.count > read + 1_000);
    const left = performance.now();
    request.destroy();
    await eventually(() => told.isOver);
    assert.ok(performance.now() - left < 1_000);
  });

  test('ends with the session, and with the server, also for a client who does not read', async (t) => {
    const { told, watchDay } = createEndlessDay();
    let isAllowed = true;
    const { app, url, path, lines } = await openApi(t, {
      schedules: { watchDay },
      heartbeatMs: 40,
      stillAllowed: async () => {
        if (!isAllowed) throw new Error('signed out');
      },
    });
    const watch = async () => {
      const request = get(`${url}${path}/appointments/stream?date=${DATE}`, { agent: false });
      t.after(() => request.destroy());
      const [response]: IncomingMessage[] = await once(request, 'response');
      response?.pause();
      await untilStill(told);
    };
    await watch();
    isAllowed = false;
    await eventually(() => told.isOver);
    await eventually(async () => (await promisify(app.server.getConnections).call(app.server)) === 0);
    isAllowed = true;
    await watch();
    const began = performance.now();
    await Promise.race([app.close(), sleep(5_000, undefined, { ref: false })]);
    assert.ok(performance.now() - began < 2_500, `${performance.now() - began} ms`);
    assert.ok(!lines.some((line) => line.includes('error')), lines.join('\n'));
  });

  test('ends when the server ends, which does not wait for it', async (t) => {
    const { app, url, path } = await openApi(t);
    const streams = await Promise.all(
      Array.from({ length: 5 }, () => openStream(t, `${url}${path}/appointments/stream?date=${DATE}`)),
    );
    await eventually(() => streams.every(({ events }) => events().length === 1));
    const started = performance.now();
    await app.close();
    assert.ok(performance.now() - started < 1_000);
    await Promise.all(streams.map(({ reading }) => reading));
  });
});
