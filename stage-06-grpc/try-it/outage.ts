// kill -9 for the schedule service of `npm run stage:6`, and what somebody sees who asks the API meanwhile: SERVER NAME
// DOCTOR.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenerOn } from './index.ts';
import { ownAddress } from './open-client.ts';

const [server, name, doctor] = process.argv.slice(2);
const authorization = readFileSync(join('my', `${name}.txt`), 'utf8')
  .replace('authorization: ', '')
  .trim();

async function ask(path: string): Promise<Response> {
  return await fetch(`${server}/api/v1/${path}`, { headers: { authorization } });
}

async function say(what: string, answer: Response): Promise<void> {
  const { detail = '' } = (await answer.json()) as { detail?: string };
  console.log(`${what.padEnd(10)}${answer.status}  ${detail}`.trimEnd());
}

const slots = `doctors/${doctor}/slots?from=2091-03-19&to=2091-03-19`;
await say('slots', await ask(slots));
const listener = listenerOn(Number(ownAddress().split(':').at(-1)));
if (listener === undefined) throw new Error(`nobody listens at ${ownAddress()}`);
process.kill(listener, 'SIGKILL');
const killedAt = performance.now();
console.log('kill -9');
await say('slots', await ask(slots));
await say('patients', await ask('patients'));
let answer = await ask(slots);
while (answer.status === 503 && performance.now() - killedAt < 30_000) {
  await sleep(250);
  answer = await ask(slots);
}
const seconds = (performance.now() - killedAt) / 1_000;
await say('slots', answer);
console.log(`It was away for ${seconds.toFixed(1)} seconds.`);
