import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLines } from '@medcenter/shared/testing';
import { ROLES, type Role, unauthenticated } from '../src/domain/index.ts';
import { createLogger } from '../src/observability/index.ts';
import { createPasswords } from '../src/session/index.ts';
import {
  accessRules,
  accessStatusByCode,
  addAccess,
  addClinicRoutes,
  auditRoutes,
  authRoutes,
  createHttpApp,
  ruleOf,
} from '../src/transport/http/index.ts';
import {
  type Client,
  createClient,
  sampleDoctorInput,
  samplePatient,
  samplePatientInput,
} from './contracts/index.ts';
import { addAccount, EMBEDDED, openStorage, PROFILES, signIn, startApi } from './support.ts';

const PASSWORD = 'tea at half past four';
const NINE = { startsAt: '2091-03-01T09:00:00Z', endsAt: '2091-03-01T09:30:00Z' };
const unknown = samplePatient().id;

/** Every route of the app, as the router has them: `GET /api/v1/patients/:id`. */
async function listRoutes(url: string): Promise<string[]> {
  const { body } = await createClient(url).send('GET', '/openapi.json');
  return Object.entries(body.paths as Record<string, object>).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
}

/** The API with an account for each role; the doctor's is of the first of two doctors. */
async function openDesk(t: TestContext, environment: Record<string, string>) {
  const api = await startApi(t, environment);
  const admin = await signIn(api.url);
  const post = async (path: string, input: object): Promise<string> => {
    const { status, body } = await admin.send('POST', `/api/v1/${path}`, input);
    assert.equal(status, 201, JSON.stringify(body));
    return body.id;
  };
  const doctorId = await post('doctors', sampleDoctorInput());
  const otherDoctorId = await post('doctors', sampleDoctorInput());
  const storage = await openStorage(t, {
    url: environment.DATABASE_URL || undefined,
    file: environment.SQLITE_FILE ?? '',
  });
  const passwordHash = await createPasswords({ ln: 10 }).hash(PASSWORD);
  await addAccount(storage, { username: 'desk', role: 'receptionist', passwordHash });
  await addAccount(storage, { username: 'doc', role: 'doctor', doctorId, passwordHash });
  const clients: Record<Role, Client> = {
    admin,
    receptionist: await signIn(api.url, 'desk', PASSWORD),
    doctor: await signIn(api.url, 'doc', PASSWORD),
  };
  return { ...api, ...clients, clients, post, doctorId, otherDoctorId };
}

const send = (client: Client, route: string) => {
  const [method = '', pattern = ''] = route.split(' ');
  const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
  return client.send(method, pattern.replace(':id', unknown), body);
};

