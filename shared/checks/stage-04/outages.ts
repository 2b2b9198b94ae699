import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import { describeEnd } from '../program.ts';
import { rareLetters, somebody } from '../stage-03/people.ts';
import type { Call } from '../story.ts';
import { inFile, openSession, tryLogin } from './accounts.ts';
import { type ApiCheck, LOGIN, lesson, onlyPosix, PATIENTS } from './check.ts';
import {
  expectAlive,
  expectFields,
  expectPatient,
  expectProblem,
  expectRetryAfter,
  expectStatus,
  expectUnauthenticated,
  register,
} from './expectations.ts';

/** How long anybody is kept waiting while Redis does not answer. */
const IN_TIME = 1_000;

/** A port behind which somebody listens and says nothing, or, after `thaw`, hands all on to a real server. */
export async function openFrozen(stack: AsyncDisposableStack, to?: { host: string; port: number }) {
  let frozen = to === undefined;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const both = to && !frozen ? [near, connect(to.port, to.host)] : [near];
    for (const socket of both) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        for (const each of both) each.destroy();
      });
    }
    const [, far] = both;
    if (!far) return void near.resume();
    near.on('data', (chunk) => !frozen && far.write(chunk));
    far.on('data', (chunk) => !frozen && near.write(chunk));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      frozen = true;
    },
    /** What was said into the silence is lost: so are its connections. */
    thaw() {
      frozen = false;
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function timed(api: Client, call: Call): Promise<Reply> {
  const started = performance.now();
  const reply = await api.send(call);
  const milliseconds = Math.round(performance.now() - started);
  const inTime = milliseconds < IN_TIME;
  expect(inTime, `an answer within ${IN_TIME} ms, and not after ${milliseconds} ms`, reply);
  return reply;
}

const loginCall = (username: string, password: string): Call => ({
  ...{ method: 'POST', path: LOGIN },
  body: { username, password },
});

function expectUnavailable(reply: Reply): void {
  expectProblem(reply, 503);
  expectRetryAfter(reply, 900);
}

export const outages: ApiCheck[] = [
  {
    name: 'frozen-redis-opens-no-door-and-holds-nobody-up',
    why: 'A server that accepts and says nothing is the worst of all failures: whoever waits for it stands still with it.',
    hint: 'Give each question a time limit of your own, and after some failures ask no more for a while; where sessions and counts cannot be read, answer 503 with Retry-After.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    skip: onlyPosix,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { port } = await openFrozen(stack);
      const settings = { ...inFile(desk), REDIS_URL: `redis://127.0.0.1:${port}/0` };
      const server = await desk.start(await desk.createProgram(), settings, { signIn: false });
      const api = desk.clientOf(server);
      api.note('# behind REDIS_URL somebody listens and says nothing');
      const { username, password } = desk.admin;
      for (let round = 0; round < 6; round++) {
        expectUnavailable(await timed(api, loginCall(username, password)));
        expectUnauthenticated(await timed(api, { method: 'GET', path: PATIENTS }));
        const reply = await timed(api.as('x'.repeat(43)), { method: 'GET', path: PATIENTS });
        expectProblem(reply, 401, 503);
        expectStatus(await timed(api, { method: 'GET', path: '/health' }), 200);
      }
      const many = Array.from({ length: 20 }, () => loginCall(username, password));
      const began = performance.now();
      const replies = await api.together(many);
      const shown = api.exchange('20 logins at once', replies.map(({ status }) => status).join(', '));
      expect(performance.now() - began < 3 * IN_TIME, 'all of them answered soon', shown);
      for (const reply of replies) expectUnavailable(reply);
      const outcome = await server.stop('SIGTERM');
      expect(
        outcome.exitCode === 0,
        'exit code 0 after SIGTERM',
        api.exchange('SIGTERM', describeEnd(outcome)),
      );
    },
  },
  {
    name: 'redis-that-freezes-stops-nobody-at-work',
    why: 'The cache is there to make things faster, and must never be what stops the whole desk.',
    hint: 'Read past the cache (X-Cache: bypass), believe for some seconds a session that was just found, and remember which copies to take away when Redis is back.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    wantsRedis: true,
    alone: true,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const real = new URL(desk.redisUrl ?? '');
      const proxy = await openFrozen(stack, { host: real.hostname, port: Number(real.port || 6379) });
      const REDIS_URL = Object.assign(new URL(real), { host: `127.0.0.1:${proxy.port}` }).href;
      const server = await desk.start(await desk.createProgram(), { ...inFile(desk), REDIS_URL });
      const api = desk.clientOf(server);
      const { path } = await register(api);
      const { username, password } = desk.admin;
      for (let round = 0; round < 3; round++) {
        for (let look = 0; look < 2; look++) expectPatient(await api.get(path), 200);
        proxy.freeze();
        api.note('# from here on Redis accepts and says nothing');
        for (let look = 0; look < 4; look++) {
          const reply = await timed(api, { method: 'GET', path });
          expectPatient(reply, 200);
          expect(reply.headers['x-cache'] === 'bypass', 'X-Cache: bypass', reply);
        }
        const lastName = rareLetters();
        expectPatient(await timed(api, { method: 'PUT', path, body: somebody({ lastName }) }), 200);
        const during = await timed(api, { method: 'GET', path });
        expectFields(during, expectPatient(during, 200), { lastName });
        expectUnavailable(await timed(api, loginCall(username, password)));
        await expectAlive(api);

        proxy.thaw();
        api.note('# and now it answers again');
        const deadline = performance.now() + 10_000;
        let reply = await tryLogin(api, username, password);
        while (reply.status === 503 && performance.now() < deadline) {
          await sleep(100);
          reply = await tryLogin(api, username, password);
        }
        expectStatus(reply, 200);
        // The copy of before must not come back.
        for (let look = 0; look < 3; look++) {
          const after = await api.get(path);
          expectFields(after, expectPatient(after, 200), { lastName });
        }
        await openSession(api, desk.admin);
      }
    },
  },
];
