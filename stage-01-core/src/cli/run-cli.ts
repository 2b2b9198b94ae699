import type { Argv } from 'yargs';
import { DomainError } from '../domain/index.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** 0 done; 1 refused, nothing changed; 2 not understood. */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs the command line to its end and says, on the terminal and by the exit code, how it went. `explained` are the
 * codes of those errors whose text is meant for the person at the keyboard.
 */
export async function runCli(
  cli: Argv,
  terminal: Terminal,
  explained: readonly string[] = ['data_file'],
): Promise<ExitCode> {
  try {
    await cli.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.note(error.showHelp ? await cli.getHelp() : `${error.message}\nSee --help.`);
      return 2;
    }
    terminal.note(explain(error, explained));
    return 1;
  }
}

function explain(error: unknown, explained: readonly string[]): string {
  if (error instanceof DomainError) {
    if (error.details.length === 0) return `Nothing was changed: ${error.message}.`;
    return [
      'Nothing was changed:',
      ...error.details.map(
        ({ path, message }) => `  ${path === '' ? message : `${asFlag(path)} ${message}`}`,
      ),
    ].join('\n');
  }
  if (error instanceof Error && 'code' in error && explained.includes(String(error.code)))
    return error.message;
  return `This is a defect of the program: ${error instanceof Error ? error.stack : error}`;
}

/** `/birthDate` is `--birth-date` on the command line. */
function asFlag(path: string): string {
  return `--${path.slice(1).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