suite('the table of access', () => {
  test('covers each route of the app, and no others', async (t) => {
    const { app } = await createBareApp(t);
    await app.ready();
    const found = new Set<string>();
    for (const [path, methods] of Object.entries(routesOf(app.printRoutes({ commonPrefix: false })))) {
      for (const method of methods) {
        assert.ok(ruleOf(accessRules, method, path), `no rule covers ${method} ${path}`);
        if (method === 'HEAD' || method === 'OPTIONS') continue;
        found.add(`${method} ${path.startsWith('/docs/') ? '/docs/*' : path}`);
      }
    }
    assert.deepEqual([...found].sort(), Object.keys(accessRules).sort());
  });

  test('a route without a rule answers nobody', async (t) => {
    const { app } = await createBareApp(t);
    app.get('/api/v1/forgotten', async () => 'secret');
    const headers = { authorization: 'Bearer of-somebody' };
    assert.equal((await app.inject({ url: '/api/v1/forgotten' })).statusCode, 401);
    const answer = await app.inject({ url: '/api/v1/forgotten', headers });
    assert.deepEqual([answer.statusCode, answer.body.includes('secret')], [403, false]);
  });

  async function createBareApp(t: TestContext) {
    const { out } = createLines();
    const logger = createLogger({ level: 'info', service: 'test', out });
    const nothing = {} as Parameters<typeof createHttpApp>[0];
    const app = await createHttpApp(nothing, {
      logger,
      statuses: accessStatusByCode,
      corsOrigins: ['https://desk.example'],
    });
    addAccess(app, {
      rules: accessRules,
      signIn: {
        check: async (token) => {
          if (token !== 'of-somebody') throw unauthenticated('no');
          return { accountId: 'a', username: 'ada', role: 'admin', expiresAt: '2091-01-01T00:00:00.000Z' };
        },
      },
      isOwn: async () => false,
      onDenied: async () => {},
      current: new AsyncLocalStorage(),
    });
    addClinicRoutes(app, nothing as unknown as Parameters<typeof addClinicRoutes>[1]);
    app.register(authRoutes, nothing as unknown as Parameters<typeof authRoutes>[1]);
    app.register(auditRoutes, {
      prefix: '/api/v1',
      ...(nothing as unknown as Parameters<typeof auditRoutes>[1]),
    });
    t.after(() => app.close());
    return { app };
  }

  /** Reads the drawing of the router: a line `├── /path (GET, HEAD)` for each path, in its place in the tree. */
  function routesOf(drawing: string): Record<string, string[]> {
    const routes: Record<string, string[]> = {};
    const parents: string[] = [];
    for (const line of drawing.split('\n')) {
      const [, indent = '', part = '', methods] =
        /^((?:[│ ] {3})*)[├└]── (\S*)(?: \(([^)]*)\))?/.exec(line) ?? [];
      if (part === '') continue;
      const depth = indent.length / 4;
      const path = (parents[depth - 1] ?? '') + part;
      parents[depth] = path;
      if (methods) routes[path] = methods.split(', ');
    }
    return routes;
  }
});

for (const { name, suite: options, environment } of PROFILES) {
  suite(`who may what, ${name}`, options, () => {
    test('each route wants what the table says, of a stranger and of each role', async (t) => {
      const { url, stranger, clients } = await openDesk(t, await environment(t));
      const routes = await listRoutes(url);
      assert.ok(routes.length >= 17, routes.join());
      for (const route of routes) {
        const [method = '', pattern = ''] = route.split(' ');
        const rule = ruleOf(accessRules, method, pattern);
        if (rule === 'anybody' || rule === undefined) continue;
        for (const headers of [
          {},
          { authorization: 'Bearer no-such-token' },
          { authorization: 'Basic YTpi' },
        ]) {
          const answer = await createClient(url, headers).send(
            method,
            pattern.replace(':id', unknown),
            undefined,
          );
          assert.equal(answer.status, 401, route);
          assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm="medcenter"/, route);
          assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
        }
        assert.equal((await send(stranger, route)).status, 401);
        if (rule === 'signed in') continue;
        for (const role of ROLES) {
          const { status } = await send(clients[role], route);
          const isRefused = status === 401 || status === 403;
          assert.equal(isRefused, rule[role] === undefined, `${role} ${route}: ${status}`);
        }
      }
    });

    test('a doctor moves their own appointments, and not those of others', async (t) => {
      const { admin, doctor, post, doctorId, otherDoctorId } = await openDesk(t, await environment(t));
      const patientId = await post('patients', samplePatientInput());
      const own = await post('appointments', { patientId, doctorId, ...NINE });
      const later = { startsAt: '2091-03-01T10:00:00Z', endsAt: '2091-03-01T10:30:00Z' };
      const others = await post('appointments', { patientId, doctorId: otherDoctorId, ...later });
      const move = (id: string) => doctor.send('PATCH', `/api/v1/appointments/${id}`, { status: 'arrived' });
      assert.equal((await move(others)).status, 403);
      assert.equal((await admin.send('GET', `/api/v1/appointments/${others}`)).body.status, 'booked');
      assert.equal((await move(own)).body.status, 'arrived');
      assert.equal((await move(unknown)).status, 404);
      assert.equal((await doctor.send('GET', `/api/v1/appointments/${others}`)).status, 200);
    });
  });
}

