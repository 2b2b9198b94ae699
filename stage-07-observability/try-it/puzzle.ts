// A night on call: SEED. Starts this stage, in which one thing is secretly slow, broken or stuck, and somebody at the
// desk, who books once a second. Which thing it is, the seed says; find it from outside. SEED answer: what it was.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig, readEnvironment, variables } from '../src/config/index.ts';
import { type Desk, openDesk, openSystem } from './open-system.ts';
import { openWire, troubleOf } from './troubles.ts';

const LONGEST = 900;

const [seed = '1', word] = process.argv.slice(2);
if (word === 'answer') console.log(troubleOf(seed).answer);
else await playNight();

async function playNight(): Promise<void> {
  const { PORT, SPANS_FOLDER } = readConfig(variables, readEnvironment(new URL('../.env', import.meta.url)));
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => ending.abort());
  mkdirSync('my', { recursive: true });
  rmSync(join('my', 'puzzle.log'), { force: true });
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'puzzle-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const environment = { SPANS_FOLDER, LOG_FILE: join('my', 'puzzle.log') };
  const schedule = stack.use(await openSystem(environment, folder, ['schedule']));
  const wire = stack.use(await openWire(Number(schedule.url.split(':').at(-1))));
  const places = { PORT: String(PORT), SCHEDULE_ADDRESS: `127.0.0.1:${wire.port}` };
  const api = stack.use(await openSystem({ ...environment, ...places }, folder));
  const desk = await openDesk(api.url);
  await troubleOf(seed).begin({ databaseFile: join(folder, 'medcenter.db'), wire }, stack);
  console.log(`It is night, and seed ${seed}. The API is at ${api.url}, its log in my/puzzle.log.
The desk says that something is wrong. This is what they see; Ctrl-C ends it.`);
  for (let number = 1; number <= LONGEST && !ending.signal.aborted; number++) {
    try {
      console.log(await work(desk, number));
    } catch (error) {
      // Ctrl-C reaches all programs of this terminal at once.
      if (!ending.signal.aborted) throw error;
    }
    await sleep(1_000, undefined, { signal: ending.signal }).catch(() => {});
  }
}

/** Looks at the patient, books, and looks at the statistics. */
async function work({ ask, book, patientId }: Desk, number: number): Promise<string> {
  const name = `seed${seed}-booking-${number}`; // Other nights left spans, too.
  await ask('GET', `/api/v1/patients/${patientId}`);
  const begun = performance.now();
  const { status } = await book(number, name);
  const seconds = ((performance.now() - begun) / 1_000).toFixed(2);
  const counted = await ask('GET', '/api/v1/statistics?from=2091-03-05&to=2091-03-05');
  const { items = [] } = (await counted.json()) as { items?: { booked: number }[] };
  const booked = items.reduce((sum, item) => sum + item.booked, 0);
  return `${name.padEnd(18)}${status} after ${seconds} s   in the statistics: ${booked}`;
}
