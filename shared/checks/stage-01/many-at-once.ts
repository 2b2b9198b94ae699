import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/** One change a field: whoever loses one of them shows it. */
const changes = {
  lastName: 'Танака',
  firstName: 'Ольга',
  middleName: 'Мэй',
  birthDate: '2001-01-06',
  sex: 'unknown',
  phone: '+12025550142',
};

/** Fifty names of two letters: aa, ab … ej. */
const fiftyNames = [...'abcde'].flatMap((first) => [...'abcdefghij'].map((second) => first + second));

export const manyAtOnce: ProgramCheck[] = [
  {
    name: 'fifty-adds-at-once-lose-nothing',
    why: 'On a busy morning every desk registers somebody, and each of them was told that it is done.',
    hint: 'Hold a lock from before the read until after the write; wait for it, and give the temporary file a name of its own.',
    lesson: lesson('break-it'),
    alone: true,
    async run(program) {
      await program.putFolder('elsewhere');
      const file = 'elsewhere/clinic.json';
      const args = (name: string) => ['--file', file, '--add', ...flagsOf({ ...chidi, lastName: name })];
      const outcomes = await callAll(program, fiftyNames.map(args));

      const text = await readText(program, file);
      const saved = patientsOf(text).map(({ lastName }) => String(lastName));
      const exchange: Exchange = {
        sent: `50 of these at once, each with another last name:\n${commandLine([...program.command, ...args('aa')])}`,
        received: [
          describeEnds(outcomes),
          `${saved.length} patients in ${file}`,
          ...firstComplaint(outcomes),
        ].join('\n'),
        repeat: [
          'cd "$(mktemp -d)" && mkdir elsewhere',
          `for name in {a..e}{a..j}; do ${commandLine([...program.command, ...args('NAME')]).replace('NAME', '"$name"')} > /dev/null || echo "failed: $name" & done; wait`,
          `grep -c '"lastName"' ${file}`,
        ].join('\n'),
      };
      expect(
        outcomes.every(({ exitCode }) => exitCode === 0),
        '50 times exit code 0',
        exchange,
      );
      const lost = fiftyNames.filter((name) => !saved.includes(name));
      expect(
        lost.length === 0 && saved.length === 50,
        `50 patients in ${file}; lost: ${lost.join(', ') || 'none'}`,
        exchange,
      );
    },
  },
  {
    name: 'updates-at-once-lose-nothing',
    why: 'Two people mend two fields of one record, and neither knows of the other.',
    hint: 'Read the record again under the lock, change only the named fields, write before you let go of the lock.',
    lesson: lesson('break-it'),
    alone: true,
    async run(program) {
      for (let round = 1; round <= ROUNDS_OF_UPDATES; round++) {
        await program.put(DATA_FILE, fileOf([hanako]));
        const calls = Object.entries(changes).map(([field, value]) => [
          '--update',
          hanako.id,
          ...flagsOf({ [field]: value }),
        ]);
        const outcomes = await callAll(program, calls);

        const text = await readText(program, DATA_FILE);
        const [saved = {}] = patientsOf(text);
        const lines = calls.map((args) => commandLine([...program.command, ...args]));
        const exchange: Exchange = {
          sent: [`these ${lines.length} at once (round ${round} of ${ROUNDS_OF_UPDATES}):`, ...lines].join(
            '\n',
          ),
          received: [
            describeEnds(outcomes),
            ...firstComplaint(outcomes),
            describeText(`${DATA_FILE} after`, text),
          ].join('\n'),
          repeat: [
            'cd "$(mktemp -d)"',
            `printf %s ${quoteWord(fileOf([hanako]))} > ${DATA_FILE}`,
            `${lines.join(' > /dev/null & ')} > /dev/null & wait`,
            `cat ${DATA_FILE}`,
          ].join('\n'),
        };
        expect(
          outcomes.every(({ exitCode }) => exitCode === 0),
          `${calls.length} times exit code 0`,
          exchange,
        );
        const wanted: JsonRecord = { ...changes, version: 1 + calls.length };
        const lost = Object.keys(wanted).filter((field) => saved[field] !== wanted[field]);
        expect(
          lost.length === 0,
          `all of the changes, and version ${wanted.version}; wrong: ${lost.join(', ')}`,
          exchange,
        );
      }
    },
  },
];

/** All of the calls at once, each to its end. */
function callAll(program: Program, calls: readonly (readonly string[])[]): Promise<Outcome[]> {
  return Promise.all(calls.map((args) => program.start(args, A_MINUTE).outcome));
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
  const complaint = outcomes.find(({ exitCode }) => exitCode !== 0);
  return complaint ? [describeText('stderr of one that failed', complaint.stderr)] : [];
}