suite('the door', () => {
  test('is not passed by another spelling of a path, of the method, or of the header', async (t) => {
    const { url, stranger, receptionist } = await openDesk(t, await EMBEDDED.environment(t));
    const { token } = await signIn(url, 'desk', PASSWORD);
    for (const path of [
      '/api/v1/audit/',
      '/API/v1/audit',
      '/api/v1/%61udit',
      '//api/v1/audit',
      '/api/v1/./audit',
      '/docs/../api/v1/audit',
      '/docs/%2e%2e/api/v1/audit',
      '/api/v1/audit?x=/docs/',
    ]) {
      for (const client of [stranger, receptionist]) {
        for (const method of ['GET', 'HEAD']) {
          const { status } = await client.send(method, path);
          assert.ok([400, 401, 403, 404].includes(status), `${method} ${path}: ${status}`);
        }
      }
    }
    for (const authorization of [
      '',
      'Bearer',
      'Bearer ',
      token,
      `Basic ${token}`,
      `Bearer ${token} x`,
      `Bearer ${token},x`,
    ]) {
      const { status } = await createClient(url, { authorization }).send('GET', '/api/v1/patients');
      assert.equal(status, 401, authorization);
    }
    const inQuery = await stranger.send('GET', `/api/v1/patients?access_token=${token}`);
    assert.equal(inQuery.status, 401);
    const lowerCase = await createClient(url, { authorization: `bearer ${token}` }).send(
      'GET',
      '/api/v1/patients',
    );
    assert.equal(lowerCase.status, 200);
  });

  test('lets anybody see whether it lives, and what it can do', async (t) => {
    const { stranger, url } = await openDesk(t, await EMBEDDED.environment(t));
    assert.equal((await stranger.send('GET', '/health')).status, 200);
    assert.equal((await fetch(`${url}/docs`)).status, 200);
    assert.equal((await fetch(`${url}/docs/static/swagger-ui.css`)).status, 200);
    const { body } = await stranger.send('GET', '/openapi.json');
    assert.deepEqual(body.components.securitySchemes.session.scheme, 'bearer');
    for (const [path, verbs] of Object.entries<Record<string, { 'x-roles'?: string }>>(body.paths)) {
      for (const [verb, route] of Object.entries(verbs)) {
        const isOpen = ruleOf(accessRules, verb.toUpperCase(), path.replace('{id}', ':id')) === 'anybody';
        assert.equal(route['x-roles'] === undefined, isOpen, `${verb} ${path}`);
      }
    }
    const { patch } = body.paths['/api/v1/appointments/{id}'];
    assert.equal(patch['x-roles'], 'admin, receptionist, doctor (their own)');
    assert.deepEqual(patch.security, [{ session: [] }]);
    for (const status of ['401', '403', '503']) assert.ok(patch.responses[status], status);
    assert.equal(body.paths['/auth/login'].post.security, undefined);
  });

  test('a page of another origin may send a token, and read what it needs to know', async (t) => {
    const environment = { ...(await EMBEDDED.environment(t)), CORS_ORIGINS: 'https://desk.example' };
    const { url } = await startApi(t, environment);
    const origin = 'https://desk.example';
    const preflight = await fetch(`${url}/api/v1/patients`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-headers'), 'authorization');
    const refused = await fetch(`${url}/api/v1/patients`, { headers: { origin } });
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('access-control-allow-origin'), origin);
    const exposed = refused.headers.get('access-control-expose-headers') ?? '';
    for (const name of ['ETag', 'X-Cache', 'Retry-After', 'WWW-Authenticate'])
      assert.ok(exposed.includes(name), name);
  });

  test('a login answers a token that nobody on the way may keep; what is no login is told what is wrong', async (t) => {
    const { stranger } = await openDesk(t, await EMBEDDED.environment(t));
    const login = (body: unknown) => stranger.send('POST', '/auth/login', body);
    const right = await login({ username: 'desk', password: PASSWORD });
    assert.equal(right.headers.get('cache-control'), 'no-store');
    assert.deepEqual(Object.keys(right.body), ['token', 'expiresAt', 'user']);
    assert.deepEqual(right.body.user, { username: 'desk', role: 'receptionist' });
    const paths = async (body: unknown) =>
      (await login(body)).body.errors.map(({ path }: { path: string }) => path);
    assert.deepEqual(await paths({}), ['/username', '/password']);
    assert.deepEqual(await paths({ username: 1, password: null, role: 'admin' }), [
      '/role',
      '/username',
      '/password',
    ]);
    assert.equal((await login('{')).status, 400);
    const wrong = await login({ username: 'desk', password: 'not that one, either' });
    assert.deepEqual(
      [wrong.status, wrong.headers.get('www-authenticate')],
      [401, 'Bearer realm="medcenter"'],
    );
    for (let n = 0; n < 4; n++) await login({ username: 'Desk', password: 'not that one, either' });
    const late = await login({ username: 'desk', password: PASSWORD });
    assert.equal(late.status, 429);
    assert.ok(Number(late.headers.get('retry-after')) > 800);
  });

  test('X-Cache tells how the patient was found, also with 304; a list and a change have none', async (t) => {
    const { admin, post } = await openDesk(t, await EMBEDDED.environment(t));
    const path = `/api/v1/patients/${await post('patients', samplePatientInput())}`;
    const cacheOf = async (...args: Parameters<Client['send']>) =>
      (await admin.send(...args)).headers.get('x-cache');
    assert.equal(await cacheOf('GET', path), 'miss');
    await sleep(20);
    assert.equal(await cacheOf('GET', path), 'hit');
    assert.equal(await cacheOf('HEAD', path), 'hit');
    assert.equal(await cacheOf('GET', path, undefined, { 'if-none-match': '"1"' }), 'hit');
    assert.equal(await cacheOf('GET', `/api/v1/patients/${unknown}`), 'miss');
    assert.equal(await cacheOf('GET', '/api/v1/patients'), null);
    assert.equal(await cacheOf('PUT', path, samplePatientInput()), null);
  });
});

