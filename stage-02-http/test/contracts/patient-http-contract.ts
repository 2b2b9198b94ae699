import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { samplePatientInput } from '@medcenter/stage-01-core/test/contracts';
import type { Answer, Client } from './client.ts';

type Open = (t: TestContext) => Promise<Client>;
const PATIENTS = '/api/v1/patients';

/** What `/api/v1/patients` promises, in this stage and in each after it. `open` gives a client that may do all. */
export function patientHttpContract(name: string, open: Open): void {
  describe(`${name} keeps the contract of /patients`, () => {
    recordTests(open);
    preconditionTests(open);
    pageTests(open);
    refusalTests(open);
  });
}

/** A patient of the test's own, found again by a name that no other test uses. */
async function register(client: Client, overrides = {}): Promise<Answer> {
  const answer = await client.send('POST', PATIENTS, samplePatientInput(overrides));
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer;
}

/** Letters alone, as names want them. */
function uniqueName(): string {
  return `Q${randomUUID().replaceAll(/[^a-f]/g, '')}${[...randomUUID()].map((c) => String.fromCharCode(97 + (c.charCodeAt(0) % 26))).join('')}`;
}

function assertProblem(answer: Answer, status: number, paths?: string[]): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(answer.body.status, status);
  assert.equal(answer.body.requestId, answer.headers.get('x-request-id'));
  if (paths)
    assert.deepEqual(answer.body.errors.map(({ path }: { path: string }) => path).sort(), paths.sort());
}

function recordTests(open: Open): void {
  test('a registered patient is found where Location says, with the same ETag', async (t) => {
    const client = await open(t);
    const created = await register(client, { lastName: ' Jose\u0301 ' });
    assert.equal(created.headers.get('location'), `${PATIENTS}/${created.body.id}`);
    const found = await client.send('GET', created.headers.get('location') ?? '');
    assert.deepEqual([found.status, found.body], [200, created.body]);
    assert.equal(found.headers.get('etag'), created.headers.get('etag'));
    assert.equal(found.body.lastName, 'José');
  });

  test('PUT replaces the whole record, and takes back what GET gave', async (t) => {
    const client = await open(t);
    const { body: patient } = await register(client, { phone: '+493012345678' });
    const { phone: _, ...withoutPhone } = patient;
    const replaced = await client.send('PUT', `${PATIENTS}/${patient.id}`, {
      ...withoutPhone,
      firstName: 'Ada',
    });
    assert.equal(replaced.status, 200, JSON.stringify(replaced.body));
    assert.deepEqual(
      [replaced.body.firstName, replaced.body.phone, replaced.body.version],
      ['Ada', undefined, 2],
    );
    assertProblem(await client.send('PUT', `${PATIENTS}/${patient.id}`, { firstName: 'Ada' }), 422, [
      '/lastName',
      '/birthDate',
      '/sex',
    ]);
    assertProblem(
      await client.send('PUT', `${PATIENTS}/${patient.id}`, { ...samplePatientInput(), id: 'other' }),
      422,
      ['/id'],
    );
  });

  test('DELETE takes a patient away, once', async (t) => {
    const client = await open(t);
    const { body: patient } = await register(client);
    assert.deepEqual(
      await client.send('DELETE', `${PATIENTS}/${patient.id}`).then(({ status, body }) => [status, body]),
      [204, undefined],
    );
    for (const method of ['GET', 'DELETE'])
      assertProblem(await client.send(method, `${PATIENTS}/${patient.id}`), 404);
    assertProblem(await client.send('PUT', `${PATIENTS}/${patient.id}`, samplePatientInput()), 404);
  });

  test('HEAD answers as GET does, without the body', async (t) => {
    const client = await open(t);
    const { body: patient, headers } = await register(client);
    const head = await client.send('HEAD', `${PATIENTS}/${patient.id}`);
    assert.deepEqual(
      [head.status, head.body, head.headers.get('etag')],
      [200, undefined, headers.get('etag')],
    );
  });
}

