import { bytesOf } from '../files.ts';
import { expect } from '../harness.ts';
import { lesson, onlyPosix, type ProgramCheck } from './check.ts';
import {
  DATA_FILE,
  expectDataFile,
  expectExitCode,
  expectOnlySaved,
  expectPatients,
  expectRefusal,
  expectUntouched,
  sameJson,
} from './expectations.ts';
import { anna, chidi, everyone, fileOf, flagsOf, hanako } from './people.ts';

const add = ['--add', ...flagsOf(chidi)];

const appointment = {
  id: '0198c0de-0101-7000-8000-000000000101',
  patientId: anna.id,
  doctorId: '0198c0de-0201-7000-8000-000000000201',
  startsAt: '2026-04-01T08:00:00.000Z',
  endsAt: '2026-04-01T08:30:00.000Z',
  status: 'booked',
  reason: 'Check-up',
  version: 1,
};

/** The damages that half a write leaves: the end torn off at several places, zeros, the tail of an older file. */
function damagedFiles(): Buffer[] {
  const whole = Buffer.from(fileOf());
  // One of the cuts goes through the two bytes of a Cyrillic letter.
  const insideALetter = whole.indexOf(Buffer.from(anna.lastName)) + 1;
  const cuts = [1, insideALetter, Math.floor(whole.length / 2), whole.length - 3].map((end) =>
    whole.subarray(0, end),
  );
  const zeros = Buffer.concat([whole.subarray(0, 400), Buffer.alloc(200)]);
  const oldTail = Buffer.concat([whole, whole.subarray(-60)]);
  return [...cuts, zeros, oldTail];
}

