import { v7 as uuidv7 } from 'uuid';
import { expect } from '../harness.ts';
import { expectFields, isRecord, type JsonRecord } from '../stage-01/expectations.ts';
import { flagsOf } from '../stage-01/people.ts';
import { APPOINTMENTS, type ApiCheck, lesson, PATIENTS } from './check.ts';
import {
  book,
  booking,
  expectNothingOfTheInside,
  expectRecord,
  expectTaken,
  hire,
  openPair,
  sameJson,
} from './expectations.ts';
import { nobody, rareLetters, recordOfStageOne, somebody } from './people.ts';
import { openShell, type Ran, type Shell } from './shell.ts';
import { at } from './times.ts';

const FILE = 'patients.json';

const fileOf = (patients: readonly object[], appointments: readonly object[] = []): string =>
  `${JSON.stringify({ version: 1, patients, appointments }, null, 2)}\n`;

function expectExit(ran: Ran, ...codes: number[]): void {
  expect(codes.includes(Number(ran.exitCode)), `exit code ${codes.join(' or ')}`, ran);
}

/** A refusal in words for people. */
function expectRefusal(ran: Ran): void {
  expectExit(ran, 1);
  expect(ran.stderr.trim() !== '', 'words on stderr that say what is wrong', ran);
  expectNothingOfTheInside(ran, ran.said);
}

/** The three counts, each beside its word. */
function expectCounts(
  ran: Ran,
  counts: { imported: number; 'already there': number; refused: number },
): void {
  for (const [word, count] of Object.entries(counts)) {
    const told = new RegExp(`\\b${word}[^\\w\\n]+${count}\\b|\\b${count}[^\\w\\n]+${word}\\b`, 'i').test(
      ran.said,
    );
    expect(told, `"${word}: ${count}" in what it prints`, ran);
  }
}

async function find(shell: Shell, id: string): Promise<JsonRecord> {
  const ran = await shell.run(['--find-by-id', id, '--json']);
  expectExit(ran, 0);
  expect(isRecord(ran.json), 'the record as JSON on stdout', ran);
  return ran.json;
}

/** Exactly these records, in whatever order, are those of this name. */
async function expectListed(shell: Shell, name: string, records: readonly object[]): Promise<void> {
  const ran = await shell.run(['--list', '--search', name, '--json']);
  const byId = (list: unknown) =>
    Array.isArray(list) ? list.toSorted((one, other) => (one.id < other.id ? -1 : 1)) : list;
  const wanted =
    records.length === 0 ? 'nobody of this name: []' : `exactly these:\n${JSON.stringify(records)}`;
  expect(sameJson(byId(ran.json), byId(records)), wanted, ran);
}

