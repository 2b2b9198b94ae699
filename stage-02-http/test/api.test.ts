import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createFolder, createLines } from '@medcenter/shared/testing';
import { start } from '../src/app/index.ts';
import { readConfig, variables } from '../src/config/index.ts';
import { createClient, patientHttpContract, samplePatientInput } from './contracts/index.ts';
import { createApp } from './support.ts';

patientHttpContract('the API over memory', async (t) => {
  const { app } = await createApp(t);
  return createClient(await app.listen({ host: '127.0.0.1', port: 0 }));
});

patientHttpContract('the API over a JSON file', async (t) => {
  const DATA_FILE = join(await createFolder(t), 'patients.json');
  const running = await start(
    { ...readConfig(variables, { PORT: '0' }), DATA_FILE, PORT: 0 },
    createLines().out,
  );
  t.after(() => running[Symbol.asyncDispose]());
  return createClient(running.url);
});

describe('the document of the API', () => {
  test('is OpenAPI 3.1 and names every route', async (t) => {
    const { app } = await createApp(t);
    const document = (await app.inject('/openapi.json')).json();
    assert.equal(document.openapi, '3.1.0');
    const routes = Object.entries(document.paths).flatMap(([path, verbs]) =>
      Object.keys(verbs as object).map((verb) => `${verb} ${path}`),
    );
    assert.deepEqual(routes.sort(), [
      'delete /api/v1/patients/{id}',
      'get /api/v1/patients',
      'get /api/v1/patients/{id}',
      'get /health',
      'post /api/v1/patients',
      'put /api/v1/patients/{id}',
    ]);
  });

  test('has true examples: the request is accepted, and the answer has the fields of the answer', async (t) => {
    const { app } = await createApp(t);
    const post = (await app.inject('/openapi.json')).json().paths['/api/v1/patients'].post;
    const { example } = post.requestBody.content['application/json'];
    const answer = await app.inject({ method: 'POST', url: '/api/v1/patients', payload: example });
    assert.equal(answer.statusCode, 201);
    const shown = post.responses['201'].content['application/json'].example;
    assert.deepEqual(Object.keys(answer.json()).sort(), Object.keys(shown).sort());

    assert.deepEqual({ ...answer.json<object>(), id: shown.id }, shown);
  });

  test('says what a later stage adds of each route, and how callers show who they are', async (t) => {
    const seen: string[] = [];
    const { app } = await createApp(t, {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'A key.' } },
      onRoute: ({ method, url, schema }) => {
        seen.push(`${method} ${url}`);
        if (url.startsWith('/api/')) Object.assign(schema ?? {}, { security: [{ key: [] }] });
      },
    });
    const { paths, components } = (await app.inject('/openapi.json')).json();
    assert.equal(components.securitySchemes.key.scheme, 'bearer');
    assert.deepEqual(paths['/api/v1/patients/{id}'].get.security, [{ key: [] }]);
    assert.equal(paths['/health'].get.security, undefined);
    assert.ok(seen.includes('POST /api/v1/patients') && seen.includes('GET /health'));
  });

  test('has no file outside of its page', async (t) => {
    const { app, lines } = await createApp(t);
    for (const path of ['/docs/static/%2e%2e/x', '/docs/static/..%2f..%2fpackage.json']) {
      const answer = await app.inject(path);
      assert.ok([403, 404].includes(answer.statusCode), `${path}: ${answer.statusCode}`);
      assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    }
    assert.doesNotMatch(lines.join('\n'), /"level":"error"/);
  });

  test('is shown to people at /docs, with all that the page loads', async (t) => {
    const { app } = await createApp(t);
    const page = await app.inject('/docs');
    assert.equal(page.statusCode, 200);
    assert.match(page.headers['content-type'] ?? '', /text\/html/);
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '');
    assert.ok(files.length > 3);
    for (const file of files)
      assert.equal((await app.inject(new URL(file, 'http://x/docs/').pathname)).statusCode, 200, file);
  });
});

