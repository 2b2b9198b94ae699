import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { v7 as uuidv7 } from 'uuid';
import type { Actor, AuditEvent } from '../src/domain/index.ts';
import {
  type ClinicStorage,
  createAuditLog,
  createSqlStorage,
  sqlAudit,
  withAudit,
} from '../src/repository/index.ts';
import {
  type Answer,
  type Client,
  clinicStorageContract,
  createStillClock,
  sampleDoctorInput,
  samplePatient,
  samplePatientInput,
} from './contracts/index.ts';
import { openSql, openStorage, POSTGRES, PROFILES, SQLITE, signIn, startApi } from './support.ts';

const deps = { newId: uuidv7, clock: createStillClock() };
const ADA: Actor = { username: 'ada', requestId: 'r-1' };

function audited(storage: ClinicStorage, actor: () => Actor | undefined = () => ADA): ClinicStorage {
  return withAudit(storage, { log: createAuditLog({ storage, ...deps }), actor });
}

/** What was done, the oldest first: `read Patient/… success`. */
async function linesOf(storage: ClinicStorage): Promise<string[]> {
  const entries = await sqlAudit(storage.sql).list({ limit: 1_000 });
  return entries.reverse().map(({ action, resource, outcome }) => `${action} ${resource} ${outcome}`);
}

for (const database of [SQLITE, POSTGRES]) {
  suite(`the audit in ${database.name}`, database.suite, () => {
    const open = async (t: TestContext) => openStorage(t, await database.place(t));

    clinicStorageContract(`a storage with an audit, over ${database.name},`, async (t) =>
      audited(await open(t)),
    );

    test('has a line for what was read and written, in its order, and none of the program itself', async (t) => {
      const stored = await open(t);
      const storage = audited(stored);
      const [one, two, none] = [samplePatient(), samplePatient(), samplePatient()];
      await storage.transaction((tx) => tx.patients.insert(one));
      await storage.transaction((tx) => tx.patients.insertMissing([one, two]));
      await storage.patients.find(one.id);
      await storage.patients.find(none.id);
      await storage.patients.find('what people type');
      await storage.patients.list({});
      await storage.patients.list({ search: 'nobody' });
      await storage.transaction((tx) => tx.patients.update({ ...one, version: 2 }));
      await storage.transaction((tx) => tx.patients.delete(one.id));
      await audited(stored, () => undefined).patients.list({});
      await audited(stored, () => undefined).transaction((tx) => tx.patients.delete(two.id));
      assert.deepEqual(await linesOf(stored), [
        `create Patient/${one.id} success`,
        `create Patient/${two.id} success`,
        `read Patient/${one.id} success`,
        `read Patient/${none.id} not_found`,
        'read Patient not_found',
        `read Patient/${one.id} success`,
        `read Patient/${two.id} success`,
        'read Patient success',
        `update Patient/${one.id} success`,
        `delete Patient/${one.id} success`,
      ]);
    });

    test('what came to nothing has no line, and what has no line came to nothing', async (t) => {
      const stored = await open(t);
      const storage = audited(stored);
      const patient = samplePatient();
      const failed = storage.transaction(async (tx) => {
        await tx.patients.insert(patient);
        throw new Error('changed my mind');
      });
      await assert.rejects(failed, /changed my mind/);
      assert.deepEqual(await linesOf(stored), []);

      // An id that is there already: the line cannot be written.
      const id = uuidv7();
      const broken = (log = createAuditLog({ storage: stored, ...deps, newId: () => id })) =>
        withAudit(stored, { log, actor: () => ADA });
      await broken().transaction((tx) => tx.patients.insert(patient));
      await assert.rejects(broken().transaction((tx) => tx.patients.delete(patient.id)));
      assert.ok(await stored.patients.find(patient.id));
      await assert.rejects(broken().patients.find(patient.id));
      assert.deepEqual(await linesOf(stored), [`create Patient/${patient.id} success`]);
    });

    test('what is read beside a transaction has its line in it', async (t) => {
      const stored = await open(t);
      const storage = audited(stored);
      const patient = samplePatient();
      await storage.transaction(async (tx) => {
        await tx.patients.insert(patient);
        assert.equal(await storage.patients.find(patient.id), undefined); // It sees what is committed.
      });
      assert.deepEqual((await linesOf(stored)).sort(), [
        `create Patient/${patient.id} success`,
        `read Patient/${patient.id} not_found`,
      ]);
    });

    test('is only ever added to', async (t) => {
      const stored = await open(t);
      await audited(stored).patients.find(samplePatient().id);
      const statements = ["UPDATE audit SET username = 'eve'", 'DELETE FROM audit'];
      if (database === POSTGRES) statements.push('TRUNCATE audit');
      for (const statement of statements) {
        await assert.rejects(
          stored.transaction((tx) => tx.sql.query(statement)),
          statement,
        );
      }
      assert.equal((await linesOf(stored)).length, 1);
    });

    test('those who come at once share few transactions, and each waits for their own line', async (t) => {
      const stored = await open(t);
      let transactions = 0;
      const counting: ClinicStorage = {
        ...stored,
        transaction: (work) => {
          transactions += 1;
          return stored.transaction(work);
        },
      };
      const log = createAuditLog({ storage: counting, ...deps });
      const event: AuditEvent = { action: 'read', resource: 'Patient', outcome: 'success' };
      const append = async (n: number) => {
        await log.append({ username: 'ada', requestId: `r-${n}` }, [event]);
        const entries = await sqlAudit(stored.sql).list({ limit: 1_000 });
        assert.ok(entries.some(({ requestId }) => requestId === `r-${n}`));
      };
      await Promise.all(Array.from({ length: 100 }, (_, n) => append(n)));
      assert.ok(transactions <= 3, `${transactions} transactions`);
    });

    test('of those who do not say who they are it keeps 60 a minute, of the others all', async (t) => {
      const stored = await open(t);
      const log = createAuditLog({ storage: stored, ...deps });
      const event: AuditEvent = { action: 'read', resource: 'Patient', outcome: 'denied' };
      const denials = Array.from({ length: 100 }, () => log.appendDenial({ requestId: 'r' }, event));
      await Promise.all(denials);
      assert.equal((await linesOf(stored)).length, 60);
      await Promise.all(Array.from({ length: 100 }, () => log.appendDenial(ADA, event)));
      assert.equal((await linesOf(stored)).length, 160);
    });

    test('after lines that could not be written, the next ones can', async (t) => {
      const stored = await open(t);
      let down = true;
      const flaky: ClinicStorage = {
        ...stored,
        transaction: async (work) => {
          if (down) throw new Error('the disk is full');
          return stored.transaction(work);
        },
      };
      const log = createAuditLog({ storage: flaky, ...deps });
      const event: AuditEvent = { action: 'read', resource: 'Patient', outcome: 'success' };
      const failed = await Promise.allSettled([1, 2, 3].map(() => log.append(ADA, [event])));
      assert.deepEqual(
        failed.map(({ status }) => status),
        ['rejected', 'rejected', 'rejected'],
      );
      down = false;
      await log.append(ADA, [event]);
      assert.equal((await linesOf(stored)).length, 1);
    });
  });
}

