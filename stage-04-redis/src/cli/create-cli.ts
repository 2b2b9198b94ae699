import {
  type ClinicCliDeps,
  createCli as createClinicCli,
  UsageError,
} from '@medcenter/stage-03-postgres/cli';
import type { Argv } from 'yargs';
import type { AccountRegistry } from '../session/index.ts';
import { formatAccounts } from './account-views.ts';

export interface AccessCliDeps extends ClinicCliDeps {
  openAccounts(): Promise<AccountRegistry>;
  /** Asks for a password: on a terminal without showing it, otherwise the first line of stdin. */
  readPassword(): Promise<string>;
}

const flag = { type: 'string', requiresArg: true, coerce: once } as const;
const username = { ...flag, demandOption: true, describe: 'the name to sign in with' } as const;

/** The command line of the clinic, with the accounts. A password is never an argument: others on the machine see those. */
export function createCli(argv: readonly string[], deps: AccessCliDeps): Argv {
  const { terminal, openAccounts, readPassword } = deps;
  return createClinicCli(argv, deps).command('user', 'who may sign in', (cli) =>
    cli
      .command(
        'add',
        'make an account; asks for its password',
        {
          username,
          role: { ...flag, demandOption: true, describe: 'admin, receptionist or doctor' },
          'doctor-id': { ...flag, describe: 'with the role doctor: whose account it is' },
        },
        async (args) => {
          const accounts = await openAccounts();
          const password = await readPassword();
          const account = await accounts.add({
            username: args.username,
            role: args.role,
            doctorId: args['doctor-id'],
            password,
          });
          terminal.note(`Added ${account.username}, ${account.role}.`);
        },
      )
      .command(
        'list',
        'show the accounts',
        { json: { type: 'boolean', describe: 'print JSON alone' } },
        async ({ json }) => {
          const accounts = await (await openAccounts()).list();
          terminal.print(formatAccounts(accounts, { json, terminal }));
        },
      )
      .command('remove', 'take an account away; its sessions end', { username }, async (args) => {
        await (await openAccounts()).remove(args.username);
        terminal.note('Removed.');
      })
      .command('password', 'give an account a new password; its sessions end', { username }, async (args) => {
        const accounts = await openAccounts();
        await accounts.changePassword(args.username, await readPassword());
        terminal.note('Changed.');
      })
      .demandCommand(1, 'user wants add, list, remove or password.'),
  );
}

/** yargs makes a list of a flag that is given twice. */
function once(value: string | readonly string[]): string {
  if (Array.isArray(value)) throw new UsageError('A flag is given twice: give it once.');
  return value as string;
}