function preconditionTests(open: Open): void {
  test('of two PUTs at once with one ETag, one wins and one is told', async (t) => {
    const client = await open(t);
    const { body: patient, headers } = await register(client);
    const ifMatch = { 'if-match': headers.get('etag') ?? '' };
    for (let round = 0; round < 5; round++) {
      const current = await client.send('GET', `${PATIENTS}/${patient.id}`);
      ifMatch['if-match'] = current.headers.get('etag') ?? '';
      const put = (firstName: string) =>
        client.send('PUT', `${PATIENTS}/${patient.id}`, samplePatientInput({ firstName }), ifMatch);
      const statuses = (await Promise.all([put('Ada'), put('Eve')])).map(({ status }) => status);
      assert.deepEqual(statuses.sort(), [200, 412]);
    }
  });

  test('a DELETE with the ETag that was read does not take away what somebody else changed meanwhile', async (t) => {
    const client = await open(t);
    for (let round = 0; round < 5; round++) {
      const { body: patient, headers } = await register(client);
      const path = `${PATIENTS}/${patient.id}`;
      const ifMatch = { 'if-match': headers.get('etag') ?? '' };
      const both = [
        client.send('PUT', path, samplePatientInput({ firstName: 'Ada' }), ifMatch),
        client.send('DELETE', path, undefined, ifMatch),
      ];
      const [put, deleted] = (await Promise.all(both)).map(({ status }) => status);
      assert.ok((put === 200 && deleted === 412) || (put === 404 && deleted === 204), `${put}, ${deleted}`);
    }
  });

  test('a stale If-Match, and one that is none of ours, changes nothing: 412', async (t) => {
    const client = await open(t);
    const { body: patient, headers } = await register(client);
    const path = `${PATIENTS}/${patient.id}`;
    await client.send('PUT', path, samplePatientInput({ firstName: 'Ada' }), { 'if-match': '*' });
    for (const stale of [headers.get('etag') ?? '', 'W/"2"', '"x"', '2', '"1", "3"']) {
      assertProblem(await client.send('PUT', path, samplePatientInput(), { 'if-match': stale }), 412);
      assertProblem(await client.send('DELETE', path, undefined, { 'if-match': stale }), 412);
    }
    const now = await client.send('GET', path);
    assert.deepEqual([now.body.firstName, now.body.version], ['Ada', 2]);
    assert.equal((await client.send('DELETE', path, undefined, { 'if-match': '"9", "2"' })).status, 204);
  });

  test('If-None-Match of the present version: 304, without a body; of another: 200', async (t) => {
    const client = await open(t);
    const { body: patient, headers } = await register(client);
    const get = (tag: string) =>
      client.send('GET', `${PATIENTS}/${patient.id}`, undefined, { 'if-none-match': tag });
    const etag = headers.get('etag') ?? '';
    for (const tag of [etag, `W/${etag}`, `"9", ${etag}`, '*']) {
      const answer = await get(tag);
      assert.deepEqual([answer.status, answer.body, answer.headers.get('etag')], [304, undefined, etag], tag);
    }
    for (const tag of ['"9"', '"x"', '']) assert.equal((await get(tag)).status, 200, tag);
  });
}

function pageTests(open: Open): void {
  /** Walks all pages; `between` runs after each. */
  async function readAll(
    client: Client,
    search: string,
    limit: number,
    between = async () => {},
  ): Promise<string[]> {
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Answer = await client.send(
        'GET',
        `${PATIENTS}?limit=${limit}&search=${search}${cursor && `&cursor=${cursor}`}`,
      );
      assert.equal(page.status, 200, JSON.stringify(page.body));
      assert.ok(page.body.items.length <= limit);
      ids.push(...page.body.items.map(({ id }: { id: string }) => id));
      cursor = page.body.nextCursor;
      await between();
    }
    return ids;
  }

  test('pages neither repeat nor skip one who stays, while others come and go', async (t) => {
    const client = await open(t);
    const lastName = uniqueName();
    const staying: string[] = [];
    const leaving: string[] = [];
    for (let i = 0; i < 12; i++) {
      staying.push((await register(client, { lastName })).body.id);
      leaving.push((await register(client, { lastName })).body.id);
    }
    const ids = await readAll(client, lastName.toUpperCase(), 3, async () => {
      await register(client, { lastName });
      const id = leaving.pop();
      if (id) await client.send('DELETE', `${PATIENTS}/${id}`);
    });
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(
      ids.filter((id) => staying.includes(id)),
      staying,
    );
  });

  test('a full last page ends the list; a page for nobody is empty', async (t) => {
    const client = await open(t);
    const lastName = uniqueName();
    for (let i = 0; i < 4; i++) await register(client, { lastName });
    const first = await client.send('GET', `${PATIENTS}?limit=2&search=${lastName}`);
    const second = await client.send(
      'GET',
      `${PATIENTS}?limit=2&search=${lastName}&cursor=${first.body.nextCursor}`,
    );
    assert.deepEqual([second.body.items.length, second.body.nextCursor], [2, null]);
    const none = await client.send('GET', `${PATIENTS}?search=${uniqueName()}`);
    assert.deepEqual(none.body, { items: [], nextCursor: null });
  });

  test('a cursor that was altered, or is of another search: 400', async (t) => {
    const client = await open(t);
    const lastName = uniqueName();
    for (let i = 0; i < 2; i++) await register(client, { lastName });
    const { nextCursor } = (await client.send('GET', `${PATIENTS}?limit=1&search=${lastName}`)).body;
    const get = (cursor: string, search = lastName) =>
      client.send('GET', `${PATIENTS}?limit=1&search=${search}&cursor=${encodeURIComponent(cursor)}`);
    assert.equal((await get(nextCursor)).status, 200);
    assertProblem(await get(nextCursor, ''), 400);
    for (const at of [0, 5, 9, 20, nextCursor.length - 1]) {
      const other = nextCursor[at] === 'A' ? 'B' : 'A';
      assertProblem(await get(nextCursor.slice(0, at) + other + nextCursor.slice(at + 1)), 400);
    }
    for (const cursor of ['x', `${nextCursor}A`, `${nextCursor}=`, nextCursor.slice(1)])
      assertProblem(await get(cursor), 400);
  });

  test('a limit out of bounds, or one that is no number: 400, and named', async (t) => {
    const client = await open(t);
    for (const limit of ['0', '101', '-1', '1.5', 'x', '', '0x10', '1e1', '%2010', '%2B5']) {
      assertProblem(await client.send('GET', `${PATIENTS}?limit=${limit}`), 400, ['/limit']);
    }
    assertProblem(await client.send('GET', `${PATIENTS}?limit=1&limit=2`), 400);
    assert.equal((await client.send('GET', `${PATIENTS}?limit=100&unknown=1`)).status, 200);
    assert.equal((await client.send('GET', `${PATIENTS}?limit=20&cursor=&search=`)).status, 200);
  });
}

