import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../children.ts';
import type { Client } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import { describeEnd } from '../program.ts';
import type { Server, Settings } from '../server.ts';
import { startAndWait } from '../stage-02/life.ts';
import { somebody } from '../stage-03/people.ts';
import { inFile } from '../stage-04/accounts.ts';
import { MONDAY } from '../stage-06/calendar.ts';
import { becomesFree } from '../stage-06/processes.ts';
import { describeText } from '../text.ts';
import { type ApiCheck, type Desk, DOCTORS, lesson, onlyPosix, PATIENTS, READY } from './check.ts';
import { expectStatus, isRecord, openPractice } from './expectations.ts';
import { sendOn } from './load.ts';

/** A slow machine takes its time to end two processes. */
const SLACK = 4_000;

interface Ended {
  outcome: Outcome;
  milliseconds: number;
}

async function startWith(desk: Desk, settings: Settings) {
  const server = await desk.start(await desk.createProgram(), { ...inFile(desk), ...settings });
  return { server, api: desk.clientOf(server) };
}

/** SIGTERM, and how long it took from there. */
function end(server: Server, api: Client): Promise<Ended> {
  api.note('kill -s TERM %1; wait %1; echo "exit code $?"');
  const started = performance.now();
  return server.stop('SIGTERM').then((outcome) => ({ outcome, milliseconds: performance.now() - started }));
}

const told = ({ outcome, milliseconds }: Ended) =>
  `the server: ${describeEnd(outcome)}, ${Math.round(milliseconds)} ms after SIGTERM`;

/** A request whose body never ends, under way. */
function beginEndless(api: Client): void {
  const body = JSON.stringify(somebody());
  const fields = { Host: new URL(api.url).host, ...api.headers, 'Content-Type': 'application/json' };
  const lines = Object.entries({ ...fields, 'Content-Length': body.length }).map((field) => field.join(': '));
  const head = [`POST ${PATIENTS} HTTP/1.1`, ...lines].join('\r\n');
  void api.talk([`${head}\r\n\r\n${body.slice(0, 30)}`], { patience: 12_000 });
}

async function expectHardEnd(server: Server, shown: Exchange): Promise<void> {
  const isFree = await becomesFree(Number(server.settings.GRPC_PORT), 1_000);
  expect(isFree, 'no schedule service that was left behind', shown);
}

const ending = { lesson: lesson('the-contract'), wantsProgram: true, skip: onlyPosix } as const;

