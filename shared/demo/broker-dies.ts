import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '@medcenter/stage-05-events/app';
import { readConfig, variables } from '@medcenter/stage-05-events/config';
import { ServiceError } from '../services/service-error.ts';
import { startThrowAwayKafka } from '../services/throw-away-kafka.ts';
import { createBooker } from './booker.ts';

// Five bookings while a real broker of Kafka runs, five while it is dead, and then it comes back. For the tour; it
// starts a broker of its own, and ends it.

const BOOKINGS = 5;
const PATIENCE_MS = 30_000;

await using stack = new AsyncDisposableStack();
const kafka = await startThrowAwayKafka({ detached: false }).catch((error: unknown) => {
  if (!(error instanceof ServiceError)) throw error;
  console.log(`No broker can be started here, so there is none to kill. ${error.message}`);
});
if (kafka) {
  stack.defer(kafka.dispose);
  const folder = await mkdtemp(join(tmpdir(), 'medcenter-demo-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const password = 'the first of many doors';
  const config = readConfig(variables, {
    PORT: '0',
    ADMIN_PASSWORD: password,
    PASSWORD_HASH_COST: '10',
    SQLITE_FILE: join(folder, 'medcenter.db'),
    KAFKA_BROKERS: kafka.url,
    REMINDER_FILE: join(folder, 'reminders.jsonl'),
  });
  const running = stack.use(await start(config, new PassThrough().resume()));
  const { book, counted } = await createBooker(running.url, password);

  let booked = 0;
  const bookSome = async (broker: string) => {
    let slowest = 0;
    for (let n = 0; n < BOOKINGS; n++) slowest = Math.max(slowest, await book());
    booked += BOOKINGS;
    return { broker, slowest };
  };
  const waitForAll = async () => {
    const begun = performance.now();
    while ((await counted()) < booked && performance.now() - begun < PATIENCE_MS) await sleep(20);
    return Math.round(performance.now() - begun);
  };
  const print = ({ broker, slowest }: { broker: string; slowest: number }, of: number) =>
    console.log(
      `${broker.padEnd(22)}${String(BOOKINGS).padStart(8)}${`${slowest} ms`.padStart(17)}${`${of} of ${booked}`.padStart(11)}`,
    );

  console.log('the broker            bookings   slowest answer    counted');
  const before = await bookSome('runs');
  await waitForAll();
  print(before, await counted());
  await kafka.server.kill();
  const without = await bookSome('killed, as by kill -9');
  await sleep(1_000);
  print(without, await counted());
  await kafka.server.start([kafka.port]);
  const late = await waitForAll();
  const after = await bookSome('back');
  await waitForAll();
  print(after, await counted());
  console.log(`What was booked meanwhile was counted ${late} ms after it was back.`);
}
