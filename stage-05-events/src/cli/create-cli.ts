import { type AccessCliDeps, createCli as createAccessCli } from '@medcenter/stage-04-redis/cli';
import type { Argv } from 'yargs';
import { type DeadLetterCommandDeps, deadLetterCommands } from './dead-letter-commands.ts';

export interface EventCliDeps extends AccessCliDeps, DeadLetterCommandDeps {
  /** Makes the statistics anew. Answers how many events there were. */
  replay(): Promise<number>;
}

/** The command line of before, with what was put aside, and the statistics made anew. */
export function createCli(argv: readonly string[], deps: EventCliDeps): Argv {
  return createAccessCli(argv, deps)
    .command('dlq', 'messages that could not be handled', (cli) => deadLetterCommands(cli, deps))
    .command('replay', 'make the statistics anew from all events', {}, async () => {
      const count = await deps.replay();
      deps.terminal.note(count === 1 ? 'Counted 1 event.' : `Counted ${count} events.`);
    });
}
