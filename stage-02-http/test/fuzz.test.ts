import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { checkDataFile } from '../src/schema/index.ts';
import { samplePatientInput } from './contracts/index.ts';
import { createApp } from './support.ts';

const SEED = 20_261_123;
const REQUESTS = 10_000;

/** Values that programs stumble over, and some that are right. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1e308,
    '',
    ' ',
    '\u0000',
    '__proto__',
    'male',
    '1990-05-14',
    '2023-02-29',
    '+493012345678',
    [],
    {},
  ),
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.jsonValue({ maxDepth: 2 }),
);
const field = fc.constantFrom(
  'lastName',
  'firstName',
  'middleName',
  'birthDate',
  'sex',
  'phone',
  'id',
  'version',
  'createdAt',
  '__proto__',
  'constructor',
  'toString',
  'nick',
  '',
);
const record = fc
  .array(fc.tuple(field, value), { maxLength: 4 })
  .map((changes) => JSON.stringify({ ...samplePatientInput(), ...Object.fromEntries(changes) }));
const body = fc.oneof(
  record,
  fc.constant(JSON.stringify(samplePatientInput())),
  value.map((each) => JSON.stringify(each) ?? ''),
  record.chain((text) => fc.nat(text.length).map((end) => text.slice(0, end))),
  fc.string({ unit: 'binary' }),
);
const tag = fc.constantFrom('*', '"1"', '"2"', 'W/"1"', '"', '', '1', '"1", "2"', '"x"', ',,,');
const headers = fc.record(
  {
    'content-type': fc.constantFrom(
      ...Array(9).fill('application/json'),
      'application/json',
      'application/json; charset=utf-8',
      'application/json; charset=x',
      'text/plain',
      '',
      '/',
      'application/json;;=',
    ),
    'if-match': tag,
    'if-none-match': tag,
    'x-request-id': fc.constantFrom('ok-1', '', 'a b', 'x'.repeat(500)),
    origin: fc.constantFrom('https://desk.example', 'null', 'x'),
    accept: fc.constantFrom('*/*', 'text/html', 'application/json;q=0'),
    expect: fc.constantFrom('x'),
    'transfer-encoding': fc.constantFrom('identity'),
  },
  { requiredKeys: ['content-type'] },
);
const method = fc.constantFrom(
  'GET',
  'GET',
  'HEAD',
  'POST',
  'POST',
  'PUT',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
);
const query = fc.array(
  fc.tuple(
    fc.constantFrom('limit', 'cursor', 'search', 'x', '__proto__'),
    fc.oneof(fc.constantFrom('1', '100', '0', '1e2', ''), fc.string({ unit: 'binary', maxLength: 400 })),
  ),
  { maxLength: 3 },
);
const segment = fc.oneof(
  fc.constant('known'),
  fc.constantFrom('%', '%zz', '%00', '..', '%2e%2e', '', '__proto__', 'x'.repeat(300)),
  fc.string({ maxLength: 40 }).map(encodeURIComponent),
);
const path = fc.oneof(
  fc.constant('/api/v1/patients'),
  segment.map((each) => `/api/v1/patients/${each}`),
  segment.map((each) => `/${each}`),
  fc.constantFrom('/health', '/openapi.json', '/docs', '/docs/json', '/docs/static/../index.html', '*', '//'),
);

test(`${REQUESTS} requests of every kind meet no 5xx and no hang, and leave sound records`, async (t) => {
  const { app, lines, registry } = await createApp(t, { corsOrigins: ['https://desk.example'] });
  const { id } = await registry.register(samplePatientInput());
  const request = fc.record({ method, path, query, headers, body });
  for (const each of fc.sample(request, { numRuns: REQUESTS, seed: SEED })) {
    const search = each.query
      .map(([name, text]) => `${name}=${encodeURIComponent(text.toWellFormed())}`)
      .join('&');
    const sent: InjectOptions = {
      method: each.method as 'GET',
      url: `${each.path.replace('known', id)}${search && `?${search}`}`,
      headers: each.headers,
      ...(!['GET', 'HEAD', 'OPTIONS'].includes(each.method) && { payload: each.body }),
    };
    const answer = await app.inject(sent);
    const told = () => `${JSON.stringify(sent)} -> ${answer.statusCode} ${answer.body}`;
    assert.ok(answer.statusCode >= 200 && answer.statusCode < 500, told());
    if (answer.statusCode < 400 || each.method === 'HEAD') continue;
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/, told());
    assert.equal(answer.json().requestId, answer.headers['x-request-id'], told());
  }
  const patients = JSON.parse(JSON.stringify(await registry.list()));
  assert.ok(patients.length > 50, `only ${patients.length} requests got through to registering`);
  assert.deepEqual(checkDataFile({ version: 1, patients, appointments: [] }), []);
  assert.deepEqual(
    lines.filter((line) => line.includes('"level":"error"')),
    [],
  );
});
