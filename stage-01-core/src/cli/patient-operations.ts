import type { Patient } from '../domain/index.ts';
import { readPatientChanges, readPatientInput } from '../schema/index.ts';
import type { CliDeps } from './create-cli.ts';
import { patientCard, patientTable } from './patient-views.ts';
import { UsageError } from './usage-error.ts';

export const OPERATIONS = ['add', 'list', 'find-by-id', 'update', 'delete'] as const;
type Operation = (typeof OPERATIONS)[number];

/** The flags of a patient's fields, each with the field's own name. */
const FIELD_OF_FLAG = {
  'last-name': 'lastName',
  'first-name': 'firstName',
  'middle-name': 'middleName',
  'birth-date': 'birthDate',
  sex: 'sex',
  phone: 'phone',
} as const;
type PatientFlag = keyof typeof FIELD_OF_FLAG;
export const PATIENT_FLAGS = Object.keys(FIELD_OF_FLAG) as PatientFlag[];

/** The flags besides the operation itself that mean something with it. */
const FLAGS_OF: Readonly<Record<Operation, readonly string[]>> = {
  add: PATIENT_FLAGS,
  list: ['search'],
  'find-by-id': [],
  update: PATIENT_FLAGS,
  delete: [],
};

/** What yargs hands over. A flag that is given twice is an array. */
export type PatientArguments = {
  [Flag in Operation | PatientFlag | 'search' | 'file' | 'json']?: unknown;
} & {
  /** The words after `--`. */
  '--'?: readonly unknown[];
};

/** @throws UsageError when it cannot be understood; DomainError and DataFileError as the services do */
export async function runPatientOperation(args: PatientArguments, deps: CliDeps): Promise<void> {
  const operation = theOperation(args);
  const patients = await deps.openPatients(textOf(args, 'file'));
  const show = (text: () => string, data: Patient | Patient[]) =>
    deps.terminal.print(args.json ? JSON.stringify(data, undefined, 2) : text());
  const showOne = (patient: Patient) => show(() => patientCard(patient, deps.terminal), patient);

  switch (operation) {
    case 'add':
      showOne(await patients.register(readPatientInput(fieldsOf(args), deps.clock)));
      return deps.terminal.note('Registered.');
    case 'list': {
      const found = await patients.list({ search: textOf(args, 'search') ?? '' });
      show(() => patientTable(found, deps.terminal), found);
      return deps.terminal.note(found.length === 1 ? '1 patient.' : `${found.length} patients.`);
    }
    case 'find-by-id':
      return showOne(await patients.get(idOf(args, operation)));
    case 'update':
      showOne(await patients.update(idOf(args, operation), readPatientChanges(fieldsOf(args), deps.clock)));
      return deps.terminal.note('Updated.');
    case 'delete':
      showOne(await patients.remove(idOf(args, operation)));
      return deps.terminal.note('Deleted.');
  }
}

/** The one operation that the command line asks for, with no flag that would mean nothing to it. */
function theOperation(args: PatientArguments): Operation {
  const [stray] = args['--'] ?? [];
  if (stray !== undefined) throw new UsageError(`Unknown argument: ${stray}`);
  const [operation, another] = OPERATIONS.filter((name) => args[name] !== undefined && args[name] !== false);
  if (!operation) throw new UsageError('Name an operation.', { showHelp: true });
  if (another) throw new UsageError(`--${operation} and --${another} are two operations: one a call.`);
  for (const name of ['search', ...PATIENT_FLAGS] as const) {
    if (args[name] !== undefined && !FLAGS_OF[operation].includes(name)) {
      throw new UsageError(`--${name} means nothing with --${operation}.`);
    }
  }
  if (operation === 'update' && Object.keys(fieldsOf(args)).length === 0) {
    throw new UsageError(
      `--update changes the fields that are given, and none is: give --${PATIENT_FLAGS.join(', --')}.`,
    );
  }
  return operation;
}

/** The fields that were given, by their own names, as they were given: the schema and the domain judge them. */
function fieldsOf(args: PatientArguments): Record<string, string> {
  const given = PATIENT_FLAGS.map((name) => [FIELD_OF_FLAG[name], textOf(args, name)]);
  return Object.fromEntries(given.filter(([, text]) => text !== undefined));
}

function idOf(args: PatientArguments, operation: Operation): string {
  return textOf(args, operation) ?? '';
}

function textOf(args: PatientArguments, name: keyof PatientArguments): string | undefined {
  const value = args[name];
  if (Array.isArray(value)) throw new UsageError(`--${name} is given ${value.length} times: give it once.`);
  return typeof value === 'string' ? value : undefined;
}
