import { expect } from '../harness.ts';
import { lesson, type ProgramCheck } from './check.ts';
import { DATA_FILE, expectExitCode, expectRefusal, expectUntouched } from './expectations.ts';
import { anna, chidi, fileOf, flagsOf, hanako } from './people.ts';

const OPERATIONS = ['--add', '--list', '--find-by-id', '--update', '--delete'];
const add = ['--add', ...flagsOf(chidi)];

export const usage: ProgramCheck[] = [
  {
    name: 'no-operation-shows-help',
    why: 'Whoever types the bare command wants to know what there is, and a script must see that nothing was done.',
    hint: 'Print the help, which names all five operations, on stderr, and exit with 2.',
    lesson: lesson('try-it'),
    async run(program) {
      const answer = await program.call([]);
      expectRefusal(answer, 2);
      const missing = OPERATIONS.filter((operation) => !answer.stderr.includes(operation));
      expect(missing.length === 0, `help that names ${missing.join(', ')} too`, answer);
    },
  },
  {
    name: 'unknown-flags-are-refused',
    why: 'A misspelt flag that is passed over in silence is a value that is lost in silence.',
    hint: 'Refuse every flag and every loose word that you do not know: exit 2, and write nothing.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      for (const args of [['--list', '--colour'], [...add, '--fone', '+12025550199'], ['--lsit'], ['list']]) {
        expectRefusal(await program.call(args), 2);
      }
    },
  },
  {
    name: 'two-operations-are-refused',
    why: 'Of two orders in one call one would be dropped, and nobody would know which.',
    hint: 'Count the operations: more than one is wrong usage, exit 2, and neither is done.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      expectRefusal(await program.call(['--list', ...add]), 2);
      expectRefusal(await program.call(['--find-by-id', anna.id, '--delete', hanako.id]), 2);
    },
  },
  {
    name: 'an-id-given-twice-is-refused',
    why: 'Of two ids in one call one would be deleted and the other only seem so.',
    hint: 'A flag with one value that comes twice is a mistake: refuse it, and delete neither.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      const answer = await program.call(['--delete', anna.id, '--delete', hanako.id]);
      expect(answer.exitCode === 1 || answer.exitCode === 2, 'a refusal: exit code 2 (or 1)', answer);
      expect(answer.stdout.trim() === '', 'nothing on stdout: a refusal is not data', answer);
      expectUntouched(answer);
      expectExitCode(await program.call(['--delete', anna.id]), 0);
    },
  },
  {
    name: 'an-operation-without-its-id-is-refused',
    why: 'A script with an empty variable must not hit some other patient, or none, unnoticed.',
    hint: '--find-by-id, --update and --delete want a value: without one it is wrong usage, exit 2.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      for (const operation of ['--find-by-id', '--update', '--delete']) {
        expectRefusal(await program.call([operation]), 2);
      }
    },
  },
];
