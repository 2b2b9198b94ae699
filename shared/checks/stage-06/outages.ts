import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Reply } from '../client.ts';
import { expect } from '../harness.ts';
import { describeEnd } from '../program.ts';
import { freePort, type Server, type Settings } from '../server.ts';
import { inFile } from '../stage-04/accounts.ts';
import type { Call } from '../story.ts';
import { MONDAY } from './calendar.ts';
import { type ApiCheck, type Desk, lesson, onlyPosix, PATIENTS } from './check.ts';
import {
  bookAt,
  bookCall,
  every,
  expectBooked,
  expectFigures,
  expectFree,
  expectLive,
  expectNothingOfTheInside,
  expectProblem,
  expectRetryAfter,
  expectSchedule,
  expectStatus,
  on,
  openPractice,
  type People,
  register,
  schedulePath,
  slotsPath,
} from './expectations.ts';
import { openGrpc, SERVICE } from './grpc.ts';
import { becomesFree, isListenedOn, listenerOn, onlyLinux } from './processes.ts';

/** How long anybody waits for the schedule service. */
const DEADLINE = 5_000;
/** How long somebody may wait who wants nothing of it. */
const IN_TIME = 1_500;
/** How long the service may take until it is there again, and how long one may outlive the other. */
const AGAIN = 10_000;

const at9 = on(MONDAY, '09:00');

interface House {
  server: Server;
  api: Client;
  people: People;
  grpcPort: number;
}

/** A program of the check's own, with a doctor who has a schedule. */
async function openHouse(desk: Desk, settings: Settings = {}): Promise<House> {
  const server = await desk.start(await desk.createProgram(), { ...inFile(desk), ...settings });
  const api = desk.clientOf(server);
  const people = await openPractice(api);
  return { server, api, people, grpcPort: Number(server.settings.GRPC_PORT) };
}

/** The process of the schedule service, which is not the one of the API. */
async function scheduleProcessOf({ server, api, grpcPort }: Omit<House, 'people'>): Promise<number> {
  const [schedule, own] = [await listenerOn(grpcPort), await listenerOn(server.port)];
  const shown = api.exchange(
    `who listens on GRPC_PORT ${grpcPort}, and who on PORT ${server.port}`,
    `the processes ${schedule ?? '(none)'} and ${own ?? '(none)'}`,
  );
  expect(schedule !== undefined && schedule !== own, 'two processes, one for each', shown);
  return schedule;
}

function signal(api: Client, { pid, name, port }: { pid: number; name: NodeJS.Signals; port: number }): void {
  api.note(`kill -s ${name.replace('SIG', '')} $(lsof -t -i tcp:${port} -s tcp:listen)`);
  process.kill(pid, name);
}

/** Stops the clock of a process until the check is over, or until it is called. */
function freeze(stack: AsyncDisposableStack, api: Client, pid: number, port: number): () => void {
  signal(api, { pid, port, name: 'SIGSTOP' });
  let isFrozen = true;
  // One that is frozen does not hear that its parent is gone, and would be there for ever.
  const thaw = () => {
    if (!isFrozen) return;
    isFrozen = false;
    signal(api, { pid, port, name: 'SIGCONT' });
  };
  stack.defer(thaw);
  return thaw;
}

async function timed(api: Client, call: Call, limit: number): Promise<Reply> {
  const started = performance.now();
  const reply = await api.send(call);
  const milliseconds = Math.round(performance.now() - started);
  expect(milliseconds < limit, `an answer within ${limit} ms, and not after ${milliseconds} ms`, reply);
  return reply;
}

/** 503 in time, with a word about when to come again. */
function expectUnavailable(reply: Reply): void {
  expectProblem(reply, 503);
  expectRetryAfter(reply, 120);
  expectNothingOfTheInside(reply, reply.text);
}

const get = (path: string): Call => ({ method: 'GET', path });
const readPatients = (api: Client) => timed(api, get(`${PATIENTS}?limit=1`), IN_TIME);

