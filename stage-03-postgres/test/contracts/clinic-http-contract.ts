import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { type Answer, type Client, samplePatientInput } from '@medcenter/stage-02-http/test/contracts';
import { sampleDoctorInput } from './clinic-samples.ts';

type Open = (t: TestContext) => Promise<Client>;
const DOCTORS = '/api/v1/doctors';
const APPOINTMENTS = '/api/v1/appointments';

/** What `/doctors` and `/appointments` promise, in this stage and in each after it. `open` gives a client that may do all. */
export function clinicHttpContract(name: string, open: Open): void {
  describe(`${name} keeps the contract of /doctors and /appointments`, () => {
    doctorTests(open);
    bookingTests(open);
    changeTests(open);
    listTests(open);
    idempotencyTests(open);
    raceTests(open);
  });
}

interface People {
  readonly patientId: string;
  readonly doctorId: string;
}

async function register(client: Client, path: string, input: object): Promise<string> {
  const answer = await client.send('POST', path, input);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.id;
}

const addPatient = (client: Client) => register(client, '/api/v1/patients', samplePatientInput());
const addDoctor = (client: Client) => register(client, DOCTORS, sampleDoctorInput());

async function addPeople(client: Client): Promise<People> {
  return { patientId: await addPatient(client), doctorId: await addDoctor(client) };
}

/** A day far from now, each minute of which is given as `09:00`. */
const at = (time: string) => `2091-03-01T${time}:00Z`;
const utc = (time: string) => `2091-03-01T${time}:00.000Z`;

function book(
  client: Client,
  people: People,
  [start, end]: readonly [string, string] = ['09:00', '09:30'],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const input = { ...people, startsAt: at(start), endsAt: at(end) };
  return client.send('POST', APPOINTMENTS, input, headers);
}

async function booked(...args: Parameters<typeof book>): Promise<Answer> {
  const answer = await book(...args);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer;
}

function assertProblem(answer: Answer, status: number, paths?: readonly string[]): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  if (paths)
    assert.deepEqual(answer.body.errors.map(({ path }: { path: string }) => path).sort(), [...paths].sort());
}

function doctorTests(open: Open): void {
  test('a doctor is registered, read, put and taken away as a patient is', async (t) => {
    const client = await open(t);
    const created = await client.send('POST', DOCTORS, sampleDoctorInput({ middleName: 'Noor' }));
    const path = `${DOCTORS}/${created.body.id}`;
    assert.deepEqual(
      [created.status, created.headers.get('location'), created.headers.get('etag')],
      [201, path, '"1"'],
    );
    const found = await client.send('GET', path);
    assert.deepEqual([found.status, found.body], [200, created.body]);
    assert.equal((await client.send('GET', path, undefined, { 'if-none-match': '"1"' })).status, 304);

    const { middleName: _, ...others } = found.body;
    const put = await client.send('PUT', path, { ...others, specialty: 'neurology' }, { 'if-match': '"1"' });
    assert.deepEqual(
      [put.status, put.body.specialty, put.body.middleName, put.body.version],
      [200, 'neurology', undefined, 2],
    );
    assertProblem(await client.send('PUT', path, sampleDoctorInput(), { 'if-match': '"1"' }), 412);
    assertProblem(await client.send('DELETE', path, undefined, { 'if-match': '"1"' }), 412);
    assert.equal((await client.send('DELETE', path, undefined, { 'if-match': '"2"' })).status, 204);
    for (const method of ['GET', 'DELETE']) assertProblem(await client.send(method, path), 404);
  });

  test('every bad field of a doctor is named at once', async (t) => {
    const client = await open(t);
    assertProblem(await client.send('POST', DOCTORS, {}), 422, ['/lastName', '/firstName', '/specialty']);
    const bad = { lastName: '7', firstName: 7, specialty: ' ', phone: '1' };
    assertProblem(await client.send('POST', DOCTORS, bad), 422, [
      '/lastName',
      '/firstName',
      '/specialty',
      '/phone',
    ]);
    const id = await addDoctor(client);
    const other = { ...sampleDoctorInput(), id: randomUUID() };
    assertProblem(await client.send('PUT', `${DOCTORS}/${id}`, other), 422, ['/id']);
  });

  test('doctors are found by text within the name, page by page', async (t) => {
    const client = await open(t);
    const lastName = `Q${randomUUID().replaceAll(/[^a-f]/g, '')}${[...randomUUID()].map((c) => String.fromCharCode(97 + (c.charCodeAt(0) % 26))).join('')}`;
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push(await register(client, DOCTORS, sampleDoctorInput({ lastName })));
    const first = await client.send('GET', `${DOCTORS}?limit=2&search=${lastName.toUpperCase()}`);
    const rest = await client.send(
      'GET',
      `${DOCTORS}?limit=2&search=${lastName.toUpperCase()}&cursor=${first.body.nextCursor}`,
    );
    assert.deepEqual(
      [...first.body.items, ...rest.body.items].map(({ id }) => id),
      ids,
    );
    assert.equal(rest.body.nextCursor, null);
    assertProblem(await client.send('GET', `${DOCTORS}?search=x&cursor=${first.body.nextCursor}`), 400);
    assertProblem(await client.send('GET', `${DOCTORS}?limit=0`), 400, ['/limit']);
  });
}