function refusalTests(open: Open): void {
  test('every bad field is named at once, and nothing is kept', async (t) => {
    const client = await open(t);
    const lastName = uniqueName();
    const bad = `{"lastName":"${lastName}","firstName":7,"birthDate":"2023-02-29","sex":"f","phone":"1","nick":1,"__proto__":{},"constructor":1}`;
    const paths = ['/firstName', '/birthDate', '/sex', '/phone', '/nick', '/__proto__', '/constructor'];
    assertProblem(await client.send('POST', PATIENTS, bad), 422, paths);
    assert.deepEqual((await client.send('GET', `${PATIENTS}?search=${lastName}`)).body.items, []);
  });

  test('what is no JSON object', async (t) => {
    const client = await open(t);
    const json = { 'content-type': 'application/json' };
    for (const body of ['{', '', '{"a":1}}', "{'a':1}", '\ufeff{}'])
      assertProblem(await client.send('POST', PATIENTS, body, json), 400);
    for (const body of ['[]', 'null', '7', '"x"', 'true']) {
      const answer = await client.send('POST', PATIENTS, body, json);
      assertProblem(answer, 422, ['']);
    }
    assertProblem(await client.send('POST', PATIENTS), 400);
  });

  test('another media type or charset: 415; a body that is too large: 413', async (t) => {
    const client = await open(t);
    const input = JSON.stringify(samplePatientInput());
    for (const type of [
      'text/plain',
      'application/xml',
      'application/json; charset=utf-16',
      'multipart/form-data',
      'application/x-www-form-urlencoded',
    ]) {
      assertProblem(await client.send('POST', PATIENTS, input, { 'content-type': type }), 415);
    }
    assertProblem(
      await client.send('POST', PATIENTS, `"${'x'.repeat(70_000)}"`, { 'content-type': 'application/json' }),
      413,
    );
    const utf8 = { 'content-type': 'application/json; charset=UTF-8' };
    assert.equal((await client.send('POST', PATIENTS, input, utf8)).status, 201);
  });

  test('a path that there is not: 404; a method that the path has not: 405, with those that it has', async (t) => {
    const client = await open(t);
    for (const path of ['/nothing', '/api/v1', '/api/v2/patients', `${PATIENTS}/a/b`, `${PATIENTS}/`]) {
      const answer = await client.send('GET', path);
      assert.ok([401, 404].includes(answer.status), `${path}: ${answer.status}`);
    }
    const answer = await client.send('PATCH', PATIENTS, {});
    assertProblem(answer, 405);
    assert.deepEqual(answer.headers.get('allow')?.split(', ').sort(), ['GET', 'HEAD', 'OPTIONS', 'POST']);
    assertProblem(await client.send('PATCH', PATIENTS, 'no JSON', { 'content-type': 'text/plain' }), 405);
    assertProblem(await client.send('QUERY', PATIENTS), 405);
    assertProblem(await client.send('GET', `${PATIENTS}/%zz`), 400);
    assertProblem(await client.send('GET', `${PATIENTS}/${'x'.repeat(300)}`), 404);
  });
}
