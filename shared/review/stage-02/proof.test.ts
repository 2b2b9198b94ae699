import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { createFolder, runProgram } from '@medcenter/shared/testing';
import type { Patient, PatientInput } from '@medcenter/stage-02-http/domain';
import type { Storage } from '@medcenter/stage-02-http/repository';
import type { PatientRegistry } from '@medcenter/stage-02-http/service';
import { createStillClock, samplePatientInput } from '@medcenter/stage-02-http/test/contracts';
import { v7 as uuidv7 } from 'uuid';
import { proveReview, type StageCode } from '../testing/proofs.ts';

type RepositoryLayer = typeof import('@medcenter/stage-02-http/repository');
type ServiceLayer = typeof import('@medcenter/stage-02-http/service');
type TestSupport = typeof import('../../../stage-02-http/test/support.ts');
type App = Awaited<ReturnType<TestSupport['createApp']>>['app'];

const PATIENTS = '/api/v1/patients';
const repositoryOf = (code: StageCode): Promise<RepositoryLayer> =>
  import(code.href('src/repository/index.ts'));
const supportOf = (code: StageCode): Promise<TestSupport> => import(code.href('test/support.ts'));

/** The service over a storage: in memory, when none is given. */
async function createRegistry(code: StageCode, given?: Storage) {
  const { createPatientRegistry }: ServiceLayer = await import(code.href('src/service/index.ts'));
  const storage = given ?? (await repositoryOf(code)).createMemoryStorage();
  const registry = createPatientRegistry({ storage, newId: uuidv7, clock: createStillClock() });
  return { storage, registry };
}

/** The API over a service, not listening; its log is in `lines`. */
async function createApi(
  code: StageCode,
  t: TestContext,
  { patients, corsOrigins }: { patients?: PatientRegistry; corsOrigins?: string[] } = {},
) {
  const { createApp } = await supportOf(code);
  const api = await createApp(t, { ...(patients && { patients }), ...(corsOrigins && { corsOrigins }) });
  return { ...api, get: (path: string, headers = {}) => api.app.inject({ url: path, headers }) };
}

/** A storage in a file of the test's own, and another program's view of the same file. */
async function openFile(code: StageCode, t: TestContext) {
  const file = join(await createFolder(t), 'patients.json');
  const { openJsonStorage } = await repositoryOf(code);
  return { file, storage: await openJsonStorage(file), elsewhere: await openJsonStorage(file) };
}

/** Somebody else changes the patient and is not done yet; `finish` lets them. */
function beginChange(storage: Storage, patient: Patient) {
  const gate = Promise.withResolvers<void>();
  const done = storage.transaction(async (tx) => {
    await gate.promise;
    await tx.patients.update({ ...patient, phone: '+493012345678', version: patient.version + 1 });
  });
  return async () => {
    gate.resolve();
    await done;
  };
}

/** By the verb that changes some fields, or where there is none, by the one that changes all. */
async function changeSome(app: App, id: string, fields: object, headers = {}) {
  const url = `${PATIENTS}/${id}`;
  const { allow } = (await app.inject({ method: 'OPTIONS', url })).headers;
  return allow?.includes('PATCH')
    ? app.inject({ method: 'PATCH', url, headers, payload: fields })
    : app.inject({ method: 'PUT', url, headers, payload: { ...samplePatientInput(), ...fields } });
}

/** `done`, or the code of the refusal. */
const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error) => error.code,
  );

