import { expect } from '../harness.ts';
import {
  addAccount,
  expectExit,
  newName,
  newPassword,
  openPlace,
  openSession,
  type Place,
  type Ran,
  tryLogin,
  user,
} from './accounts.ts';
import { type ApiCheck, lesson } from './check.ts';
import { expectNothingOfTheInside, expectStatus, expectUnauthenticated } from './expectations.ts';

/** Ways to write a hash down: the PHC format and bcrypt's, and what only chance writes. */
const HASH = /\$(scrypt|argon2|pbkdf2|2[aby])|[\w+/=]{40,}/;

async function list(place: Place): Promise<string> {
  const ran = await user(place, ['list']);
  expectExit(ran, 0);
  return ran.stdout;
}

function expectRefused(ran: Ran, ...codes: number[]): void {
  expectExit(ran, ...codes);
  expect(ran.said.trim() !== '', 'words that say what is wrong', ran);
  expectNothingOfTheInside(ran, ran.said);
}

/** The line of somebody in the list. */
const lineOf = (listed: string, username: string) =>
  listed.split('\n').find((line) => line.split(/[\s|│,]+/).includes(username));

export const users: ApiCheck[] = [
  {
    name: 'accounts-come-and-go',
    why: 'People are hired and leave, and whoever has the keys must do both without a programmer.',
    hint: '`user add`, `user list` and `user remove` with exit code 0, on the data that the server uses.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const accounts = await Promise.all(
        ['admin', 'receptionist', 'doctor'].map(async (role) => ({
          role,
          ...(await addAccount(place, role)),
        })),
      );
      const listed = await user(place, ['list']);
      expectExit(listed, 0);
      for (const { username, role } of accounts) {
        const line = lineOf(listed.stdout, username);
        expect(line?.includes(role), `a line with ${username} and ${role}`, listed);
        await openSession(place.api, accounts.find((each) => each.username === username) ?? desk.admin);
      }
      for (const { username } of accounts) {
        expectExit(await user(place, ['remove', '--username', username]), 0);
        const after = await user(place, ['list']);
        expect(!lineOf(after.stdout, username), `no ${username} any more`, after);
      }
    },
  },
  {
    name: 'list-of-accounts-tells-no-secret',
    why: 'This list is looked at over shoulders and pasted into mails.',
    hint: 'Print names and roles; no password, no hash and no salt.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const { username, password } = await addAccount(place, 'receptionist');
      const ran = await user(place, ['list']);
      expect(lineOf(ran.stdout, username), `a line with ${username}`, ran);
      expect(!ran.said.includes(password), 'no password in it', ran);
      const found = HASH.exec(ran.said)?.[0];
      expect(!found, `no hash in it, and not "${found}"`, ran);
    },
  },
  {
    name: 'password-is-the-first-line-of-stdin',
    why: 'Scripts pipe it in, and whoever is told another password than the one that counts cannot sign in.',
    hint: 'Where stdin is no terminal, take its first line without the line end, spaces and all scripts as they are, and nothing of the second.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const cases = [
        ['a plain old lantern\nand a second line\n', 'a plain old lantern'],
        ['no line end at all', 'no line end at all'],
        ['чай с малиной и мёдом\n', 'чай с малиной и мёдом'],
        ['  spaces on both sides  \n', '  spaces on both sides  '],
      ] as const;
      for (const [input, password] of cases) {
        const username = newName();
        expectExit(await user(place, ['add', '--username', username, '--role', 'doctor'], input), 0);
        await openSession(place.api, { username, password });
        if (password !== password.trim())
          expectUnauthenticated(await tryLogin(place.api, username, password.trim()));
      }
    },
  },
  {
    name: 'short-passwords-are-refused',
    why: 'What is short is guessed, and it is the length that counts.',
    hint: 'Count characters, not bytes: eleven are refused with exit code 1 and twelve are taken, in any script; the old one stays.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const refused: string[] = [];
      for (const short of ['eleven char', '', '茶'.repeat(11), '🫖'.repeat(11)]) {
        const username = newName();
        const ran = await user(place, ['add', '--username', username, '--role', 'doctor'], `${short}\n`);
        expectRefused(ran, 1);
        expect(short === '' || !ran.said.includes(short), 'no password in what it says', ran);
        refused.push(username);
      }
      const listed = await user(place, ['list']);
      for (const username of refused)
        expect(!lineOf(listed.stdout, username), `no ${username} in the list`, listed);
      const account = await addAccount(place, 'doctor', { password: '茶'.repeat(12) });
      expectRefused(await user(place, ['password', '--username', account.username], 'eleven char\n'), 1);
      await openSession(place.api, account);
    },
  },
  {
    name: 'password-is-never-an-argument',
    why: 'Everybody on the machine can see the arguments of every program, and the shell keeps them for years.',
    hint: 'Know no --password: exit code 2, and no account.',
    lesson: lesson('why-it-is-built-so'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const [username, password] = [newName(), newPassword()];
      const words = ['add', '--username', username, '--role', 'doctor', '--password', password];
      const ran = await user(place, words, `${newPassword()}\n`);
      expectExit(ran, 2);
      expect(!ran.said.includes(password), 'no password in what it says', ran);
      expect(!lineOf(await list(place), username), `no ${username} in the list`, ran);
      const { username: known } = await addAccount(place, 'doctor');
      expectExit(await user(place, ['password', '--username', known, '--password', password]), 2);
      expectUnauthenticated(await tryLogin(place.api, known, password));
    },
  },
  {
    name: 'bad-accounts-are-refused',
    why: 'A slip at this keyboard would let somebody in whom nobody meant, or shut out somebody who works here.',
    hint: 'An unknown role, a name that is taken and a name that is none: exit code 1, and nothing is changed.',
    lesson: lesson('the-walk'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const account = await addAccount(place, 'receptionist');
      const add = (username: string, role: string) =>
        user(place, ['add', '--username', username, '--role', role], `${newPassword()}\n`);
      expectRefused(await add(account.username, 'admin'), 1);
      const role = newName();
      expectRefused(await add(role, 'janitor'), 1, 2);
      for (const username of [' ', 'two words', '\u202eadmin', 'a'.repeat(300)])
        expectRefused(await add(username, 'doctor'), 1);
      for (const words of [['remove'], ['password']]) {
        const ran = await user(place, [...words, '--username', newName()], `${newPassword()}\n`);
        expectRefused(ran, 1);
      }
      const listed = await user(place, ['list']);
      const line = lineOf(listed.stdout, account.username);
      expect(line?.includes('receptionist'), `${account.username} as before, a receptionist`, listed);
      expect(!lineOf(listed.stdout, role), `no ${role} in the list`, listed);
      await openSession(place.api, account);
    },
  },
  {
    name: 'wrong-usage-of-user-exits-with-2',
    why: 'A script that cannot tell a refusal from its own mistake goes on with the wrong one.',
    hint: 'Exit with 2 and a word of help for a missing name, an unknown flag and an unknown word; nothing is changed.',
    lesson: lesson('the-contract'),
    wantsProgram: true,
    async run(desk) {
      const place = await openPlace(desk);
      const username = newName();
      for (const words of [
        [],
        ['promote'],
        ['add'],
        ['add', '--username', username],
        ['add', '--role', 'doctor'],
        ['add', '--username', username, '--role', 'doctor', '--fast'],
        ['remove'],
        ['password'],
      ])
        expectRefused(await user(place, words, `${newPassword()}\n`), 2);
      expect(
        !lineOf(await list(place), username),
        `no ${username} in the list`,
        place.api.exchange('user list', ''),
      );
      expectStatus(await place.api.get('/health'), 200);
    },
  },
];
