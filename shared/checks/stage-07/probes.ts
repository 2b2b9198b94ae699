import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import { freePort } from '../server.ts';
import { inFile } from '../stage-04/accounts.ts';
import { openFrozen } from '../stage-04/outages.ts';
import { type ApiCheck, lesson, OWN, PATIENTS, READY, SCHEDULE_AWAY } from './check.ts';
import { book, expectStatus, isRecord, openPair, timed } from './expectations.ts';
import { readUntil, seenOf, sumOf } from './exposition.ts';

const NEEDS = ['storage', 'cache', 'events', 'schedule'] as const;
const STATES = ['up', 'down', 'degraded'];

/** A probe that takes longer is taken for a no. */
const IN_TIME = 2_000;
/** How long a state may take to be seen. */
const SEEN = 10_000;

type States = Readonly<Record<(typeof NEEDS)[number], string>>;

/** The states of an answer to the probe. */
function expectStates(reply: Reply, ...statuses: number[]): States {
  expectStatus(reply, ...statuses);
  const { body } = reply;
  const checks = isRecord(body) && isRecord(body.checks) ? body.checks : {};
  expect(isRecord(body) && typeof body.status === 'string', '{ status, checks } in the body', reply);
  for (const need of NEEDS)
    expect(STATES.includes(String(checks[need])), `checks.${need}: one of ${STATES.join(', ')}`, reply);
  return checks as States;
}

const askReady = (api: Client) => timed(api.as(undefined), { method: 'GET', path: READY }, IN_TIME);

/** Asks until the need is in one of these states; each answer until then is a sound one. */
async function untilState(
  api: Client,
  { need, wanted }: { need: (typeof NEEDS)[number]; wanted: readonly string[] },
): Promise<States> {
  const deadline = performance.now() + SEEN;
  for (;;) {
    const reply = await askReady(api);
    const states = expectStates(reply, 200);
    if (wanted.includes(states[need])) return states;
    const which = `checks.${need} ${wanted.join(' or ')} within ${SEEN / 1000} s`;
    expect(performance.now() < deadline, which, reply);
    await sleep(100);
  }
}

const AWAY = ['down', 'degraded'];
const probes = { lesson: lesson('the-contract'), wantsProgram: true } as const;
const outage = { lesson: lesson('break-it'), wantsProgram: true } as const;

export const probeChecks: ApiCheck[] = [
  {
    name: 'ready-tells-of-each-need',
    why: 'Whoever is woken asks this first, and wants to hear which of four things it is.',
    hint: 'GET /ready: 200 with { status, checks: { storage, cache, events, schedule } }, each up, down or degraded, and nothing of addresses or passwords.',
    ...probes,
    async run(desk) {
      const api = await desk.open(OWN);
      for (const need of NEEDS) await untilState(api, { need, wanted: ['up'] });
      const reply = await askReady(api);
      const type = reply.headers['content-type'] ?? '';
      expect(/^application\/json\s*(;|$)/i.test(type), 'the type application/json', reply);
      expect(!/:\/\/|127\.0\.0\.1|\.db\b/.test(reply.text), 'no address of anything in the answer', reply);
    },
  },
  {
    name: 'ready-though-the-schedule-service-is-away',
    why: 'One helper dies, and a load balancer that takes the whole API out for it turns a nuisance into an outage.',
    hint: 'Tell checks.schedule: "down" and answer 200 all the same: storage alone decides.',
    ...outage,
    async run(desk) {
      const api = await desk.open(SCHEDULE_AWAY);
      const states = await untilState(api, { need: 'schedule', wanted: ['down'] });
      const reply = await askReady(api);
      expect(states.storage === 'up', 'checks.storage: "up"', reply);
      expectStatus(reply, 200);
      expectStatus(await timed(api, { method: 'GET', path: '/health' }, IN_TIME), 200);
      expectStatus(await api.get(`${PATIENTS}?limit=1`), 200);
    },
  },
  {
    name: 'ready-sees-the-schedule-service-come-back',
    why: 'A probe that remembers an outage for ever is restarted by hand for ever.',
    hint: 'Ask anew at each probe, or every few seconds, and tell what is true now.',
    ...outage,
    async run(desk) {
      const port = await freePort();
      const program = await desk.createProgram();
      const away = { ...inFile(desk), SCHEDULE_ADDRESS: `127.0.0.1:${port}` };
      const api = desk.clientOf(await desk.start(program, away));
      await untilState(api, { need: 'schedule', wanted: ['down'] });
      const other = await desk.start(program, { ...inFile(desk), GRPC_PORT: String(port) });
      await untilState(api, { need: 'schedule', wanted: ['up'] });
      await other.stop('SIGTERM');
      await untilState(api, { need: 'schedule', wanted: ['down'] });
    },
  },
  {
    name: 'ready-though-redis-says-nothing',
    why: 'A cache is there to make things faster, and a probe that waits for a silent one takes everything down with it.',
    hint: 'Give the question to Redis a limit of its own, tell checks.cache: "down" or "degraded", and answer 200.',
    ...outage,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { port } = await openFrozen(stack);
      const settings = { ...inFile(desk), REDIS_URL: `redis://127.0.0.1:${port}` };
      const server = await desk.start(await desk.createProgram(), settings, { signIn: false });
      const api = desk.clientOf(server);
      api.note('# behind REDIS_URL somebody listens and says nothing');
      const states = await untilState(api, { need: 'cache', wanted: AWAY });
      expect(states.storage === 'up', 'checks.storage: "up"', await askReady(api));
      expectStatus(await timed(api, { method: 'GET', path: '/health' }, IN_TIME), 200);
    },
  },
  {
    name: 'ready-without-a-broker-and-the-backlog-is-told',
    why: 'Without a broker bookings go on, and all that tells of it is a number that grows.',
    hint: 'Count the rows of the outbox that nobody has told yet in outbox_pending_events, tell checks.events: "down" or "degraded", and answer 200.',
    ...outage,
    async run(desk) {
      const settings = { ...inFile(desk), KAFKA_BROKERS: `127.0.0.1:${await freePort()}` };
      const server = await desk.start(await desk.createProgram(), settings);
      const api = desk.clientOf(server);
      api.note('# behind KAFKA_BROKERS nobody listens');
      const pair = await openPair(api);
      for (let n = 0; n < 3; n++) await book(api, pair, n * 60);
      await untilState(api, { need: 'events', wanted: AWAY });
      const name = 'outbox_pending_events';
      const numbers = await readUntil(api, (told) => sumOf(told, name) === 3);
      expect(sumOf(numbers, name) === 3, `${name} 3`, seenOf(numbers, name));
    },
  },
];