function bookingTests(open: Open): void {
  test('a booking is answered in UTC, and found where Location says', async (t) => {
    const client = await open(t);
    const people = await addPeople(client);
    const input = {
      ...people,
      startsAt: '2091-03-01T10:00:00+01:00',
      endsAt: '2091-03-01T10:30:00+01:00',
      reason: 'Check-up\nagain',
    };
    const created = await client.send('POST', APPOINTMENTS, input);
    assert.equal(created.status, 201, JSON.stringify(created.body));
    const { id, ...rest } = created.body;
    assert.deepEqual(rest, {
      ...input,
      startsAt: utc('09:00'),
      endsAt: utc('09:30'),
      status: 'booked',
      version: 1,
    });
    assert.equal(created.headers.get('location'), `${APPOINTMENTS}/${id}`);
    const found = await client.send('GET', `${APPOINTMENTS}/${id}`);
    assert.deepEqual([found.status, found.body, found.headers.get('etag')], [200, created.body, '"1"']);
    for (const other of [randomUUID(), 'x', '%00'])
      assertProblem(await client.send('GET', `${APPOINTMENTS}/${other}`), 404);
  });

  test('every bad field of a booking is named at once', async (t) => {
    const client = await open(t);
    const people = await addPeople(client);
    const post = (input: unknown) => client.send('POST', APPOINTMENTS, input);
    assertProblem(await post({}), 422, ['/patientId', '/doctorId', '/startsAt', '/endsAt']);
    const strangers = { patientId: randomUUID(), doctorId: 'x', startsAt: at('10:00'), endsAt: at('09:00') };
    assertProblem(await post(strangers), 422, ['/patientId', '/doctorId', '/endsAt']);
    const times: [string, string, string[]][] = [
      ['2020-01-01T09:00:00Z', '2020-01-01T09:30:00Z', ['/startsAt']],
      [at('09:00'), at('09:00'), ['/endsAt']],
      [at('09:00'), at('17:01'), ['/endsAt']],
      ['2091-03-01T09:00:00', '2091-02-30T09:00:00Z', ['/startsAt', '/endsAt']],
    ];
    for (const [startsAt, endsAt, paths] of times)
      assertProblem(await post({ ...people, startsAt, endsAt }), 422, paths);
    const good = { ...people, startsAt: at('09:00'), endsAt: at('09:30') };
    assertProblem(await post({ ...good, reason: 'x'.repeat(501), status: 'arrived' }), 422, [
      '/reason',
      '/status',
    ]);
    assertProblem(await post({ ...good, reason: '\0' }), 422, ['/reason']);
    assertProblem(await post({ ...good, patientId: 7, endsAt: at('08:00') }), 422, ['/patientId', '/endsAt']);
    assert.equal((await post({ ...good, endsAt: at('17:00') })).status, 201);
  });

  test('a taken time is refused with the one who is taken; back to back is fine', async (t) => {
    const client = await open(t);
    const people = await addPeople(client);
    const first = await booked(client, people, ['09:00', '10:00']);
    const others = { patientId: await addPatient(client), doctorId: await addDoctor(client) };
    for (const range of [
      ['09:00', '10:00'],
      ['08:30', '09:01'],
      ['09:59', '11:00'],
      ['09:15', '09:30'],
      ['08:00', '12:00'],
    ] as const) {
      const forDoctor = await book(client, { ...people, patientId: others.patientId }, range);
      assertProblem(forDoctor, 409, ['/doctorId']);
      assertProblem(await book(client, { ...people, doctorId: others.doctorId }, range), 409, ['/patientId']);
      const told = JSON.stringify(forDoctor.body);
      for (const secret of [first.body.id, people.patientId, 'is_free', '09:00', '10:00']) {
        assert.ok(!told.includes(secret), `${secret} in ${told}`);
      }
    }
    for (const range of [
      ['08:30', '09:00'],
      ['10:00', '10:30'],
    ] as const)
      await booked(client, people, range);
  });

  test('whoever has an appointment that is not over stays; then the patient goes with them all', async (t) => {
    const client = await open(t);
    const people = await addPeople(client);
    const { body } = await booked(client, people);
    const paths = [`/api/v1/patients/${people.patientId}`, `${DOCTORS}/${people.doctorId}`];
    for (const path of paths) assertProblem(await client.send('DELETE', path), 409);
    await client.send('PATCH', `${APPOINTMENTS}/${body.id}`, {
      status: 'cancelled',
      cancellationReason: 'illness',
    });
    for (const path of paths.toReversed())
      assert.equal((await client.send('DELETE', path)).status, 204, path);
    assertProblem(await client.send('GET', `${APPOINTMENTS}/${body.id}`), 404);
  });
}

