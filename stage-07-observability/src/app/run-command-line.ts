import {
  createNewEvent,
  databaseOptions,
  openAdapters,
  openLog,
  openRecords,
  serveSchedule,
  whoRunsThis,
} from '@medcenter/stage-06-grpc/app';
import { v7 as uuidv7 } from 'uuid';
import { createCli, type ExitCode, readPassword, runCli, type Terminal } from '../cli/index.ts';
import type { ConfigOf, variables } from '../config/index.ts';
import { createDeadLetterDesk, replayStatistics } from '../events/index.ts';
import {
  migrateDatabase,
  migrations,
  openJsonStorage,
  readDataFile,
  withOutbox,
} from '../repository/index.ts';
import { createPatientService, createSystemClock, importRecords } from '../service/index.ts';
import { createAccountRegistry, createPasswords } from '../session/index.ts';
import { openScheduleProcess } from './serve-api.ts';

/** Runs one command line on the database, and closes what it opened. */
export async function runCommandLine(
  config: ConfigOf<typeof variables>,
  argv: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  await using stack = new AsyncDisposableStack();
  const clock = createSystemClock();
  /** As a server does it: what happens is told, the copies in Redis are taken away, and the audit is kept. */
  const openStorage = async () => {
    const adapters = await openAdapters(stack, config, { clock, migrations });
    // A server's relay will find it.
    const told = withOutbox(adapters.storage, { newEvent: createNewEvent(clock), onCommit: () => {} });
    const actor = { username: whoRunsThis(), requestId: uuidv7() };
    return openRecords(stack, { ...adapters, storage: told }, { clock, actor: () => actor }).storage;
  };
  /** `--file` names one of stage 1's files; without it, it is the database. */
  const openPatients = async (file: string | undefined) => {
    const storage =
      file === undefined
        ? await openStorage()
        : stack.adopt(await openJsonStorage(file), (opened) => opened.close());
    return createPatientService({ storage, newId: uuidv7, clock });
  };
  const openAccounts = async () => {
    const { storage, sessions } = await openAdapters(stack, config, { clock, migrations });
    const passwords = createPasswords({ ln: config.PASSWORD_HASH_COST });
    return createAccountRegistry({ storage, sessions, passwords, newId: uuidv7, clock });
  };
  const openEvents = async () => {
    const { storage } = await openAdapters(stack, config, { clock, migrations });
    const log = stack.adopt(await openLog(config, clock), (opened) => opened.close());
    return { storage, log, clock };
  };
  /** Of a command that did its work, but not all of it. */
  let exitCode: ExitCode = 0;
  const cli = createCli(argv, {
    openPatients,
    openAccounts,
    openDeadLetters: async () => createDeadLetterDesk(await openEvents()),
    replay: async () => replayStatistics(await openEvents()),
    readPassword: () => readPassword(process.stdin, process.stderr),
    clock,
    terminal,
    fileHelp: 'a JSON file of stage 1 in place of the database',
    migrate: async () => (await migrateDatabase(databaseOptions(config), migrations)).applied,
    importFile: async (file) =>
      importRecords(() => readDataFile(file), { storage: await openStorage(), clock }),
    onRefused: () => {
      exitCode = 1;
    },
    spans: { folder: config.SPANS_FOLDER, collector: config.OTEL_EXPORTER_OTLP_ENDPOINT },
    serveSchedules: async () => {
      exitCode = await serveSchedule(() => openScheduleProcess(config), terminal.note);
    },
  });
  return (await runCli(cli, terminal, ['data_file', 'database', 'half_done'])) || exitCode;
}
