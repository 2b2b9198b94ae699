import type { Argv } from 'yargs';
import { DomainError } from '../domain/index.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** 0 done; 1 refused, nothing changed; 2 not understood. */
export type ExitCode = 0 | 1 | 2;

/** Runs the command line to its end and says, on the terminal and by the exit code, how it went. */
export async function runCli(cli: Argv, terminal: Terminal): Promise<ExitCode> {
  try {
    await cli.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.note(error.showHelp ? await cli.getHelp() : `${error.message}\nSee --help.`);
      return 2;
    }
    terminal.note(explain(error));
    return 1;
  }
}

function explain(error: unknown): string {
  if (error instanceof DomainError) {
    if (error.details.length === 0) return `Nothing was changed: ${error.message}.`;
    return [
      'Nothing was changed:',
      ...error.details.map(({ path, message }) => `  ${asFlag(path)} ${message}`),
    ].join('\n');
  }
  if (error instanceof Error && 'code' in error && error.code === 'data_file') return error.message;
  return `This is a defect of the program: ${error instanceof Error ? error.stack : error}`;
}

/** `/birthDate` is `--birth-date` on the command line. */
function asFlag(path: string): string {
  return `--${path.slice(1).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
