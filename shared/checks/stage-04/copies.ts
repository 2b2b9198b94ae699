import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import { callBeside } from '../stage-02/command-line.ts';
import { rareLetters, somebody } from '../stage-03/people.ts';
import { type ApiCheck, type Desk, lesson } from './check.ts';
import {
  expectEntityTag,
  expectFields,
  expectPatient,
  expectProblem,
  expectStatus,
  expectUnauthenticated,
  register,
  sameJson,
} from './expectations.ts';

/** Whoever writes beside may take all copies away: so a hit may need another try. */
const TRIES = 6;
const ROUNDS = 300;

function expectCacheWord(reply: Reply): string {
  const word = String(reply.headers['x-cache'] ?? '');
  expect(['hit', 'miss', 'bypass'].includes(word), 'X-Cache: hit, miss or bypass', reply);
  return word;
}

/** Reads until a copy answers, where the server is one that keeps copies. */
async function warm({ hasCache }: Pick<Desk, 'hasCache'>, api: Client, path: string): Promise<Reply> {
  for (let tries = 1; ; tries++) {
    const reply = await api.get(path);
    expectPatient(reply, 200);
    const word = expectCacheWord(reply);
    if (word === 'hit' || (word === 'bypass' && !hasCache)) return reply;
    expect(tries < TRIES, `X-Cache: hit at the second look, or after ${TRIES} at the latest`, reply);
  }
}

async function expectName(api: Client, path: string, lastName: string): Promise<void> {
  const found = await api.get(path);
  expectFields(found, expectPatient(found, 200), { lastName });
  expectCacheWord(found);
}

async function openSecond(desk: Desk): Promise<{ api: Client; other: Client }> {
  const { program } = await desk.behind();
  const api = await desk.open();
  const server = await desk.start(program);
  for (const line of server.startLines) api.note(line);
  return { api, other: desk.clientOf(server) };
}

export const copies: ApiCheck[] = [
  {
    name: 'second-look-is-a-hit',
    why: 'The record of the patient at the desk is asked for ten times in a minute, and the database has better things to do.',
    hint: 'Keep a copy of a patient who was read, and say in X-Cache whether the answer came from it.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, etag, record } = await register(api);
      const first = await api.get(path);
      const word = expectCacheWord(first);
      expect(word !== 'hit', 'X-Cache: miss (or bypass) at the first look', first);
      const again = await warm(desk, api, path);
      expect(sameJson(expectPatient(again, 200), record), 'the same record from the copy', again);
      expect(expectEntityTag(again) === etag, `the same ETag, ${etag}`, again);
    },
  },
  {
    name: 'copy-is-for-those-who-may-see-it',
    why: 'A copy that is handed out before anybody has asked who it is for makes every door useless.',
    hint: 'Look into the cache behind the door, not in front of it, and let nobody on the way keep the answer for others.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const { path } = await register(api);
      const reply = await warm(desk, api, path);
      const told = String(reply.headers['cache-control'] ?? '');
      expect(!/\bpublic\b|s-maxage/i.test(told), 'no Cache-Control that lets others keep it', reply);
      expectUnauthenticated(await api.as(undefined).get(path));
      expectUnauthenticated(await api.as('x'.repeat(43)).get(path));
    },
  },
  {
    name: 'change-is-seen-by-the-next-look',
    why: 'The phone number is corrected, and the next one who calls dials the old one.',
    hint: 'Take the copy away when the change is committed, before it is answered; a refused change leaves what is true.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path } = await register(api);
      for (let round = 0; round < 8; round++) {
        await warm(desk, api, path);
        const lastName = rareLetters();
        expectPatient(await api.put(path, somebody({ lastName })), 200);
        await expectName(api, path, lastName);
        await warm(desk, api, path);
        expectProblem(await api.put(path, somebody(), { 'If-Match': '"stale"' }), 412);
        expectProblem(await api.put(path, somebody({ sex: 'robot' })), 422);
        await expectName(api, path, lastName);
      }
      await warm(desk, api, path);
      expectStatus(await api.delete(path), 204);
      expectProblem(await api.get(path), 404);
      expectProblem(await api.get(path), 404);
    },
  },
  {
    name: 'change-is-seen-through-another-process',
    why: 'Two servers share the work, and what one has changed the other must not have otherwise.',
    hint: 'Keep the copies where all processes find them, or notice that somebody else has written.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const { api, other } = await openSecond(desk);
      const { path } = await register(api);
      for (let round = 0; round < 10; round++) {
        await warm(desk, api, path);
        await warm(desk, other, path);
        const [writer, reader] = round % 2 === 0 ? [api, other] : [other, api];
        const lastName = rareLetters();
        expectPatient(await writer.put(path, somebody({ lastName })), 200);
        await expectName(reader, path, lastName);
        await expectName(writer, path, lastName);
      }
      await warm(desk, other, path);
      expectStatus(await api.delete(path), 204);
      expectProblem(await other.get(path), 404);
      expectProblem(await api.get(path), 404);
    },
  },
  {
    name: 'change-by-the-command-line-is-seen',
    why: 'Whoever types commands on the same data does not know of a server, and still changes what it shows.',
    hint: 'Let the command line take the copy away as the server does.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const api = await desk.open();
      const { program } = await desk.behind();
      const { path, id } = await register(api);
      await warm(desk, api, path);
      const lastName = rareLetters();
      await callBeside(desk, api, program, ['--update', id, '--last-name', lastName]);
      await expectName(api, path, lastName);
      await warm(desk, api, path);
      await callBeside(desk, api, program, ['--delete', id]);
      expectProblem(await api.get(path), 404);
    },
  },
  {
    name: 'not-modified-tells-where-it-came-from',
    why: 'Most looks at a record end with "nothing new", and those are the ones that the copies are for.',
    hint: 'Send X-Cache with the 304, and with HEAD, as with the 200.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, etag } = await register(api);
      await warm(desk, api, path);
      const reply = await api.get(path, { 'If-None-Match': etag });
      expectStatus(reply, 304);
      expectCacheWord(reply);
      const head = await api.send({ method: 'HEAD', path });
      expectStatus(head, 200);
      expectCacheWord(head);
      const lastName = rareLetters();
      expectPatient(await api.put(path, somebody({ lastName })), 200);
      const changed = await api.get(path, { 'If-None-Match': etag });
      expectFields(changed, expectPatient(changed, 200), { lastName });
    },
  },
  {
    name: 'old-copy-never-comes-back',
    why: 'A slow reader that puts an old record back behind a change leaves it there until somebody is hurt.',
    hint: 'Let a reader fill the cache only by a right that a write takes away: delete-after-write alone loses this race.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    alone: true,
    async run(desk) {
      const { api, other } = await openSecond(desk);
      const { path } = await register(api);
      const look = (client: Client) => ({ method: 'GET', path: client.url + path });
      for (let round = 0; round < ROUNDS; round++) {
        const [writer, reader] = round % 2 === 0 ? [api, other] : [other, api];
        const body = somebody();
        const put = { method: 'PUT', path: writer.url + path, body };
        // Some look a little before the change, some with it, and one asks while it is answered.
        const looks = [look(reader), look(writer), look(reader), look(writer)];
        const [changed] = await api.together(round % 3 === 0 ? [put, ...looks] : [put, ...looks.slice(2)]);
        if (changed) expectPatient(changed, 200);
        for (const reply of await api.together([look(reader), look(writer)])) {
          const wanted = { lastName: body.lastName };
          expectFields(reply, expectPatient(reply, 200), wanted);
        }
      }
    },
  },
];
