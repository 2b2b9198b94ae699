import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenerOn } from '@medcenter/stage-06-grpc/try-it';

// Ends the program that listens at SERVER as a deploy does, while it has work: SERVER NAME PATIENT DOCTOR, where
// `my/NAME.txt` holds the token. A load balancer stands before it, which is played here: it asks `/ready`, and sends
// requests, every fourth a booking, until that is not 200. For the tour; not on Windows, where there is no SIGTERM.

const A_SECOND = 100;
const PROBE_MS = 200;
const BEFORE_MS = 1_500;
const END_MS = 15_000;
const DAY = Date.parse('2091-04-02');

const [server = '', name = '', patientId, doctorId] = process.argv.slice(2);
const authorization = readFileSync(join('my', `${name}.txt`), 'utf8')
  .replace('authorization: ', '')
  .trim();
const agent = new Agent({ keepAlive: true });

/** One request on a connection that is kept. Answers its status; 0 when there was no whole answer. */
function send(method: string, path: string, body?: object): Promise<number> {
  const headers = { authorization, ...(body && { 'content-type': 'application/json' }) };
  const { promise, resolve } = Promise.withResolvers<number>();
  const read = (answer: IncomingMessage) =>
    answer.resume().on('close', () => resolve(answer.complete ? (answer.statusCode ?? 0) : 0));
  const sent = request(`${server}${path}`, { method, agent, headers }, read);
  sent.on('error', () => resolve(0)).end(body && JSON.stringify(body));
  return promise;
}

/** A minute of their own for each. */
function book(number: number): Promise<number> {
  const at = (minute: number) => new Date(DAY + minute * 60_000).toISOString();
  const times = { startsAt: at(number), endsAt: at(number + 1) };
  return send('POST', '/api/v1/appointments', { patientId, doctorId, ...times });
}

let isInRotation = true;
const bookings: Promise<number>[] = [];
const looks: Promise<number>[] = [];

async function people(): Promise<void> {
  for (let number = 0; isInRotation; number++) {
    if (number % 4 === 0) bookings.push(book(number));
    else looks.push(send('GET', `/api/v1/patients/${patientId}`));
    await sleep(1_000 / A_SECOND);
  }
}

/** Answers when it took the program out. */
async function balancer(): Promise<number> {
  while ((await send('GET', '/ready')) === 200) await sleep(PROBE_MS);
  isInRotation = false;
  return performance.now();
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const pid = listenerOn(Number(server.split(':').at(-1)));
if (pid === undefined) throw new Error(`nobody listens at ${server}`);
const watching = Promise.all([balancer(), people()]);
await sleep(BEFORE_MS);
const from = performance.now();
const since = (moment: number) => `${((moment - from) / 1_000).toFixed(1)} s`;
process.kill(pid, 'SIGTERM');
const [takenOut] = await watching;
const tell = async (what: string, sent: readonly Promise<number>[], good: number) => {
  const statuses = await Promise.all(sent);
  const lost = statuses.filter((status) => status !== good).length;
  if (lost > 0) process.exitCode = 1;
  console.log(`${what.padEnd(12)}${String(statuses.length).padStart(6)}${String(lost).padStart(8)}`);
};
console.log(`SIGTERM, and requests went on until /ready said 503, ${since(takenOut)} later.
${''.padEnd(12)}${'sent'.padStart(6)}${'lost'.padStart(8)}`);
await tell('looks', looks, 200);
await tell('bookings', bookings, 201);
agent.destroy();
while (isThere(pid) && performance.now() - from < END_MS) await sleep(20);
console.log(`The program was gone after ${since(performance.now())}.`);
