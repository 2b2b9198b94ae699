import { createReadStream } from 'node:fs';
import { asDataFileError, DataFileError } from '@medcenter/stage-02-http/repository';
import { JSONParser } from '@streamparser/json';
import type { Appointment, FieldProblem, Patient } from '../domain/index.ts';
import { appointmentSchema, createShapeCheck, patientSchema } from '../schema/index.ts';
import { createFormWatch } from './form-watch.ts';

/** One record of stage 1's data file, with what is wrong with its shape. Without problems, it is of its type. */
export type FileRecord = {
  /** A JSON Pointer into the file, such as `/patients/3`. */
  readonly path: string;
  readonly problems: readonly FieldProblem[];
} & (
  | { readonly kind: 'patient'; readonly value: Patient }
  | { readonly kind: 'appointment'; readonly value: Appointment }
);

// A field that the tables have no place for is told, not lost; and their versions end where four bytes do.
const version = { type: 'integer', minimum: 1, maximum: 2 ** 31 - 1 } as const;
const strictly = <Schema extends { properties: object }>(schema: Schema) =>
  createShapeCheck({
    ...schema,
    additionalProperties: false,
    properties: { ...schema.properties, version },
  });
const checkPatient = strictly(patientSchema);
const checkAppointment = strictly(appointmentSchema);

/**
 * Reads stage 1's data file record by record, so that its size does not matter.
 * @throws DataFileError when the file cannot be read, or is not whole; what came before has been given by then
 */
export async function* readDataFile(file: string): AsyncGenerator<FileRecord> {
  const found: FileRecord[] = [];
  let version: unknown;
  // Not the lists themselves: to give them whole, the parser would have to keep them.
  const parser = new JSONParser({
    paths: ['$.version', '$.patients.*', '$.appointments.*'],
    keepStack: false,
  });
  const form = createFormWatch({ version: 'value', patients: 'list', appointments: 'list' });
  parser.onToken = form.read;
  parser.onValue = ({ value, key, stack }) => {
    const list = stack[1]?.key;
    if (list === undefined) version = value;
    else found.push(recordOf(list, Number(key), value));
  };
  for await (const chunk of readChunks(file)) {
    try {
      parser.write(chunk);
    } catch (error) {
      throw new DataFileError(file, `is damaged: ${messageOf(error)}.`, { cause: error });
    }
    yield* found.splice(0);
  }
  if (!parser.isEnded) throw new DataFileError(file, 'is damaged: it ends in the middle.');
  const [missing] = form.missing();
  if (missing) throw new DataFileError(file, `is damaged: it has no ${missing}.`);
  if (version !== 1) {
    throw new DataFileError(file, `is of version ${JSON.stringify(version)}; this program reads version 1.`);
  }
}

async function* readChunks(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw isMissing
      ? new DataFileError(file, 'is not there: check its path.', { cause: error })
      : asDataFileError(file, error);
  }
}

function recordOf(list: unknown, index: number, value: unknown): FileRecord {
  const path = `/${list}/${index}`;
  return list === 'patients'
    ? { kind: 'patient', path, value: value as Patient, problems: checkPatient(value) }
    : { kind: 'appointment', path, value: value as Appointment, problems: checkAppointment(value) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
