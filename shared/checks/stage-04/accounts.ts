import type { Client } from '../client.ts';
import { type Exchange, expect } from '../harness.ts';
import { commandLine, describeOutcome, type Program } from '../program.ts';
import { rareLetters } from '../stage-02/people.ts';
import { quoteWord } from '../words.ts';
import { type Desk, LOGIN } from './check.ts';
import { expectToken } from './expectations.ts';

/** How one `user` command ended. */
export interface Ran extends Exchange {
  exitCode: number | undefined;
  stdout: string;
  /** What it said, on either of the two. */
  said: string;
}

/** Where commands run: on the data of a program, which a server may be using. */
export interface Place {
  desk: Desk;
  program: Program;
  /** The story that the commands belong to. */
  api: Client;
  /** Beside the storage of the desk. */
  settings?: Readonly<Record<string, string>>;
}

/** Somebody with an account, and a session. */
export interface Colleague {
  username: string;
  password: string;
  token: string;
  /** The client of whoever asked, with this colleague's token. */
  api: Client;
}

/** The shared server and its data. */
export async function openPlace(desk: Desk): Promise<Place> {
  return { desk, api: await desk.open(), program: (await desk.behind()).program };
}

/** A name that nobody else has. */
export const newName = (): string => `check-${rareLetters().slice(0, 16)}`;

/** A password that no text has by chance. */
export const newPassword = (): string => `tea with ${rareLetters().slice(0, 12)}`;

/** Runs `user …`; the lines of `input` are what it finds on stdin. */
export async function user(place: Place, words: readonly string[], input = ''): Promise<Ran> {
  const { desk, program, api, settings = {} } = place;
  const env = { ...desk.storage, ...settings };
  const args = ['user', ...words];
  const line = `printf %s ${quoteWord(input) || "''"} | ${commandLine([...program.command, ...args], env)}`;
  api.note(line);
  const outcome = await program.start(args, { env, input }).outcome;
  const said = `${outcome.stdout}\n${outcome.stderr}`;
  return { ...api.exchange(line, describeOutcome(outcome)), ...outcome, said };
}

export function expectExit(ran: Ran, ...codes: number[]): void {
  expect(codes.includes(Number(ran.exitCode)), `exit code ${codes.join(' or ')}`, ran);
}

/** Makes an account; that it works is what the check relies on. */
export async function addAccount(
  place: Place,
  role: string,
  { username = newName(), password = newPassword(), doctorId = '' } = {},
): Promise<{ username: string; password: string }> {
  const link = doctorId === '' ? [] : ['--doctor-id', doctorId];
  expectExit(await user(place, ['add', '--username', username, '--role', role, ...link], `${password}\n`), 0);
  return { username, password };
}

/** Somebody new at work: an account of this role, and a session. */
export async function employ(place: Place, role: string, doctorId = ''): Promise<Colleague> {
  const account = await addAccount(place, role, { doctorId });
  const token = await openSession(place.api, account);
  return { ...account, token, api: place.api.as(token) };
}

export const tryLogin = (api: Client, username: string, password: string) =>
  api.as(undefined).post(LOGIN, { username, password });

/** A new session for this account: its token. */
export async function openSession(
  api: Client,
  { username, password }: { username: string; password: string },
): Promise<string> {
  return expectToken(await tryLogin(api, username, password));
}

/** Settings of a database of the check's own, in a file, where the others may share one. */
export function inFile({ storage }: Desk, file = 'own.db'): Record<string, string> {
  return { ...(storage.DATABASE_URL !== undefined && { DATABASE_URL: '' }), SQLITE_FILE: file };
}
