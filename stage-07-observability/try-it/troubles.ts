import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrations, openDatabase, sqlLeases } from '../src/repository/index.ts';

// If you want to solve the puzzle by yourself, do not read on.

/** What a trouble may lay its hands on. */
interface Place {
  readonly databaseFile: string;
  /** The way to the schedule service. */
  readonly wire: Wire;
}

interface Trouble {
  /** Begins it; whatever it holds goes with the stack. */
  begin(place: Place, stack: AsyncDisposableStack): Promise<void>;
  readonly answer: string;
}

const A_DAY_MS = 24 * 60 * 60 * 1_000;

const TROUBLES: readonly Trouble[] = [
  {
    answer: `Somebody holds the database, and lets nobody write.
/ready says "up", for reading works. What writes is a 503: bookings after two seconds, when the time of the call is over,
and patients, of whom each look is written down, after three. Statistics are answered as ever.
In the trace the span "transaction" has nothing in it: it waits to be let in.`,
    async begin({ databaseFile }, stack) {
      const database = await openDatabase({ url: undefined, file: databaseFile }, migrations);
      const leaving = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      const holding = database.transaction(async () => {
        held.resolve();
        await leaving.promise;
      });
      await held.promise;
      stack.defer(async () => {
        leaving.resolve();
        await holding;
        await database.close();
      });
    },
  },
  {
    answer: `The schedule service takes connections, and answers nothing.
/ready says "schedule": "down". Of the bookings each is a 503 after two seconds; patients are answered as ever.
In the trace "ScheduleClient.bookSlot" has failed, and there is no span of medcenter-schedule below it.`,
    begin: async ({ wire }) => wire.swallow(),
  },
  {
    answer: `The network between the two processes is slow.
Nothing fails. In the numbers POST /api/v1/appointments has gone up by some buckets, and no other route has.
In the trace "ScheduleClient.bookSlot" takes more than half a second, and the span of medcenter-schedule below it some
milliseconds: the time is between the two.`,
    begin: async ({ wire }) => wire.delay(300),
  },
  {
    answer: `The relay is stuck: somebody else has its lease, and does nothing.
Nothing fails, and nothing is slow. outbox_pending_events grows with each booking, and kafka_consumer_lag does not.
In the log there is no "event handled"; the trace ends with "INSERT outbox", and has no span of a consumer.`,
    async begin({ databaseFile }, stack) {
      const database = await openDatabase({ url: undefined, file: databaseFile }, migrations);
      stack.defer(() => database.close());
      const lease = { name: 'relay', holder: 'somebody', now: new Date(), forMs: A_DAY_MS };
      await database.transaction((sql) => sqlLeases(sql).take(lease));
    },
  },
];

/** Which it is, is for the seed to say. */
export function troubleOf(seed: string): Trouble {
  const sum = [...`trouble ${seed}`].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 65_521, 7);
  const trouble = TROUBLES[(sum + 2) % TROUBLES.length];
  if (!trouble) throw new Error('there is no trouble');
  return trouble;
}

/** A wire to another port, which somebody may cut, or make long. */
export interface Wire extends AsyncDisposable {
  readonly port: number;
  swallow(): void;
  delay(ms: number): void;
}

export async function openWire(to: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let delayMs = 0;
  const pass = (from: Socket, other: Socket) => {
    sockets.add(from);
    from.on('data', async (bytes) => {
      if (delayMs > 0) await sleep(delayMs);
      if (!isCut) other.write(bytes);
    });
    from.on('close', () => {
      sockets.delete(from);
      other.destroy();
    });
    from.on('error', () => other.destroy());
  };
  const server: Server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    pass(near, far);
    pass(far, near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    swallow() {
      isCut = true;
    },
    delay(ms) {
      delayMs = ms;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
