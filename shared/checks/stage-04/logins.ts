import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import { LongBody } from '../story.ts';
import { addAccount, newName, newPassword, openPlace, tryLogin } from './accounts.ts';
import { type ApiCheck, LOGIN, lesson } from './check.ts';
import {
  expectErrors,
  expectGood,
  expectProblem,
  expectToken,
  expectUnauthenticated,
  isRecord,
  sameJson,
  wordsOf,
} from './expectations.ts';

const DAY = 24 * 60 * 60_000;

/** The chance in a token, in bits: at most what its places can hold that are not always the same. */
function bitsOf(tokens: readonly string[]): number {
  const longest = Math.max(...tokens.map(({ length }) => length));
  const places = Array.from({ length: longest }, (_, place) => new Set(tokens.map((token) => token[place])));
  const varying = places.filter(({ size }) => size > 2).length;
  const bitsAPlace = tokens.every((token) => /^[\da-f-]+$/i.test(token)) ? 4 : 6;
  return varying * bitsAPlace;
}

export const logins: ApiCheck[] = [
  {
    name: 'login-answers-with-token-and-user',
    why: 'The page needs the token to go on, and the name and role to know what to show.',
    hint: 'Answer POST /auth/login with 200 and { token, expiresAt, user: { username, role } }, and nothing of the password.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const { username, password } = desk.admin;
      const reply = await tryLogin(api, username, password);
      const token = expectToken(reply);
      const { body } = reply;
      const user = isRecord(body) ? body.user : undefined;
      expect(
        sameJson(user, { username, role: 'admin' }),
        `user: { username: "${username}", role: "admin" }`,
        reply,
      );
      const end = isRecord(body) ? String(body.expiresAt) : '';
      expect(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(end) && Date.parse(end) > Date.now(),
        'expiresAt: an instant to come, in UTC',
        reply,
      );
      expect(
        !reply.text.includes(password) && !/hash|salt/i.test(reply.text),
        'nothing of the password',
        reply,
      );
      await expectGood(api, token);
    },
  },
  {
    name: 'session-is-for-a-day',
    why: 'Whoever signs in at the beginning of a shift must not be thrown out in the middle of it, nor stay signed in for weeks.',
    hint: 'Without SESSION_TTL_SECONDS let expiresAt be 24 hours ahead.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const api = await desk.open();
      const reply = await tryLogin(api, desk.admin.username, desk.admin.password);
      const ahead = Date.parse(isRecord(reply.body) ? String(reply.body.expiresAt) : '') - Date.now();
      expect(Math.abs(ahead - DAY) < 120_000, 'expiresAt 24 hours from now', reply);
    },
  },
  {
    name: 'login-is-kept-by-nobody-on-its-way',
    why: 'A copy of this answer in a cache is a key under the mat.',
    hint: 'Send Cache-Control: no-store with the token (RFC 6749, section 5.1).',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const reply = await tryLogin(await desk.open(), desk.admin.username, desk.admin.password);
      expectToken(reply);
      expect(/\bno-store\b/i.test(reply.headers['cache-control'] ?? ''), 'Cache-Control: no-store', reply);
    },
  },
  {
    name: 'tokens-cannot-be-guessed',
    why: 'Who can guess a token needs no password, and tries a million times where nobody counts.',
    hint: 'Take 32 bytes from the generator for secrets, anew at each login; no counter, no time and no name.',
    lesson: lesson('why-it-is-built-so'),
    async run(desk) {
      const api = await desk.open();
      const call = { method: 'POST', path: LOGIN, body: { ...desk.admin } };
      const replies = await api.as(undefined).together(Array.from({ length: 20 }, () => call));
      const tokens = replies.map(expectToken);
      const shown = api.exchange(
        '20 logins at once',
        tokens.map((token) => `${token.slice(0, -4)}…`).join('\n'),
      );
      expect(new Set(tokens).size === tokens.length, 'a new token each time', shown);
      expect(
        tokens.every((token) => /^[\w.~+/=-]+$/.test(token)),
        'tokens that fit into a header: RFC 6750, section 2.1',
        shown,
      );
      const bits = bitsOf(tokens);
      expect(bits >= 128, `128 bits of chance at least in a token, and not ${bits}`, shown);
      for (const token of [tokens[0], tokens[19]]) await expectGood(api, token ?? '');
    },
  },
  {
    name: 'unknown-name-and-wrong-password-read-the-same',
    why: 'A list of those who have an account is half of what a burglar needs, and the refusals write it for them.',
    hint: 'Answer both with one 401 in the same words, and with the same headers.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { username } = await addAccount(place, 'receptionist');
      const wrong = await tryLogin(place.api, username, newPassword());
      const unknown = await tryLogin(place.api, newName(), newPassword());
      const odd = await tryLogin(place.api, "O'Neill; --", newPassword());
      for (const reply of [wrong, unknown, odd]) {
        expectUnauthenticated(reply);
        expect(wordsOf(reply) === wordsOf(wrong), `the same words: ${wordsOf(wrong)}`, reply);
        const names = ({ headers }: Reply) => Object.keys(headers).sort().join();
        expect(names(reply) === names(wrong), `the same headers: ${names(wrong)}`, reply);
      }
      expect(!wrong.text.includes(username), 'no name in it', wrong);
    },
  },
  {
    name: 'unknown-name-and-wrong-password-take-the-same-time',
    why: 'Where the password of nobody is not hashed, a stopwatch tells who has an account.',
    hint: 'For an unknown name hash the password all the same, against a hash of nobody.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    alone: true,
    async run(desk) {
      // As much work as a real server does: with little of it there is nothing to be measured.
      const server = await desk.start(await desk.createProgram(), { PASSWORD_HASH_COST: '13' });
      const api = desk.clientOf(server);
      await openKnown(api, desk.admin);
      const times = { wrong: [] as number[], unknown: [] as number[] };
      for (let round = 0; round < 4; round++) {
        times.wrong.push(await timeOf(api, desk.admin.username));
        times.unknown.push(await timeOf(api, newName()));
      }
      const [wrong, unknown] = [medianOf(times.wrong), medianOf(times.unknown)];
      const received = `in ms: wrong password ${times.wrong.join(', ')}; unknown name ${times.unknown.join(', ')}`;
      const exchange = api.exchange('4 wrong passwords and 4 unknown names, in turns', received);
      const apart = Math.abs(wrong - unknown);
      const alike = apart < 15 || Math.max(wrong, unknown) < 2.5 * Math.min(wrong, unknown);
      expect(alike, 'about the same time for both', exchange);
    },
  },
  {
    name: 'bad-login-bodies-are-refused',
    why: 'This is the one door where strangers may send a body, and they will send anything.',
    hint: '400 for what is not JSON, 415 for another type, 413 for too much, 422 with each bad field by its name; and never give the password back.',
    lesson: lesson('break-it'),
    async run(desk) {
      const stranger = (await desk.open()).as(undefined);
      const secret = newPassword();
      expectProblem(await stranger.post(LOGIN, '{'), 400);
      expectProblem(await stranger.send({ method: 'POST', path: LOGIN }), 400, 415, 422);
      expectProblem(await stranger.post(LOGIN, 'a=b', { 'Content-Type': 'text/plain' }), 415);
      expectProblem(
        await stranger.post(LOGIN, 'username=admin&password=x', {
          'Content-Type': 'application/x-www-form-urlencoded',
        }),
        415,
      );
      expectProblem(await stranger.post(LOGIN, new LongBody('{', 8_000_000, true)), 413);
      expectProblem(await stranger.post(LOGIN, '[]'), 400, 422);
      expectErrors(await stranger.post(LOGIN, {}), ['/username', '/password']);
      expectErrors(await stranger.post(LOGIN, { username: 7, password: [secret] }), [
        '/username',
        '/password',
      ]);
      expectErrors(await stranger.post(LOGIN, { username: null, password: { $ne: '' } }), [
        '/username',
        '/password',
      ]);
      const more = await stranger.post(LOGIN, { username: newName(), password: secret, remember: true });
      expectErrors(more, ['/remember']);
      for (const username of ['', ' ', `a\u0000${newName()}`, 'x'.repeat(5_000), '__proto__', '\ud83d']) {
        const reply = await stranger.post(LOGIN, { username, password: secret });
        expectProblem(reply, 401, 422);
        expect(!reply.text.includes(secret), 'no password in the answer', reply);
      }
      expectProblem(
        await stranger.post(LOGIN, { username: newName(), password: 'x'.repeat(100_000) }),
        401,
        413,
        422,
      );
    },
  },
  {
    name: 'login-is-a-post',
    why: 'A name and a password in an address would be in every log on the way.',
    hint: 'Answer GET /auth/login with 404 or 405, whatever its query says.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const stranger = (await desk.open()).as(undefined);
      const { username } = desk.admin;
      for (const call of [
        { method: 'GET', path: `${LOGIN}?username=${username}&password=x` },
        { method: 'GET', path: '/auth/logout' },
        { method: 'PUT', path: LOGIN, body: { username, password: 'x' } },
      ])
        expectProblem(await stranger.send(call), 401, 404, 405);
    },
  },
];

/** Also the first login of a process does what the later ones need not do again. */
async function openKnown(api: Client, { username, password }: { username: string; password: string }) {
  expectToken(await tryLogin(api, username, password));
  expectUnauthenticated(await tryLogin(api, newName(), newPassword()));
}

async function timeOf(api: Client, username: string): Promise<number> {
  const started = performance.now();
  const reply = await tryLogin(api, username, newPassword());
  const milliseconds = Math.round(performance.now() - started);
  expectUnauthenticated(reply);
  return milliseconds;
}

function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