function changeTests(open: Open): void {
  const legal = {
    booked: ['arrived', 'cancelled', 'noshow'],
    arrived: ['fulfilled', 'cancelled'],
    fulfilled: [],
    cancelled: [],
    noshow: [],
  } as const;
  const pathTo = {
    booked: [],
    arrived: ['arrived'],
    fulfilled: ['arrived', 'fulfilled'],
    cancelled: ['cancelled'],
    noshow: ['noshow'],
  } as const;
  type Status = keyof typeof legal;
  const statuses = Object.keys(legal) as Status[];
  const changeTo = (status: Status) => ({
    status,
    ...(status === 'cancelled' && { cancellationReason: 'illness' }),
  });

  for (const from of statuses) {
    test(`a ${from} appointment moves where it may, and nowhere else`, async (t) => {
      const client = await open(t);
      const people = await addPeople(client);
      for (const to of statuses) {
        // A doctor and a patient of its own would do, too; a time of its own is quicker.
        const hour = 10 + statuses.indexOf(to);
        const { body } = await booked(client, people, [`${hour}:00`, `${hour}:30`]);
        const path = `${APPOINTMENTS}/${body.id}`;
        for (const step of pathTo[from]) await client.send('PATCH', path, changeTo(step));
        const answer = await client.send('PATCH', path, changeTo(to));
        const allowed: readonly string[] = legal[from];
        assert.equal(
          answer.status,
          allowed.includes(to) ? 200 : 409,
          `${from} to ${to}: ${JSON.stringify(answer.body)}`,
        );
        const now = await client.send('GET', path);
        assert.equal(now.body.status, allowed.includes(to) ? to : from);
      }
    });
  }

  test('a cancellation says why; a change that is none, or of no known field, is refused', async (t) => {
    const client = await open(t);
    const { body } = await booked(client, await addPeople(client));
    const patch = (change: unknown) => client.send('PATCH', `${APPOINTMENTS}/${body.id}`, change);
    for (const cancellationReason of [undefined, '', '  '])
      assertProblem(await patch({ status: 'cancelled', cancellationReason }), 422, ['/cancellationReason']);
    assertProblem(await patch({ status: 'gone' }), 422, ['/status']);
    assertProblem(await patch({ doctorId: randomUUID() }), 422, ['/doctorId']);
    assertProblem(await patch({}), 422);
    assertProblem(await patch({ endsAt: at('08:00') }), 422, ['/endsAt']);
    assertProblem(await client.send('PATCH', `${APPOINTMENTS}/${randomUUID()}`, { status: 'arrived' }), 404);
    assert.equal((await client.send('GET', `${APPOINTMENTS}/${body.id}`)).body.version, 1);
  });

  test('a move takes the new time and gives the old one back, or does nothing', async (t) => {
    const client = await open(t);
    const people = await addPeople(client);
    const { body: nine } = await booked(client, people, ['09:00', '09:30']);
    await booked(client, people, ['10:00', '10:30']);
    const move = (start: string, end: string) =>
      client.send('PATCH', `${APPOINTMENTS}/${nine.id}`, { startsAt: at(start), endsAt: at(end) });
    assertProblem(await move('10:15', '10:45'), 409);
    const still = await client.send('GET', `${APPOINTMENTS}/${nine.id}`);
    assert.deepEqual(still.body, nine);
    assertProblem(await book(client, people, ['09:00', '09:30']), 409);

    const moved = await move('11:00', '11:30');
    assert.deepEqual([moved.status, moved.body.startsAt, moved.body.version], [200, utc('11:00'), 2]);
    assert.equal(moved.headers.get('etag'), '"2"');
    await booked(client, people, ['09:00', '09:30']);
    const shifted = await move('11:15', '11:45'); // Over its own time.
    assert.equal(shifted.status, 200);
  });

  test('a stale If-Match changes nothing: 412; of two at once one wins', async (t) => {
    const client = await open(t);
    const { body } = await booked(client, await addPeople(client));
    const path = `${APPOINTMENTS}/${body.id}`;
    const arrive = (tag: string) => client.send('PATCH', path, { status: 'arrived' }, { 'if-match': tag });
    for (const stale of ['"2"', 'W/"1"', 'x']) assertProblem(await arrive(stale), 412);
    const both = await Promise.all([arrive('"1"'), arrive('"1"')]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 412]);
  });
}

