import { v7 as uuidv7 } from 'uuid';
import { createCli, type ExitCode, runCli, type Terminal } from '../cli/index.ts';
import type { ConfigOf, variables } from '../config/index.ts';
import {
  createSqlStorage,
  migrateDatabase,
  openDatabase,
  openJsonStorage,
  readDataFile,
} from '../repository/index.ts';
import { createPatientService, createSystemClock, importRecords } from '../service/index.ts';
import { databaseOptions } from './database-options.ts';

/** Runs one command line on the database, and closes what it opened. */
export async function runCommandLine(
  config: ConfigOf<typeof variables>,
  argv: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  await using stack = new AsyncDisposableStack();
  const clock = createSystemClock();
  const database = databaseOptions(config);
  const openStorage = async () =>
    stack.adopt(createSqlStorage(await openDatabase(database)), (opened) => opened.close());
  /** `--file` names one of stage 1's files; without it, it is the database. */
  const openPatients = async (file: string | undefined) => {
    const storage =
      file === undefined
        ? await openStorage()
        : stack.adopt(await openJsonStorage(file), (opened) => opened.close());
    return createPatientService({ storage, newId: uuidv7, clock });
  };
  const importFile = async (file: string) =>
    importRecords(() => readDataFile(file), { storage: await openStorage(), clock });
  let refused = false;
  const cli = createCli(argv, {
    openPatients,
    clock,
    terminal,
    fileHelp: 'a JSON file of stage 1 in place of the database',
    migrate: async () => (await migrateDatabase(database)).applied,
    importFile,
    onRefused: () => {
      refused = true;
    },
  });
  const exitCode = await runCli(cli, terminal, ['data_file', 'database']);
  return exitCode === 0 && refused ? 1 : exitCode;
}
