import { lesson, type ProgramCheck } from './check.ts';
import { DATA_FILE, expectExitCode, expectFields, expectOnlySaved, expectPatients } from './expectations.ts';
import {
  anna,
  chidi,
  everyone,
  fatima,
  fileOf,
  flagsOf,
  hanako,
  konstantinos,
  type Patient,
  zoe,
} from './people.ts';

type Case = readonly [text: string, found: readonly Patient[]];

const searching = (cases: readonly Case[]): ProgramCheck['run'] => {
  return async (program) => {
    await program.put(DATA_FILE, fileOf());
    for (const [text, found] of cases) {
      expectPatients(await program.call(['--list', '--search', text, '--json']), found);
    }
  };
};

export const search: ProgramCheck[] = [
  {
    name: 'search-finds-text-within-a-name',
    why: 'At the desk one types the part of the name that one has understood.',
    hint: 'Look for the text anywhere in the last, the first and the middle name.',
    lesson: lesson('try-it'),
    run: searching([
      ['Neill', [zoe]],
      ['Zo', [zoe]],
      ['ерг', [anna]],
    ]),
  },
  {
    name: 'search-ignores-case-in-any-script',
    why: 'Nobody remembers whether a name was typed in capitals, in Latin letters or in others.',
    hint: 'Upper and lower case of both sides, by Unicode and not by ASCII.',
    lesson: lesson('the-contract'),
    run: searching([
      ["o'nEILL", [zoe]],
      ['иВАНОВА', [anna]],
      ['ΚΩΝΣΤΑΝΤΊΝΟΣ', [konstantinos]],
    ]),
  },
  {
    name: 'search-knows-the-greek-final-sigma',
    why: 'Greek has two small sigmas and one capital, so lower case alone makes equal names differ.',
    hint: 'The capital Σ at the end of what was typed turns into ς, and stands for σ too: fold upper first, then lower, or use full case folding.',
    lesson: lesson('the-contract'),
    run: searching([
      ['ΚΩΝΣ', [konstantinos]],
      ['παπαδόπουλοσ', [konstantinos]],
    ]),
  },
  {
    name: 'search-works-without-case-too',
    why: 'Many scripts have no case at all, and their names are names as well.',
    hint: 'Take text as Unicode from the arguments to the file; do not divide it at letters of A to Z.',
    lesson: lesson('the-contract'),
    run: searching([
      ['田', [hanako]],
      ['زهر', [fatima]],
    ]),
  },
  {
    name: 'search-typed-nfd-finds-nfc',
    why: 'A Mac may send ë as two code points and a file hold it as one: they look the same to everybody.',
    hint: 'Normalise both sides to one form (NFC) before you compare.',
    lesson: lesson('names-have-a-normal-form'),
    run: searching([
      ['Zoë'.normalize('NFD'), [zoe]],
      ['Κωνσταντίνος'.normalize('NFD'), [konstantinos]],
    ]),
  },
  {
    name: 'names-are-kept-in-nfc-and-trimmed',
    why: 'One name in two forms is two names to every program that reads the file later.',
    hint: 'Normalise a name to NFC and cut the spaces round it before it is stored.',
    lesson: lesson('names-have-a-normal-form'),
    async run(program) {
      const typed = {
        ...chidi,
        lastName: ` ${'Nguyễn'.normalize('NFD')} `,
        firstName: 'Zoë'.normalize('NFD'),
      };
      const answer = await program.call(['--add', ...flagsOf(typed)]);
      expectExitCode(answer, 0);
      expectFields(answer, expectOnlySaved(answer), {
        lastName: 'Nguyễn'.normalize('NFC'),
        firstName: 'Zoë'.normalize('NFC'),
      });
    },
  },
  {
    name: 'search-takes-text-as-text',
    why: 'A stray bracket or dot in the search must neither crash the program nor find everybody.',
    hint: 'Compare text with text; do not build a regular expression from what was typed.',
    lesson: lesson('the-contract'),
    run: searching([
      ['.', []],
      ['(', []],
      ['[а-я]', []],
      ["'", [zoe]],
    ]),
  },
  {
    name: 'search-without-a-match-is-empty',
    why: 'Finding nobody is an answer and not an error.',
    hint: 'Print [] and exit 0.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      expectPatients(await program.call(['--list', '--search', 'Zebedee', '--json']), []);
      expectPatients(await program.call(['--list', '--json']), everyone);
    },
  },
];
