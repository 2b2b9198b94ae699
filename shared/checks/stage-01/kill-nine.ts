import { statSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child, Outcome } from '../children.ts';
import { type Exchange, expect } from '../harness.ts';
import { commandLine, describeOutcome, type Program } from '../program.ts';
import { lesson, type ProgramCheck } from './check.ts';
import { DATA_FILE, isRecord, parse } from './expectations.ts';
import { anna, chidi, fileOf, flagsOf, type Patient } from './people.ts';

const ROUNDS = 100;
/** Two files are worked on at once, so that both cores of a small machine are busy. */
const LANES = 2;
/** After so many kills the program must still be able to work: a lock without a holder must not stop it. */
const ROUNDS_TO_REST = 25;
/** Writing a big file takes long enough to be hit in the middle. */
const PEOPLE = 1000;
/** The kill falls at most so long after the first sign of a write. */
const WRITE_MILLISECONDS = 10;

const args = ['--add', ...flagsOf(chidi), '--json'];

export const killNine: ProgramCheck[] = [
  {
    name: 'kill-nine-leaves-a-whole-file',
    why: 'Power cuts and impatient administrators come in the middle of a write, and a patient who was acknowledged must outlive them.',
    hint: 'Write a temporary file with a name of its own beside the real one, fsync it, rename it over, and only then print the record; a lock must die with its holder.',
    lesson: lesson('break-it'),
    alone: true,
    async run(program) {
      const failed = new AbortController();
      const lanes = Array.from({ length: LANES }, async (_, lane) => {
        const own = await program.inside(`lane-${lane + 1}`);
        await killAgainAndAgain(own, failed.signal).catch((error: unknown) => {
          failed.abort();
          throw error;
        });
      });
      const ends = await Promise.allSettled(lanes);
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
  },
];

/** One lane's share of the rounds; it ends early where the other lane has failed. */
async function killAgainAndAgain(program: Program, otherFailed: AbortSignal): Promise<void> {
  await program.put(DATA_FILE, fileOf(crowd()));
  const known = new Set(crowd().map(({ id }) => id));
  // The first call of a program is slower than the next: the second one tells how long it lives.
  await addUndisturbed(program, known, 'before anything was killed');
  const lifetime = await addUndisturbed(program, known, 'before anything was killed');

  for (let round = 1; round <= ROUNDS / LANES && !otherFailed.aborted; round++) {
    const whole = sizeOf(program.folder);
    const child = program.start(args);
    const smallest = await killSometime(child, program.folder, round, lifetime);
    const id = acknowledgedId(await child.outcome);
    if (id) known.add(id);
    await expectWhole(program, known, `kill -9 number ${round}`);
    const glimpse = `while it was written, ${DATA_FILE} had ${smallest} bytes: a kill just then would have left that`;
    expect(smallest >= whole, `never less than the ${whole} bytes that it had`, exchangeOf(program, glimpse));
    if (round % ROUNDS_TO_REST === 0) await addUndisturbed(program, known, `after ${round} kills`);
  }
}

/**
 * Half of the kills fall at any moment of the program's life, half just when it has begun to touch its folder.
 * Gives the smallest size in which the data file was seen until then: adding never makes it smaller.
 */
async function killSometime(child: Child, folder: string, round: number, lifetime: number): Promise<number> {
  const atAnyMoment = round % 2 === 0;
  let timer = setTimeout(child.kill, lifetime * (atAnyMoment ? 1.2 * Math.random() : 3));
  let smallest = sizeOf(folder);

  const watcher = watch(folder);
  watcher.on('change', () => {
    smallest = Math.min(smallest, sizeOf(folder));
  });
  if (!atAnyMoment) {
    watcher.once('change', () => {
      clearTimeout(timer);
      // Squared: the first moments of a write are its most delicate ones.
      const delay = Math.random() ** 2 * WRITE_MILLISECONDS;
      if (delay < 1) child.kill();
      else timer = setTimeout(child.kill, delay);
    });
  }
  await child.outcome;
  clearTimeout(timer);
  watcher.close();
  return smallest;
}

/** No file at all counts as one without a byte. */
function sizeOf(folder: string): number {
  return statSync(join(folder, DATA_FILE), { throwIfNoEntry: false })?.size ?? 0;
}

/** An add that nobody disturbs works, and tells how long one takes. */
async function addUndisturbed(program: Program, known: Set<string>, when: string): Promise<number> {
  const outcome = await program.start(args).outcome;
  const id = acknowledgedId(outcome);
  const exchange = exchangeOf(program, describeOutcome(outcome));
  expect(outcome.exitCode === 0 && id, `exit code 0 and the new record, ${when}`, exchange);
  known.add(id);
  await expectWhole(program, known, `an add ${when}`);
  return outcome.milliseconds;
}

async function expectWhole(program: Program, known: ReadonlySet<string>, event: string): Promise<void> {
  const text = await readFile(join(program.folder, DATA_FILE), 'utf8').catch((error: Error) => error.message);
  const data = parse(text);
  const ids =
    isRecord(data) && Array.isArray(data.patients)
      ? data.patients.map((patient) => String(patient?.id))
      : undefined;
  const received = `after ${event}: ${DATA_FILE} of ${text.length} characters, which ends in\n${text.slice(-300)}`;
  expect(ids, `a whole ${DATA_FILE}: the old one or the new one`, exchangeOf(program, received));

  const present = new Set(ids);
  const lost = [...known].filter((id) => !present.has(id));
  const losses = `after ${event}: ${ids.length} patients in ${DATA_FILE}, and not these:\n${lost.slice(0, 5).join('\n')}`;
  expect(lost.length === 0, 'every patient in the file whose id was printed', exchangeOf(program, losses));
}

/** The id that was told to the caller: from then on it must never be lost, killed or not. */
function acknowledgedId({ stdout }: Outcome): string | undefined {
  const record = parse(stdout);
  return isRecord(record) && typeof record.id === 'string' ? record.id : undefined;
}

/** The number of a patient in the crowd has four digits: 1001, 1002 … */
const FIRST = 1001;
const idOf = (number: number | string) => `0198c0de-0001-7000-8000-00000000${number}`;

function crowd(): Patient[] {
  return Array.from({ length: PEOPLE }, (_, index) => ({ ...anna, id: idOf(FIRST + index) }));
}

/** A shell line that makes the same crowd. */
function crowdLine(): string {
  const patient = JSON.stringify({ ...anna, id: idOf('%s') });
  const patients = `printf '${patient},' {${FIRST}..${FIRST + PEOPLE - 1}} | sed 's/,$//'`;
  return `{ printf '{"version":1,"patients":['; ${patients}; printf '],"appointments":[]}'; } > ${DATA_FILE}`;
}

function exchangeOf({ command }: Program, received: string): Exchange {
  const line = commandLine([...command, ...args]);
  return {
    sent: `${line}\nagain and again on a file of ${PEOPLE} patients, ended by SIGKILL at changing moments, ${ROUNDS} times`,
    received,
    repeat: [
      'cd "$(mktemp -d)"',
      crowdLine(),
      'for round in {1..100}; do',
      `  ${line} >> acknowledged.txt & sleep "0.$((RANDOM % 4))$((RANDOM % 10))"; kill -9 $!; wait`,
      'done 2> /dev/null',
      `grep -c '"id"' acknowledged.txt ${DATA_FILE}; tail -c 300 ${DATA_FILE}`,
    ].join('\n'),
  };
}
