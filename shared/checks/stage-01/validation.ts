import type { Program } from '../program.ts';
import { lesson, type ProgramCheck } from './check.ts';
import {
  DATA_FILE,
  expectFields,
  expectNamed,
  expectRecord,
  expectRefusal,
  expectSaved,
} from './expectations.ts';
import { anna, chidi, type Details, fileOf, flagsOf, hanako } from './people.ts';

/** Each of these changes makes a good registration a bad one, and the message says in which field. */
async function expectEachRefused(program: Program, field: keyof Details, values: readonly string[]) {
  await program.put(DATA_FILE, fileOf());
  for (const value of values) {
    const answer = await program.call(['--add', ...flagsOf({ ...chidi, [field]: value }), '--json']);
    expectRefusal(answer);
    expectNamed(answer, [field]);
  }
}

/** Each of these is taken, and comes back as it was given. */
async function expectEachTaken(program: Program, changes: readonly Partial<Details>[]) {
  for (const change of changes) {
    const answer = await program.call(['--add', ...flagsOf({ ...chidi, ...change }), '--json']);
    expectFields(answer, expectRecord(answer), change);
  }
}

/** The calendar date so many days from now, in UTC. */
function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** The first of January so many years ago: away from today, so that no zone makes a difference. */
const yearsAgo = (years: number) => `${new Date().getUTCFullYear() - years}-01-01`;

const birthDates: ProgramCheck[] = [
  {
    name: 'impossible-dates-are-refused',
    why: 'A date that never was can only be a typing mistake, and must be mended while the patient is there.',
    hint: "Take YYYY-MM-DD only, and count the days of that month; JavaScript's Date makes 1 March of 2023-02-29.",
    lesson: lesson('a-birth-date-is-text'),
    async run(program) {
      await expectEachRefused(program, 'birthDate', [
        '2023-02-29',
        '1900-02-29',
        '2021-04-31',
        '2021-13-01',
        '29.02.2024',
        'soon',
      ]);
      await expectEachTaken(program, [{ birthDate: '2021-04-30' }]);
    },
  },
  {
    name: 'leap-days-are-taken',
    why: 'People are born on 29 February too.',
    hint: 'Every fourth year, but not every hundredth, but every four hundredth.',
    lesson: lesson('a-birth-date-is-text'),
    run: (program) => expectEachTaken(program, [{ birthDate: '2024-02-29' }, { birthDate: '2000-02-29' }]),
  },
  {
    name: 'birth-dates-never-slip',
    why: 'A birth date is a square on a calendar: it must be the same west and east of Greenwich.',
    hint: 'Keep the text; a Date is an instant, and an instant has another date in another zone.',
    lesson: lesson('a-birth-date-is-text'),
    async run(program) {
      // Days that a zone never had on its clocks, or began without a midnight, are days on the calendar.
      const days = [
        ['Pacific/Kiritimati', '1990-05-17'],
        ['America/Los_Angeles', '1990-05-17'],
        ['Pacific/Apia', '2011-12-30'],
        ['Europe/Moscow', '1981-04-01'],
      ] as const;
      for (const [zone, birthDate] of days) {
        const env = { TZ: zone };
        await program.put(DATA_FILE, fileOf());
        const added = await program.call(['--add', ...flagsOf({ ...chidi, birthDate }), '--json'], { env });
        const { id } = expectRecord(added);
        expectFields(added, expectSaved(added, id), { birthDate });
        const updated = await program.call(['--update', hanako.id, '--sex', 'unknown'], { env });
        expectFields(updated, expectSaved(updated, hanako.id), {
          birthDate: hanako.birthDate,
          sex: 'unknown',
        });
        expectFields(updated, expectSaved(updated, id), { birthDate });
      }
    },
  },
  {
    name: 'future-birth-dates-are-refused',
    why: 'Nobody who stands at the desk is born next week.',
    hint: 'Compare with today as a calendar date; two days ago is fine, in two days is not.',
    lesson: lesson('a-birth-date-is-text'),
    async run(program) {
      await expectEachRefused(program, 'birthDate', [dayFromNow(2), '2999-12-31']);
      await expectEachTaken(program, [{ birthDate: dayFromNow(-2) }]);
    },
  },
  {
    name: 'birth-dates-reach-back-130-years',
    why: 'A date of 131 years ago is a wrong century, but the oldest person alive is a patient too.',
    hint: 'Refuse what is more than 130 years ago, and nothing later.',
    lesson: lesson('a-birth-date-is-text'),
    async run(program) {
      await expectEachRefused(program, 'birthDate', [yearsAgo(132), '0001-01-01']);
      await expectEachTaken(program, [{ birthDate: yearsAgo(129) }]);
    },
  },
];

