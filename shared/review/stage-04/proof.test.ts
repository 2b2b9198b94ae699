import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFolder, createLines } from '@medcenter/shared/testing';
import { needsRedis } from '@medcenter/shared/testing/redis';
import { createMemoryCache, type LeaseCache, USUAL_TIMES } from '@medcenter/stage-04-redis/cache';
import { type Clock, type Session, unavailable } from '@medcenter/stage-04-redis/domain';
import type { ClinicStorage } from '@medcenter/stage-04-redis/repository';
import {
  type Client,
  createClient,
  sampleDoctorInput,
  samplePatient,
  samplePatientInput,
} from '@medcenter/stage-04-redis/test/contracts';
import { proveReview, type StageCode } from '../testing/proofs.ts';

type AppLayer = typeof import('@medcenter/stage-04-redis/app');
type ConfigLayer = typeof import('@medcenter/stage-04-redis/config');
type RepositoryLayer = typeof import('@medcenter/stage-04-redis/repository');
type ServiceLayer = typeof import('@medcenter/stage-04-redis/service');
type SessionLayer = typeof import('@medcenter/stage-04-redis/session');
type HttpLayer = typeof import('@medcenter/stage-04-redis/transport/http');
type TestSupport = typeof import('../../../stage-04-redis/test/support.ts');

const appOf = (code: StageCode): Promise<AppLayer> => import(code.href('src/app/index.ts'));
const configOf = (code: StageCode): Promise<ConfigLayer> => import(code.href('src/config/index.ts'));
const repositoryOf = (code: StageCode): Promise<RepositoryLayer> =>
  import(code.href('src/repository/index.ts'));
const serviceOf = (code: StageCode): Promise<ServiceLayer> => import(code.href('src/service/index.ts'));
const sessionOf = (code: StageCode): Promise<SessionLayer> => import(code.href('src/session/index.ts'));
const httpOf = (code: StageCode): Promise<HttpLayer> => import(code.href('src/transport/http/index.ts'));
const supportOf = (code: StageCode): Promise<TestSupport> => import(code.href('test/support.ts'));

const PASSWORD = 'tea at half past four';
const ADMIN_PASSWORD = 'the first of many doors';
const HOUR_MS = 3_600_000;
const ADDRESS = '127.0.0.1';

/** A SQLite file of the proof's own. */
const placeFile = async (t: TestContext) => join(await createFolder(t), 'medcenter.db');

async function openStorage(code: StageCode, t: TestContext): Promise<ClinicStorage> {
  const { createSqlStorage, migrations, openDatabase } = await repositoryOf(code);
  const storage = createSqlStorage(
    await openDatabase({ url: undefined, file: await placeFile(t) }, migrations),
  );
  t.after(() => storage.close());
  return storage;
}

const openCache = (): LeaseCache =>
  createMemoryCache({ ...USUAL_TIMES, ttlMs: 60_000, size: 100, othersCommits: () => 0 });

/** The API as the program runs it, and somebody who has signed in. */
async function startApi(code: StageCode, t: TestContext) {
  const [{ start }, { readConfig, variables }] = await Promise.all([appOf(code), configOf(code)]);
  const file = await placeFile(t);
  const { out, lines } = createLines();
  const environment = { PORT: '0', PASSWORD_HASH_COST: '10', DATABASE_URL: '', REDIS_URL: '' };
  const config = readConfig(variables, { ...environment, ADMIN_PASSWORD, SQLITE_FILE: file });
  const { url, ...running } = await start(config, out);
  t.after(() => running[Symbol.asyncDispose]());
  const stranger = createClient(url);
  const login = { username: 'admin', password: ADMIN_PASSWORD };
  const { body } = await stranger.send('POST', '/auth/login', login);
  const admin = createClient(url, { authorization: `Bearer ${body.token}` });
  return { admin, stranger, lines, file };
}