export const shutdownChecks: ApiCheck[] = [
  {
    name: 'ready-turns-before-anything-ends',
    why: 'A load balancer sends on until it has asked again, and what it sends meanwhile must be served.',
    hint: 'On SIGTERM answer /ready with 503 at once, serve everything else as ever for SHUTDOWN_DELAY_MS, new connections too, and only then begin to end.',
    ...ending,
    async run(desk) {
      const delay = 2_500;
      const { server, api } = await startWith(desk, { SHUTDOWN_DELAY_MS: String(delay) });
      expectStatus(await api.get(READY), 200);
      const ended = end(server, api);
      await sleep(200);
      const enough = performance.now() + delay / 3;
      // A slow machine is asked fewer times, and not after the delay.
      do {
        const reply = await api.as(undefined).get(READY);
        expectStatus(reply, 503);
        expect(isRecord(reply.body) && isRecord(reply.body.checks), '{ status, checks } in the body', reply);
        expectStatus(await api.get('/health'), 200);
        expectStatus(await api.post(PATIENTS, somebody()), 201);
        await sleep(100);
      } while (performance.now() < enough);
      const how = await ended;
      const shown = api.exchange(`SIGTERM, with SHUTDOWN_DELAY_MS=${delay}`, told(how));
      expect(how.outcome.exitCode === 0, 'exit code 0', shown);
      expect(how.milliseconds >= delay - 50, `no end before ${delay} ms`, shown);
      expect(how.milliseconds < delay + SLACK, 'an end soon after it', shown);
    },
  },
  {
    name: 'deploy-drops-no-request',
    why: 'A deploy at noon that costs eight people an error is one that is put off to the night.',
    hint: 'After SIGTERM answer what comes on connections that are kept, with Connection: close, and end a connection only when its request has its answer.',
    ...ending,
    lesson: lesson('break-it'),
    async run(desk) {
      const { server, api } = await startWith(desk, { SHUTDOWN_DELAY_MS: '600' });
      const load = sendOn(api);
      await sleep(400);
      const before = load.answered();
      const how = await end(server, api);
      const lost = await load.ended;
      const sent = 'GET and POST on eight connections that are kept, and SIGTERM among them';
      const probes = `the probe: ${load.probed.join(', then ')}`;
      const received = [told(how), `${load.answered()} answered, ${before} before it`, probes];
      const shown = api.exchange(
        sent,
        [...received, describeText('not answered', lost.join('\n'))].join('\n'),
      );
      expect(before >= 8, 'answers before the signal', shown);
      expect(load.probed.includes(503), 'a 503 of the probe, before the connections ended', shown);
      expect(lost.length === 0, 'a good answer to every request', shown);
      expect(how.outcome.exitCode === 0, 'exit code 0', shown);
    },
  },
  {
    name: 'hung-request-meets-the-hard-end',
    why: 'Whoever waits for the last request for ever is killed from outside, and then nothing is closed in order.',
    hint: 'Begin SHUTDOWN_TIMEOUT_MS after the delay: when it is over, end both processes, with exit code 1.',
    ...ending,
    lesson: lesson('break-it'),
    async run(desk) {
      const timeout = 1_200;
      const { server, api } = await startWith(desk, { SHUTDOWN_TIMEOUT_MS: String(timeout) });
      beginEndless(api);
      await sleep(300);
      const how = await end(server, api);
      const shown = api.exchange(
        `a POST whose body never ends; SIGTERM, with SHUTDOWN_TIMEOUT_MS=${timeout}`,
        told(how),
      );
      expect(how.outcome.exitCode === 1, 'exit code 1', shown);
      expect(
        how.milliseconds >= timeout - 50,
        `no end before ${timeout} ms: it might have come to its end`,
        shown,
      );
      expect(how.milliseconds < timeout + SLACK, 'an end soon after it', shown);
      await expectHardEnd(server, shown);
    },
  },
  {
    name: 'slow-request-is-finished-before-the-hard-end',
    why: 'The hard end is for what hangs: who merely has a slow line gets their answer.',
    hint: 'Let requests in flight end, whatever SHUTDOWN_DELAY_MS is, and exit with 0 when the last one has.',
    ...ending,
    async run(desk) {
      const { server, api } = await startWith(desk, {
        SHUTDOWN_DELAY_MS: '100',
        SHUTDOWN_TIMEOUT_MS: '8000',
      });
      const body = JSON.stringify(somebody());
      const fields = { Host: new URL(api.url).host, ...api.headers, 'Content-Type': 'application/json' };
      const lines = Object.entries({ ...fields, 'Content-Length': body.length }).map((field) =>
        field.join(': '),
      );
      const head = [`POST ${PATIENTS} HTTP/1.1`, ...lines].join('\r\n');
      const pieces = [`${head}\r\n\r\n${body.slice(0, 30)}`, { pause: 1_400 }, body.slice(30)];
      const talking = api.talk(pieces, { patience: 6_000 });
      await sleep(300);
      const how = await end(server, api);
      const heard = await talking;
      const shown = { ...heard, received: `${heard.received}\n${told(how)}` };
      expect(heard.statuses[0] === 201, 'an answer with 201, about a second after the signal', shown);
      expect(how.outcome.exitCode === 0, 'exit code 0', shown);
    },
  },
  {
    name: 'stream-that-nobody-reads-holds-up-no-end',
    why: 'A page left open in a forgotten tab has no request that ends, and must not hold up an update.',
    hint: 'End streams when the ending begins, and cut what is not read by SHUTDOWN_TIMEOUT_MS.',
    ...ending,
    lesson: lesson('break-it'),
    async run(desk) {
      const timeout = 1_500;
      const { server, api } = await startWith(desk, { SHUTDOWN_TIMEOUT_MS: String(timeout) });
      const { doctorId } = await openPractice(api);
      const path = `${DOCTORS}/${doctorId}/appointments/stream?date=${MONDAY}`;
      const fields = { Host: new URL(api.url).host, ...api.headers, Accept: 'text/event-stream' };
      const lines = Object.entries(fields).map((field) => field.join(': '));
      const head = `${[`GET ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
      const listening = api.talk([head], { patience: 8_000 });
      await sleep(400);
      const how = await end(server, api);
      const heard = await listening;
      const shown = { ...heard, received: `${heard.received}\n${told(how)}` };
      expect(heard.statuses[0] === 200, 'a stream that had begun', shown);
      const { exitCode } = how.outcome;
      expect(exitCode === 0 || exitCode === 1, 'an end of its own, with exit code 0 or 1', shown);
      expect(how.milliseconds < timeout + SLACK, `an end within ${timeout} ms, and some for the rest`, shown);
      await expectHardEnd(server, shown);
    },
  },
  {
    name: 'wrong-times-and-endpoints-exit-with-2',
    why: 'A delay of "5s" that is taken for 0 is found out in the first deploy that drops something.',
    hint: 'Whole milliseconds, not below 0, and an address that begins with http: else a line with the name and what it wants, and exit code 2.',
    ...ending,
    async run(desk) {
      const program = await desk.createProgram();
      const wrongs = [
        { SHUTDOWN_DELAY_MS: '5s', SHUTDOWN_TIMEOUT_MS: '-1', OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' },
        { SHUTDOWN_DELAY_MS: '-5', SHUTDOWN_TIMEOUT_MS: '1.5' },
      ];
      for (const wrong of wrongs) {
        const ended = await startAndWait(desk, program, wrong);
        expect(ended.outcome.exitCode === 2, 'exit code 2', ended);
        for (const [name, value] of Object.entries(wrong)) {
          const lines = ended.lines.filter((line) => line.includes(name));
          expect(
            lines.length === 1 && lines[0]?.includes(value),
            `one line with ${name} and "${value}"`,
            ended,
          );
        }
      }
    },
  },
];
