import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite as describe, type TestContext, test } from 'node:test';
import { startChild } from './children.ts';
import { createClient } from './client.ts';
import { createStory, LongBody } from './story.ts';

interface Heard {
  method: string | undefined;
  url: string | undefined;
  headers: Record<string, unknown>;
  body: string;
}

/** A server that gives out ids, and never the same one twice; it remembers what it was sent. */
async function createNotebook(t: TestContext) {
  const heard: Heard[] = [];
  let given = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    heard.push({ method, url, headers, body: Buffer.concat(chunks).toString('latin1') });
    given++;
    response.setHeader('Location', `/notes/note-${given}`).setHeader('ETag', `"tag-${given}"`);
    response.end(JSON.stringify({ nextCursor: `cursor-${given}` }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { heard, client: createClient(url, createStory(url, ['cd "$(mktemp -d)"'], [])) };
}

/** What the server hears when the lines are typed into a shell. */
async function repeat(heard: Heard[], lines: string): Promise<Heard[]> {
  heard.length = 0;
  const { exitCode, stderr } = await startChild(['bash', '-c', lines], { cwd: '.' }).outcome;
  assert.deepEqual([exitCode, stderr], [0, '']);
  return heard;
}

describe('the lines that repeat requests by hand', { skip: process.platform === 'win32' }, () => {
  test('send the same method, path, headers and bytes', async (t) => {
    const { heard, client } = await createNotebook(t);
    const calls = [
      { method: 'POST', path: '/notes', body: { name: "O'Neill-Иванова", sign: '$HOME `x` "y"' } },
      {
        method: 'PUT',
        path: '/notes/a%zz?x=[1]&y={2}',
        body: '{',
        headers: { 'Content-Type': 'text/plain' },
      },
      { method: 'POST', path: '/notes', body: Buffer.from([0x22, 0xff, 0x00, 0x22]) },
      { method: 'POST', path: '/notes', body: '', headers: { 'Content-Type': 'application/json' } },
      { method: 'DELETE', path: '/notes', headers: { 'If-Match': 'W/"1"', 'X-Empty': '' } },
    ];
    for (const call of calls) {
      const reply = await client.send(call);
      assert.equal(reply.status, 200, reply.received);
    }
    const wanted = ['content-type', 'if-match', 'x-empty'];
    const essence = ({ method, url, headers, body }: Heard) => [
      method,
      url,
      wanted.map((name) => headers[name]),
      body,
    ];
    const first = heard.map(essence);
    assert.deepEqual((await repeat(heard, client.exchange('', '').repeat)).map(essence), first);
  });

  test('take ids, tags and cursors from the new answers, not from the old ones', async (t) => {
    const { heard, client } = await createNotebook(t);
    await client.post('/notes', {});
    await client.together([
      { method: 'POST', path: '/notes', body: {} },
      { method: 'POST', path: '/notes', body: {} },
    ]);
    await client.put('/notes/note-1', { id: 'note-1' }, { 'If-Match': '"tag-1"' });
    await client.get('/notes?cursor=cursor-4');
    client.note(`curl -s ${client.url}/notes/note-1`);
    const { repeat: lines } = await client.delete('/notes/note-2');
    const again = await repeat(heard, lines);
    const [put, page, noted, removed] = again.slice(3);
    assert.deepEqual(
      [put?.url, put?.body, put?.headers['if-match']],
      ['/notes/note-7', '{"id":"note-7"}', '"tag-7"'],
    );
    assert.equal(page?.url, '/notes?cursor=cursor-10');
    assert.equal(noted?.url, '/notes/note-7');
    assert.match(removed?.url ?? '', /^\/notes\/note-[89]$/);
  });

  test('stop at the request whose answer is shown', async (t) => {
    const { client } = await createNotebook(t);
    const first = await client.get('/one');
    await client.get('/two');
    assert.doesNotMatch(first.repeat, /\/two/);
  });

  test('write the same bytes to a socket', async (t) => {
    const { heard, client } = await createNotebook(t);
    const pieces = [
      'GET /caf%zz HTTP/1.1\r\nHost: "x"\r\nX-Caf: \u00e9\r\nConnection: close\r\nX-Big: ',
      { text: 'x', times: 900 },
      '\r\n\r\n',
    ];
    const { statuses, closed, repeat: lines } = await client.talk(pieces);
    assert.deepEqual([statuses, closed], [[200], true]);
    const sent = [...heard];
    assert.deepEqual(await repeat(heard, lines), sent);
  });
});

describe('a client', () => {
  test('reads the refusal of a body before it has sent the whole of it', async (t) => {
    const server = createServer((_request, response) => {
      response.writeHead(413, { Connection: 'close' }).end('too large');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = createClient(url, createStory(url, [], []));
    for (const measured of [true, false]) {
      const reply = await client.post('/', new LongBody('{}', 40_000_000, measured));
      assert.equal(reply.status, 413, reply.received);
    }
  });

  test('tells in words when there is no answer', async () => {
    const url = 'http://127.0.0.1:1';
    const { status, received } = await createClient(url, createStory(url, [], [])).get('/');
    assert.equal(status, 0);
    assert.match(received, /no answer: .*ECONNREFUSED/);
  });
});