/** Everything that sign-in is made of, with one account, and a clock that can be moved. */
async function openDesk(code: StageCode, t: TestContext) {
  const { createAccountRegistry, createMemoryThrottle, createPasswords, createSignIn, createSqlSessions } =
    await sessionOf(code);
  const storage = await openStorage(code, t);
  const state = { now: Date.now() };
  const clock: Clock = { now: () => new Date(state.now), today: () => '2026-06-15' };
  const sessions = createSqlSessions({ storage, clock, idleMs: 8 * HOUR_MS });
  const deps = { storage, sessions, passwords: createPasswords({ ln: 10 }), newId: randomUUID, clock };
  const accounts = createAccountRegistry(deps);
  const signIn = createSignIn({ ...deps, throttle: createMemoryThrottle(), ttlMs: 24 * HOUR_MS });
  await accounts.add({ username: 'anna', role: 'receptionist', password: PASSWORD });
  const login = (username: string, password = PASSWORD) =>
    signIn.login({ username, password, address: ADDRESS });
  return { storage, state, clock, accounts, signIn, login };
}

/** `done`, or the code of the refusal. */
const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error) => error.code,
  );

/** By the new route, or where there is none, by the way that was there. */
async function sendFirst(client: Client, route: string, before: () => ReturnType<Client['send']>) {
  const answer = await client.send('GET', route);
  return answer.status === 404 || answer.status === 403 ? before() : answer;
}

