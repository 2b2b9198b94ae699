import { expect } from '../harness.ts';
import type { Answer } from '../program.ts';
import { lesson, type ProgramCheck } from './check.ts';
import { DATA_FILE, expectExitCode, expectJson, expectRecord, expectRecords, parse } from './expectations.ts';
import { anna, chidi, everyone, fatima, fileOf, flagsOf, hanako, konstantinos, zoe } from './people.ts';

/** How many columns of a terminal the text takes: marks none, CJK letters two. */
function widthOf(text: string): number {
  const wide =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60]/u;
  const none = /[\p{M}\p{Cf}]/u;
  return [...text].reduce((width, letter) => width + (none.test(letter) ? 0 : wide.test(letter) ? 2 : 1), 0);
}

const linesOf = ({ stdout }: Answer) => stdout.split('\n').map((line) => line.replace(/\r$/, ''));

/** Words for people: they are on stdout, they are no JSON, and they carry no colour into a pipe. */
function expectForPeople(answer: Answer): void {
  expectExitCode(answer, 0);
  expect(parse(answer.stdout) === undefined, 'words for people on stdout, not JSON', answer);
  expect(!answer.stdout.includes('\u001b'), 'no colour codes: stdout is not a terminal here', answer);
}

export const output: ProgramCheck[] = [
  {
    name: 'json-stands-alone-on-stdout',
    why: 'One friendly word beside the JSON, and jq and every script behind it break.',
    hint: 'With --json, stdout gets one JSON value; notes, warnings and progress go to stderr.',
    lesson: lesson('try-it'),
    async run(program) {
      expectRecord(await program.call(['--add', ...flagsOf(chidi), '--json']));
      await program.put(DATA_FILE, fileOf());
      expectRecords(await program.call(['--list', '--json']));
      expectRecords(await program.call(['--list', '--search', 'Anna', '--json']));
      expectRecord(await program.call(['--find-by-id', anna.id, '--json']));
      expectRecord(await program.call(['--update', anna.id, '--phone', '', '--json']));
      const deleted = await program.call(['--delete', anna.id, '--json']);
      expectExitCode(deleted, 0);
      if (deleted.stdout.trim() !== '') expectJson(deleted);
    },
  },
  {
    name: 'list-is-a-table-for-people',
    why: 'People read lists by eye, one patient a line.',
    hint: 'Without --json, print a table on stdout: a line for each patient, with the name in it.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      const answer = await program.call(['--list']);
      expectForPeople(answer);
      for (const { lastName } of everyone) {
        const lines = linesOf(answer).filter((line) => line.includes(lastName));
        expect(lines.length === 1, `one line with ${lastName} on stdout`, answer);
      }
    },
  },
  {
    name: 'find-shows-a-card-for-people',
    why: 'Who looks up one patient wants to see all of that patient at a glance.',
    hint: 'Without --json, print every field of the record on stdout, readable.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      const answer = await program.call(['--find-by-id', anna.id]);
      expectForPeople(answer);
      for (const value of [anna.lastName, anna.firstName, anna.middleName ?? '', anna.phone ?? '']) {
        expect(answer.stdout.includes(value), `${value} on the card`, answer);
      }
      expect(!answer.stdout.includes(hanako.lastName), 'nobody else on the card', answer);
    },
  },
  {
    name: 'table-fits-80-columns',
    why: 'A line that breaks at the edge of the window makes a table unreadable.',
    hint: 'Where the names are too long, shorten or wrap them; a CJK letter takes two columns.',
    lesson: lesson('try-it'),
    async run(program) {
      const long = {
        ...zoe,
        lastName: 'Wolfeschlegelstein '.repeat(5).trim(),
        middleName: 'Maximiliana '.repeat(8).trim(),
      };
      const wide = { ...hanako, lastName: '長'.repeat(100), firstName: '名'.repeat(100) };
      await program.put(DATA_FILE, fileOf([anna, long, wide]));
      const answer = await program.call(['--list'], { env: { COLUMNS: '80' } });
      expectForPeople(answer);
      expect(answer.stdout.includes(anna.lastName), `${anna.lastName} in the table`, answer);
      const widest = Math.max(...linesOf(answer).map(widthOf));
      expect(widest <= 80, `no line wider than 80 columns, and not one of ${widest}`, answer);
    },
  },
  {
    name: 'table-lines-up-with-wide-letters',
    why: 'Columns that dance round every Chinese or Japanese name cannot be read down.',
    hint: 'Pad by the columns that a text takes on the screen: two for a CJK letter, none for a combining mark.',
    lesson: lesson('the-contract'),
    async run(program) {
      const marked = { ...fatima, lastName: 'शर्मा', firstName: 'मीरा' };
      const people = [anna, konstantinos, hanako, marked];
      await program.put(DATA_FILE, fileOf(people));
      const answer = await program.call(['--list'], { env: { COLUMNS: '80' } });
      expectForPeople(answer);
      // Which columns there are is free; where every line has the birth date, it begins at the same place.
      const lines = people.map(({ birthDate }) => linesOf(answer).find((line) => line.includes(birthDate)));
      const starts = people.map(({ birthDate }, index) => widthOf(lines[index]?.split(birthDate)[0] ?? ''));
      for (const { lastName } of people)
        expect(answer.stdout.includes(lastName), `${lastName} in the table`, answer);
      const shown = lines.every((line) => line !== undefined);
      expect(
        !shown || new Set(starts).size === 1,
        `the birth dates below each other, not at columns ${starts.join(', ')}`,
        answer,
      );
    },
  },
];
