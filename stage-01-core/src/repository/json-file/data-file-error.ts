/** The data file cannot be used as it is. Nothing was changed. The text is meant for the person at the keyboard. */
export class DataFileError extends Error {
  override readonly name = 'DataFileError';
  readonly code = 'data_file';

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`The data file ${file} ${problem}`, options);
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'may not be used: ask for the right to read and write it and its folder.',
  EPERM: 'may not be used: ask for the right to read and write it and its folder.',
  EROFS: 'is on a disk that is read-only: name another place.',
  ENOTDIR: 'cannot be: a part of its path is a file, not a folder.',
  ENOENT: 'cannot be made: its folder does not exist. Make the folder first.',
  ENOSPC: 'was not written: the disk is full. It still holds what it held.',
  ELOOP: 'cannot be found: its symbolic links go round in a circle.',
  ENAMETOOLONG: 'has a name that is too long for this disk.',
};

/** What the operating system said of the file, in words; errors that are not its own as they are. */
export function asDataFileError(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error;
  const problem = PROBLEMS[String(error.code)] ?? `cannot be read or written: the system says ${error.code}.`;
  return new DataFileError(file, problem, { cause: error });
}
