import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Outcome } from '../children.ts';
import { type Exchange, expect } from '../harness.ts';
import { commandLine, describeEnd, type Program } from '../program.ts';
import { describeText } from '../text.ts';
import { quoteWord } from '../words.ts';
import { lesson, type ProgramCheck } from './check.ts';
import { DATA_FILE, isRecord, type JsonRecord, parse } from './expectations.ts';
import { chidi, fileOf, flagsOf, hanako } from './people.ts';

const A_MINUTE = 60_000;
const ROUNDS_OF_UPDATES = 3;
const ELSEWHERE = 'elsewhere/clinic.json';

/** Fifty names of two letters: aa, ab … ej. */
const fiftyNames = [...'abcde'].flatMap((first) => [...'abcdefghij'].map((second) => first + second));

const addOf = (name: string) => ['--file', ELSEWHERE, '--add', ...flagsOf({ ...chidi, lastName: name })];

/** One change a field: whoever loses one of them shows it. */
const changes = {
  lastName: 'Танака',
  firstName: 'Ольга',
  middleName: 'Мэй',
  birthDate: '2001-01-06',
  sex: 'unknown',
  phone: '+12025550142',
};

const updates = Object.entries(changes).map(([field, value]) => [
  ...['--update', hanako.id],
  ...flagsOf({ [field]: value }),
]);

export const manyAtOnce: ProgramCheck[] = [
  {
    name: 'fifty-adds-at-once-lose-nothing',
    why: 'On a busy morning every desk registers somebody, and each of them was told that it is done.',
    hint: 'Hold a lock from before the read until after the write; wait for it, and give the temporary file a name of its own.',
    lesson: lesson('break-it'),
    alone: true,
    async run(program) {
      await program.putFolder(dirname(ELSEWHERE));
      const outcomes = await callAll(program, fiftyNames.map(addOf));
      const text = await readText(program, ELSEWHERE);
      const exchange = exchangeOfAdds(program, outcomes, text);
      expect(outcomes.every(succeeded), '50 times exit code 0', exchange);

      const saved = patientsOf(text).map(({ lastName }) => lastName);
      const lost = fiftyNames.filter((name) => !saved.includes(name));
      expect(lost.length === 0, `all 50 in ${ELSEWHERE}; lost: ${lost.join(', ')}`, exchange);
      expect(saved.length === 50, `nobody twice in ${ELSEWHERE}`, exchange);
    },
  },
  {
    name: 'updates-at-once-lose-nothing',
    why: 'Two people mend two fields of one record, and neither knows of the other.',
    hint: 'Read the record again under the lock, change only the named fields, write before you let go of the lock.',
    lesson: lesson('a-birth-date-is-text'),
    alone: true,
    async run(program) {
      for (let round = 1; round <= ROUNDS_OF_UPDATES; round++) {
        await program.put(DATA_FILE, fileOf([hanako]));
        const outcomes = await callAll(program, updates);
        const text = await readText(program, DATA_FILE);
        const exchange = exchangeOfUpdates(program, outcomes, text);
        expect(outcomes.every(succeeded), `${updates.length} times exit code 0`, exchange);

        const [saved = {}] = patientsOf(text);
        const wanted: JsonRecord = { ...changes, version: 1 + updates.length };
        const lost = Object.keys(wanted).filter((field) => saved[field] !== wanted[field]);
        const all = `all of the changes, and version ${wanted.version}; wrong: ${lost.join(', ')}`;
        expect(lost.length === 0, all, exchange);
      }
    },
  },
];

function exchangeOfAdds({ command }: Program, outcomes: readonly Outcome[], text: string): Exchange {
  const add = commandLine([...command, ...addOf('aa')]);
  const patients = `${patientsOf(text).length} patients in ${ELSEWHERE}`;
  return {
    sent: `50 of these at once, each with another last name:\n${add}`,
    received: [describeEnds(outcomes), patients, ...firstComplaint(outcomes)].join('\n'),
    repeat: [
      `cd "$(mktemp -d)" && mkdir ${dirname(ELSEWHERE)}`,
      'for name in {a..e}{a..j}; do',
      `  ${add.replace('--last-name aa', '--last-name "$name"')} > /dev/null || echo "failed: $name" &`,
      'done; wait',
      `grep -c '"lastName"' ${ELSEWHERE}`,
    ].join('\n'),
  };
}

function exchangeOfUpdates({ command }: Program, outcomes: readonly Outcome[], text: string): Exchange {
  const lines = updates.map((args) => commandLine([...command, ...args]));
  const after = describeText(`${DATA_FILE} after`, text);
  return {
    sent: [`these ${lines.length} at once:`, ...lines].join('\n'),
    received: [describeEnds(outcomes), ...firstComplaint(outcomes), after].join('\n'),
    repeat: [
      'cd "$(mktemp -d)"',
      `printf %s ${quoteWord(fileOf([hanako]))} > ${DATA_FILE}`,
      ...lines.map((line) => `${line} > /dev/null &`),
      'wait',
      `cat ${DATA_FILE}`,
    ].join('\n'),
  };
}

const succeeded = ({ exitCode }: Outcome) => exitCode === 0;

/** All of the calls at once, each to its end. */
function callAll(program: Program, calls: readonly (readonly string[])[]): Promise<Outcome[]> {
  return Promise.all(calls.map((args) => program.start(args, { timeLimit: A_MINUTE }).outcome));
}

async function readText(program: Program, path: string): Promise<string> {
  return readFile(join(program.folder, path), 'utf8').catch((error: Error) => `(${error.message})`);
}

function patientsOf(text: string): JsonRecord[] {
  const data = parse(text);
  return isRecord(data) && Array.isArray(data.patients) ? data.patients.filter(isRecord) : [];
}

/** Such as `48 times exit code 0, 2 times exit code 1`. */
function describeEnds(outcomes: readonly Outcome[]): string {
  const ends = Map.groupBy(outcomes, describeEnd);
  return [...ends].map(([end, group]) => `${group.length} times ${end}`).join(', ');
}

function firstComplaint(outcomes: readonly Outcome[]): string[] {
  const complaint = outcomes.find((outcome) => !succeeded(outcome));
  return complaint ? [describeText('stderr of one that failed', complaint.stderr)] : [];
}