export const commands: ApiCheck[] = [
  {
    name: 'migrate-makes-the-tables-once',
    why: 'An update of ten servers runs the migrations ten times, two of them at once, and no table may suffer.',
    hint: '`migrate` brings the tables up to date and ends with 0; where they are, it has nothing to do, and two at once take turns.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const shell = await openShell(desk);
      for (const ran of await shell.runTogether([['migrate'], ['migrate']])) expectExit(ran, 0);
      const lastName = rareLetters();
      expectExit(await shell.run(['--add', ...flagsOf(detailsOf(lastName))]), 0);
      expectExit(await shell.run(['migrate']), 0);
      const list = await shell.run(['--list', '--search', lastName, '--json']);
      expect(
        Array.isArray(list.json) && list.json.length === 1,
        'the one who was added, after migrate',
        list,
      );
    },
  },
  {
    name: 'command-line-works-on-the-database',
    why: 'Whoever has typed these commands for years must not learn new ones because the data moved.',
    hint: 'The operations of stage 1 with their flags, answers and exit codes, on the database instead of the file.',
    lesson: lesson('try-it'),
    wantsProgram: true,
    async run(desk) {
      const shell = await openShell(desk);
      const lastName = rareLetters();
      const added = await shell.run(['--add', ...flagsOf(detailsOf(lastName)), '--json']);
      expectExit(added, 0);
      expect(isRecord(added.json) && typeof added.json.id === 'string', 'the new record as JSON', added);
      expectFields(added, added.json, { ...detailsOf(lastName), version: 1 });
      const { id } = added.json;
      const list = await shell.run(['--list', '--search', lastName.toUpperCase(), '--json']);
      expect(sameJson(list.json, [added.json]), 'exactly this record in the list', list);
      const updated = await shell.run(['--update', id, '--phone', '+12025550199', '--json']);
      expectExit(updated, 0);
      const bad = await shell.run(['--update', id, '--birth-date', '2023-02-29', '--sex', 'robot']);
      expectRefusal(bad);
      expect(/birth/i.test(bad.stderr) && /sex/i.test(bad.stderr), 'both bad fields named', bad);
      expectFields(bad, await find(shell, id), { phone: '+12025550199', version: 2, sex: added.json.sex });
      expectExit(await shell.run(['--delete', id]), 0);
      expectRefusal(await shell.run(['--find-by-id', id]));
    },
  },
  {
    name: 'command-line-keeps-the-rule-of-appointments',
    why: 'The back door must have the lock of the front door: a patient whom a doctor waits for is not deleted from a terminal either.',
    hint: 'Let --delete go through the same rule as DELETE: exit code 1 while an appointment is live.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const [api, { program }] = [await desk.open(), await desk.behind()];
      const pair = await openPair(api);
      await book(api, pair);
      const outcome = await program.start(['--delete', pair.patientId], { env: desk.storage }).outcome;
      const exchange = api.exchange(`--delete ${pair.patientId}, beside the server`, outcome.stderr);
      expect(outcome.exitCode === 1, 'exit code 1', exchange);
      expectNothingOfTheInside(exchange, outcome.stderr);
      expectRecord(await api.get(pair.patient.path), 200);
    },
  },
  {
    name: 'import-keeps-ids-and-data',
    why: 'Cards, letters and other programs name patients by their id: after the move it must lead to the same person.',
    hint: 'Take each record over as it is, with id, version and times, and print how many were imported.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const shell = await openShell(desk);
      const lastName = rareLetters();
      const bare = recordOfStageOne({ lastName });
      for (const field of ['middleName', 'phone']) delete (bare as JsonRecord)[field];
      const people = [
        recordOfStageOne({ lastName, firstName: '花子', phone: '+442079460101' }),
        recordOfStageOne({
          lastName,
          firstName: 'Zo\u00eb',
          birthDate: '1992-02-29',
          sex: 'other',
          version: 12,
        }),
        bare,
      ];
      await shell.put(FILE, fileOf(people));
      const ran = await shell.run(['import', FILE]);
      expectExit(ran, 0);
      expectCounts(ran, { imported: 3, 'already there': 0, refused: 0 });
      await expectListed(shell, lastName, people);
    },
  },
  {
    name: 'import-again-changes-nothing',
    why: 'An import that broke off is run again, and must not double anybody, nor undo what was changed since.',
    hint: 'Whoever is there by their id stays as they are, and is counted as already there.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const shell = await openShell(desk);
      const lastName = rareLetters();
      const people = [recordOfStageOne({ lastName }), recordOfStageOne({ lastName })];
      const [first] = people.map(({ id }) => id);
      await shell.put(FILE, fileOf(people));
      expectExit(await shell.run(['import', FILE]), 0);
      const updated = await shell.run(['--update', String(first), '--first-name', 'Amara', '--json']);
      expectExit(updated, 0);
      const added = recordOfStageOne({ lastName });
      await shell.put(FILE, fileOf([...people, added]));
      const again = await shell.run(['import', FILE]);
      expectExit(again, 0);
      expectCounts(again, { imported: 1, 'already there': 2, refused: 0 });
      await expectListed(shell, lastName, [updated.json as object, ...people.slice(1), added]);
    },
  },
  {
    name: 'import-refuses-with-reasons',
    why: 'One bad record among ten thousand must neither stop the move nor vanish without a word.',
    hint: 'Import what is right, count the rest as refused, and say for each which record it is and what is wrong with it.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const shell = await openShell(desk);
      const lastName = rareLetters();
      const good = recordOfStageOne({ lastName });
      const bad = recordOfStageOne({ lastName, birthDate: '2023-02-29' });
      const worse = recordOfStageOne({ lastName, id: 'no-id', sex: 'robot' });
      const orphan = appointmentOf(nobody, nobody, 0);
      await shell.put(FILE, fileOf([bad, good, worse], [orphan]));
      const ran = await shell.run(['import', FILE]);
      expectExit(ran, 0, 1);
      expectCounts(ran, { imported: 1, 'already there': 0, refused: 3 });
      for (const words of [/birth/i, /sex/i, /patient/i])
        expect(words.test(ran.stderr), `a reason with ${words.source}`, ran);
      expectNothingOfTheInside(ran, ran.said);
      await expectListed(shell, lastName, [good]);
    },
  },
  {
    name: 'import-stumbles-over-no-record',
    why: 'Files that were mended by hand hold the oddest things, and one of them must not end the move in the middle.',
    hint: 'Refuse, record by record, what the database would not take: numbers and years that are too great, texts with a NUL, what is no record at all.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const shell = await openShell(desk);
      const good = recordOfStageOne();
      const odd = [
        recordOfStageOne({ lastName: 'A\u0000B' }),
        recordOfStageOne({ version: 0 }),
        recordOfStageOne({ version: 1e12 }),
        recordOfStageOne({ createdAt: '9999-12-31T23:59:59-08:00' }),
        recordOfStageOne({ updatedAt: 'yesterday' }),
        ...[null, 7, 'Okafor', [], {}],
      ];
      await shell.put(
        FILE,
        fileOf([...(odd as object[]), good], [{}, { ...appointmentOf(nobody, nobody, 0), version: 1e12 }]),
      );
      const ran = await shell.run(['import', FILE]);
      expectExit(ran, 0, 1);
      expectNothingOfTheInside(ran, ran.said);
      const counts = ['imported', 'already there', 'refused'].map((word) => {
        const [, after, before] =
          new RegExp(`\\b${word}[^\\w\\n]+(\\d+)\\b|\\b(\\d+)[^\\w\\n]+${word}\\b`, 'i').exec(ran.said) ?? [];
        return Number(after ?? before);
      });
      const sum = counts.reduce((total, count) => total + count, 0);
      expect(sum === odd.length + 3, `three counts, ${odd.length + 3} records together`, ran);
      expect(sameJson(await find(shell, good.id), good), 'the one that is right, imported', ran);
    },
  },
  {
    name: 'import-takes-appointments-by-the-rule',
    why: 'What comes in by a file takes up the same hours as what is booked, and two in one hour are one too many.',
    hint: 'Insert appointments under the same constraints: one whose time is taken, or who refers to nobody, is refused with the reason.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const [api, { program }] = [await desk.open(), await desk.behind()];
      const { id: doctorId } = await hire(api);
      const { id: otherDoctor } = await hire(api);
      const [one, two] = [recordOfStageOne(), recordOfStageOne()];
      const kept = appointmentOf(one.id, doctorId, 0);
      const past = { ...appointmentOf(two.id, otherDoctor, 0), startsAt: '2020-01-07T08:00:00.000Z' };
      const appointments = [
        kept,
        { ...past, endsAt: '2020-01-07T08:30:00.000Z', status: 'fulfilled', version: 3 },
        appointmentOf(two.id, doctorId, 15),
      ];
      const text = fileOf([one, two], appointments);
      await program.put(FILE, text);
      const outcome = await program.start(['import', FILE], { env: desk.storage }).outcome;
      const said = `${outcome.stdout}\n${outcome.stderr}`;
      const exchange = api.exchange(`import ${FILE}, beside the server:\n${text}`, said);
      expect(/\bimported[^\w\n]+4\b|\b4[^\w\n]+imported\b/i.test(said), '"imported: 4"', exchange);
      expect(/\brefused[^\w\n]+1\b|\b1[^\w\n]+refused\b/i.test(said), '"refused: 1"', exchange);
      const found = await api.get(`${APPOINTMENTS}/${kept.id}`);
      expectFields(found, expectRecord(found, 200), kept);
      const gone = await api.get(`${APPOINTMENTS}/${past.id}`);
      expectFields(gone, expectRecord(gone, 200), { status: 'fulfilled', startsAt: past.startsAt });
      expectTaken(await api.post(APPOINTMENTS, booking({ patientId: two.id, doctorId }, 0)), '/doctorId');
      expectRecord(await api.get(`${PATIENTS}/${two.id}`), 200);
    },
  },
  {
    name: 'import-of-a-damaged-file-imports-nothing',
    why: 'Half of the patients in the new system and half in the old one is worse than none.',
    hint: 'Read the file to its end before you write: torn, not JSON or of another version is exit code 1 and nobody imported.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const shell = await openShell(desk);
      const lastName = rareLetters();
      const whole = fileOf(Array.from({ length: 40 }, () => recordOfStageOne({ lastName })));
      const files = [whole.slice(0, -20), whole.replace('"version": 1', '"version": 2'), ''];
      for (const text of files) {
        await shell.put(FILE, text);
        expectRefusal(await shell.run(['import', FILE]));
      }
      await expectListed(shell, lastName, []);
    },
  },
  {
    name: 'import-of-no-file-is-one-line',
    why: 'A mistyped name is the first thing that happens, and a page of stack does not say so.',
    hint: 'Say which file cannot be read, exit with 1, and make no file of that name; without a name exit with 2.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const shell = await openShell(desk);
      const ran = await shell.run(['import', 'patiens.json']);
      expectRefusal(ran);
      expect(ran.stderr.includes('patiens.json'), 'the name of the file on stderr', ran);
      expect(ran.stderr.trim().split('\n').length === 1, 'one line on stderr', ran);
      expectExit(await shell.run(['migrat']), 2);
    },
  },
];

function detailsOf(lastName: string) {
  const { firstName, birthDate, sex } = somebody();
  return { lastName, firstName, birthDate, sex };
}

/** An appointment as stage 1's file holds it. */
function appointmentOf(patientId: string, doctorId: string, from: number) {
  const times = { startsAt: at(from), endsAt: at(from + 30) };
  return { id: uuidv7(), patientId, doctorId, ...times, status: 'booked', version: 1 };
}