function listTests(open: Open): void {
  test('a list is cut by doctor, patient, status and time; what it is asked in a wrong way is named', async (t) => {
    const client = await open(t);
    const people = await addPeople(client);
    const ids: string[] = [];
    for (const hour of ['09', '10', '11', '12'])
      ids.push((await booked(client, people, [`${hour}:00`, `${hour}:30`])).body.id);
    await client.send('PATCH', `${APPOINTMENTS}/${ids[3]}`, { status: 'arrived' });
    const list = async (query: string) => {
      const answer = await client.send('GET', `${APPOINTMENTS}?doctorId=${people.doctorId}${query}`);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return answer.body.items.map(({ id }: { id: string }) => ids.indexOf(id));
    };
    assert.deepEqual(await list(''), [0, 1, 2, 3]);
    assert.deepEqual(await list(`&patientId=${people.patientId}&status=booked`), [0, 1, 2]);
    assert.deepEqual(await list(`&patientId=${randomUUID()}`), []);
    assert.deepEqual(await list(`&from=${at('10:00')}&to=${at('12:00')}`), [1, 2]);
    // A plus sign in a query stands for a space; whoever forgets to write it as %2B means the plus sign.
    assert.deepEqual(await list('&from=2091-03-01T12:00:00%2B01:00'), [2, 3]);
    assert.deepEqual(await list('&from=2091-03-01T12:00:00+01:00'), [2, 3]);
    for (const [query, path] of [
      ['status=gone', '/status'],
      ['from=2091-03-01', '/from'],
      ['to=x', '/to'],
      ['limit=101', '/limit'],
    ])
      assertProblem(await client.send('GET', `${APPOINTMENTS}?${query}`), 400, [path ?? '']);
  });

  test('pages neither repeat nor skip, and a cursor belongs to its list', async (t) => {
    const client = await open(t);
    const people = await addPeople(client);
    const ids: string[] = [];
    for (const hour of [9, 10, 11, 12, 13])
      ids.push(
        (await booked(client, people, [`${String(hour).padStart(2, '0')}:00`, `${hour}:30`.padStart(5, '0')]))
          .body.id,
      );
    const seen: string[] = [];
    const query = `doctorId=${people.doctorId}&limit=2`;
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Answer = await client.send('GET', `${APPOINTMENTS}?${query}&cursor=${cursor}`);
      assert.equal(page.status, 200, JSON.stringify(page.body));
      seen.push(...page.body.items.map(({ id }: { id: string }) => id));
      cursor = page.body.nextCursor;
      if (cursor) assertProblem(await client.send('GET', `${APPOINTMENTS}?limit=2&cursor=${cursor}`), 400);
    }
    assert.deepEqual(seen, ids);
  });
}

