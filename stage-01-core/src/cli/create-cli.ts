import yargs, { type Argv } from 'yargs';
import type { Clock } from '../domain/index.ts';
import type { PatientService } from '../service/index.ts';
import {
  OPERATIONS,
  PATIENT_FLAGS,
  type PatientArguments,
  runPatientOperation,
} from './patient-operations.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export interface CliDeps {
  /** Called when an operation is about to begin, so that `--help` and a wrong flag touch no data. */
  openPatients(file: string | undefined): Promise<PatientService>;
  readonly clock: Clock;
  readonly terminal: Terminal;
  /** What `--file` is for, where it is not the usual place of the data. */
  readonly fileHelp?: string;
}

const FILE_HELP = 'the data file (default: DATA_FILE, or else patients.json)';
const flag = { type: 'string', requiresArg: true } as const;

/** The command line, not yet run: a caller may add commands of its own, and then awaits `parseAsync()`. */
export function createCli(argv: readonly string[], deps: CliDeps): Argv {
  return yargs(argv)
    .scriptName('medcenter')
    .locale('en')
    .wrap(Math.min(deps.terminal.columns, 100))
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'populate--': true,
    })
    .usage('$0: keep the patients of a medical centre')
    .command(
      '$0',
      false,
      (cli) => describeOperations(cli, deps),
      (args) => {
        refuseValuesOfSwitches(argv);
        return runPatientOperation(args, deps);
      },
    )
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      // yargs has words of its own for a line that it cannot read, and none for what an operation throws.
      throw message ? new UsageError(explain(message)) : error;
    });
}

function describeOperations(cli: Argv, deps: CliDeps): Argv<PatientArguments> {
  return cli
    .option('add', { type: 'boolean', describe: 'register a patient' })
    .option('list', { type: 'boolean', describe: 'show all patients' })
    .option('find-by-id', { ...flag, describe: 'show the patient with this id' })
    .option('update', { ...flag, describe: 'change the patient with this id: the fields that are given' })
    .option('delete', { ...flag, describe: 'take the patient with this id away' })
    .group([...OPERATIONS], 'One operation a call:')
    .option('last-name', { ...flag, describe: 'letters of any script, spaces, hyphens, apostrophes' })
    .option('first-name', { ...flag, describe: 'likewise' })
    .option('middle-name', { ...flag, describe: 'patronymic or middle name; "" takes it away' })
    .option('birth-date', { ...flag, describe: 'YYYY-MM-DD' })
    .option('sex', { ...flag, describe: 'male, female, other or unknown' })
    .option('phone', { ...flag, describe: 'international, such as +493012345678; "" takes it away' })
    .group([...PATIENT_FLAGS], 'With --add and --update:')
    .option('search', { ...flag, describe: 'with --list: only names that hold this text' })
    .option('file', { ...flag, describe: deps.fileHelp ?? FILE_HELP })
    .option('json', { type: 'boolean', describe: 'print JSON alone' })
    .example('$0 --add --last-name Okafor --first-name Adaeze --birth-date 1990-05-14 --sex female', '')
    .example('$0 --list --search оле', '')
    .example('$0 --update ID --phone +493012345678', '') as Argv<PatientArguments>;
}

/** yargs takes `--json=yes` for false, in silence. */
function refuseValuesOfSwitches(argv: readonly string[]): void {
  for (const word of argv) {
    const [, name] = /^--(add|list|json)=(?!(true|false)$)/.exec(word) ?? [];
    if (name) throw new UsageError(`--${name} takes no value.`);
  }
}

function explain(message: string): string {
  const [, name] = /^Not enough arguments following: (\S+)$/.exec(message) ?? [];
  return name
    ? `--${name} wants a value. One that begins with a hyphen is written --${name}=-value.`
    : message;
}
