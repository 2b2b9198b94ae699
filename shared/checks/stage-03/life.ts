import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Exchange, expect } from '../harness.ts';
import { freePort } from '../server.ts';
import { type Ending, startAndWait } from '../stage-02/life.ts';
import { APPOINTMENTS, type ApiCheck, lesson, PATIENTS, SQLITE_FILE } from './check.ts';
import {
  book,
  booking,
  expectBooked,
  expectNothingOfTheInside,
  expectRecord,
  expectTaken,
  hire,
  isRecord,
  openMany,
  openPair,
} from './expectations.ts';
import { rareLetters } from './people.ts';

/** A password that no library's message has by chance. */
const SECRET = 'moon-lantern-417';

function expectOneLine(ending: Ending, ...words: string[]): void {
  expect(ending.lines.length === 1, 'one line, and no stack', ending);
  expect(
    words.some((word) => ending.lines[0]?.includes(word)),
    `${words.join(' or ')} in it`,
    ending,
  );
  expectNothingOfTheInside(ending, ending.lines.join('\n'));
}

function expectNoSecret(ending: Ending): void {
  expect(!ending.lines.join('\n').includes(SECRET), 'no password in what it says', ending);
}

export const life: ApiCheck[] = [
  {
    name: 'bad-database-url-exits-with-2',
    why: 'The one variable that holds a password is mistyped like all others, and the log of the failed start is read by many.',
    hint: 'Say that DATABASE_URL is wrong and what it wants, never what it holds; exit with 2 before anything is opened.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      for (const DATABASE_URL of [`mysql://clinic:${SECRET}@127.0.0.1/clinic`, `clinic ${SECRET}`]) {
        const ending = await startAndWait(desk, program, { DATABASE_URL, PORT: 'http' });
        expect(ending.outcome.exitCode === 2, 'exit code 2', ending);
        for (const name of ['DATABASE_URL', 'PORT']) {
          const lines = ending.lines.filter((line) => line.startsWith(name) || line.includes(`${name} `));
          expect(lines.length === 1, `one line with ${name}`, ending);
        }
        expectNoSecret(ending);
        expectNothingOfTheInside(ending, ending.lines.join('\n'));
      }
    },
  },
  {
    name: 'unreachable-database-is-one-line',
    why: 'The database is down or its name mistyped: whoever starts the server at night needs that sentence and no stack.',
    hint: 'Try to connect before you listen; say in one line where the database was looked for, without the password, and exit with 1. The command line does the same.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const port = await freePort();
      const DATABASE_URL = `postgresql://clinic:${SECRET}@127.0.0.1:${port}/clinic`;
      const ending = await startAndWait(desk, program, { DATABASE_URL });
      expect(ending.outcome.exitCode === 1, 'exit code 1', ending);
      expectOneLine(ending, String(port), 'DATABASE_URL');
      expectNoSecret(ending);

      // Somebody listens there who speaks another language.
      const stranger = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      stranger.listen(port, '127.0.0.1');
      await once(stranger, 'listening');
      try {
        const met = await startAndWait(desk, program, { DATABASE_URL });
        expect(met.outcome.exitCode === 1, 'exit code 1, where something else listens', met);
        expectNoSecret(met);
        expectNothingOfTheInside(met, met.lines.join('\n'));
      } finally {
        stranger.close();
      }
    },
  },
  {
    name: 'odd-passwords-are-never-shown',
    why: 'Passwords hold signs that mean something in a URL, and the library that stumbles over them likes to quote them.',
    hint: 'Show no message of a library about this URL; refuse it with 2 where it cannot be read, or with 1 where it leads nowhere.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const port = await freePort();
      for (const password of [`${SECRET}%zz`, `${SECRET}%ff`, `@${SECRET}?x=#y`]) {
        const DATABASE_URL = `postgresql://clinic:${password}@127.0.0.1:${port}/clinic`;
        const ending = await startAndWait(desk, program, { DATABASE_URL });
        expect([1, 2].includes(Number(ending.outcome.exitCode)), 'exit code 1 or 2', ending);
        expectOneLine(ending, 'DATABASE_URL', String(port));
        expectNoSecret(ending);
      }
    },
  },
  {
    name: 'file-that-is-no-database-stays',
    why: 'A slip names a letter or a photograph as the database, and it must be there afterwards.',
    hint: 'When SQLITE_FILE is something else, say so in one line, exit with 1 and leave every byte.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const text = 'Dear Dr Haddad,\n'.repeat(200);
      await program.put('letter.txt', text);
      const settings = { ...(desk.storage.DATABASE_URL !== undefined && { DATABASE_URL: '' }) };
      const ending = await startAndWait(desk, program, { ...settings, SQLITE_FILE: 'letter.txt' });
      const shown = {
        ...ending,
        repeat: ending.repeat.replace('\n', '\nyes "Dear Dr Haddad," | head -n 200 > letter.txt\n'),
      };
      expect(ending.outcome.exitCode === 1, 'exit code 1', shown);
      expectOneLine(shown, 'letter.txt', 'SQLITE_FILE');
      const after = await readFile(join(program.folder, 'letter.txt'), 'utf8');
      expect(after === text, 'every byte of letter.txt as it was', shown);
    },
  },
  {
    name: 'restart-finds-everything',
    why: 'Whoever was told "booked" in the morning is still booked after the update at noon, and a key still stands for its answer.',
    hint: 'Keep doctors, appointments and idempotency keys in the database; migrations at the start leave what is there.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const first = await desk.start(program);
      const before = desk.clientOf(first);
      const pair = await openPair(before);
      const headers = { 'Idempotency-Key': rareLetters() };
      const booked = expectBooked(await before.post(APPOINTMENTS, booking(pair), headers));
      first.child.kill();
      await first.child.outcome;

      const api = desk.clientOf(await desk.start(program));
      for (const { path, record } of [pair.patient, pair.doctor, booked]) {
        const found = await api.get(path);
        expect(JSON.stringify(expectRecord(found, 200)) !== '{}', `the record of ${record.id}`, found);
      }
      expectTaken(await api.post(APPOINTMENTS, booking(pair)));
      const again = expectBooked(await api.post(APPOINTMENTS, booking(pair), headers));
      expect(again.id === booked.id, `the answer of before, with ${booked.id}`, again.reply);
    },
  },
  {
    name: 'kill-nine-keeps-every-booking',
    why: 'A 201 is a promise, and the power goes without asking who was just promised something.',
    hint: 'Answer only after the commit, and let the database write through to the disk before it says that it has.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    alone: true,
    async run(desk) {
      const program = await desk.createProgram();
      const server = await desk.start(program);
      const before = desk.clientOf(server);
      const { id: doctorId } = await hire(before);
      const patients = await openMany(before, PATIENTS, 4);
      const acknowledged: string[] = [];
      let stopped = false;
      // Four desks book one appointment after the other, until nobody answers any more.
      const desks = patients.map(async (patientId, lane) => {
        const own = desk.clientOf(server);
        for (let slot = lane; !stopped; slot += patients.length) {
          const body = booking({ patientId, doctorId }, slot * 10, slot * 10 + 10);
          const reply = await own.post(APPOINTMENTS, body);
          if (reply.status !== 201) return;
          if (isRecord(reply.body)) acknowledged.push(String(reply.body.id));
        }
      });
      await sleep(300 + Math.random() * 250);
      server.child.kill();
      await server.child.outcome;
      stopped = true;
      await Promise.all(desks);
      const api = desk.clientOf(await desk.start(program));
      const lost: string[] = [];
      // The last ones are those that a hasty program loses; a fast one gives thousands.
      for (const id of acknowledged.slice(-100)) {
        const { status } = await api.get(`${APPOINTMENTS}/${id}`);
        if (status !== 200) lost.push(id);
      }
      const exchange: Exchange = {
        ...api.exchange('bookings from four clients, and kill -9 in the middle', ''),
        received: `${acknowledged.length} times 201, and afterwards not found:\n${lost.slice(0, 5).join('\n')}`,
      };
      expect(acknowledged.length > 0, 'some bookings before the kill', exchange);
      expect(lost.length === 0, 'every appointment whose 201 was read', exchange);
      await book(api, await openPair(api));
    },
  },
  {
    name: 'database-is-where-it-was-named',
    why: 'Backups copy the file that was named, and a second clinic on the same machine names another.',
    hint: 'Keep everything in SQLITE_FILE: another name is another clinic.',
    lesson: lesson('try-it'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const inFiles = { ...(desk.storage.DATABASE_URL !== undefined && { DATABASE_URL: '' }) };
      const [one, two] = [
        desk.clientOf(await desk.start(program, { ...inFiles, SQLITE_FILE })),
        desk.clientOf(await desk.start(program, { ...inFiles, SQLITE_FILE: 'other.db' })),
      ];
      const { doctor } = await openPair(one);
      expectRecord(await one.get(doctor.path), 200);
      const elsewhere = await two.get(doctor.path);
      expect(elsewhere.status === 404, 'status 404 in the other clinic', elsewhere);
      const reply = await one.get(doctor.path);
      for (const file of [SQLITE_FILE, 'other.db']) {
        const there = await readFile(join(program.folder, file)).then(
          () => true,
          () => false,
        );
        expect(there, `a file ${file} in the folder`, reply);
      }
    },
  },
];
