// A deploy: the program is ended while people use it. In front of it stands a load balancer, which asks `/ready` every
// 300 ms, and sends requests here until it hears a 503. What happens to those that it sends until then? Not on Windows.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSystem } from '../try-it/open-system.ts';

const A_SECOND = 50;
const PROBE_MS = 300;

const agent = new Agent({ keepAlive: true });

/** One request on a connection that is kept; 0 when it has no answer. */
function send(url: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const sent = request(url, { agent }, (answer) => {
    answer.resume().on('close', () => resolve(answer.complete ? (answer.statusCode ?? 0) : 0));
  });
  sent.on('error', () => resolve(0)).end();
  return promise;
}

interface Ending {
  readonly signal: 'SIGKILL' | 'SIGTERM';
  readonly delayMs: number;
}

async function deploy(name: string, { signal, delayMs }: Ending): Promise<void> {
  await using system = await openSystem({ SHUTDOWN_DELAY_MS: String(delayMs) });
  const { url, program } = system;
  let isInRotation = true;
  const balancer = async () => {
    while (isInRotation) {
      isInRotation = (await send(`${url}/ready`)) === 200;
      await sleep(PROBE_MS);
    }
  };
  const answers: Promise<number>[] = [];
  const people = async () => {
    while (isInRotation) {
      answers.push(send(`${url}/openapi.json`));
      await sleep(1_000 / A_SECOND);
    }
  };
  const watching = Promise.all([balancer(), people()]);
  await sleep(1_500);
  program.kill(signal);
  const [code] = await once(program, 'exit');
  await watching;
  const statuses = await Promise.all(answers);
  const lost = statuses.filter((status) => status !== 200).length;
  if (delayMs > 0 && lost > 0) process.exitCode = 1;
  const figures = [statuses.length, lost].map((count) => String(count).padStart(8));
  console.log(`${name.padEnd(34)}${figures.join('')}  ${code === null ? signal : `exit ${code}`}`);
}

console.log(`${'ended by'.padEnd(34)}    sent    lost`);
await deploy('kill -9', { signal: 'SIGKILL', delayMs: 0 });
await deploy('SIGTERM, and closes at once', { signal: 'SIGTERM', delayMs: 0 });
await deploy('SIGTERM, not ready, closes later', { signal: 'SIGTERM', delayMs: 1_000 });
agent.destroy();
