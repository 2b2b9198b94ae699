import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from '../harness.ts';
import { freePort, type Server } from '../server.ts';
import { startAndWait } from '../stage-02/life.ts';
import { describeText } from '../text.ts';
import { inFile, newPassword, openSession, tryLogin } from './accounts.ts';
import { type ApiCheck, type Desk, lesson } from './check.ts';
import { expectToken, expectUnauthenticated } from './expectations.ts';

/** Words in what a server says of a password that may be one; few, for each try counts. */
function candidatesIn(said: string): string[] {
  const lines = said.split('\n').filter((line) => /password/i.test(line) && !line.startsWith('{'));
  const words = lines.flatMap((line) => line.split(/[\s"'`]+/)).map((word) => word.replace(/[.,;:)]+$/, ''));
  return [...new Set(words.filter((word) => word.length >= 12 && !/^(https?:|ADMIN_)/.test(word)))].slice(
    0,
    4,
  );
}

/** The password that lets `admin` in, of those that the server showed. */
async function findPassword(desk: Desk, server: Server, said: string): Promise<string> {
  const api = desk.clientOf(server);
  for (const password of candidatesIn(said)) {
    const { status } = await tryLogin(api, 'admin', password);
    if (status === 200) return password;
  }
  const shown = api.exchange('the first start, without ADMIN_PASSWORD', describeText('it said', said));
  expect(false, 'a line with a password with which admin can sign in', shown);
}

const occurrences = (text: string, word: string) => text.split(word).length - 1;

export const firstStart: ApiCheck[] = [
  {
    name: 'admin-password-makes-the-first-account',
    why: 'Somebody must be able to sign in first, and nobody may become admin by setting a variable later.',
    hint: 'With no account at all make admin with ADMIN_PASSWORD; where there is one, leave it as it is, and never print the variable.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const own = inFile(desk);
      const [password, later] = [newPassword(), newPassword()];
      const first = await desk.start(program, { ...own, ADMIN_PASSWORD: password }, { signIn: false });
      await openSession(desk.clientOf(first), { username: 'admin', password });
      await first.stop('SIGTERM');
      const second = await desk.start(program, { ...own, ADMIN_PASSWORD: later }, { signIn: false });
      const api = desk.clientOf(second);
      expectUnauthenticated(await tryLogin(api, 'admin', later));
      await openSession(api, { username: 'admin', password });
      const said = first.said() + second.said();
      const told = said.includes(password) || said.includes(later);
      expect(
        !told,
        'no password in what it says',
        api.exchange('two starts', describeText('they said', said)),
      );
    },
  },
  {
    name: 'made-up-password-is-shown-once',
    why: 'A password that everybody knows beforehand is none, and one that is shown at each start is soon in every log.',
    hint: 'Without ADMIN_PASSWORD make one up, print it at the start that makes the account, and never again.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = { ...inFile(desk), ADMIN_PASSWORD: undefined };
      const first = await desk.start(program, settings);
      const password = await findPassword(desk, first, first.said());
      await first.stop('SIGTERM');
      const saidFirst = first.said();
      const second = await desk.start(program, settings);
      const api = desk.clientOf(second);
      await openSession(api, { username: 'admin', password });
      const told = (said: string) => api.exchange('two starts', describeText('it said', said));
      expect(occurrences(saidFirst, password) === 1, 'the password once at the first start', told(saidFirst));
      expect(occurrences(second.said(), password) === 0, 'nothing of it at the second', told(second.said()));
      for (const word of candidatesIn(second.said())) {
        const { status } = await tryLogin(api, 'admin', word);
        expect(status !== 200, 'no new password at the second start', told(second.said()));
      }
      const elsewhere = await desk.start(await desk.createProgram(), settings);
      const other = await findPassword(desk, elsewhere, elsewhere.said());
      expect(other !== password, 'another password for another clinic', told(elsewhere.said()));
    },
  },
  {
    name: 'made-up-password-is-not-lost-with-a-failed-start',
    why: 'The very first start meets a port that is taken, and after it there is an account whose password nobody has seen.',
    hint: 'Show the password as soon as the account is there, or make the account only when the server listens.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const port = await freePort();
      const settings = { ...inFile(desk), ADMIN_PASSWORD: '' };
      const other = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
      await once(other, 'listening');
      const failed = await startAndWait(desk, program, { ...settings, PORT: String(port) }).finally(() =>
        other.close(),
      );
      const server = await desk.start(program, settings);
      const password = await findPassword(desk, server, [...failed.lines, server.said()].join('\n'));
      expectToken(await tryLogin(desk.clientOf(server), 'admin', password));
    },
  },
  {
    name: 'short-admin-password-exits-with-2',
    why: 'The account that may do everything must not be the one with the worst password.',
    hint: 'Refuse an ADMIN_PASSWORD of fewer than 12 characters with exit code 2 and one line that names the variable, not what it holds.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      for (const ADMIN_PASSWORD of ['moon-lanter', 'q7']) {
        const ending = await startAndWait(desk, program, { ...inFile(desk), ADMIN_PASSWORD });
        expect(ending.outcome.exitCode === 2, 'exit code 2', ending);
        const lines = ending.lines.filter((line) => line.includes('ADMIN_PASSWORD'));
        expect(
          lines.length === 1 && ending.lines.length === 1,
          'one line, with ADMIN_PASSWORD in it',
          ending,
        );
        const told = ending.lines.join('\n').includes(ADMIN_PASSWORD);
        expect(!told, 'nothing of what it holds', ending);
      }
    },
  },
  {
    name: 'two-first-starts-make-one-admin',
    why: 'Two servers are started by one command, and only one of the two passwords that they show can be right.',
    hint: 'Look for accounts and make the first one in one transaction, under a lock; who comes second shows nothing.',
    lesson: lesson('break-it'),
    wantsProgram: true,
    async run(desk) {
      const program = await desk.createProgram();
      const settings = { ...inFile(desk), ADMIN_PASSWORD: undefined };
      const servers = await Promise.all([desk.start(program, settings), desk.start(program, settings)]);
      const [one, other] = servers;
      const said = servers.map((server) => server.said()).join('\n');
      const password = await findPassword(desk, one, said);
      await openSession(desk.clientOf(other), { username: 'admin', password });
      const candidates = candidatesIn(said);
      const shown = desk.clientOf(one).exchange('two first starts at once', describeText('they said', said));
      expect(candidates.length === 1, 'one password shown by one of the two', shown);
    },
  },
];