proveReview(4, {
  defects: {
    'read-before-lease': {
      question: 'a patient is changed while a list is on its way: which version does the next look show?',
      original: 2,
      changed: 1,
      async observe(code, t) {
        const { withPatientCache } = await repositoryOf(code);
        const stored = await openStorage(code, t);
        const [read, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
        const held: ClinicStorage = {
          ...stored,
          patients: {
            ...stored.patients,
            async list(query) {
              const found = await stored.patients.list(query);
              read.resolve();
              await gate.promise;
              return found;
            },
          },
        };
        const storage = withPatientCache(held, { cache: openCache() });
        const patient = samplePatient();
        await storage.transaction((tx) => tx.patients.insert(patient));
        const listed = storage.patients.list({ limit: 20 });
        await read.promise;
        await storage.transaction((tx) => tx.patients.update({ ...patient, version: 2 }));
        gate.resolve();
        await listed;
        return (await storage.patients.find(patient.id))?.version;
      },
    },

    'dropped-before-commit': {
      question:
        'somebody looks at a doctor while a change is being committed: what does the next look show, the old record?',
      original: false,
      changed: true,
      async observe(code, t) {
        const { withDoctorCache = (storage: ClinicStorage) => storage } = (await repositoryOf(
          code,
        )) as RepositoryLayer & {
          withDoctorCache?(storage: ClinicStorage, cache: LeaseCache): ClinicStorage;
        };
        const { createDoctorRegistry, createSystemClock } = await serviceOf(code);
        const storage = withDoctorCache(await openStorage(code, t), openCache());
        const deps = { storage, newId: randomUUID, clock: createSystemClock() };
        const doctor = await createDoctorRegistry(deps).register(sampleDoctorInput());
        await storage.transaction(async (tx) => {
          await tx.doctors.update({ ...doctor, specialty: 'surgery', version: 2 });
          await storage.doctors.find(doctor.id);
        });
        return (await storage.doctors.find(doctor.id))?.version === 1;
      },
    },

    'read-past-audit': {
      question: 'a patient is handed out: does the audit have a line about it?',
      original: ['read'],
      changed: [],
      async observe(code, t) {
        const { admin } = await startApi(code, t);
        const { body } = await admin.send('POST', '/api/v1/patients', samplePatientInput());
        const path = `/api/v1/patients/${body.id}`;
        const answer = await sendFirst(admin, '/api/v1/recent-patients', () => admin.send('GET', path));
        if (!JSON.stringify(answer.body).includes('Adaeze')) throw new Error('nobody was handed out');
        const requestId = answer.headers.get('x-request-id');
        const audit = await admin.send('GET', `/api/v1/audit?patientId=${body.id}`);
        const lines: { requestId: string; action: string }[] = audit.body.items;
        return lines.filter((line) => line.requestId === requestId).map(({ action }) => action);
      },
    },

    'no-last-end': {
      question: 'a token is used every hour for a week: how many hours is it good?',
      original: 23,
      changed: 168,
      async observe(code, t) {
        const { login, signIn, state } = await openDesk(code, t);
        const { token } = await login('anna');
        for (let hour = 1; hour <= 168; hour++) {
          state.now += HOUR_MS;
          if ((await outcomeOf(signIn.check(token))) !== 'done') return hour - 1;
        }
        return 168;
      },
    },

    'tells-names': {
      question:
        'a wrong password, for a doctor who has left and for a name that there is not: are the answers the same?',
      original: true,
      changed: false,
      async observe(code, t) {
        const { storage, clock, accounts, login } = await openDesk(code, t);
        const { createDoctorRegistry } = await serviceOf(code);
        const doctors = createDoctorRegistry({ storage, newId: randomUUID, clock });
        const { id: doctorId } = await doctors.register(sampleDoctorInput());
        await accounts.add({ username: 'haddad', role: 'doctor', doctorId, password: PASSWORD });
        await doctors.remove(doctorId);
        const wordsFor = (username: string) =>
          login(username, 'not that one, either').catch(({ code: kind, message }) => `${kind} ${message}`);
        return (await wordsFor('haddad')) === (await wordsFor('nobody'));
      },
    },

    'guesses-not-counted': {
      question: 'somebody at the page of another tries eight passwords: how many are looked at?',
      original: 5,
      changed: 8,
      async observe(code, t) {
        const { admin, stranger } = await startApi(code, t);
        const newPassword = 'rain on the tin roof';
        const attempt = async (password: string) => {
          const answer = await admin.send('POST', '/auth/password', { password, newPassword });
          if (answer.status !== 404) return answer.status;
          return (await stranger.send('POST', '/auth/login', { username: 'admin', password })).status;
        };
        let looked = 0;
        for (let n = 0; n < 8; n++) if ((await attempt(`a guess, number ${n}`)) !== 429) looked += 1;
        return looked;
      },
    },

    'failure-taken-for-nobody': {
      question: 'sessions cannot be read: which status does a page get that asks with its token?',
      original: 503,
      changed: 204,
      async observe(code, t) {
        const app = await createDoor(code, t, async () => {
          throw unavailable('Redis cannot answer now');
        });
        const headers = { authorization: 'Bearer of-somebody' };
        const first = await app.inject({ url: '/auth/session', headers });
        if (first.statusCode === 204) return 204;
        return (await app.inject({ url: '/api/v1/doctors', headers })).statusCode;
      },
    },

    'search-in-log': {
      question: 'a search is slow: is the name that was searched for in the log?',
      original: false,
      changed: true,
      async observe(code, t) {
        const { admin, lines, file } = await startApi(code, t);
        const { openDatabase } = await repositoryOf(code);
        const neighbour = await openDatabase({ url: undefined, file }, (await repositoryOf(code)).migrations);
        t.after(() => neighbour.close());
        // While another process writes, the audit waits, and with it the answer.
        const [begun, over] = [Promise.withResolvers<void>(), sleep(600)];
        const writing = neighbour.transaction(async () => {
          begun.resolve();
          await over;
        });
        await begun.promise;
        const { status } = await admin.send('GET', '/api/v1/patients?search=Zyxwvutsr');
        await writing;
        await sleep(20); // The lines come after the answer.
        if (status !== 200) throw new Error(`the search was answered with ${status}`);
        return lines.join('\n').includes('Zyxwvutsr');
      },
    },
  },

  traps: {
    'prolonged-after-logout': {
      question:
        'a session is ended between the look and the new end that the look gives it: is it found again?',
      skip: needsRedis().skip || undefined,
      both: undefined,
      async observe(code, t) {
        const { createRedisSessions } = await sessionOf(code);
        const { connectRedis } = await supportOf(code);
        const { createSystemClock } = await serviceOf(code);
        const options = { redis: await connectRedis(t), clock: createSystemClock(), idleMs: HOUR_MS };
        const sessions: ReturnType<typeof createRedisSessions> & {
          prolong?(tokenHash: string, session: Session): Promise<void>;
        } = createRedisSessions(options);
        const expiresAt = new Date(Date.now() + HOUR_MS).toISOString();
        await sessions.put('x', { accountId: 'a', username: 'ada', role: 'doctor', expiresAt });
        const session = await sessions.find('x');
        if (!session) throw new Error('it was not there');
        await sessions.delete('x');
        await sessions.prolong?.('x', session);
        return sessions.find('x');
      },
    },

    'passwords-compared-plainly': {
      question: 'the same two texts, right and wrong as the old password: does the answer tell which it was?',
      both: false,
      async observe(code, t) {
        const { admin } = await startApi(code, t);
        const statusOf = async (password: string) =>
          (await admin.send('POST', '/auth/password', { password, newPassword: password })).status;
        return (await statusOf(ADMIN_PASSWORD)) !== (await statusOf('not that one, either'));
      },
    },

    'password-for-all-roles': {
      question:
        'a receptionist names the admin in a new password: does the password of the admin still work?',
      both: true,
      async observe(code, t) {
        const { admin, stranger, file } = await startApi(code, t);
        await addReceptionist(code, file);
        const login = async (username: string, password: string) =>
          stranger.send('POST', '/auth/login', { username, password });
        const { body } = await login('desk', PASSWORD);
        const change = { username: 'admin', password: PASSWORD, newPassword: 'rain on the tin roof' };
        const headers = { authorization: `Bearer ${body.token}` };
        await stranger.send('POST', '/auth/password', change, headers);
        const { username: _, ...own } = change;
        await stranger.send('POST', '/auth/password', own, headers);
        const { status } = await admin.send('GET', '/api/v1/patients');
        return status === 200 && (await login('admin', ADMIN_PASSWORD)).status === 200;
      },
    },
  },
});

/** The routes behind their door, over sessions of this kind. */
async function createDoor(code: StageCode, t: TestContext, check: () => Promise<Session>) {
  const http = await httpOf(code);
  const { createLogger } = await import('@medcenter/stage-04-redis/observability');
  const logger = createLogger({ level: 'info', service: 'test', out: createLines().out });
  const nothing = {} as Parameters<HttpLayer['createHttpApp']>[0];
  const app = await http.createHttpApp(nothing, { logger, statuses: http.accessStatusByCode });
  http.addAccess(app, {
    rules: http.accessRules,
    signIn: { check },
    isOwn: async () => false,
    onDenied: async () => {},
    current: new AsyncLocalStorage(),
  });
  http.addClinicRoutes(app, nothing as unknown as Parameters<HttpLayer['addClinicRoutes']>[1]);
  const signIn = { check } as unknown as Parameters<HttpLayer['authRoutes']>[1]['signIn'];
  app.register(http.authRoutes, { signIn });
  t.after(() => app.close());
  return app;
}

/** `desk`, as the command line adds an account. */
async function addReceptionist(code: StageCode, file: string): Promise<void> {
  const { createSqlStorage, migrations, openDatabase } = await repositoryOf(code);
  const { createAccountRegistry, createPasswords, createSqlSessions } = await sessionOf(code);
  const clock = (await serviceOf(code)).createSystemClock();
  const storage = createSqlStorage(await openDatabase({ url: undefined, file }, migrations));
  const sessions = createSqlSessions({ storage, clock, idleMs: HOUR_MS });
  const deps = { storage, sessions, passwords: createPasswords({ ln: 10 }), newId: randomUUID, clock };
  await createAccountRegistry(deps)
    .add({ username: 'desk', role: 'receptionist', password: PASSWORD })
    .finally(() => storage.close());
}
