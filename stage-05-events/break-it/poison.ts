// Nine messages, and the fourth one is no event. What becomes of it, and of those behind it?
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLog, type ReceivedMessage, startConsumer } from '../src/events/index.ts';
import { readEvent } from '../src/schema/index.ts';
import { book, newEvent, openClinic, registerPeople, toMessage } from './clinics.ts';

const MESSAGES = 9;
const PATIENCE_MS = 2_000;
const TOPIC = 'appointments.created';
const options = { group: 'experiment', topics: [TOPIC], onTrouble: () => {} };

type Read = (log: EventLog, work: () => void) => AsyncDisposable;

const tryAgain: Read = (log, work) =>
  log.read({
    ...options,
    async handle({ value }) {
      readEvent(value);
      work();
    },
  });

const skip: Read = (log, work) =>
  log.read({
    ...options,
    async handle({ value }) {
      try {
        readEvent(value);
        work();
      } catch {} // "It cannot be read anyway."
    },
  });

/** This stage's own. */
const putAside: Read = (log, work) => startConsumer({ ...options, log, handle: async () => work() });

async function fill(log: EventLog): Promise<void> {
  await using clinic = await openClinic();
  const people = await registerPeople(clinic.storage);
  for (let number = 1; number <= MESSAGES; number++) {
    const appointment = await book(clinic.storage, people, number);
    const event = toMessage(newEvent('appointment.created', appointment));
    await log.publish([number === 4 ? { ...event, value: 'not json' } : event]);
  }
}

async function listDeadLetters(log: EventLog): Promise<ReceivedMessage[]> {
  const letters: ReceivedMessage[] = [];
  for await (const letter of log.list([`${TOPIC}.dlq`])) letters.push(letter);
  return letters;
}

console.log(`${`${MESSAGES} messages, one of them bad`.padEnd(30)}handled  put aside`);
let known: ReceivedMessage | undefined;
for (const [name, read] of [
  ['try again until it works', tryAgain],
  ['skip what cannot be read', skip],
  ['put it aside, and go on', putAside],
] as const) {
  await using clinic = await openClinic();
  await fill(clinic.log);
  let handled = 0;
  const reading = read(clinic.log, () => {
    handled++;
  });
  const begun = performance.now();
  while (handled < MESSAGES - 1 && performance.now() - begun < PATIENCE_MS) await sleep(20);
  await reading[Symbol.asyncDispose]();
  const letters = await listDeadLetters(clinic.log);
  console.log(`${name.padEnd(30)}${String(handled).padStart(7)}${String(letters.length).padStart(11)}`);
  known = letters[0] ?? known;
  if (read === putAside && (handled !== MESSAGES - 1 || letters.length !== 1)) process.exitCode = 1;
}
console.log(`\nWhat lies beside it:\n${JSON.stringify(known?.headers, undefined, 2)}`);
