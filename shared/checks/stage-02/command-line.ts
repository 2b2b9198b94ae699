import type { Client } from '../client.ts';
import { expect } from '../harness.ts';
import { commandLine, describeOutcome, type Program } from '../program.ts';
import type { Desk } from './check.ts';
import { isRecord, type JsonRecord, parse } from './expectations.ts';

/** Calls the command line on the server's data, and gives what it prints as JSON. */
export async function callBeside(
  { storage }: Pick<Desk, 'storage'>,
  api: Client,
  program: Program,
  args: readonly string[],
): Promise<unknown> {
  const line = commandLine([...program.command, ...args], storage);
  api.note(line);
  const outcome = await program.start(args, { env: storage }).outcome;
  const exchange = api.exchange(`on the server's data:\n${line}`, describeOutcome(outcome));
  expect(outcome.exitCode === 0, 'exit code 0', exchange);
  return parse(outcome.stdout);
}

/** The patients of this name, as the command line finds them, whether or not a server runs. */
export async function listBeside(
  desk: Pick<Desk, 'storage'>,
  api: Client,
  program: Program,
  name: string,
): Promise<JsonRecord[]> {
  const listed = await callBeside(desk, api, program, ['--list', '--search', name, '--json']);
  const exchange = api.exchange(
    `--list --search ${name} --json`,
    JSON.stringify(listed)?.slice(0, 300) ?? 'no JSON',
  );
  expect(Array.isArray(listed), 'a JSON array of patients on stdout', exchange);
  return listed.filter(isRecord);
}
