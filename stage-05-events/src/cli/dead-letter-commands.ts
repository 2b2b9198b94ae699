import { type Terminal, UsageError } from '@medcenter/stage-04-redis/cli';
import type { Argv } from 'yargs';
import { notFound } from '../domain/index.ts';
import type { DeadLetter, DeadLetterDesk } from '../events/index.ts';
import { formatDeadLetter, formatDeadLetters } from './dead-letter-views.ts';

export interface DeadLetterCommandDeps {
  openDeadLetters(): Promise<DeadLetterDesk>;
  readonly terminal: Terminal;
}

const id = {
  type: 'string',
  requiresArg: true,
  coerce: once,
  describe: 'such as appointments.created.dlq/0/7',
} as const;

const isWaiting = ({ isRedriven }: DeadLetter) => !isRedriven;

/** `dlq list|show|redrive`. */
export function deadLetterCommands(cli: Argv, { openDeadLetters, terminal }: DeadLetterCommandDeps): Argv {
  return cli
    .command(
      'list',
      'show those that were not sent again',
      { json: { type: 'boolean', describe: 'print JSON alone' } },
      async ({ json }) => {
        const letters = (await (await openDeadLetters()).list()).filter(isWaiting);
        if (json || letters.length > 0) terminal.print(formatDeadLetters(letters, { json, terminal }));
        terminal.note(count(letters.length, 'dead letter'));
      },
    )
    .command('show', 'show one in full', { id: { ...id, demandOption: true } }, async (args) => {
      const letters = await (await openDeadLetters()).list();
      terminal.print(formatDeadLetter(find(letters, args.id)));
    })
    .command(
      'redrive',
      'send again to where it came from',
      {
        id,
        all: { type: 'boolean', describe: 'all that were not sent again' },
        'dry-run': { type: 'boolean', describe: 'only say what would be sent' },
      },
      async (args) => {
        if ((args.id === undefined) === !args.all) {
          throw new UsageError('dlq redrive wants either --id ID or --all.');
        }
        const desk = await openDeadLetters();
        const letters = await desk.list();
        const chosen = choose(letters, args.id);
        for (const ofOne of chosen.values()) {
          if (!args['dry-run']) await desk.redrive(ofOne);
          for (const { id } of ofOne) terminal.print(`${args['dry-run'] ? 'would send' : 'sent'} ${id}`);
        }
        terminal.note(count(chosen.size, 'message'));
      },
    )
    .demandCommand(1, 'dlq wants list, show or redrive.');
}

/** Those that wait, or those of the wanted one's message, by message: it is sent once, whoever has put it aside. */
function choose(letters: readonly DeadLetter[], wanted: string | undefined): Map<string, DeadLetter[]> {
  const source = wanted === undefined ? undefined : find(letters, wanted).source;
  const chosen = letters.filter((letter) =>
    source === undefined
      ? isWaiting(letter)
      : letter.id === wanted || (letter.source === source && isWaiting(letter)),
  );
  return Map.groupBy(chosen, (letter) => letter.source);
}

function find(letters: readonly DeadLetter[], wanted: string): DeadLetter {
  const letter = letters.find((each) => each.id === wanted);
  if (!letter) throw notFound('dead letter', wanted);
  return letter;
}

const count = (many: number, of: string) => (many === 1 ? `1 ${of}.` : `${many} ${of}s.`);

/** yargs makes a list of a flag that is given twice. */
function once(value: string | readonly string[]): string {
  if (Array.isArray(value)) throw new UsageError('--id is given twice: give it once, or --all.');
  return value as string;
}