interface Line {
  readonly requestId: string;
  readonly username?: string;
  readonly action: string;
  readonly resource: string;
  readonly patientId?: string;
  readonly outcome: string;
}

for (const { name, suite: options, environment } of PROFILES) {
  suite(`GET /api/v1/audit, ${name}`, options, () => {
    test('each request for data of patients has its line, whoever asked and whatever the answer', async (t) => {
      const { url, stranger } = await startApi(t, await environment(t));
      const admin = await signIn(url);
      const patient = await admin.send('POST', '/api/v1/patients', samplePatientInput());
      const doctor = await admin.send('POST', '/api/v1/doctors', sampleDoctorInput());
      const people = { patientId: patient.body.id, doctorId: doctor.body.id };
      const booking = { ...people, startsAt: '2091-03-01T09:00:00Z', endsAt: '2091-03-01T09:30:00Z' };
      const key = { 'idempotency-key': 'one' };
      const { body: appointment } = await admin.send('POST', '/api/v1/appointments', booking, key);
      const record = `/api/v1/patients/${patient.body.id}`;
      const visit = `/api/v1/appointments/${appointment.id}`;
      const calls: readonly [Client, string, string, string, string, unknown?, Record<string, string>?][] = [
        [admin, 'GET', record, 'read', 'success'],
        [admin, 'HEAD', record, 'read', 'success'],
        [admin, 'GET', record, 'read', 'success', undefined, { 'if-none-match': '"1"' }],
        [admin, 'GET', '/api/v1/patients', 'read', 'success'],
        [admin, 'PUT', record, 'update', 'success', samplePatientInput()],
        [admin, 'GET', visit, 'read', 'success'],
        [admin, 'GET', '/api/v1/appointments', 'read', 'success'],
        [admin, 'POST', '/api/v1/appointments', 'read', 'success', booking, key],
        [admin, 'PATCH', visit, 'update', 'success', { status: 'cancelled', cancellationReason: 'ill' }],
        [admin, 'GET', `/api/v1/patients/${samplePatient().id}`, 'read', 'not_found'],
        [admin, 'PUT', `/api/v1/patients/${samplePatient().id}`, 'read', 'not_found', samplePatientInput()],
        [admin, 'PUT', record, 'read', 'refused', samplePatientInput(), { 'if-match': '"9"' }],
        [admin, 'PUT', record, 'read', 'refused', { ...samplePatientInput(), id: 'another' }],
        [admin, 'POST', '/api/v1/appointments', 'read', 'refused', { ...booking, doctorId: 'x' }],
        [admin, 'PATCH', visit, 'read', 'refused', { status: 'fulfilled' }],
        [stranger, 'GET', record, 'read', 'denied'],
        [stranger, 'DELETE', record, 'delete', 'denied'],
        [stranger, 'PATCH', visit, 'update', 'denied', {}],
        [admin, 'DELETE', record, 'delete', 'success'],
      ];
      for (const [n, [client, method, path, action, outcome, body, headers]] of calls.entries()) {
        const requestId = `call-${n}`;
        await client.send(method, path, body, { 'x-request-id': requestId, ...headers });
        const lines = await read(admin);
        const line = lines.find((each) => each.requestId === requestId);
        assert.ok(line, `${method} ${path} has no line`);
        assert.deepEqual([line.action, line.outcome], [action, outcome], `${method} ${path}`);
        assert.equal(line.username, client === admin ? 'admin' : undefined);
        if (path === record) assert.equal(line.patientId, patient.body.id);
      }
      const about = await admin.send('GET', `/api/v1/audit?patientId=${patient.body.id}&limit=100`);
      assert.ok(about.body.items.length >= 10);
      for (const { patientId } of about.body.items) assert.equal(patientId, patient.body.id);
      const text = JSON.stringify(await read(admin));
      for (const secret of ['Okafor', 'Adaeze', '1990-05-14', admin.token, 'ill"'])
        assert.ok(!text.includes(secret), secret);
    });

    test('a page of patients has a line for each who is shown, and for nobody else', async (t) => {
      const { url } = await startApi(t, await environment(t));
      const admin = await signIn(url);
      for (let n = 0; n < 4; n++) await admin.send('POST', '/api/v1/patients', samplePatientInput());
      for (const limit of [1, 2, 4, 20]) {
        const requestId = `page-of-${limit}`;
        const { body } = await admin.send('GET', `/api/v1/patients?limit=${limit}`, undefined, {
          'x-request-id': requestId,
        });
        const lines = (await read(admin)).filter((line) => line.requestId === requestId);
        assert.deepEqual(
          lines.map(({ patientId }) => patientId).sort(),
          body.items.map(({ id }: { id: string }) => id).sort(),
        );
      }
    });

    test('pages go from the newest to the oldest, and neither repeat nor skip a line while others are written', async (t) => {
      const { url } = await startApi(t, await environment(t));
      const admin = await signIn(url);
      for (let n = 0; n < 25; n++) {
        await admin.send('GET', `/api/v1/patients/${samplePatient().id}`, undefined, {
          'x-request-id': `n-${n}`,
        });
      }
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const answer: Answer = await admin.send('GET', `/api/v1/audit?limit=4&cursor=${cursor}`);
        seen.push(...answer.body.items.map(({ requestId }: Line) => requestId));
        await admin.send('GET', `/api/v1/patients/${samplePatient().id}`);
        cursor = answer.body.nextCursor;
      }
      assert.deepEqual(
        seen,
        Array.from({ length: 25 }, (_, n) => `n-${24 - n}`),
      );
      assert.equal((await admin.send('GET', '/api/v1/audit?cursor=x')).status, 400);
      assert.equal((await admin.send('GET', '/api/v1/audit?username=%00')).body.items.length, 0);
      assert.equal((await admin.send('GET', '/api/v1/audit?patientId=x')).body.items.length, 0);
    });

    async function read(admin: Client): Promise<Line[]> {
      const { body } = await admin.send('GET', '/api/v1/audit?limit=100');
      return body.items;
    }
  });
}

test('when the line cannot be written the request fails, and tells nothing of the patient', async (t) => {
  const [profile] = PROFILES;
  assert.ok(profile);
  const environment = await profile.environment(t);
  const { url, lines } = await startApi(t, environment);
  const admin = await signIn(url);
  const { body } = await admin.send('POST', '/api/v1/patients', samplePatientInput());
  const database = await openSql(t, { url: undefined, file: environment.SQLITE_FILE ?? '' });
  await database.transaction(async (sql) => {
    await sql.query("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END");
  });
  const path = `/api/v1/patients/${body.id}`;
  for (const [method, input] of [
    ['GET'],
    ['PUT', samplePatientInput({ firstName: 'Eve' })],
    ['DELETE'],
  ] as const) {
    const answer = await admin.send(method, path, input);
    assert.ok(answer.status >= 400, `${method}: ${answer.status}`);
    assert.ok(!JSON.stringify(answer.body).includes('Adaeze'));
  }
  assert.equal((await createSqlStorage(database).patients.find(body.id))?.firstName, 'Adaeze');
  assert.ok(!lines.join('\n').includes('Adaeze'));
});