describe('other origins', () => {
  const origin = 'https://desk.example';
  test('that are named may call, and read the headers that they need', async (t) => {
    const { app } = await createApp(t, { corsOrigins: [origin] });
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/api/v1/patients/x',
      headers: {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type,if-match',
      },
    });
    assert.equal(preflight.statusCode, 204);
    assert.equal(preflight.headers['access-control-allow-origin'], origin);
    assert.match(String(preflight.headers['access-control-allow-methods']), /PUT/);
    assert.match(String(preflight.headers['access-control-allow-headers']), /if-match/i);
    const answer = await app.inject({ url: '/api/v1/patients', headers: { origin } });
    assert.deepEqual(String(answer.headers['access-control-expose-headers']).split(', '), [
      'ETag',
      'Location',
      'X-Request-Id',
    ]);
    const refusal = await app.inject({ url: '/api/v1/patients/x', headers: { origin } });
    assert.equal(refusal.headers['access-control-allow-origin'], origin); // Or the page could not read why.
  });

  test('can read why there is nothing, or not this method, and are told no method twice', async (t) => {
    const { app } = await createApp(t, { corsOrigins: [origin] });
    const nothing = await app.inject({ url: '/nothing', headers: { origin } });
    const method = await app.inject({ method: 'PATCH', url: '/api/v1/patients', headers: { origin } });
    assert.deepEqual([nothing.statusCode, method.statusCode], [404, 405]);
    assert.deepEqual(String(method.headers.allow).split(', ').sort(), ['GET', 'HEAD', 'OPTIONS', 'POST']);
    for (const answer of [nothing, method])
      assert.equal(answer.headers['access-control-allow-origin'], origin);
  });

  test('that are not named, and all when none is, may not', async (t) => {
    for (const corsOrigins of [[origin], []]) {
      const { app } = await createApp(t, { corsOrigins });
      const answer = await app.inject({
        url: '/api/v1/patients',
        headers: { origin: 'https://evil.example' },
      });
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
  });
});

test('a request id is taken when it is well-formed, and made when it is not', async (t) => {
  const { app, lines } = await createApp(t);
  const idFor = async (given: string) =>
    (await app.inject({ url: '/health', headers: { 'x-request-id': given } })).headers['x-request-id'];
  assert.equal(await idFor('abc-1'), 'abc-1');
  for (const bad of ['', 'a b', 'x'.repeat(129), 'a"b', 'é'])
    assert.match(String(await idFor(bad)), /^[\da-f-]{36}$/);
  assert.equal(JSON.parse(lines[0] ?? '').requestId, 'abc-1');
});

test('a name, a phone, a token and a typed path stand in no line of the log', async (t) => {
  const { app, lines } = await createApp(t);
  const secrets = { lastName: 'Zyxwvutsr', firstName: 'Qponmlkji', phone: '+493098765432' };
  const token = 'token-7f3a9c';
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const payload = JSON.stringify(samplePatientInput(secrets));
  const created = await app.inject({ method: 'POST', url: '/api/v1/patients', headers, payload });
  const { id } = created.json();
  const calls = [
    { method: 'GET', url: `/api/v1/patients?search=${secrets.lastName}&cursor=${secrets.phone}` },
    { method: 'GET', url: `/api/v1/patients/${secrets.lastName}` },
    {
      method: 'PUT',
      url: `/api/v1/patients/${id}`,
      payload: JSON.stringify({ ...secrets, sex: secrets.lastName }),
    },
    { method: 'PUT', url: `/api/v1/patients/${id}`, payload },
    { method: 'POST', url: '/api/v1/patients', payload: payload.slice(0, -3) },
    { method: 'DELETE', url: `/api/v1/patients/${id}` },
    { method: 'GET', url: `/${secrets.lastName}/%zz` },
    { method: 'GET', url: `/nowhere/${secrets.lastName}` },
  ] as const;
  for (const call of calls) await app.inject({ ...call, headers });
  assert.ok(lines.length >= calls.length);
  const log = lines.join('\n');
  for (const secret of [...Object.values(secrets), token, id]) assert.ok(!log.includes(secret), secret);
});

test('every answer tells a browser to be strict, and a cache to ask first; also one that no route gave', async (t) => {
  const { app, lines } = await createApp(t);
  for (const url of ['/health', '/api/v1/patients', '/api/v1/patients/x', '/nothing', '/%zz']) {
    const { headers } = await app.inject(url);
    assert.equal(headers['x-content-type-options'], 'nosniff', url);
    assert.match(String(headers['content-security-policy']), /default-src 'self'/, url);
    assert.equal(headers['cache-control'], 'private, no-cache', url);
  }
  assert.equal(lines.filter((line) => line.includes('"message":"request"')).length, 5);
});