export const dataFile: ProgramCheck[] = [
  {
    name: 'default-file-is-where-it-was-called',
    why: 'Without a word about files, people look for their data where they stand.',
    hint: `Use ${DATA_FILE} in the current folder, not in the folder of the program.`,
    lesson: lesson('try-it'),
    async run(program) {
      expectExitCode(await program.call(add), 0);
      const answer = await program.call(['--list', '--json']);
      expectPatients(answer, [{ id: String(expectOnlySaved(answer).id), lastName: chidi.lastName }]);
    },
  },
  {
    name: 'file-flag-names-another-file',
    why: 'Two clinics, or a rehearsal and the real thing, must be able to live side by side.',
    hint: '--file PATH is used in place of the default, for reading and for writing, from the current folder on.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf([hanako]));
      await program.put('two words/clinic.json', fileOf([anna]));
      const file = ['--file', 'two words/clinic.json'];
      expectPatients(await program.call(['--list', ...file, '--json']), [anna]);
      const answer = await program.call([...add, ...file]);
      expectExitCode(answer, 0);
      expect(
        expectDataFile(answer, 'two words/clinic.json').patients.length === 2,
        'two patients in that file',
        answer,
      );
      expect(sameJson(expectDataFile(answer).patients, [hanako]), `${DATA_FILE} as it was`, answer);
    },
  },
  {
    name: 'data-file-variable-names-another-file',
    why: 'Whoever always works on one file does not want to type its path each time.',
    hint: 'DATA_FILE in the environment is used where there is no --file; --file wins where there are both.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put('one.json', fileOf([anna]));
      await program.put('two.json', fileOf([hanako]));
      const env = { DATA_FILE: 'one.json' };
      expectPatients(await program.call(['--list', '--json'], { env }), [anna]);
      expectPatients(await program.call(['--list', '--file', 'two.json', '--json'], { env }), [hanako]);
      const answer = await program.call(add, { env });
      expectExitCode(answer, 0);
      expect(expectDataFile(answer, 'one.json').patients.length === 2, 'two patients in one.json', answer);
    },
  },
  {
    name: 'file-is-pretty-printed',
    why: 'A file that people can read, and that git can compare line by line, is half of the repair kit.',
    hint: 'Write the JSON indented, such as JSON.stringify(data, null, 2).',
    lesson: lesson('the-contract'),
    async run(program) {
      await program.put(DATA_FILE, JSON.stringify(JSON.parse(fileOf())));
      const answer = await program.call(add);
      expectExitCode(answer, 0);
      expectDataFile(answer);
      const lines = bytesOf(answer.after, DATA_FILE)?.toString('utf8').split('\n') ?? [];
      const ownLines = lines.filter((line) => /^\s+"(lastName|birthDate)"/.test(line)).length;
      expect(
        ownLines === 2 * (everyone.length + 1),
        'each field of each patient on a line of its own, indented',
        answer,
      );
    },
  },
  {
    name: 'appointments-are-kept',
    why: 'A program that writes back only what it knows throws away what the next one wrote.',
    hint: 'Carry appointments from the file that you read into the file that you write, though no operation shows them.',
    lesson: lesson('the-contract'),
    async run(program) {
      await program.put(DATA_FILE, fileOf(everyone, [appointment]));
      let before: unknown = everyone;
      for (const args of [add, ['--update', anna.id, '--phone', ''], ['--delete', hanako.id]]) {
        const answer = await program.call(args);
        expectExitCode(answer, 0);
        const { patients } = expectDataFile(answer);
        expect(!sameJson(patients, before), 'the patients changed as it was asked', answer);
        before = patients;
        expect(
          sameJson(expectDataFile(answer).appointments, [appointment]),
          'the appointment still in the file',
          answer,
        );
      }
    },
  },
  {
    name: 'damaged-file-is-refused-untouched',
    why: 'What is left of a torn file is the only hope of a repair, and the next write would end it.',
    hint: 'Read and understand the file before anything is written; if that fails, exit 1 and name its path.',
    lesson: lesson('break-it'),
    async run(program) {
      const expectRefused = async (args: readonly string[]) => {
        const answer = await program.call(args);
        expectRefusal(answer);
        expect(answer.stderr.includes(DATA_FILE), `the path of ${DATA_FILE} on stderr`, answer);
      };
      for (const bytes of damagedFiles()) {
        await program.put(DATA_FILE, bytes);
        await expectRefused(add);
      }
      await expectRefused(['--list', '--json']);
      await expectRefused(['--find-by-id', anna.id, '--json']);
      await program.put(DATA_FILE, fileOf());
      expectExitCode(await program.call(add), 0);
    },
  },
  {
    name: 'empty-file-is-damaged',
    why: 'Zero bytes are what a write leaves that was stopped at its start: a whole clinic may have been in there.',
    hint: 'No file means no patients yet; a file without a byte is a damaged file.',
    lesson: lesson('break-it'),
    async run(program) {
      await program.put(DATA_FILE, '');
      expectRefusal(await program.call(add));
      expectRefusal(await program.call(['--list', '--json']));
      await program.put(DATA_FILE, fileOf());
      expectExitCode(await program.call(add), 0);
    },
  },
  {
    name: 'other-json-is-refused-untouched',
    why: "A path typed wrong may point at somebody else's file, and that is valid JSON too.",
    hint: 'Look at the form of the file, not only at its syntax: version, patients, appointments.',
    lesson: lesson('break-it'),
    async run(program) {
      const others = [
        '[]\n',
        'null\n',
        '{"name":"a-package"}\n',
        '{"version":1,"patients":"none","appointments":[]}\n',
        '{"version":1,"patients":[17],"appointments":[]}\n',
      ];
      for (const text of others) {
        await program.put(DATA_FILE, text);
        expectRefusal(await program.call(add));
      }
      await program.put(DATA_FILE, fileOf());
      expectExitCode(await program.call(add), 0);
    },
  },
  {
    name: 'newer-version-is-refused-untouched',
    why: 'A file from a newer program has fields that this one would lose on its way.',
    hint: 'Exit 1 where the version of the file is not 1, and say so, with its path.',
    lesson: lesson('break-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf().replace('"version": 1', '"version": 2'));
      for (const args of [['--list', '--json'], add, ['--delete', anna.id]]) {
        const answer = await program.call(args);
        expectRefusal(answer);
        expect(answer.stderr.includes(DATA_FILE), `the path of ${DATA_FILE} on stderr`, answer);
      }
      await program.put(DATA_FILE, fileOf());
      expectExitCode(await program.call(['--list', '--json']), 0);
    },
  },
  {
    name: 'unreadable-file-is-refused',
    why: 'A stack trace tells a receptionist nothing, and an empty list would be a lie.',
    hint: 'Whatever keeps the file from being read is a refusal: exit 1 and words on stderr.',
    lesson: lesson('break-it'),
    async run(program) {
      await program.putFolder(DATA_FILE);
      expectRefusal(await program.call(['--list', '--json']));
      expectRefusal(await program.call(add));
      await program.put('clinic.json', fileOf());
      expectExitCode(await program.call(['--list', '--json', '--file', 'clinic.json']), 0);
    },
  },
  {
    name: 'symlink-stays-a-symlink',
    why: 'A link to a backed-up or shared folder that turns into a plain file parts the two in silence.',
    hint: 'A rename replaces the link itself: find out where it leads first, and write there.',
    lesson: lesson('break-it'),
    skip: onlyPosix,
    async run(program) {
      await program.put('shared folder/real.json', fileOf());
      await program.putLink(DATA_FILE, 'shared folder/real.json');
      const answer = await program.call(add);
      expectExitCode(answer, 0);
      const { patients } = expectDataFile(answer, 'shared folder/real.json');
      expect(patients.length === everyone.length + 1, 'the new patient in the file behind the link', answer);
      const link = answer.after.get(DATA_FILE);
      expect(
        link?.kind === 'link' && link.target === 'shared folder/real.json',
        `${DATA_FILE} still the same link`,
        answer,
      );
    },
  },
  {
    name: 'file-is-private',
    why: "Who is a patient here is nobody else's business on this machine.",
    hint: 'Make the file with mode 0600, and the temporary file that replaces it as well.',
    lesson: lesson('the-contract'),
    skip: onlyPosix,
    async run(program) {
      for (const args of [add, add]) {
        const answer = await program.call(args);
        expectExitCode(answer, 0);
        const entry = answer.after.get(DATA_FILE);
        expect(entry?.kind === 'file' && entry.mode === 0o600, `${DATA_FILE} with mode 600`, answer);
      }
    },
  },
  {
    name: 'reading-writes-nothing',
    why: 'Looking must be safe: on a backup, on a file of somebody else, and in the middle of a repair.',
    hint: '--list and --find-by-id read only; they do not write the file back.',
    lesson: lesson('the-contract'),
    async run(program) {
      await program.put(DATA_FILE, JSON.stringify(JSON.parse(fileOf())));
      for (const args of [['--list'], ['--list', '--json'], ['--find-by-id', anna.id]]) {
        const answer = await program.call(args);
        expectExitCode(answer, 0);
        expect(answer.stdout.includes(anna.lastName), `${anna.lastName} on stdout`, answer);
        expectUntouched(answer);
      }
    },
  },
];
