import { type CliDeps, createCli as createPatientCli, type Terminal } from '@medcenter/stage-02-http/cli';
import type { Argv } from 'yargs';
import type { ImportReport } from '../service/index.ts';

export interface ClinicCliDeps extends CliDeps {
  /** Brings the tables up to date. Answers the names of the migrations that were run. */
  migrate(): Promise<readonly string[]>;
  /** Takes over the records of one of stage 1's data files. */
  importFile(file: string): Promise<ImportReport>;
  /** For the exit code of a command that did its work, but not all of it. */
  onRefused(): void;
}

/** The command line of the patients, with two commands more. */
export function createCli(argv: readonly string[], deps: ClinicCliDeps): Argv {
  return createPatientCli(argv, deps)
    .command('migrate', 'bring the tables of the database up to date', {}, async () => {
      const applied = await deps.migrate();
      deps.terminal.note(
        applied.length > 0 ? `Migrated: ${applied.join(', ')}.` : 'The tables are up to date.',
      );
    })
    .command(
      'import <file>',
      "take over the records of stage 1's data file, with their ids",
      (cli) =>
        cli.positional('file', { type: 'string', demandOption: true, describe: 'such as patients.json' }),
      async ({ file }) => {
        const report = await deps.importFile(file);
        show(report, deps.terminal);
        if (report.refused.length > 0) deps.onRefused();
      },
    );
}

function show({ imported, alreadyThere, refused }: ImportReport, terminal: Terminal): void {
  terminal.print(
    [`imported: ${imported}`, `already there: ${alreadyThere}`, `refused: ${refused.length}`].join('\n'),
  );
  for (const { path, reasons } of refused) terminal.note(`refused ${path}: ${reasons.join('; ')}`);
}
