import type { Client } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import { commandLine, describeOutcome, type Program } from '../program.ts';
import { at } from '../stage-03/times.ts';
import { inFile } from '../stage-04/accounts.ts';
import { type ApiCheck, type Desk, lesson } from './check.ts';
import {
  AFTER_A_CRASH,
  book,
  cancel,
  dateOf,
  expectFigures,
  expectFiguresStay,
  expectNothingOfTheInside,
  expectRecord,
  expectStatus,
  type Figures,
  openPair,
} from './expectations.ts';

export interface Ran extends Exchange {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  said: string;
}

const DAY = 24 * 60;

/** Runs one command on the data of a program, which a server may be using. */
export async function runBeside(
  desk: Desk,
  { api, program }: { api: Client; program: Program },
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const env = desk.settingsFor(program, settings);
  const line = commandLine([...program.command, ...args], env);
  api.note(line);
  const outcome = await program.start(args, { env, timeLimit: 60_000 }).outcome;
  return {
    ...api.exchange(line, describeOutcome(outcome)),
    ...outcome,
    said: `${outcome.stdout}\n${outcome.stderr}`,
  };
}

export function expectExit(ran: Ran, ...codes: number[]): void {
  expect(codes.includes(Number(ran.exitCode)), `exit code ${codes.join(' or ')}`, ran);
  expectNothingOfTheInside(ran, ran.said);
}

/** Some bookings, one of them cancelled and one moved, and what is to be counted of them. */
async function busyDoctor(api: Client): Promise<{ doctorId: string; figures: Figures }> {
  const pair = await openPair(api);
  const [one, two] = [await book(api, pair, 0), await book(api, pair, 60)];
  await book(api, pair, 120);
  await cancel(api, one);
  const moved = { startsAt: at(DAY), endsAt: at(DAY + 30) };
  expectRecord(await api.patch(two.path, moved), 200);
  const figures = { [dateOf(at(0))]: [2, 1], [dateOf(at(DAY))]: [1, 0] } as const;
  await expectFigures(api, pair.doctorId, figures);
  return { doctorId: pair.doctorId, figures };
}

export const commands: ApiCheck[] = [
  {
    name: 'dead-letters-of-nobody-are-an-empty-list',
    why: 'Most days nothing was put aside, and a script that asks must not take that for a failure.',
    hint: '`dlq list` and `dlq redrive --all` with exit code 0 where there is nothing; redrive says that it sent nothing.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = inFile(desk);
      const api = desk.clientOf(await desk.start(program, settings));
      const place = { api, program };
      for (const args of [['list'], ['redrive', '--all'], ['redrive', '--all', '--dry-run']])
        expectExit(await runBeside(desk, place, ['dlq', ...args], settings), 0);
      expectStatus(await api.get('/health'), 200);
    },
  },
  {
    name: 'unknown-dead-letter-is-refused',
    why: 'An id that was mistyped must not look like one that was sent.',
    hint: 'Say that there is no such dead letter, in words for people, and exit with 1 or 2.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = { api: await desk.open(), program: (await desk.behind()).program };
      for (const args of [
        ['show', '--id', 'appointments.created.dlq/0/987654'],
        ['redrive', '--id', 'appointments.created.dlq/0/987654'],
        ['show', '--id', 'nothing'],
      ]) {
        const ran = await runBeside(desk, place, ['dlq', ...args]);
        expectExit(ran, 1, 2);
        expect(ran.stderr.trim() !== '', 'words on stderr', ran);
        expect(ran.stdout.trim() === '', 'nothing on stdout', ran);
      }
    },
  },
  {
    name: 'wrong-usage-of-dlq-exits-with-2',
    why: 'A script that cannot tell a refusal from its own mistake goes on with the wrong one.',
    hint: 'Exit with 2 and a word of help for a missing or unknown word, redrive of nothing in particular, and both --id and --all.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = { api: await desk.open(), program: (await desk.behind()).program };
      for (const args of [
        [],
        ['burn'],
        ['show'],
        ['redrive'],
        ['redrive', '--id', 'x', '--all'],
        ['redrive', '--all', '--fast'],
      ]) {
        const ran = await runBeside(desk, place, ['dlq', ...args]);
        expectExit(ran, 2);
        expect(ran.stderr.trim() !== '', 'words on stderr', ran);
      }
      expectExit(await runBeside(desk, place, ['replay', '--fast']), 2);
    },
  },
  {
    name: 'replay-ends-at-the-same-figures',
    why: 'When a figure is doubted it is counted again from the beginning, and a second truth would be the end of both.',
    hint: '`replay` makes the statistics anew from all events, in the place of the old ones; beside a server that runs, and twice, the end is the same.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const api = await desk.open();
      const place = { api, program: (await desk.behind()).program };
      const { doctorId, figures } = await busyDoctor(api);
      for (let round = 0; round < 2; round++) {
        expectExit(await runBeside(desk, place, ['replay']), 0);
        await expectFiguresStay(api, doctorId, figures, 'after the replay');
      }
      const { doctorId: next, figures: fresh } = await busyDoctor(api);
      await expectFigures(api, next, fresh);
    },
  },
  {
    name: 'replay-works-while-nobody-serves',
    why: 'Whoever mends something by night stops the server first.',
    hint: '`replay` needs the log and the database alone; the server that starts afterwards goes on where it was.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = inFile(desk);
      const server = await desk.start(program, settings);
      const before = desk.clientOf(server);
      const { doctorId, figures } = await busyDoctor(before);
      await server.stop('SIGTERM');
      expectExit(await runBeside(desk, { api: before, program }, ['replay'], settings), 0);
      const api = desk.clientOf(await desk.start(program, settings));
      await expectFigures(api, doctorId, figures, { within: AFTER_A_CRASH });
      const again = await busyDoctor(api);
      await expectFiguresStay(api, doctorId, figures);
      await expectFiguresStay(api, again.doctorId, again.figures);
    },
  },
];
