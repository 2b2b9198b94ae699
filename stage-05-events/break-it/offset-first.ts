// A reader has two things to write: the result of its work, and how far it has read. Whichever comes first, it may die
// before the other. Here it dies at every tenth message, once: what it has in memory is gone, what is written stays.
import { openClinic } from './clinics.ts';
import type { ReceivedMessage } from '../src/events/event-log.ts';
import { type ClinicTransaction, sqlInbox } from '../src/repository/index.ts';

const MESSAGES = 50;
const TOPIC = 'appointments.created';

class Death extends Error {}

/** What a reader writes, and where it may die. */
interface Reader {
  saveOffset(next: number): Promise<void>;
  work(message: ReceivedMessage): Promise<void>;
  mayDie(message: ReceivedMessage): void;
}
type Handle = (reader: Reader, message: ReceivedMessage) => Promise<void>;

const offsetFirst: Handle = async ({ saveOffset, work, mayDie }, message) => {
  await saveOffset(Number(message.offset) + 1);
  mayDie(message);
  await work(message);
};

const workFirst: Handle = async ({ saveOffset, work, mayDie }, message) => {
  await work(message);
  mayDie(message);
  await saveOffset(Number(message.offset) + 1);
};

/** Adds one: work of which the second time is one time too many. */
const count = async (tx: ClinicTransaction) =>
  void (await tx.sql.query('UPDATE experiment SET counted = counted + 1'));

/** The note that it was done is in the transaction in which it is done. */
const countOnce = async (tx: ClinicTransaction, { key }: ReceivedMessage) => {
  if (await sqlInbox(tx.sql).isNew('experiment', String(key), new Date())) await count(tx);
};

async function readAll(handle: Handle, work: typeof countOnce): Promise<number> {
  await using clinic = await openClinic();
  const { storage, log } = clinic;
  await storage.transaction(async ({ sql }) => {
    await sql.query('CREATE TABLE experiment (counted INTEGER, next INTEGER)');
    await sql.query('INSERT INTO experiment VALUES (0, 0)');
  });
  await log.publish(
    Array.from({ length: MESSAGES }, (_, index) => ({ topic: TOPIC, key: `${index}`, value: '{}' })),
  );
  const deaths = new Set<string>();
  const reader: Reader = {
    saveOffset: (next) =>
      storage.transaction(async (tx) => void (await tx.sql.query('UPDATE experiment SET next = $1', next))),
    work: (message) => storage.transaction((tx) => work(tx, message)),
    mayDie({ offset }) {
      if (Number(offset) % 10 !== 9 || deaths.has(offset)) return;
      deaths.add(offset);
      throw new Death();
    },
  };
  const where = async () => {
    const [row] = await storage.sql.query<{ counted: number; next: number }>('SELECT * FROM experiment');
    return row ?? { counted: 0, next: 0 };
  };
  for (;;) {
    try {
      const { next } = await where();
      for await (const message of log.list([TOPIC])) {
        if (Number(message.offset) >= next) await handle(reader, message);
      }
      return (await where()).counted;
    } catch (error) {
      if (!(error instanceof Death)) throw error; // Somebody starts it again.
    }
  }
}

console.log(`${`${MESSAGES} messages, 5 deaths`.padEnd(28)}counted`);
for (const [name, handle, work] of [
  ['the offset, then the work', offsetFirst, count],
  ['the work, then the offset', workFirst, count],
  ['the same, with an inbox', workFirst, countOnce],
] as const) {
  const counted = await readAll(handle, work);
  console.log(`${name.padEnd(28)}${String(counted).padStart(7)}`);
  if (work === countOnce && counted !== MESSAGES) process.exitCode = 1;
}