proveReview(2, {
  defects: {
    'patch-checks-early': {
      question:
        'somebody changes a phone while another, who holds the old version, changes it too: what does that one hear, and which phone stays?',
      original: [412, '+493012345678'],
      changed: [200, '+81312345678'],
      async observe(code, t) {
        const { storage, registry } = await createRegistry(code);
        const { app } = await createApi(code, t, { patients: registry });
        const patient = await registry.register(samplePatientInput());
        const finish = beginChange(storage, patient);
        const answer = changeSome(app, patient.id, { phone: '+81312345678' }, { 'if-match': '"1"' });
        // Time for the request to come as far as it gets while the other one is not done.
        await sleep(100);
        await finish();
        return [(await answer).statusCode, (await registry.get(patient.id)).phone];
      },
    },

    'list-starts-over': {
      question: 'the last patient of page 1 is deleted: who is on page 2 of the list by name?',
      original: ['Cecil', 'Dora'],
      changed: ['Ada', 'Cecil'],
      async observe(code, t) {
        const { app, get, registry } = await createApi(code, t);
        // Registered in the order of their names: the stage as it is knows no other.
        const ids = new Map<string, string>();
        for (const firstName of ['Ada', 'Bea', 'Cecil', 'Dora'])
          ids.set(firstName, (await registry.register(samplePatientInput({ firstName }))).id);
        const namesOf = (items: PatientInput[]) => items.map(({ firstName }) => firstName);
        const first = (await get(`${PATIENTS}?limit=2&sort=name`)).json();
        assert.deepEqual(namesOf(first.items), ['Ada', 'Bea']);
        const deletion = await app.inject({ method: 'DELETE', url: `${PATIENTS}/${ids.get('Bea')}` });
        assert.equal(deletion.statusCode, 204);
        const second = await get(`${PATIENTS}?limit=2&sort=name&cursor=${first.nextCursor}`);
        return namesOf(second.json().items);
      },
    },

    'stale-304': {
      question: 'another program changes the phone: what does a page hear that asks with its ETag?',
      original: [200, '+493012345678'],
      changed: [304, 'nothing new'],
      async observe(code, t) {
        const { storage, elsewhere } = await openFile(code, t);
        const { registry } = await createRegistry(code, storage);
        const { get } = await createApi(code, t, { patients: registry });
        const patient = await registry.register(samplePatientInput());
        const { etag } = (await get(`${PATIENTS}/${patient.id}`)).headers;
        await beginChange(elsewhere, patient)();
        const answer = await get(`${PATIENTS}/${patient.id}`, { 'if-none-match': etag });
        return [answer.statusCode, answer.body === '' ? 'nothing new' : answer.json().phone];
      },
    },

    'patch-coerces': {
      question: 'a last name is changed to false, which is no text: what is answered, and what is it then?',
      original: [422, 'Okafor'],
      changed: [200, 'false'],
      async observe(code, t) {
        const { app, registry } = await createApi(code, t);
        const { id } = await registry.register(samplePatientInput({ lastName: 'Okafor' }));
        const answer = await changeSome(app, id, { lastName: false });
        return [answer.statusCode, (await registry.get(id)).lastName];
      },
    },

    'origin-not-ended': {
      question: 'which of these origins may read the API when https://desk.example may?',
      original: ['https://desk.example'],
      changed: ['https://desk.example', 'https://desk.example.evil.example', 'https://desk.example:8443'],
      async observe(code, t) {
        const { get } = await createApi(code, t, { corsOrigins: ['https://desk.example'] });
        const origins = [
          'https://desk.example',
          'https://desk.example.evil.example',
          'https://desk.example:8443',
          'https://evil.example',
        ];
        const allowed = await Promise.all(
          origins.map(
            async (origin) => (await get(PATIENTS, { origin })).headers['access-control-allow-origin'],
          ),
        );
        return allowed.filter((origin) => origin !== undefined);
      },
    },

    'address-in-log': {
      question: 'a search takes its time: does the log show for whom it was?',
      original: false,
      changed: true,
      async observe(code, t) {
        const { registry } = await createRegistry(code);
        const page: PatientRegistry['page'] = async (query) => {
          await sleep(550);
          return registry.page(query);
        };
        const { get, lines } = await createApi(code, t, { patients: { ...registry, page } });
        assert.equal((await get(`${PATIENTS}?search=Okafor`)).statusCode, 200);
        assert.ok(lines.length > 0);
        return lines.join('\n').includes('Okafor');
      },
    },

    'inside-told': {
      question: 'the data file is damaged while the server runs: is a visitor told where it lies?',
      original: false,
      changed: true,
      async observe(code, t) {
        const { file, storage } = await openFile(code, t);
        const { registry } = await createRegistry(code, storage);
        const { get } = await createApi(code, t, { patients: registry });
        await writeFile(file, '{ "version": 1');
        const answer = await get(`${PATIENTS}/x`);
        assert.ok(answer.statusCode >= 500);
        return answer.json().detail.includes(file);
      },
    },

    'log-read-too-early': {
      question: 'what does the test of the log say of a server that logs each address?',
      original: 'failed',
      changed: 'passed',
      // The test of either judges the same server: the changed one, which is made to log every address.
      async observe(code, t, changed) {
        const [judge, talkative] = ['test/judging.test.ts', 'test/talkative.ts'].map(changed.path);
        assert.ok(judge && talkative);
        t.after(() => Promise.all([judge, talkative].map((file) => rm(file, { force: true }))));
        await writeFile(
          talkative,
          `import * as support from './support.ts';
          export const { createLines } = support;
          export const createApp = async (t, options) => {
            let lines;
            const extend = (app) =>
              app.addHook('onResponse', (request, reply, done) => {
                lines.push(request.url);
                done();
              });
            const made = await support.createApp(t, { ...options, extend });
            lines = made.lines;
            return made;
          };`,
        );
        const test = await readFile(code.path('test/api.test.ts'), 'utf8');
        assert.ok(test.includes("'./support.ts'"));
        await writeFile(judge, test.replaceAll("'./support.ts'", "'./talkative.ts'"));
        const env = { NODE_OPTIONS: '--test-name-pattern="stand in no line of the log"' };
        const { stdout, exitCode } = await runProgram(t, judge, [], { cwd: changed.folder, env });
        assert.match(stdout, /stand in no line of the log/);
        return exitCode === 0 ? 'passed' : 'failed';
      },
    },
  },

  traps: {
    'checked-twice': {
      question: 'two PUTs hold one version, and both come before either has written: how do they end?',
      both: ['done', 'precondition_failed'],
      async observe(code) {
        const { storage, registry } = await createRegistry(code);
        const { id } = await registry.register(samplePatientInput());
        const gate = Promise.withResolvers<void>();
        const held = storage.transaction(() => gate.promise);
        const puts = ['Ada', 'Eve'].map((firstName) =>
          outcomeOf(registry.replace(id, samplePatientInput({ firstName }), [1])),
        );
        await turn();
        gate.resolve();
        await held;
        return (await Promise.all(puts)).sort();
      },
    },

    'never-equal': {
      question: 'three patients share one name: in which order do pages of one show them?',
      both: [1, 2, 3],
      async observe(code, t) {
        const { get, registry } = await createApi(code, t);
        const ids: string[] = [];
        for (let each = 1; each <= 3; each++) ids.push((await registry.register(samplePatientInput())).id);
        const shown: string[] = [];
        for (let cursor: string | null = ''; cursor !== null; ) {
          const page = await get(`${PATIENTS}?limit=1&sort=name${cursor && `&cursor=${cursor}`}`);
          const { items, nextCursor }: { items: Patient[]; nextCursor: string | null } = page.json();
          shown.push(...items.map(({ id }) => id));
          cursor = nextCursor;
        }
        return shown.map((id) => ids.indexOf(id) + 1);
      },
    },
  },
});
