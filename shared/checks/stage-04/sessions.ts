import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '../harness.ts';
import { employ, newPassword, openPlace, openSession, tryLogin, user } from './accounts.ts';
import { type ApiCheck, LOGOUT, lesson, PATIENTS } from './check.ts';
import {
  expectDead,
  expectGood,
  expectStatus,
  expectToken,
  expectUnauthenticated,
  isRecord,
} from './expectations.ts';

export const sessions: ApiCheck[] = [
  {
    name: 'logout-ends-this-session-at-once',
    why: 'Who signs out at a shared desk must be able to leave it.',
    hint: 'POST /auth/logout answers 204 and takes the session away where it is kept; a token that only runs out cannot do that.',
    lesson: lesson('the-contract'),
    async run(desk) {
      const api = await desk.open();
      const [one, other] = [await openSession(api, desk.admin), await openSession(api, desk.admin)];
      await expectGood(api, one);
      const reply = await api.as(one).post(LOGOUT);
      expectStatus(reply, 204);
      expect(reply.text === '', 'no body', reply);
      await expectDead(api, one);
      expectUnauthenticated(await api.as(one).post(LOGOUT));
      await expectGood(api, other);
    },
  },
  {
    name: 'logout-counts-in-every-process',
    why: 'The next request goes to the other server, and there the session must be over as well.',
    hint: 'Ask for each request where all processes look: a session that one of them remembers is nobody else’s to end.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const { program } = await desk.behind();
      const api = await desk.open();
      const server = await desk.start(program);
      for (const line of server.startLines) api.note(line);
      const other = desk.clientOf(server);
      for (let round = 0; round < 5; round++) {
        const token = await openSession(api, desk.admin);
        await expectGood(other, token);
        await expectGood(api, token);
        const [from, to] = round % 2 === 0 ? [api, other] : [other, api];
        expectStatus(await from.as(token).post(LOGOUT), 204);
        await expectDead(to, token);
        await expectDead(from, token);
      }
    },
  },
  {
    name: 'session-ends-at-its-time',
    why: 'A token that was copied from somewhere must not be good for ever.',
    hint: 'Keep the end with the session and compare it at each request; to be busy does not move it.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const server = await desk.start(program, { SESSION_TTL_SECONDS: '2' });
      const api = desk.clientOf(server);
      const { username, password } = desk.admin;
      const reply = await tryLogin(api, username, password);
      const [token, began] = [expectToken(reply), performance.now()];
      const ahead = Date.parse(isRecord(reply.body) ? String(reply.body.expiresAt) : '') - Date.now();
      expect(ahead > 0 && ahead < 2_500, 'expiresAt 2 seconds from now', reply);
      while (performance.now() - began < 1_200) {
        await expectGood(api, token);
        await sleep(200);
      }
      await sleep(2_300 - (performance.now() - began));
      await expectDead(api, token);
      await openSession(api, desk.admin);
    },
  },
  {
    name: 'sessions-survive-a-restart',
    why: 'An update at noon must not throw everybody out in the middle of a sentence.',
    hint: 'Keep the sessions outside of the process, and on the disk before the token is answered.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const first = await desk.start(program);
      const before = desk.clientOf(first);
      const [kept, left] = [await openSession(before, desk.admin), await openSession(before, desk.admin)];
      expectStatus(await before.as(left).post(LOGOUT), 204);
      first.child.kill();
      await first.child.outcome;
      const api = desk.clientOf(await desk.start(program));
      await expectGood(api, kept);
      await expectDead(api, left);
    },
  },
  {
    name: 'new-password-ends-all-sessions',
    why: 'The password is changed because somebody else knows it, and that somebody has a session.',
    hint: 'Let `user password` end every session of the account, on a running server too.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { username, password, token } = await employ(place, 'receptionist');
      const tokens = [token, await openSession(place.api, { username, password })];
      for (const each of tokens) await expectGood(place.api, each);
      const next = newPassword();
      const ran = await user(place, ['password', '--username', username], `${next}\n`);
      expect(ran.exitCode === 0, 'exit code 0', ran);
      for (const each of tokens) await expectDead(place.api, each);
      expectUnauthenticated(await tryLogin(place.api, username, password));
      await expectGood(place.api, await openSession(place.api, { username, password: next }));
    },
  },
  {
    name: 'removed-account-is-out-at-once',
    why: 'Who leaves in anger must not read on until midnight.',
    hint: 'Let `user remove` end every session of the account; somebody new of the same name is somebody else.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { username, password, token } = await employ(place, 'receptionist');
      await expectGood(place.api, token);
      const ran = await user(place, ['remove', '--username', username]);
      expect(ran.exitCode === 0, 'exit code 0', ran);
      await expectDead(place.api, token);
      expectUnauthenticated(await tryLogin(place.api, username, password));
      const words = ['add', '--username', username, '--role', 'doctor'];
      const again = await user(place, words, `${password}\n`);
      expect(again.exitCode === 0, 'the name free for somebody else: exit code 0', again);
      await expectDead(place.api, token);
    },
  },
  {
    name: 'many-sessions-are-one-each',
    why: 'A mix-up of sessions shows one colleague the day of another, and lets them do what only the other may.',
    hint: 'Find the session by the whole token for each request, and keep nothing of it beside the request.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { token } = await employ(place, 'doctor');
      const admin = await openSession(place.api, desk.admin);
      const callOf = (who: string) => ({
        ...{ method: 'GET', path: `/api/v1/audit?limit=1` },
        headers: { Authorization: `Bearer ${who}` },
      });
      for (let round = 0; round < 4; round++) {
        const calls = Array.from({ length: 16 }, (_, index) => callOf(index % 2 === 0 ? token : admin));
        const replies = await place.api.together(calls);
        for (const [index, reply] of replies.entries()) expectStatus(reply, index % 2 === 0 ? 403 : 200);
      }
      expectStatus(await place.api.as(token).get(`${PATIENTS}?limit=1`), 200);
    },
  },
];