suite('the audit', () => {
  test('knows each request by its own user, also when hundreds run at once and bodies come slowly', async (t) => {
    const { url, admin, clients } = await openDesk(t, await EMBEDDED.environment(t));
    const calls = Array.from({ length: 150 }, async (_, n) => {
      const role = n % 2 ? 'admin' : 'receptionist';
      const id = `${role}-${n}`;
      const headers = { 'x-request-id': id };
      const { status } = await clients[role].send('POST', '/api/v1/patients', samplePatientInput(), headers);
      assert.equal(status, 201);
      return id;
    });
    const { token } = await signIn(url, 'desk', PASSWORD);
    const slow = ['receptionist-slow-1', 'receptionist-slow-2'].map((id) => postSlowly(url, token, id));
    const ids = await Promise.all([...calls, ...slow]);
    const lines = await readAudit(admin);
    for (const id of ids) {
      const line = lines.find(({ requestId }) => requestId === id);
      assert.equal(line?.username, id.startsWith('admin') ? 'admin' : 'desk', id);
      assert.equal(line?.action, 'create');
    }
  });

  /** Sends the body in pieces, so that the handler runs long after the request began. */
  async function postSlowly(url: string, token: string, id: string): Promise<string> {
    const { hostname, port } = new URL(url);
    const body = JSON.stringify(samplePatientInput());
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /api/v1/patients HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nx-request-id: ${id}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`,
    );
    for (let start = 0; start < body.length; start += 20) {
      socket.write(body.slice(start, start + 20));
      await sleep(10);
    }
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 201 /);
    return id;
  }

  async function readAudit(
    admin: Client,
  ): Promise<{ requestId: string; username?: string; action: string }[]> {
    const items = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await admin.send('GET', `/api/v1/audit?limit=100&cursor=${cursor}`);
      items.push(...body.items);
      cursor = body.nextCursor;
    }
    return items;
  }
});