/** Asks again until the answer is no 503 any more. */
async function until(ask: () => Promise<Reply>, within = AGAIN): Promise<Reply> {
  const deadline = performance.now() + within;
  for (;;) {
    const reply = await ask();
    if (reply.status !== 503 || performance.now() > deadline) return reply;
    await sleep(200);
  }
}

const outage = { lesson: lesson('break-it'), wantsProgram: true } as const;

export const outages: ApiCheck[] = [
  {
    name: 'frozen-schedule-service-costs-nobody-else',
    why: 'A process that hangs is worse than one that is gone: whoever waits for it hangs, too, and soon everybody does.',
    hint: 'Give each call a deadline well below 5 s and answer 503 with Retry-After after it; patients want nothing of the schedule service.',
    ...outage,
    skip: onlyLinux,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const house = await openHouse(desk);
      const { api, people, grpcPort } = house;
      freeze(stack, api, await scheduleProcessOf(house), grpcPort);
      const calls = [
        get(slotsPath(people.doctorId, MONDAY)),
        get(schedulePath(people.doctorId)),
        bookCall(people, at9),
      ];
      const waiting = calls.map((call) => timed(api, call, DEADLINE));
      for (let n = 0; n < 3; n++) expectStatus(await readPatients(api), 200);
      for (const reply of await Promise.all(waiting)) expectUnavailable(reply);
      expectStatus(await timed(api, get('/health'), IN_TIME), 200);
      expectStatus(await readPatients(api), 200);
    },
  },
  {
    name: 'booking-while-frozen-counts-once',
    why: 'The answer was 503, the desk sends it again a minute later, and whether the first one arrived is nobody’s trouble.',
    hint: 'Carry the key: what the service does late and what is sent again are one booking, one row and one event.',
    ...outage,
    skip: onlyLinux,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const house = await openHouse(desk);
      const { api, people, grpcPort } = house;
      const thaw = freeze(stack, api, await scheduleProcessOf(house), grpcPort);
      const call = bookCall(people, at9, { 'Idempotency-Key': `frozen-${people.patientId}` });
      expectUnavailable(await timed(api, call, DEADLINE));
      thaw();
      const booked = expectBooked(await until(() => api.send(call)));
      const again = expectBooked(await api.send(call));
      expect(again.id === booked.id, `the same appointment, ${booked.id}`, again.reply);
      await expectLive(api, people.doctorId, 1);
      await expectFigures(api, people.doctorId, { [MONDAY]: [1, 0] });
    },
  },
  {
    name: 'killed-schedule-service-comes-back',
    why: 'Whoever must be woken at night because a helper process died will not run this program for long.',
    hint: 'Look after the process that you started: start it again at the same port, and connect to it again.',
    ...outage,
    skip: onlyLinux,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const house = await openHouse(desk);
      const { api, people, grpcPort } = house;
      const grpc = openGrpc(stack, grpcPort, api);
      for (const startsAt of every(at9, 2)) {
        const pid = await scheduleProcessOf(house);
        signal(api, { pid, port: grpcPort, name: 'SIGKILL' });
        expectStatus(await readPatients(api), 200);
        const reply = await until(() => bookAt(api, people, startsAt));
        expectBooked(reply);
        await expectLive(api, people.doctorId, startsAt === at9 ? 1 : 2);
      }
      expectSchedule(await api.get(schedulePath(people.doctorId)));
      const answer = await grpc.health(SERVICE);
      expect(answer.message.status === 'SERVING', 'SERVING, on the same port', answer);
    },
  },
  {
    name: 'sigterm-ends-both-processes',
    why: 'What is left behind at an update holds the port, and the new program cannot start.',
    hint: 'End the API, then the schedule service, let what is in flight end, and exit with 0 within seconds.',
    ...outage,
    skip: onlyPosix,
    async run(desk) {
      await using stack = new AsyncDisposableStack();
      const { server, api, people, grpcPort } = await openHouse(desk);
      const day = openGrpc(stack, grpcPort, api).watch({ ...people, date: MONDAY, watch: true });
      await day.until('that it is live', (events) => events.some(({ kind }) => kind === 'live'));
      const outcome = await server.stop('SIGTERM');
      const shown = api.exchange('SIGTERM, while somebody watches a day', describeEnd(outcome));
      expect(outcome.exitCode === 0, 'exit code 0', shown);
      const isFree = await becomesFree(grpcPort, 500);
      expect(isFree, `nobody who listens on GRPC_PORT ${grpcPort}`, shown);
      const how = await day.ended;
      expect(
        how === 'UNAVAILABLE' || how === 'OK' || how === 'CANCELLED',
        'a stream that has ended',
        day.exchange(),
      );
    },
  },
  {
    name: 'kill-nine-leaves-no-schedule-service',
    why: 'A killed program says nothing to its children, and an orphan that still books is nobody’s.',
    hint: 'Let the child notice that its parent is gone: the end of a pipe or of a channel tells it.',
    ...outage,
    skip: onlyLinux,
    async run(desk) {
      const house = await openHouse(desk);
      const { server, api, grpcPort } = house;
      await scheduleProcessOf(house);
      const pid = await listenerOn(server.port);
      if (pid === undefined) return;
      // The process alone, and not its group: so nobody tells the other one.
      signal(api, { pid, port: server.port, name: 'SIGKILL' });
      const isFree = await becomesFree(grpcPort, AGAIN);
      const left = await listenerOn(grpcPort);
      if (left !== undefined) process.kill(left, 'SIGKILL');
      const shown = api.exchange(
        'kill -9 of the API',
        isFree ? 'nobody listens' : `process ${left} still listens`,
      );
      expect(isFree, `nobody who listens on GRPC_PORT ${grpcPort} after ${AGAIN / 1000} s`, shown);
    },
  },
  {
    name: 'schedule-service-elsewhere-is-used',
    why: 'One day the service runs on a machine of its own, and then SCHEDULE_ADDRESS is all that changes.',
    hint: 'With SCHEDULE_ADDRESS start none of your own, and call that one; when it goes, 503, and when it is back, on you go.',
    ...outage,
    async run(desk) {
      const first = await openHouse(desk);
      const { people, grpcPort } = first;
      const [unused] = [String(await freePort())];
      const there = { ...inFile(desk), SCHEDULE_ADDRESS: `127.0.0.1:${grpcPort}`, GRPC_PORT: unused };
      const second = await desk.start(first.server.program, there);
      const api = desk.clientOf(second);
      const shown = api.exchange(`GRPC_PORT ${unused}, beside SCHEDULE_ADDRESS`, 'somebody listens there');
      expect(!(await isListenedOn(Number(unused))), 'no schedule service of its own', shown);
      expectBooked(await bookAt(api, people, at9));
      await expectFree(first.api, { ...people, from: MONDAY }, every(on(MONDAY, '09:30'), 3));
      await first.server.stop('SIGTERM');
      expectUnavailable(await timed(api, get(slotsPath(people.doctorId, MONDAY)), DEADLINE));
      expectStatus(await readPatients(api), 200);
      await desk.start(first.server.program, { ...inFile(desk), GRPC_PORT: String(grpcPort) });
      expectBooked(await until(() => bookAt(api, people, on(MONDAY, '09:30'))));
    },
  },
  {
    name: 'program-starts-without-a-schedule-service',
    why: 'After a power cut the machines come up in any order, and the desk wants the patients at once.',
    hint: 'Connect at the first call and not at the start: 503 for slots, and everything else as ever.',
    ...outage,
    async run(desk) {
      const address = `127.0.0.1:${await freePort()}`;
      const settings = { ...inFile(desk), SCHEDULE_ADDRESS: address };
      const server = await desk.start(await desk.createProgram(), settings);
      const api = desk.clientOf(server);
      api.note(`# on ${address} nobody listens`);
      const { id } = await register(api);
      expectStatus(await readPatients(api), 200);
      expectStatus(await api.get(`${PATIENTS}/${id}`), 200);
      expectUnavailable(await timed(api, get(slotsPath(id, MONDAY)), DEADLINE));
      expectUnavailable(await timed(api, get(schedulePath(id)), DEADLINE));
    },
  },
];
