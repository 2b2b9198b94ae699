import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '../client.ts';
import { expect } from '../harness.ts';
import type { Program } from '../program.ts';
import { flagsOf } from '../stage-01/people.ts';
import { describeText } from '../text.ts';
import { type ApiCheck, DATA_FILE, type Desk, lesson, PATIENTS } from './check.ts';
import { callBeside } from './command-line.ts';
import {
  expectFields,
  expectPage,
  expectPatient,
  expectProblem,
  isRecord,
  type JsonRecord,
  parse,
  query,
  readPages,
  register,
  registerMany,
} from './expectations.ts';
import { rareLetters, somebody } from './people.ts';

async function addBeside(desk: Desk, api: Client, program: Program, lastName: string): Promise<string> {
  const record = await callBeside(desk, api, program, ['--add', ...flagsOf(detailsOf(lastName)), '--json']);
  const exchange = api.exchange('--add … --json, beside the server', JSON.stringify(record) ?? 'no JSON');
  expect(isRecord(record) && typeof record.id === 'string', 'the new record as JSON on stdout', exchange);
  return record.id;
}

const detailsOf = (lastName: string) => {
  const { firstName, birthDate, sex } = somebody();
  return { lastName, firstName, birthDate, sex };
};

export const oneFile: ApiCheck[] = [
  {
    name: 'command-line-and-server-see-each-other',
    why: 'The same patients must be there for the desk that types commands and for the one with the page.',
    hint: 'With flags the program is the command line of stage 1, on the same file; the server reads the file anew, or notices that it has changed.',
    lesson: lesson('try-it'),
    wantsProgram: true,
    async run(desk) {
      const [api, { program }] = [await desk.open(), await desk.behind()];
      const { id, path, record, etag } = await register(api);
      const listed = await callBeside(desk, api, program, ['--list', '--json']);
      const ids = Array.isArray(listed) ? listed.filter(isRecord).map((one) => one.id) : [];
      expect(
        ids.includes(id),
        `${id} in the list`,
        api.exchange('--list --json, beside the server', JSON.stringify(listed) ?? 'no JSON'),
      );

      await callBeside(desk, api, program, ['--update', id, '--first-name', 'Amara']);
      const updated = await api.get(path, { 'If-None-Match': etag });
      expectFields(updated, expectPatient(updated, 200), {
        ...withoutUpdate(record),
        firstName: 'Amara',
        version: 2,
      });
      expectProblem(await api.put(path, somebody(), { 'If-Match': etag }), 412);

      const lastName = rareLetters();
      const added = await addBeside(desk, api, program, lastName);
      const found = await api.get(`${PATIENTS}/${added}`);
      expectFields(found, expectPatient(found, 200), { lastName });
      const page = await api.get(PATIENTS + query({ search: lastName }));
      expect(expectPage(page).items.length === 1, 'the one who was added beside the server', page);

      // A server that writes what it remembers would take both changes back.
      await register(api);
      expectPatient(await api.get(`${PATIENTS}/${added}`), 200);
      await callBeside(desk, api, program, ['--delete', id]);
      expectProblem(await api.get(path), 404);
    },
  },
  {
    name: 'command-line-and-server-lose-nothing',
    why: 'Both were told that it is done, and both wrote the same file at the same moment.',
    hint: 'Hold the lock of the file from before the read until after the write, in the server as in the command line.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const [api, { program }] = [await desk.open(), await desk.behind()];
      const search = rareLetters();
      const adding = Array.from({ length: 4 }, () => addBeside(desk, api, program, search));
      const posting = registerMany(api, 40, { lastName: search });
      const ids = [...(await Promise.all(adding)), ...(await posting)];
      const { ids: found, last } = await readPages(api, search, 100);
      const lost = ids.filter((id) => !found.includes(id));
      expect(
        lost.length === 0 && found.length === 44,
        `all 44 of them; lost: ${lost.join(', ') || 'none'}`,
        last,
      );
    },
  },
  {
    name: 'file-keeps-its-form',
    why: 'Yesterday’s programs and backups go on reading the file, and find in it what they know.',
    hint: 'Keep { "version": 1, "patients": […], "appointments": […] }, and give back what you do not touch.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const appointment = {
        ...{ id: '0198c0de-0101-7000-8000-000000000101', patientId: '0198c0de-0001-7000-8000-000000000001' },
        ...{ doctorId: '0198c0de-0201-7000-8000-000000000201', status: 'booked', version: 1 },
        ...{ startsAt: '2026-04-01T08:00:00.000Z', endsAt: '2026-04-01T08:30:00.000Z' },
      };
      const old = JSON.stringify({ version: 1, patients: [], appointments: [appointment] });
      await program.put(DATA_FILE, old);
      const api = desk.clientOf(await desk.start(program));
      const { record, reply } = await register(api);
      const text = await readFile(join(program.folder, DATA_FILE), 'utf8');
      const data = parse(text);
      const exchange = api.exchange(
        `${reply.sent}\nwith ${DATA_FILE}:\n${old}`,
        `${reply.received}\n${describeText(`${DATA_FILE} after`, text)}`,
      );
      expect(
        isRecord(data) && data.version === 1 && Array.isArray(data.patients),
        'the form of version 1',
        exchange,
      );
      const [saved, ...others] = data.patients as JsonRecord[];
      expect(saved && others.length === 0, 'one patient', exchange);
      expectFields(exchange, saved, record);
      expectFields(exchange, data, { appointments: [appointment] });
    },
  },
];

function withoutUpdate({ updatedAt: _updatedAt, ...record }: JsonRecord): JsonRecord {
  return record;
}
