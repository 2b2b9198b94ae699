import { expect } from '../harness.ts';
import { lesson, type ProgramCheck } from './check.ts';
import {
  DATA_FILE,
  expectAbsent,
  expectDataFile,
  expectExitCode,
  expectFields,
  expectNamed,
  expectOnlySaved,
  expectPatients,
  expectRecord,
  expectRefusal,
  expectSaved,
  sameJson,
} from './expectations.ts';
import { anna, chidi, everyone, fileOf, flagsOf, hanako, konstantinos } from './people.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;
const FIVE_MINUTES = 300_000;

const add = ['--add', ...flagsOf(chidi)];

const isNow = (value: unknown) =>
  typeof value === 'string' && INSTANT.test(value) && Math.abs(Date.parse(value) - Date.now()) < FIVE_MINUTES;

export const operations: ProgramCheck[] = [
  {
    name: 'add-answers-with-the-record',
    why: 'A script that registers a patient needs the new id at once, without a second call.',
    hint: 'With --json, print the stored record itself: the fields as given, and what you added to them.',
    lesson: lesson('try-it'),
    async run(program) {
      const answer = await program.call([...add, '--json']);
      const record = expectRecord(answer);
      expectFields(answer, record, chidi);
      expect(typeof record.id === 'string', 'an id in the record', answer);
    },
  },
  {
    name: 'add-keeps-the-record-in-the-file',
    why: 'What was acknowledged must still be there after the program has ended.',
    hint: `Write { "version": 1, "patients": […], "appointments": […] } into ${DATA_FILE} of the current folder.`,
    lesson: lesson('try-it'),
    async run(program) {
      const answer = await program.call(add);
      expectExitCode(answer, 0);
      expectFields(answer, expectOnlySaved(answer), chidi);
    },
  },
  {
    name: 'add-keeps-everybody-else',
    why: 'A new patient must not push out or change those who are registered.',
    hint: 'Read the whole file, append one record, write the whole file.',
    lesson: lesson('the-contract'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      const answer = await program.call(add);
      expectExitCode(answer, 0);
      const { patients } = expectDataFile(answer);
      expect(patients.length === everyone.length + 1, `${everyone.length + 1} patients in the file`, answer);
      for (const patient of everyone) expectFields(answer, expectSaved(answer, patient.id), patient);
    },
  },
  {
    name: 'optional-fields-stay-away',
    why: 'An empty patronymic or number that nobody gave looks like a fact later.',
    hint: 'Leave a field out of the record when it was not given.',
    lesson: lesson('the-contract'),
    async run(program) {
      const { middleName, phone, ...required } = chidi;
      const answer = await program.call(['--add', ...flagsOf(required)]);
      expectExitCode(answer, 0);
      const saved = expectOnlySaved(answer);
      expectFields(answer, saved, required);
      expectAbsent(answer, saved, 'middleName');
      expectAbsent(answer, saved, 'phone');
    },
  },
  {
    name: 'ids-are-uuid-v7',
    why: 'Ids made in many places must never meet, and sort by the time they were made.',
    hint: 'RFC 9562, section 5.7: 48 bits of Unix milliseconds, the version 7, the variant, then random bits.',
    lesson: lesson('time-and-ids-are-handed-in'),
    async run(program) {
      await program.call(add);
      const answer = await program.call(add);
      const ids = expectDataFile(answer).patients.map(({ id }) => String(id));
      expect(ids.length === 2 && new Set(ids).size === 2, 'two patients with two different ids', answer);
      for (const id of ids) {
        expect(UUID_V7.test(id), `an id that is a UUID of version 7, not ${id}`, answer);
        const made = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
        expect(
          Math.abs(made - Date.now()) < FIVE_MINUTES,
          `the present time in the first 48 bits of ${id}`,
          answer,
        );
      }
    },
  },
  {
    name: 'new-record-carries-version-and-times',
    why: 'Whoever edits a record later must be able to tell which state of it they saw.',
    hint: 'A new record has version 1, and createdAt and updatedAt are the same UTC instant, such as 2026-03-01T08:00:00.000Z.',
    lesson: lesson('the-contract'),
    async run(program) {
      const answer = await program.call(add);
      expectExitCode(answer, 0);
      const saved = expectOnlySaved(answer);
      expectFields(answer, saved, { version: 1 });
      expect(isNow(saved.createdAt), 'createdAt as a UTC instant of just now', answer);
      expect(isNow(saved.updatedAt), 'updatedAt as a UTC instant of just now', answer);
    },
  },
  {
    name: 'list-of-nobody-is-empty',
    why: 'The first thing a newcomer types must not be an error.',
    hint: 'No file yet means no patients yet: print [] and exit 0.',
    lesson: lesson('try-it'),
    async run(program) {
      expectPatients(await program.call(['--list', '--json']), []);
    },
  },
  {
    name: 'list-shows-everybody',
    why: 'A list with somebody missing is worse than none.',
    hint: 'With --json, print the array of all records, field for field as the file has them.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      const answer = await program.call(['--list', '--json']);
      expectPatients(answer, everyone);
      const records: unknown = JSON.parse(answer.stdout);
      const inFull =
        Array.isArray(records) && everyone.every((one) => records.some((other) => sameJson(one, other)));
      expect(inFull, 'each record field for field as the file has it', answer);
    },
  },
  {
    name: 'find-answers-with-the-record',
    why: 'Finding by id is what every other program will build on.',
    hint: 'With --json, print the one record of this id, field for field as the file has it.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      const answer = await program.call(['--find-by-id', hanako.id, '--json']);
      expect(sameJson(expectRecord(answer), hanako), `exactly the record of ${hanako.lastName}`, answer);
    },
  },
  {
    name: 'update-changes-only-what-was-named',
    why: 'Whoever mends a phone number must not wipe out a birth date.',
    hint: 'Lay the given fields over the stored record; leave the other fields and the other patients alone.',
    lesson: lesson('a-birth-date-is-text'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      const changes = { phone: '+12025550199', lastName: 'Петрова' };
      const answer = await program.call(['--update', anna.id, ...flagsOf(changes)]);
      expectExitCode(answer, 0);
      const { version, createdAt, updatedAt, ...kept } = anna;
      expectFields(answer, expectSaved(answer, anna.id), { ...kept, ...changes });
      expectFields(answer, expectSaved(answer, hanako.id), hanako);
      expect(
        expectDataFile(answer).patients.length === everyone.length,
        'nobody added and nobody gone',
        answer,
      );
    },
  },
  {
    name: 'update-counts-versions',
    why: 'A version that counts up is how two editors will find out about each other.',
    hint: 'Each update adds 1 to version and sets updatedAt; id and createdAt never change.',
    lesson: lesson('a-birth-date-is-text'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      await program.call(['--update', anna.id, '--phone', '+12025550198']);
      const answer = await program.call(['--update', anna.id, '--phone', '+12025550199']);
      const saved = expectSaved(answer, anna.id);
      expectFields(answer, saved, { version: 3, createdAt: anna.createdAt });
      expect(isNow(saved.updatedAt), 'updatedAt as a UTC instant of just now', answer);
    },
  },
  {
    name: 'update-clears-with-empty-text',
    why: 'A number that is no longer theirs must be removable.',
    hint: '--phone "" and --middle-name "" take the field out of the record.',
    lesson: lesson('a-birth-date-is-text'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      const answer = await program.call(['--update', anna.id, '--phone', '', '--middle-name', '']);
      expectExitCode(answer, 0);
      const saved = expectSaved(answer, anna.id);
      expectAbsent(answer, saved, 'phone');
      expectAbsent(answer, saved, 'middleName');
      expectFields(answer, saved, { lastName: anna.lastName, firstName: anna.firstName });
    },
  },
  {
    name: 'delete-removes-one',
    why: 'Deleting one patient must take that one, and nobody else.',
    hint: 'Take the record with this id out of patients, and leave the rest as it is.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      const answer = await program.call(['--delete', konstantinos.id]);
      expectExitCode(answer, 0);
      const rest = everyone.filter(({ id }) => id !== konstantinos.id);
      expect(
        sameJson(expectDataFile(answer).patients, rest),
        'the four others in the file, unchanged',
        answer,
      );
      expectPatients(await program.call(['--list', '--json']), rest);
    },
  },
  {
    name: 'unknown-id-is-refused',
    why: 'A script must be able to tell "there is no such patient" from "done".',
    hint: 'Exit with 1, say on stderr which id was not found, and write nothing.',
    lesson: lesson('try-it'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      expectExitCode(await program.call(['--find-by-id', anna.id]), 0);
      const nobody = '0198c0de-9999-7000-8000-000000009999';
      expectRefusal(await program.call(['--find-by-id', nobody, '--json']));
      expectRefusal(await program.call(['--update', nobody, '--phone', '+12025550199', '--json']));
      expectRefusal(await program.call(['--delete', nobody, '--json']));
      expectRefusal(await program.call(['--find-by-id', 'nobody', '--json']));
    },
  },
  {
    name: 'update-refuses-bad-fields',
    why: 'A record that was right when it came must not become wrong by an edit.',
    hint: 'Judge the record as it would be after the update by the same rules as a new one.',
    lesson: lesson('a-birth-date-is-text'),
    async run(program) {
      await program.put(DATA_FILE, fileOf());
      const bad = { lastName: '', firstName: 'R2D2', birthDate: 'yesterday', sex: 'robot', phone: 'none' };
      const answer = await program.call(['--update', anna.id, ...flagsOf(bad), '--json']);
      expectRefusal(answer);
      expectNamed(answer, Object.keys(bad));
      expectExitCode(await program.call(['--update', anna.id, '--sex', 'unknown']), 0);
    },
  },
];