function idempotencyTests(open: Open): void {
  const key = () => ({ 'idempotency-key': randomUUID() });

  test('the same request with the same key gets the same answer, and books once', async (t) => {
    const client = await open(t);
    const people = await addPeople(client);
    const headers = key();
    const first = await booked(client, people, ['09:00', '09:30'], headers);
    await client.send('PATCH', `${APPOINTMENTS}/${first.body.id}`, { status: 'arrived' });
    const again = await booked(client, people, ['09:00', '09:30'], headers);
    assert.deepEqual(again.body, first.body);
    assert.equal(again.headers.get('location'), first.headers.get('location'));
    assertProblem(await book(client, people, ['10:00', '10:30'], headers), 422);
    assertProblem(await book(client, people, ['09:00', '09:30'], key()), 409);
    const { items } = (await client.send('GET', `${APPOINTMENTS}?doctorId=${people.doctorId}`)).body;
    assert.equal(items.length, 1);
  });

  test('ten at once with one key are one booking, and ten times its answer', async (t) => {
    const client = await open(t);
    const people = await addPeople(client);
    const headers = key();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => booked(client, people, ['09:00', '09:30'], headers)),
    );
    assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  });

  test('a request that was refused may come again with its key', async (t) => {
    const client = await open(t);
    const people = await addPeople(client);
    const { body } = await booked(client, people);
    const headers = key();
    assertProblem(await book(client, people, ['09:00', '09:30'], headers), 409);
    await client.send('PATCH', `${APPOINTMENTS}/${body.id}`, {
      status: 'cancelled',
      cancellationReason: 'illness',
    });
    await booked(client, people, ['09:00', '09:30'], headers);
  });

  test('a patient who is gone is gone from kept answers, too', async (t) => {
    const client = await open(t);
    const people = await addPeople(client);
    const headers = key();
    const { body } = await booked(client, people, ['09:00', '09:30'], headers);
    await client.send('PATCH', `${APPOINTMENTS}/${body.id}`, {
      status: 'cancelled',
      cancellationReason: 'illness',
    });
    assert.equal((await client.send('DELETE', `/api/v1/patients/${people.patientId}`)).status, 204);
    assertProblem(await book(client, people, ['09:00', '09:30'], headers), 422, ['/patientId']);
  });

  test('a key that is none: 400', async (t) => {
    const client = await open(t);
    const people = await addPeople(client);
    for (const bad of ['a b', 'x'.repeat(256), '\u00e9']) {
      assertProblem(await book(client, people, ['09:00', '09:30'], { 'idempotency-key': bad }), 400);
    }
  });
}

function raceTests(open: Open): void {
  const count = (answers: readonly Answer[]) => {
    const statuses: Record<number, number> = {};
    for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
    return statuses;
  };

  test('50 at once want one slot of one doctor: one gets it', async (t) => {
    const client = await open(t);
    const doctorId = await addDoctor(client);
    const patientIds = await Promise.all(Array.from({ length: 50 }, () => addPatient(client)));
    const answers = await Promise.all(patientIds.map((patientId) => book(client, { patientId, doctorId })));
    assert.deepEqual(count(answers), { 201: 1, 409: 49 });
  });

  test('20 doctors at once want one patient: one gets them', async (t) => {
    const client = await open(t);
    const patientId = await addPatient(client);
    const doctorIds = await Promise.all(Array.from({ length: 20 }, () => addDoctor(client)));
    const answers = await Promise.all(doctorIds.map((doctorId) => book(client, { patientId, doctorId })));
    assert.deepEqual(count(answers), { 201: 1, 409: 19 });
  });

  test('a booking and the leaving of its doctor, and of its patient, at once: one of the two', async (t) => {
    const client = await open(t);
    for (let round = 0; round < 5; round++) {
      const people = await addPeople(client);
      const leaving =
        round % 2 === 0 ? `${DOCTORS}/${people.doctorId}` : `/api/v1/patients/${people.patientId}`;
      const [booking, deletion] = await Promise.all([book(client, people), client.send('DELETE', leaving)]);
      const outcome = `${booking?.status} ${deletion?.status}`;
      assert.ok(['201 409', '422 204'].includes(outcome), outcome);
    }
  });
}
