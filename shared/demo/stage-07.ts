import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Place, Tour } from './tour.ts';

const SERVER = 'http://127.0.0.1:3000';
const GRPC = '127.0.0.1:50051';
const API = `${SERVER}/api/v1`;
const JSON_TYPE = "-H 'content-type: application/json'";
/** The status on a line of its own, behind the body. */
const STATUS = "-w '\\n%{http_code}'";
const AS_ADMIN = '-H @my/admin.txt';
const BREAK_IT = 'npx node stage-07-observability/break-it';
const TRY_IT = 'npx node stage-07-observability/try-it';
const SIGNAL = `${TRY_IT}/signal.ts`;
const OF_STAGE_3 = 'stage-03-postgres/try-it';
/** The one of the W3C's own examples, so that it can be looked for in a log. */
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `-H 'traceparent: 00-${TRACE_ID}-00f067aa0ba902b7-01'`;

export const tour: Tour = {
  title: 'Stage 7: what happens in there?',
  // Signals, and a variable before a command: there is neither on Windows.
  needs: ['curl', 'env', 'kill'],
  steps: [
    {
      say: 'The server, on files, with its schedule service as a process of its own. When it is told to end it is to go on for five seconds more; the end of the tour shows why.',
      server: { start: 'env SHUTDOWN_DELAY_MS=5000 npm run -s stage:7', ready: 'Ctrl-C ends it' },
    },
    {
      say: 'Somebody signs in, and registers a patient and a doctor.',
      run: [
        `npx node stage-04-redis/try-it/sign-in.ts ${SERVER} admin`,
        `curl -s ${STATUS} ${AS_ADMIN} ${JSON_TYPE} -d @stage-04-redis/try-it/okafor.json ${API}/patients`,
        `curl -s ${STATUS} ${AS_ADMIN} ${JSON_TYPE} -d @${OF_STAGE_3}/haddad.json ${API}/doctors`,
      ],
    },
    {
      say: 'A booking. The caller names the request, and has a trace already, whose id goes along: look at the number that begins with 4bf9.',
      run: async (place) => [
        `npx node ${OF_STAGE_3}/booking.ts ten.json ${await patient(place)} ${await doctor(place)} 10:00 10:30`,
        `curl -s ${STATUS} ${AS_ADMIN} ${JSON_TYPE} -H 'x-request-id: tour-1' ${TRACEPARENT} -d @my/ten.json ${API}/appointments`,
      ],
    },
    {
      say: 'What the booking did, in both processes, drawn from the spans that they have written: look at the two who read of it later, at the end of the picture.',
      run: async (place) => {
        await consumersAreDone(place);
        return ['npm run -s trace -- tour-1'];
      },
    },
    {
      say: 'The same in the log: one number in the lines of the API, of the schedule service, and of those who read the event. A name, a token or a body is in none.',
      server: { show: `"trace_id":"${TRACE_ID}"` },
    },
    {
      say: 'Whoever looks for an error logs whole objects. Look at what stands in the log then, and what stands there of a list of known fields.',
      run: [`${BREAK_IT}/whole-objects.ts`],
    },
    {
      say: 'Work that is done later belongs to no trace, or to a wrong one, unless the number travels with it: look at the third line.',
      run: [`${BREAK_IT}/lost-trace.ts`],
    },
    {
      say: 'The numbers of both processes, as Prometheus reads them: look at the route, which is a pattern and never a path.',
      run: [`${TRY_IT}/numbers.ts ${SERVER} http_requests_total grpc_server_handled_total outbox_ kafka_`],
    },
    {
      say: 'Five hundred pages that are not there, each with a path of its own: look at how few lines more there are. Then the same numbers by paths, and not by patterns.',
      run: [`npx node shared/demo/random-urls.ts ${SERVER} 500`, `${BREAK_IT}/raw-paths.ts`],
    },
    {
      say: 'In a bad hour one request in fifty is slow. Look at the average, which hardly moves, and at the 99th of a hundred.',
      run: [`${BREAK_IT}/averages.ts`],
    },
    {
      say: 'The schedule service freezes, and wakes up. Look at /ready meanwhile: it says what is down, and 200 still, because patients are served as ever.',
      // In one step: whoever leaves the tour between two leaves nobody frozen.
      run: [
        `curl -s ${STATUS} ${SERVER}/ready`,
        `${SIGNAL} ${GRPC} SIGSTOP`,
        `curl -s ${STATUS} ${SERVER}/ready`,
        `curl -s ${STATUS} ${AS_ADMIN} '${API}/patients?limit=1'`,
        `${SIGNAL} ${GRPC} SIGCONT`,
      ],
    },
    {
      say: 'Look at /ready again: nothing was started anew.',
      run: async (place) => {
        await scheduleIsBack(place);
        return [`curl -s ${STATUS} ${SERVER}/ready`];
      },
    },
    {
      say: 'More of the log, without a new start: a signal turns it on, and off again.',
      run: [`${SIGNAL} ${SERVER} SIGUSR2`, `${SIGNAL} ${SERVER} SIGUSR2`],
    },
    {
      say: 'Look at the service: both processes have heard of it.',
      server: { show: '"message":"the log level ' },
    },
    {
      say: 'Three ways to end a program that people use, each tried on one of its own: look at what is lost by kill -9, and by one that closes at once.',
      run: [`${BREAK_IT}/drain.ts`],
    },
    {
      say: 'Ours, at a hundred requests a second. It is told to end, says at once that it is not ready, goes on until the others know it, and ends then: look at what is lost.',
      run: async (place) => [
        `npx node shared/demo/deploy.ts ${SERVER} admin ${await patient(place)} ${await doctor(place)}`,
      ],
    },
    { say: 'What the server said, and how it ended.', server: { ends: '"message":"the program ends"' } },
  ],
  shown: [
    'one number for a booking, in two processes, an event, and all log lines;',
    'a picture of it, with nothing installed;',
    'numbers whose size does not depend on who asks;',
    'a program that says what is missing, and serves the rest;',
    'a deploy that drops nothing.',
    'How it is done, and why: stage-07-observability/README.md.',
  ],
};

const patient = (place: Place) => firstId(place, 'patients');
const doctor = (place: Place) => firstId(place, 'doctors');

async function firstId({ folder, port }: Place, list: string): Promise<string> {
  const header = await readFile(join(folder, 'my', 'admin.txt'), 'utf8');
  const authorization = header.replace('authorization: ', '').trim();
  const answer = await fetch(`${API.replace(':3000', `:${port}`)}/${list}`, { headers: { authorization } });
  const { items } = (await answer.json()) as { items: { id: string }[] };
  return items[0]?.id ?? '';
}

/** On a machine that is busy, what comes later may come a moment later than the next step. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline && !(await isTrue())) await sleep(100);
}

const PATIENCE_MS = 15_000;
const CONSUMERS = 2;

/** The picture is to be whole: they read of a booking a moment later, and a span is written half a second after its end. */
async function consumersAreDone({ folder }: Place): Promise<void> {
  const file = join(folder, 'data', 'spans', 'medcenter.jsonl');
  await until(async () => {
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
    const done = lines.filter((line) => line.includes(TRACE_ID) && line.includes('"kind":"consumer"'));
    return done.length >= CONSUMERS;
  });
}

async function scheduleIsBack({ port }: Place): Promise<void> {
  await until(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`);
    return ((await answer.json()) as { status: string }).status === 'up';
  });
}
