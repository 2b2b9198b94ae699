import type { Client } from '../client.ts';
import { expect } from '../harness.ts';
import { type ApiCheck, lesson } from './check.ts';
import {
  expectEntityTag,
  expectFields,
  expectPatient,
  expectProblem,
  expectStatus,
  type Registered,
  register,
  sameJson,
} from './expectations.ts';
import { somebody } from './people.ts';

const ROUNDS = 8;

/** A tag that this record cannot have. */
const otherThan = (etag: string) => `"not-${etag.replaceAll('"', '')}"`;

async function expectUnchanged(api: Client, { path, record }: Registered): Promise<void> {
  const found = await api.get(path);
  expect(sameJson(expectPatient(found, 200), record), 'the record as it was', found);
}

async function expectStale(api: Client, known: Registered, tag: string): Promise<void> {
  expectProblem(await api.put(known.path, somebody(), { 'If-Match': tag }), 412);
  expectProblem(await api.delete(known.path, { 'If-Match': tag }), 412);
  await expectUnchanged(api, known);
}

export const conditions: ApiCheck[] = [
  {
    name: 'if-none-match-saves-the-body',
    why: 'A client that has the newest version already need not be sent it again.',
    hint: 'Answer 304 without a body, and with the ETag, when If-None-Match names the present version; W/ does not matter here.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, etag } = await register(api);
      for (const tag of [etag, '*', `W/${etag}`, `${otherThan(etag)}, ${etag}`]) {
        const reply = await api.get(path, { 'If-None-Match': tag });
        expectStatus(reply, 304);
        expect(reply.text === '', 'no body', reply);
        expect(reply.headers.etag === etag, `the ETag ${etag} with it`, reply);
      }
      expectPatient(await api.get(path, { 'If-None-Match': otherThan(etag) }), 200);
      expectPatient(await api.put(path, somebody()), 200);
      expectPatient(await api.get(path, { 'If-None-Match': etag }), 200);
    },
  },
  {
    name: 'if-match-lets-the-right-version-through',
    why: 'Who read the newest version may change it, and may say so in each of the ways that HTTP knows.',
    hint: 'If-Match is one tag, a list of tags of which one must be the present one, or * for any version.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, etag } = await register(api);
      let tag = etag;
      for (const condition of [
        (now: string) => now,
        (now: string) => `${otherThan(now)}, ${now}`,
        () => '*',
      ]) {
        const reply = await api.put(path, somebody(), { 'If-Match': condition(tag) });
        expectPatient(reply, 200);
        tag = expectEntityTag(reply);
      }
      expectStatus(await api.delete(path, { 'If-Match': tag }), 204);
      const another = await register(api);
      expectStatus(
        await api.delete(another.path, { 'If-Match': `${otherThan(another.etag)}, ${another.etag}` }),
        204,
      );
    },
  },
  {
    name: 'stale-if-match-is-412',
    why: 'Two people open one record, and the second must not wipe out what the first has changed without ever seeing it.',
    hint: 'Compare If-Match with the present version; when they differ answer 412 and change nothing, for PUT and for DELETE.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const old = await register(api);
      const reply = await api.put(old.path, somebody());
      const now = { ...old, record: expectPatient(reply, 200), etag: expectEntityTag(reply), reply };
      await expectStale(api, now, old.etag);
      await expectStale(api, now, otherThan(now.etag));
      await expectStale(api, now, `${old.etag}, ${otherThan(now.etag)}`);
    },
  },
  {
    name: 'weak-tag-in-if-match-is-412',
    why: 'A weak tag says "about the same", and about the same is not enough to overwrite somebody.',
    hint: 'If-Match compares strongly (RFC 9110, section 13.1.1): a tag that begins with W/ never matches.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const known = await register(api);
      await expectStale(api, known, `W/${known.etag}`);
      expectPatient(await api.put(known.path, somebody(), { 'If-Match': known.etag }), 200);
    },
  },
  {
    name: 'if-match-on-nobody-is-refused',
    why: 'A condition on a record that is gone cannot hold.',
    hint: 'Answer 404, or 412 as the condition fails, and create nobody.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { path, etag } = await register(api);
      expectStatus(await api.delete(path), 204);
      for (const tag of [etag, '*']) {
        expectProblem(await api.put(path, somebody(), { 'If-Match': tag }), 404, 412);
        expectProblem(await api.delete(path, { 'If-Match': tag }), 404, 412);
      }
    },
  },
  {
    name: 'two-puts-with-one-tag',
    why: 'Both have read the same version, so only one of them can know what it overwrites.',
    hint: 'Compare the tag under the same lock under which you write: between a look and a write there must be nobody.',
    lesson: lesson('break-it'),
    async run(desk) {
      const api = await desk.open();
      await putTwice(api, api.url, await register(api));
    },
  },
  {
    name: 'two-puts-through-two-servers',
    why: 'Two servers on one file have two memories, and a lock in one of them keeps nobody out of the other.',
    hint: 'Lock the file itself, and read the record again under that lock before you compare.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const { program } = await desk.behind();
      const api = await desk.open();
      const other = await desk.start(program);
      for (const line of other.startLines) api.note(line);
      const known = await register(api);
      // The other server has seen the record too, and may be tempted to remember it.
      expectPatient(await api.get(other.url + known.path), 200);
      await putTwice(api, other.url, known);
    },
  },
];

/**
 * Again and again, two PUTs at once that name the same version, perhaps each to another server on the same file: one
 * wins, the other is told, and what the winner wrote stays.
 */
async function putTwice(api: Client, otherUrl: string, { path, etag }: Registered): Promise<void> {
  let tag = etag;
  for (let round = 1; round <= ROUNDS; round++) {
    const put = (target: string, firstName: string) => ({
      ...{ method: 'PUT', path: target, headers: { 'If-Match': tag } },
      body: somebody({ firstName }),
    });
    const replies = await api.together([put(path, 'Amara'), put(otherUrl + path, 'Ngozi')]);
    const exchange = api.exchange(
      `round ${round} of ${ROUNDS}:\n${replies.map(({ sent }) => sent).join('\n\n')}`,
      replies.map(({ received }) => received).join('\n\nand\n\n'),
    );
    const winner = replies.find(({ status }) => status === 200);
    const loser = replies.find(({ status }) => status === 412);
    expect(winner && loser, 'one 200 and one 412', exchange);
    expectProblem(loser, 412);
    const found = await api.get(otherUrl + path);
    expectFields(found, expectPatient(found, 200), expectPatient(winner, 200));
    tag = expectEntityTag(found);
  }
}