const names: ProgramCheck[] = [
  {
    name: 'names-in-any-script-are-taken',
    why: "A system that refuses somebody's real name is wrong, and not the name.",
    hint: 'Letters of any script with their marks, spaces, hyphens and apostrophes: \\p{L} and \\p{M}, not A to Z.',
    lesson: lesson('the-contract'),
    run: (program) =>
      expectEachTaken(program, [
        { lastName: 'Салтыкова-Щедрина', firstName: 'Ёлка', middleName: 'Юрьевна' },
        { lastName: "O'Brien de la Cruz", firstName: 'Ólafía' },
        { lastName: 'शर्मा', firstName: 'कृष्णा' },
        { lastName: '欧阳', firstName: '娜' },
        { lastName: 'الخطيب', firstName: 'مُحَمَّد' },
      ]),
  },
  {
    name: 'names-with-digits-or-signs-are-refused',
    why: 'What is no name is a value in the wrong field, or an attack on the next program.',
    hint: 'Refuse digits, angle brackets, line breaks and the like, and a name of nothing but spaces.',
    lesson: lesson('the-contract'),
    async run(program) {
      await expectEachRefused(program, 'lastName', ['Sm1th', '<b>', 'Smith\nJones', '   ', '']);
      await expectEachRefused(program, 'firstName', ['R2D2']);
      await expectEachRefused(program, 'middleName', ['!']);
      await expectEachTaken(program, [{ lastName: 'Smith' }]);
    },
  },
  {
    name: 'names-have-1-to-100-letters',
    why: 'Without a limit one slip with the clipboard fills the file; with a tight one real names do not fit.',
    hint: 'Take 100 letters, refuse 101, counted after the spaces round the name are cut.',
    lesson: lesson('the-contract'),
    async run(program) {
      await expectEachRefused(program, 'lastName', ['я'.repeat(101)]);
      await expectEachTaken(program, [{ lastName: 'я'.repeat(100) }, { lastName: '李' }]);
    },
  },
];

const others: ProgramCheck[] = [
  {
    name: 'only-four-values-of-sex',
    why: 'Programs that read the record rely on these four words.',
    hint: 'male, female, other, unknown, in small letters: nothing else.',
    lesson: lesson('the-contract'),
    async run(program) {
      await expectEachRefused(program, 'sex', ['robot', '']);
      await expectEachTaken(
        program,
        ['male', 'female', 'other', 'unknown'].map((sex) => ({ sex })),
      );
    },
  },
  {
    name: 'phones-are-e164',
    why: 'A reminder can only be sent to a number that is whole.',
    hint: 'A plus, then 2 to 15 digits, the first not 0.',
    lesson: lesson('the-contract'),
    async run(program) {
      await expectEachRefused(program, 'phone', [
        'call me',
        '2025550199',
        '+0123456789',
        '+1234567890123456',
      ]);
      await expectEachTaken(program, [{ phone: '+12025550199' }]);
    },
  },
  {
    name: 'refusal-names-every-missing-field',
    why: 'Being told of one missing field at a time is four tries where one would do.',
    hint: 'Missing fields are bad fields: exit 1, and name lastName, firstName, birthDate and sex together.',
    lesson: lesson('the-contract'),
    async run(program) {
      const answer = await program.call(['--add', '--json']);
      expectRefusal(answer);
      expectNamed(answer, ['lastName', 'firstName', 'birthDate', 'sex']);
    },
  },
  {
    name: 'refusal-names-every-bad-field',
    why: 'Whoever fills in a form wants to hear of all its mistakes at once.',
    hint: 'Collect the complaints of all fields before you refuse; do not stop at the first.',
    lesson: lesson('the-contract'),
    async run(program) {
      await program.put(DATA_FILE, fileOf([anna]));
      const bad = {
        lastName: '123',
        firstName: '#',
        middleName: '?',
        birthDate: 'yesterday',
        sex: 'robot',
        phone: '12',
      };
      const answer = await program.call(['--add', ...flagsOf(bad), '--json']);
      expectRefusal(answer);
      expectNamed(answer, Object.keys(bad));
    },
  },
];

export const validation: ProgramCheck[] = [...names, ...birthDates, ...others];
